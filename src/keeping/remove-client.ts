import { accessChanges } from '../core/access-change.js';
import type { Account } from '../core/account.js';
import type { Client, ReferenceLock } from '../core/client.js';
import type { Actor } from '../core/event.js';
import { type Expectation, expectsNothing } from '../core/expectation.js';
import type { Group } from '../core/group.js';
import type { ClientId } from '../core/id.js';
import { presentClient } from '../onboarding/change-client.js';
import { decideAnew } from '../onboarding/decide-anew.js';
import { type DisconnectPorts, disconnectAccount } from './disconnect-account.js';
import { type RegisterPorts, relisted } from './register.js';

export interface RemovePorts extends DisconnectPorts, RegisterPorts {
  readonly client: (id: ClientId) => Promise<Client | null>;
  readonly reference: (reference: string) => Promise<ReferenceLock | null>;
  readonly allGroups: () => Promise<readonly Group[]>;
  readonly accountsOf: (id: ClientId) => Promise<readonly Account[]>;
}

/**
 * When the platform removes a client: from one commit on it is gone, its links are dead, and nobody gets
 * credentials. Its accounts are let go one by one after that; should this instance die meanwhile, each is let go when
 * its verification is due. Its external ID stays in the register for ever.
 *
 * Throws `not-found` where there is no such client, and what `expects` throws.
 */
export async function removeClient(
  ports: RemovePorts,
  id: ClientId,
  actor: Actor,
  expects: Expectation<[Client]> = expectsNothing,
): Promise<void> {
  await decideAnew(ports, async () => {
    const client = await presentClient(ports, id);
    expects(client);
    const lock = client.reference === null ? null : await ports.reference(client.reference);
    const groups = await ports.allGroups();
    const at = ports.now();
    return {
      put: [
        { ...client, removedAt: at, updatedAt: at },
        ...(await relisted(ports, client.externalId, false)),
      ],
      remove: lock === null ? [] : [lock],
      events: [
        { type: 'client.removed', at, clientId: id, actor, data: {} },
        ...accessChanges(groups, client, null, { at, actor }),
      ],
    };
  });
  for (const { accountId } of await ports.accountsOf(id))
    await disconnectAccount(ports, { clientId: id, accountId }, actor);
}
