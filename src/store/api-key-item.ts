import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { ApiKey } from '../core/api-key.js';
import type { Revision } from '../core/change.js';
import type { KeyId } from '../core/id.js';
import { fromDocument, type Item, toDocument } from './document.js';
import type { Database } from './dynamodb.js';
import { keyAttributes, keyOf, keys } from './keys.js';
import { makeReading } from './reading.js';

type KeyDocument = Omit<ApiKey, 'kind' | 'rev'>;

export const apiKeyItem = {
  toItem(key: ApiKey, rev: Revision): Item {
    const { kind: _, rev: __, ...document } = key;
    return { ...keyAttributes(keyOf(key)), ...toDocument(rev, document satisfies KeyDocument) };
  },
  fromItem(item: Item): ApiKey {
    const { rev, document } = fromDocument<KeyDocument>(item);
    return { kind: 'api-key', rev, ...document };
  },
};

/** API keys, read strongly consistent: one that is gone is gone. */
export function makeKeyQueries({ client, tableName }: Database) {
  const { get } = makeReading({ client, tableName });
  return {
    async apiKey(id: KeyId): Promise<ApiKey | null> {
      const item = await get(keys.apiKey(id));
      return item && apiKeyItem.fromItem(item);
    },

    /** A page of them, oldest first, after the one named. */
    async apiKeys(after: KeyId | null, limit: number): Promise<ApiKey[]> {
      const { pk, sk } = keys.apiKey(after ?? '');
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: tableName,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND sk > :sk',
          ExpressionAttributeValues: { ':pk': { S: pk }, ':sk': { S: sk || ' ' } },
          Limit: limit,
        }),
      );
      return Items.map(apiKeyItem.fromItem);
    },
  };
}
