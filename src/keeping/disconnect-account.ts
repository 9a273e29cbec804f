import { decideDisconnection } from '../core/decide-disconnection.js';
import type { Actor } from '../core/event.js';
import type { ClientId } from '../core/id.js';
import { Problem } from '../core/problem.js';
import { type DecidePorts, decideAnew } from '../onboarding/decide-anew.js';
import type { ReadAround } from '../onboarding/surroundings.js';

export interface DisconnectPorts extends DecidePorts {
  readonly around: ReadAround;
  readonly now: () => number;
}

/**
 * When the platform lets an account go: credentials are refused from then on, and another client may connect it.
 * Nothing where it is disconnected already; throws `not-found` where there is none.
 */
export async function disconnectAccount(
  ports: DisconnectPorts,
  where: { readonly clientId: ClientId; readonly accountId: string },
  actor: Actor,
): Promise<void> {
  await decideAnew(ports, async () => {
    const found = await ports.around.everything(where);
    if (found.account?.accountId !== where.accountId || found.client === null)
      throw new Problem('not-found', `The client has no account ${where.accountId}.`);
    return decideDisconnection(found.account, found.client, found, { actor, now: ports.now() });
  });
}
