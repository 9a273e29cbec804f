import type { Revision } from '../core/change.js';
import type { Group } from '../core/group.js';
import { type GroupId, parseGroupId } from '../core/id.js';
import { fromDocument, type Item, toDocument } from './document.js';
import type { Database } from './dynamodb.js';
import { keyAttributes, keyOf, keys, SELECTING, selectingIndex } from './keys.js';
import { makeReading } from './reading.js';

type GroupDocument = Omit<Group, 'kind' | 'rev'>;

export const groupItem = {
  toItem(group: Group, rev: Revision): Item {
    const { kind: _, rev: __, ...document } = group;
    return {
      ...keyAttributes(keyOf(group)),
      ...toDocument(rev, document satisfies GroupDocument),
      ...(group.selector !== null && selectingIndex(group.id, rev)),
    };
  },
  fromItem(item: Item): Group {
    const { rev, document } = fromDocument<GroupDocument>(item);
    return { kind: 'group', rev, ...document };
  },
};

/** Groups, read strongly consistent: whoever was taken out is out. */
export function makeGroupQueries({ client, tableName }: Database) {
  const { get, getMany, query } = makeReading({ client, tableName });

  /** As many as there are up to the limit, oldest first, after the one named. */
  const groups = async (after: GroupId | null, limit: number): Promise<Group[]> => {
    const { pk, sk } = keys.group(after ?? ' ');
    const found: Group[] = [];
    const pages = query({
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND sk > :sk',
      ExpressionAttributeValues: { ':pk': { S: pk }, ':sk': { S: sk } },
      Limit: Math.min(limit, 1_000),
    });
    // A group may name a thousand clients: a hundred of those are more than one answer of DynamoDB's holds.
    for await (const page of pages) {
      found.push(...page.map(groupItem.fromItem));
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  };

  return {
    async group(id: GroupId): Promise<Group | null> {
      const item = await get(keys.group(id));
      return item && groupItem.fromItem(item);
    },

    async groupsNamed(ids: readonly GroupId[]): Promise<Group[]> {
      const items = await getMany(ids.map((id) => keys.group(id)));
      return [...items.values()].map(groupItem.fromItem);
    },

    /** Those with a selector, as the index has them. */
    async selecting(): Promise<Map<GroupId, Revision>> {
      const found = new Map<GroupId, Revision>();
      const pages = query({
        IndexName: 'index1',
        KeyConditionExpression: 'i1p = :p',
        ExpressionAttributeValues: { ':p': { S: SELECTING } },
      });
      for await (const page of pages)
        for (const item of page) {
          const [id = '', rev = ''] = item['i1s']?.S?.split('#') ?? [];
          const groupId = parseGroupId(id);
          if (groupId !== null) found.set(groupId, rev as Revision);
        }
      return found;
    },

    groups,
    /** Every one of them, oldest first. */
    allGroups: () => groups(null, Number.POSITIVE_INFINITY),
  };
}
