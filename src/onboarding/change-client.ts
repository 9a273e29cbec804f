import type { Commit } from '../core/change.js';
import type { Client } from '../core/client.js';
import type { NewEvent } from '../core/event.js';
import { type ClientId, clientNotFound } from '../core/id.js';
import { Problem } from '../core/problem.js';

export interface ChangeClientPorts {
  readonly client: (id: ClientId) => Promise<Client | null>;
  readonly commit: Commit;
  readonly backoff: (conflicts: number) => Promise<void>;
  readonly now: () => number;
}

const MOST_CONFLICTS = 20;

/**
 * Changes a client on the platform's behalf; decides anew where it moved meanwhile. `decide` returns null where
 * there is nothing to change. Returns the client as it is then; throws `not-found` where there is none.
 */
export async function changeClient(
  { client: read, commit, backoff }: ChangeClientPorts,
  id: ClientId,
  decide: (client: Client) => { readonly client: Client; readonly event: NewEvent } | null,
): Promise<Client> {
  for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts += 1) {
    const client = await read(id);
    if (client === null || client.removedAt !== null) throw clientNotFound(id);
    const decided = decide(client);
    if (decided === null) return client;
    const committed = await commit({ put: [decided.client], events: [decided.event] });
    const written = committed.ok ? committed.written[0] : undefined;
    if (written?.kind === 'client') return written;
    await backoff(conflicts);
  }
  throw new Problem('unavailable', 'The client met too many other changes.');
}
