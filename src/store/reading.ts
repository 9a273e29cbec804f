import {
  BatchGetItemCommand,
  GetItemCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import type { Item } from './document.js';
import type { Database } from './dynamodb.js';
import { type Key, keyAttributes } from './keys.js';

/** Items by their keys, strongly consistent, and what a query finds. */
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

  /** The pages of a query, each when it is asked for; a page may be empty and more follow. */
  async function* query(request: Omit<QueryCommandInput, 'TableName'>): AsyncGenerator<readonly Item[]> {
    let ExclusiveStartKey: Item | undefined = request.ExclusiveStartKey;
    do {
      const page: QueryCommandOutput = await client.send(
        new QueryCommand({
          ...request,
          TableName: tableName,
          ...(ExclusiveStartKey && { ExclusiveStartKey }),
        }),
      );
      yield page.Items ?? [];
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
  }

  return { get, getMany, query };
}

function nameOf(item: Item): string {
  return `${item['pk']?.S}|${item['sk']?.S}`;
}
