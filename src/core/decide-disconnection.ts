import { type Account, isLive, released } from './account.js';
import type { Change } from './change.js';
import type { Found } from './circumstances.js';
import { type Client, withStatus } from './client.js';
import type { Actor } from './event.js';
import { isInconclusive, type Verdict } from './verdict.js';

/**
 * Decides what it means that an account is let go on our side: by the platform, or because its client was removed.
 * The client's role still trusts us until its stack is deleted, and is looked at until it does not; the platform is
 * told so. Nothing where the account is disconnected already.
 */
export function decideDisconnection(
  account: Account,
  client: Client,
  { lock, otherAccounts }: Pick<Found, 'lock' | 'otherAccounts'>,
  { actor, now }: { readonly actor: Actor; readonly now: number },
): Change {
  if (account.status === 'disconnected')
    // A stack that is being verified all the same does not bring it back.
    return { put: account.pending === null ? [] : [{ ...account, pending: null }] };
  // A role that was refused can be entered as well: the more so one whose trust is unsafe.
  const trustRemains = isLive(account) || account.verdict?.assumable === true;
  const left: Account = {
    ...account,
    status: 'disconnected',
    connectedBy: null,
    pending: null,
    trying: null,
    failing: null,
    trustRemains,
    nextVerificationAt: trustRemains ? now : null,
  };
  const moved = client.removedAt === null ? [withStatus(client, [...otherAccounts, left.status], now)] : [];
  const { clientId, accountId } = account;
  return {
    put: [left, ...moved, ...released(lock, clientId, 'put')],
    remove: released(lock, clientId, 'remove'),
    events: [{ type: 'account.disconnected', at: now, clientId, accountId, actor, data: { trustRemains } }],
  };
}

/** Decides whether the role of an account that was let go still trusts us: a denial says so, unless it is our own doing. */
export function decideRemainingTrust(
  account: Account,
  verdict: Verdict,
  now: number,
  lookAgainAt: number,
): Change {
  if (verdict.assumable !== false || isInconclusive(verdict))
    return { put: [{ ...account, nextVerificationAt: lookAgainAt }] };
  const { clientId, accountId } = account;
  const data = { trustRemains: false };
  return {
    put: [{ ...account, trustRemains: false, nextVerificationAt: null }],
    events: [{ type: 'account.updated', at: now, clientId, accountId, actor: { type: 'service' }, data }],
  };
}
