import type { Entity } from '../core/change.js';
import type { Client } from '../core/client.js';
import type { NewEvent } from '../core/event.js';
import { type ClientId, clientNotFound } from '../core/id.js';
import { type DecidePorts, decideAnew } from './decide-anew.js';

export interface ChangeClientPorts extends DecidePorts {
  readonly client: (id: ClientId) => Promise<Client | null>;
  readonly now: () => number;
}

/** A client as it is to be, what to tell, and what else goes into the same transaction. */
export interface ClientChange {
  readonly client: Client;
  readonly events: readonly NewEvent[];
  readonly besides?: readonly Entity[];
}

/**
 * Changes a client on the platform's behalf. `decide` returns null where there is nothing to change. Returns the
 * client as it is then; throws `not-found` where there is none.
 */
export async function changeClient(
  ports: ChangeClientPorts,
  id: ClientId,
  decide: (client: Client) => ClientChange | null,
): Promise<Client> {
  const [written] = await decideAnew(ports, async () => {
    const decided = decide(await presentClient(ports, id));
    return decided && { put: [decided.client, ...(decided.besides ?? [])], events: decided.events };
  });
  return written?.kind === 'client' ? written : presentClient(ports, id);
}

/** The client with this id; throws `not-found` where there is none, or none any more. */
export async function presentClient(
  { client: read }: Pick<ChangeClientPorts, 'client'>,
  id: ClientId,
): Promise<Client> {
  const client = await read(id);
  if (client === null || client.removedAt !== null) throw clientNotFound(id);
  return client;
}
