import { BatchGetItemCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Item } from './document.js';
import type { Database } from './dynamodb.js';
import { type Key, keyAttributes } from './keys.js';

/** Items by their keys, strongly consistent. */
export function makeReading({ client, tableName }: Database) {
  const get = async (key: Key): Promise<Item | null> => {
    const request = {
      TableName: tableName,
      Key: keyAttributes(key),
      ConsistentRead: true,
    };
    return (await client.send(new GetItemCommand(request))).Item ?? null;
  };

  /** The items that exist of these, by `pk|sk`; keys that DynamoDB left over are asked for again. */
  const getMany = async (wanted: readonly Key[]): Promise<Map<string, Item>> => {
    const found = new Map<string, Item>();
    let left: Item[] = wanted.map(keyAttributes);
    while (left.length > 0) {
      const Keys = left.slice(0, 100);
      const answer = await client.send(
        new BatchGetItemCommand({
          RequestItems: { [tableName]: { Keys, ConsistentRead: true } },
        }),
      );
      for (const item of answer.Responses?.[tableName] ?? []) found.set(nameOf(item), item);
      left = [...left.slice(100), ...(answer.UnprocessedKeys?.[tableName]?.Keys ?? [])];
    }
    return found;
  };

  return { get, getMany };
}

function nameOf(item: Item): string {
  return `${item['pk']?.S}|${item['sk']?.S}`;
}
