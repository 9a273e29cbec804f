import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Account } from '../core/account.js';
import type { ClientId } from '../core/id.js';
import type { Slice } from '../lists/cursors.js';
import { accountItem } from './account-item.js';
import type { Database } from './dynamodb.js';
import { keys } from './keys.js';

/** A client's accounts in pages, by their numbers: one query each. */
export function makeAccountPages({ client, tableName }: Database) {
  return async (clientId: ClientId, after: string | null, limit: number): Promise<Slice<Account>> => {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: tableName,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':pk': { S: keys.client(clientId).pk },
          // A blank sorts right behind the number itself, and before every other.
          ':from': { S: keys.account(clientId, after === null ? '' : `${after} `).sk },
          ':to': { S: keys.account(clientId, '~').sk },
        },
        Limit: limit + 1,
      }),
    );
    const items = Items.slice(0, limit).map(accountItem.fromItem);
    return { items, next: Items.length > limit ? (items.at(-1)?.accountId ?? null) : null };
  };
}
