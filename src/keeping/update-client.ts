import type { TellAccess } from '../core/access-change.js';
import type { Client } from '../core/client.js';
import type { Actor } from '../core/event.js';
import { type Expectation, expectsNothing } from '../core/expectation.js';
import type { ClientId } from '../core/id.js';
import { type ChangeClientPorts, changeClient } from '../onboarding/change-client.js';

export type ClientChanges = Partial<Pick<Client, 'name' | 'metadata'>>;

export interface UpdateClientPorts extends ChangeClientPorts {
  readonly tellAccess: TellAccess;
}

/**
 * When the platform changes what a client is called, or its labels. Throws `not-found` where there is none, and what
 * `expects` throws.
 */
export function updateClient(
  ports: UpdateClientPorts,
  id: ClientId,
  changes: ClientChanges,
  actor: Actor,
  expects: Expectation<[Client]> = expectsNothing,
): Promise<Client> {
  return changeClient(ports, id, (client) => {
    expects(client);
    const at = ports.now();
    const data = { fields: Object.keys(changes).join(' ') };
    const changed = { ...client, ...changes, updatedAt: at };
    return {
      client: changed,
      events: [
        { type: 'client.updated', at, clientId: id, actor, data },
        ...ports.tellAccess(client, changed, { at, actor }),
      ],
    };
  });
}
