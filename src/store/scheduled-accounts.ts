import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Account } from '../core/account.js';
import { accountItem } from './account-item.js';
import type { Item } from './document.js';
import type { Database } from './dynamodb.js';
import { DUE_SHARDS, dueShard } from './keys.js';
import { makeReading } from './reading.js';

/**
 * Every account that is to be verified some time, each shard's in the order in which they are due. One that is put
 * forward meanwhile does not come again.
 */
export async function* scheduledAccounts({ client, tableName }: Database): AsyncGenerator<Account> {
  const { getMany } = makeReading({ client, tableName });
  for (let shard = 0; shard < DUE_SHARDS; shard += 1) {
    let ExclusiveStartKey: Item | undefined;
    do {
      const page = await client.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: 'index2',
          KeyConditionExpression: 'i2p = :p',
          ExpressionAttributeValues: { ':p': { S: dueShard('ACCOUNTS', shard) } },
          Limit: 100,
          ...(ExclusiveStartKey && { ExclusiveStartKey }),
        }),
      );
      const found = (page.Items ?? []).map((item) => ({ pk: item['pk']?.S ?? '', sk: item['sk']?.S ?? '' }));
      for (const item of (await getMany(found)).values()) yield accountItem.fromItem(item);
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
  }
}
