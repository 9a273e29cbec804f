import { type Client, type ClientStatus, clientStatuses } from '../core/client.js';
import type { ClientId } from '../core/id.js';
import { Problem } from '../core/problem.js';
import type { Cursors, Page, PageQuery, Slice } from './cursors.js';

/** Which clients; all where it is by nothing. */
export type ClientFilter =
  | { readonly by: null }
  | { readonly by: 'status'; readonly value: ClientStatus }
  | { readonly by: 'reference' | 'profile' | 'namePrefix'; readonly value: string }
  | { readonly by: 'awsAccountId'; readonly value: string; readonly partition: string };

/** Filters as somebody wrote them, at most one of them. */
export interface ClientQuery extends PageQuery {
  readonly status?: string;
  readonly reference?: string;
  readonly awsAccountId?: string;
  readonly profile?: string;
  readonly namePrefix?: string;
}

export interface ListClientsPorts {
  readonly cursors: Cursors;
  readonly clients: (
    filter: ClientFilter,
    reach: readonly ClientId[] | null,
    after: string | null,
    limit: number,
  ) => Promise<Slice<Client>>;
  readonly partitionId: string;
}

/**
 * A page of clients, oldest first, or by name where they are sought by its beginning. Throws `request-invalid` where
 * there is more than one filter, or a cursor of another list. `reach` are the clients that exist for the caller; null
 * for all.
 */
export async function listClients(
  ports: ListClientsPorts,
  query: ClientQuery,
  reach: readonly ClientId[] | null,
): Promise<Page<Client>> {
  const filter = filterOf(query, ports.partitionId);
  const asked = filter.by === null ? {} : { [filter.by]: filter.value };
  return ports.cursors.page({ list: 'clients', query: asked }, query, (after, limit) =>
    ports.clients(filter, reach, after, limit),
  );
}

const filters = ['status', 'reference', 'awsAccountId', 'profile', 'namePrefix'] as const;

function filterOf(query: ClientQuery, partition: string): ClientFilter {
  const [by, ...more] = filters.filter((name) => query[name] !== undefined);
  if (by === undefined) return { by: null };
  if (more.length > 0) {
    const message = `does not go with ${by}: one filter at once`;
    throw new Problem(
      'request-invalid',
      `${more[0]} ${message}.`,
      more.map((field) => ({ field, message })),
    );
  }
  const value = query[by] ?? '';
  if (by === 'awsAccountId') return { by, value, partition };
  if (by !== 'status') return { by, value };
  const status = clientStatuses.find((one) => one === value);
  if (status !== undefined) return { by, value: status };
  const message = `has to be one of ${clientStatuses.join(', ')}`;
  throw new Problem('request-invalid', `status ${message}.`, [{ field: 'status', message }]);
}
