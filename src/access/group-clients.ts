import type { Client } from '../core/client.js';
import { type Group, selects } from '../core/group.js';
import type { ClientId } from '../core/id.js';
import { Problem } from '../core/problem.js';
import type { Slice } from '../lists/cursors.js';
import type { ClientFilter } from '../lists/list-clients.js';

export interface GroupClientsPorts {
  readonly clientsNamed: (ids: readonly ClientId[]) => Promise<readonly Client[]>;
  readonly clients: (
    filter: ClientFilter,
    reach: readonly ClientId[] | null,
    after: string | null,
    limit: number,
  ) => Promise<Slice<Client>>;
}

/** A group is read by looking at no more clients than this: those of its profile, or all where it names none. */
export const MOST_LOOKED_AT = 2_000;

/**
 * The clients that a group stands for now, by their ids: those it names that are there, and those that its selector
 * fits. By a profile this reads that profile's clients by its index, a hundred at a time; there is no index of labels,
 * so that labels alone read all clients. Throws `group-too-large` where that are more than 2,000.
 */
export async function groupClients(
  { clientsNamed, clients }: GroupClientsPorts,
  { name, clients: ids, selector }: Pick<Group, 'name' | 'clients' | 'selector'>,
): Promise<readonly Client[]> {
  const found = new Map((await clientsNamed(ids)).map((client) => [client.id, client]));
  if (selector !== null) {
    const { profile } = selector;
    const filter: ClientFilter = profile === undefined ? { by: null } : { by: 'profile', value: profile };
    let lookedAt = 0;
    for (let after: string | null = null; ; ) {
      const { items, next }: Slice<Client> = await clients(filter, null, after, 100);
      for (const client of items) if (selects(selector, client)) found.set(client.id, client);
      lookedAt += items.length;
      if (next === null) break;
      if (lookedAt >= MOST_LOOKED_AT) throw tooMany(name, profile);
      after = next;
    }
  }
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function tooMany(name: string, profile: string | undefined): Problem {
  const whose = profile === undefined ? 'clients' : `clients of the profile ${profile}`;
  const remedy =
    profile === undefined ? 'name a profile beside the labels, or the clients' : 'name the clients';
  return new Problem(
    'group-too-large',
    `The selector of ${JSON.stringify(name)} would have to look at more than ${MOST_LOOKED_AT} ${whose}: ${remedy}.`,
  );
}
