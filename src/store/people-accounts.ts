import { type Account, isLive } from '../core/account.js';
import type { Client } from '../core/client.js';
import type { ClientId } from '../core/id.js';
import { accountItem } from './account-item.js';
import { clientItem } from './client-item.js';
import type { Database } from './dynamodb.js';
import { type Key, keyIn, keys, PEOPLE } from './keys.js';
import { makeQueries } from './queries.js';
import { makeReading } from './reading.js';

/** Up to so many clients are asked for one by one, which sees what was written a moment ago. */
const ONE_BY_ONE = 16;
const AT_ONCE = 16;

/** What groups are made of: clients by their ids, and their accounts that people may switch into. */
export function makePeopleQueries({ client, tableName }: Database) {
  const { getMany, query } = makeReading({ client, tableName });
  const { accountsOf } = makeQueries({ client, tableName });

  /**
   * The accounts of many clients out of the one index partition that has all such accounts: as many queries as
   * megabytes of keys, some 7,000 accounts each, from the first client's to the last one's.
   */
  const ranged = async (ids: readonly ClientId[]): Promise<Account[]> => {
    const wanted = new Map(ids.map((id) => [keys.client(id).pk, id]));
    const sorted = [...ids].sort();
    const found: Key[] = [];
    const pages = query({
      IndexName: 'index1',
      KeyConditionExpression: 'i1p = :p AND i1s BETWEEN :from AND :to',
      ExpressionAttributeValues: {
        ':p': { S: PEOPLE },
        ':from': { S: `${sorted.at(0)}` },
        ':to': { S: `${sorted.at(-1)}~` },
      },
    });
    for await (const page of pages) found.push(...page.map(keyIn).filter(({ pk }) => wanted.has(pk)));
    return [...(await getMany(found)).values()].map(accountItem.fromItem);
  };

  return {
    /** Those of these clients that are there. */
    async clientsNamed(ids: readonly ClientId[]): Promise<Client[]> {
      const items = await getMany([...new Set(ids)].map((id) => keys.client(id)));
      return [...items.values()].map(clientItem.fromItem).filter(({ removedAt }) => removedAt === null);
    },

    /** All accounts of these clients, as they stand now: a query for each. */
    async accountsOfAll(ids: readonly ClientId[]): Promise<Account[]> {
      const left = [...ids];
      const accounts: Account[] = [];
      const ask = async (): Promise<void> => {
        for (let id = left.pop(); id !== undefined; id = left.pop()) accounts.push(...(await accountsOf(id)));
      };
      await Promise.all(Array.from({ length: AT_ONCE }, ask));
      return accounts;
    },

    /**
     * The connected accounts of these clients that have a role for people. One that has just connected may be missing
     * for a moment where the clients are many; one that is connected no more never counts.
     */
    async peopleAccounts(ids: readonly ClientId[]): Promise<Account[]> {
      const accounts =
        ids.length <= ONE_BY_ONE ? (await Promise.all(ids.map(accountsOf))).flat() : await ranged(ids);
      return accounts.filter((account) => account.humanRoleArn !== null && isLive(account));
    },
  };
}
