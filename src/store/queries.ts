import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { Account } from '../core/account.js';
import type { Found } from '../core/circumstances.js';
import type { Client, ExternalIdEntry, ReferenceLock } from '../core/client.js';
import type { FeedEvent } from '../core/event.js';
import type { ExternalId } from '../core/external-id.js';
import type { ClientId } from '../core/id.js';
import type { Stack } from '../core/stack.js';
import type { ClientWithAccount } from '../keeping/read-client.js';
import { accountItem, awsAccountItem } from './account-item.js';
import { clientItem, externalIdItem, referenceItem } from './client-item.js';
import type { Item } from './document.js';
import type { Database } from './dynamodb.js';
import { feedItem } from './feed-item.js';
import { dueShard, type Key, keyIn, keys } from './keys.js';
import { makeReading } from './reading.js';
import { stackItem } from './stack-item.js';

/** What is read from the table. Everything a decision rests on is read strongly consistent. */
export function makeQueries({ client, tableName }: Database) {
  const { get, getMany, query } = makeReading({ client, tableName });

  const accountsOf = async (clientId: ClientId): Promise<Account[]> => {
    const accounts: Account[] = [];
    const pages = query({
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
      ExpressionAttributeValues: { ':pk': { S: keys.client(clientId).pk }, ':sk': { S: 'ACCOUNT#' } },
    });
    for await (const page of pages) accounts.push(...page.map(accountItem.fromItem));
    return accounts;
  };

  /** What is due by then in a partition of the index, the longest overdue first, read from the table. */
  const due = async (shard: string, now: number, limit: number): Promise<Item[]> => {
    const { Items } = await client.send(
      new QueryCommand({
        TableName: tableName,
        IndexName: 'index2',
        KeyConditionExpression: 'i2p = :p AND i2s <= :now',
        ExpressionAttributeValues: { ':p': { S: shard }, ':now': { S: new Date(now).toISOString() } },
        Limit: limit,
      }),
    );
    const found = (Items ?? []).map(keyIn);
    return [...(await getMany(found)).values()];
  };

  /** Items by their keys, in that order, in one request. */
  const each = async (wanted: readonly Key[]): Promise<(Item | null)[]> => {
    const items = await getMany(wanted);
    return wanted.map(({ pk, sk }) => items.get(`${pk}|${sk}`) ?? null);
  };

  return {
    accountsOf,

    async client(clientId: ClientId): Promise<Client | null> {
      const item = await get(keys.client(clientId));
      return item && clientItem.fromItem(item);
    },

    /** Those of these clients that there are or were, in no order. */
    async clientsNamed(ids: readonly ClientId[]): Promise<Client[]> {
      if (ids.length === 0) return [];
      const items = await getMany(ids.map((id) => keys.client(id)));
      return [...items.values()].map(clientItem.fromItem);
    },

    async stack(clientId: ClientId, accountId: string, key: string): Promise<Stack | null> {
      const item = await get(keys.stack(clientId, accountId, key));
      return item && stackItem.fromItem(item);
    },

    /** Stacks of which something is due in this shard of the index, the longest overdue first. */
    async dueStacks(shard: number, now: number, limit: number): Promise<Stack[]> {
      const items = await due(dueShard('STACKS', shard), now, limit);
      // The index lags: a stack that was settled a moment ago may still stand in it.
      return items
        .map(stackItem.fromItem)
        .filter((stack) => stack.due !== null)
        .sort((a, b) => (a.due ?? 0) - (b.due ?? 0));
    },

    /** Accounts of this shard whose verification is due. */
    async dueAccounts(shard: number, now: number, limit: number): Promise<Account[]> {
      const items = await due(dueShard('ACCOUNTS', shard), now, limit);
      return items.map(accountItem.fromItem).filter(({ nextVerificationAt: at }) => at !== null && at <= now);
    },

    async reference(reference: string): Promise<ReferenceLock | null> {
      const item = await get(keys.reference(reference));
      return item && referenceItem.fromItem(item);
    },

    async externalId(externalId: ExternalId): Promise<ExternalIdEntry | null> {
      const item = await get(keys.externalId(externalId));
      return item && externalIdItem.fromItem(item);
    },

    async account(clientId: ClientId, accountId: string): Promise<Account | null> {
      const item = await get(keys.account(clientId, accountId));
      return item && accountItem.fromItem(item);
    },

    /** A client, and one of its accounts, in one request. */
    async clientWithAccount(clientId: ClientId, accountId: string): Promise<ClientWithAccount> {
      const [client, account] = await each([keys.client(clientId), keys.account(clientId, accountId)]);
      return {
        client: client ? clientItem.fromItem(client) : null,
        account: account ? accountItem.fromItem(account) : null,
      };
    },

    /** Everything that a stack's event or verdict is decided on, in one request; `stack` by its key. */
    async around(where: {
      readonly clientId: ClientId;
      readonly accountId: string;
      readonly partition: string;
      readonly stackKey?: string;
    }): Promise<Omit<Found, 'otherAccounts' | 'managementAccounts'>> {
      const { clientId, accountId, stackKey, partition } = where;
      const [foundClient, account, lock, stack] = await each([
        keys.client(clientId),
        keys.account(clientId, accountId),
        keys.awsAccount(partition, accountId),
        ...(stackKey === undefined ? [] : [keys.stack(clientId, accountId, stackKey)]),
      ]);
      return {
        client: foundClient ? clientItem.fromItem(foundClient) : null,
        account: account ? accountItem.fromItem(account) : null,
        stack: stack ? stackItem.fromItem(stack) : null,
        lock: lock ? awsAccountItem.fromItem(lock) : null,
      };
    },

    /**
     * A page of a client's history, oldest first. `after` is the last event seen; `limit` counts events; what was
     * decided before `since` is no longer shown. The index may lag behind by a moment.
     */
    async eventsOf(clientId: ClientId, after: string | null, limit: number, since = 0): Promise<FeedEvent[]> {
      const events: FeedEvent[] = [];
      const pages = query({
        IndexName: 'index1',
        KeyConditionExpression: 'i1p = :p AND i1s >= :from',
        ExpressionAttributeValues: {
          ':p': { S: `CLIENT#${clientId}` },
          ':from': { S: after?.split('_')[1] ?? '0' },
        },
        Limit: limit + 1,
      });
      // More than one page only where the broom has yet to sweep what nobody is to see.
      for await (const page of pages) {
        // Consistent: what the index has, the table has, and a cursor must not pass it by.
        const commits = [...(await getMany(page.map(keyIn))).values()];
        const shown = commits
          .flatMap(feedItem.fromItem)
          .sort((a, b) => (a.id < b.id ? -1 : 1))
          .filter((event) => (after === null || event.id > after) && event.at >= since);
        events.push(...shown);
        if (events.length >= limit) break;
      }
      return events.slice(0, limit);
    },
  };
}
