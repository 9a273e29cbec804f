import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Revision } from '../core/change.js';
import type { Group } from '../core/group.js';
import type { GroupId } from '../core/id.js';
import { fromDocument, type Item, toDocument } from './document.js';
import type { Database } from './dynamodb.js';
import { keyAttributes, keyOf, keys } from './keys.js';
import { makeReading } from './reading.js';

type GroupDocument = Omit<Group, 'kind' | 'rev'>;

export const groupItem = {
  toItem(group: Group, rev: Revision): Item {
    const { kind: _, rev: __, ...document } = group;
    return { ...keyAttributes(keyOf(group)), ...toDocument(rev, document satisfies GroupDocument) };
  },
  fromItem(item: Item): Group {
    const { rev, document } = fromDocument<GroupDocument>(item);
    return { kind: 'group', rev, ...document };
  },
};

/** Groups, read strongly consistent: whoever was taken out is out. */
export function makeGroupQueries({ client, tableName }: Database) {
  const { get } = makeReading({ client, tableName });
  return {
    async group(id: GroupId): Promise<Group | null> {
      const item = await get(keys.group(id));
      return item && groupItem.fromItem(item);
    },

    /** As many as there are up to the limit, oldest first, after the one named. */
    async groups(after: GroupId | null, limit: number): Promise<Group[]> {
      const { pk, sk } = keys.group(after ?? ' ');
      const groups: Group[] = [];
      let ExclusiveStartKey: Item | undefined;
      do {
        const page = await client.send(
          new QueryCommand({
            TableName: tableName,
            ConsistentRead: true,
            KeyConditionExpression: 'pk = :pk AND sk > :sk',
            ExpressionAttributeValues: { ':pk': { S: pk }, ':sk': { S: sk } },
            Limit: limit - groups.length,
            ...(ExclusiveStartKey && { ExclusiveStartKey }),
          }),
        );
        groups.push(...(page.Items ?? []).map(groupItem.fromItem));
        ExclusiveStartKey = page.LastEvaluatedKey;
        // A group may name a thousand clients: a hundred of those are more than one answer of DynamoDB's holds.
      } while (groups.length < limit && ExclusiveStartKey !== undefined);
      return groups;
    },
  };
}
