import { ConditionalCheckFailedException, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Database } from './dynamodb.js';
import { keyAttributes, keys } from './keys.js';

/** A window, in milliseconds, over which the rate is held; and how many calls an instance draws at a time. */
const WINDOW = 10_000;
const DRAWN_AT_ONCE = 50;

/**
 * A rate of calls that all instances share: each window has an item that counts what was drawn from it. An instance
 * draws a handful at a time, so that the count costs a hundredth of what it counts.
 *
 * Returns a function that says whether so many calls may be made now. It counts and decides nothing else, so it
 * writes past `commit`; what it writes is swept away by its time to live.
 */
export function makeBudget({ client, tableName }: Database, perSecond: number, now: () => number) {
  let left = 0;
  let window = 0;

  const draw = async (): Promise<boolean> => {
    try {
      await client.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key: keyAttributes(keys.budget(window)),
          UpdateExpression: 'ADD n :some SET #ttl = :ttl',
          ConditionExpression: 'attribute_not_exists(n) OR n < :most',
          ExpressionAttributeNames: { '#ttl': 'ttl' },
          ExpressionAttributeValues: {
            ':some': { N: String(DRAWN_AT_ONCE) },
            ':most': { N: String((perSecond * WINDOW) / 1_000) },
            ':ttl': { N: String(Math.ceil(now() / 1_000) + 3_600) },
          },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };

  return async (calls: number): Promise<boolean> => {
    const current = Math.floor(now() / WINDOW);
    if (current !== window) {
      window = current;
      left = 0;
    }
    if (left < calls && (await draw())) left += DRAWN_AT_ONCE;
    if (left < calls) return false;
    left -= calls;
    return true;
  };
}
