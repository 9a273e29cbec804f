import type { Account } from '../core/account.js';
import type { Commit } from '../core/change.js';
import type { Found } from '../core/circumstances.js';
import { decideDisconnection } from '../core/decide-disconnection.js';
import type { Actor } from '../core/event.js';
import type { ClientId } from '../core/id.js';
import { Problem } from '../core/problem.js';

export interface DisconnectPorts {
  readonly around: (where: {
    readonly clientId: ClientId;
    readonly accountId: string;
  }) => Promise<Pick<Found, 'client' | 'account' | 'lock' | 'otherAccounts'>>;
  readonly commit: Commit;
  readonly backoff: (conflicts: number) => Promise<void>;
  readonly now: () => number;
}

const MOST_CONFLICTS = 20;

/**
 * When the platform lets an account go: credentials are refused from then on, and another client may connect it.
 * Returns the account; throws `not-found` where there is none.
 */
export async function disconnectAccount(
  ports: DisconnectPorts,
  where: { readonly clientId: ClientId; readonly accountId: string },
  actor: Actor,
): Promise<Account> {
  for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts += 1) {
    const found = await ports.around(where);
    if (found.account === null || found.client === null)
      throw new Problem('not-found', `The client has no account ${where.accountId}.`);
    const change = decideDisconnection(found.account, found.client, found, { actor, now: ports.now() });
    if (change.put.length === 0) return found.account;
    const committed = await ports.commit(change);
    const left = committed.ok ? committed.written[0] : undefined;
    if (left?.kind === 'account') return left;
    await ports.backoff(conflicts);
  }
  throw new Problem('unavailable', 'The account met too many other changes.');
}
