import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { AwsAccountLock } from '../core/account.js';
import type { Client, ClientStatus } from '../core/client.js';
import type { ClientId } from '../core/id.js';
import type { Slice } from '../lists/cursors.js';
import type { ClientFilter } from '../lists/list-clients.js';
import { awsAccountItem } from './account-item.js';
import { clientItem, clientNamed, foldName, namePlace, referenceItem } from './client-item.js';
import type { Item } from './document.js';
import type { Database } from './dynamodb.js';
import { keyAttributes, keys } from './keys.js';
import { makeReading } from './reading.js';

/** Where clients of one kind stand in an index, and whether one that was found there still belongs. */
interface IndexRange {
  readonly index: '1' | '2';
  readonly part: string;
  readonly prefix?: string;
  readonly belongs: (client: Client) => boolean;
}

/**
 * Clients in pages, oldest first (by name where they are sought by its beginning): one query of an index for keys,
 * one batch reading of the clients themselves.
 *
 * An index is a moment behind, so each client is held against the filter as it is: one that has just moved away is
 * left out, and its page is shorter. One that belongs all the while is in exactly one page, since its place in the
 * index follows from what never changes, whoever else comes and goes.
 */
export function makeClientLists({ client, tableName }: Database) {
  const { get, getMany } = makeReading({ client, tableName });

  const ranged = async (range: IndexRange, after: string | null, limit: number): Promise<Slice<Client>> => {
    const { Items = [] } = await client.send(
      new QueryCommand({ TableName: tableName, Limit: limit + 1, ...keysIn(range, after) }),
    );
    const places = Items.map((item) => item[`i${range.index}s`]?.S ?? '');
    const listed = places.slice(0, limit);
    const items = await present([...new Set(listed.map(clientNamed))]);
    const next = places.length > limit ? (listed.at(-1) ?? null) : null;
    return { items: items.filter(range.belongs), next };
  };

  /** Those of these clients that are there, in the order of their ids as they are given. */
  const present = async (ids: readonly string[]): Promise<Client[]> => {
    const wanted = ids.map((id) => keys.client(id));
    const found = wanted.length === 0 ? new Map<string, Item>() : await getMany(wanted);
    return wanted.flatMap(({ pk, sk }) => {
      const item = found.get(`${pk}|${sk}`);
      const client = item && clientItem.fromItem(item);
      return client === undefined || client.removedAt !== null ? [] : [client];
    });
  };

  /** A page of clients that a lock names. */
  const held = async (ids: readonly string[], after: string | null, limit: number) => {
    const left = [...ids].sort().filter((id) => after === null || id > after);
    const listed = left.slice(0, limit);
    return { items: await present(listed), next: left.length > limit ? (listed.at(-1) ?? null) : null };
  };

  /** The same of a few clients, all of which are read: at most a hundred can be named to a key. */
  const among = async (
    reach: readonly ClientId[],
    range: IndexRange,
    after: string | null,
    limit: number,
  ) => {
    const placeOf = (one: Client) => (range.prefix === undefined ? one.id : namePlace(one));
    const left = (await present(reach))
      .filter((one) => range.belongs(one) && (after === null || placeOf(one) > after))
      .sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
    const items = left.slice(0, limit);
    const last = items.at(-1);
    return { items, next: left.length > limit && last !== undefined ? placeOf(last) : null };
  };

  return async (
    filter: ClientFilter,
    reach: readonly ClientId[] | null,
    after: string | null,
    limit: number,
  ): Promise<Slice<Client>> => {
    const reached = (ids: readonly ClientId[]) => ids.filter((id) => reach === null || reach.includes(id));
    switch (filter.by) {
      case 'reference': {
        const item = await get(keys.reference(filter.value));
        return held(item === null ? [] : reached([referenceItem.fromItem(item).clientId]), after, limit);
      }
      case 'awsAccountId': {
        const item = await get(keys.awsAccount(filter.partition, filter.value));
        const lock: AwsAccountLock | null = item && awsAccountItem.fromItem(item);
        return held(reached(lock?.clients ?? []), after, limit);
      }
      default: {
        const range = rangeOf(filter);
        return reach === null ? ranged(range, after, limit) : among(reach, range, after, limit);
      }
    }
  };
}

function rangeOf(filter: Exclude<ClientFilter, { by: 'reference' | 'awsAccountId' }>): IndexRange {
  switch (filter.by) {
    case 'status': {
      const status: ClientStatus = filter.value;
      return { index: '1', part: `STATUS#${status}`, belongs: (client) => client.status === status };
    }
    case 'profile':
      return {
        index: '1',
        part: `PROFILE#${filter.value}`,
        belongs: ({ profile }) => profile === filter.value,
      };
    case 'namePrefix': {
      const prefix = foldName(filter.value);
      return { index: '2', part: 'NAME', prefix, belongs: ({ name }) => foldName(name).startsWith(prefix) };
    }
    default:
      return { index: '2', part: 'CLIENTS', belongs: () => true };
  }
}

function keysIn({ index, part, prefix }: IndexRange, after: string | null) {
  const [pk, sk] = [`i${index}p`, `i${index}s`];
  if (prefix === undefined)
    return {
      IndexName: `index${index}`,
      KeyConditionExpression: `${pk} = :part AND ${sk} > :after`,
      ExpressionAttributeValues: { ':part': { S: part }, ':after': { S: after ?? ' ' } },
    };
  return {
    IndexName: `index${index}`,
    KeyConditionExpression: `${pk} = :part AND begins_with(${sk}, :prefix)`,
    ExpressionAttributeValues: { ':part': { S: part }, ':prefix': { S: prefix } },
    ...(after !== null && {
      ExclusiveStartKey: {
        ...keyAttributes(keys.client(clientNamed(after))),
        [pk]: { S: part },
        [sk]: { S: after },
      },
    }),
  };
}
