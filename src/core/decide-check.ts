import { type Account, held, isLive, mayHold } from './account.js';
import type { Change } from './change.js';
import type { Found } from './circumstances.js';
import { type Client, withLaunch, withStatus } from './client.js';
import { decideDisconnection, decideRemainingTrust } from './decide-disconnection.js';
import type { EventType, NewEvent } from './event.js';
import { RETIRED_CHECKED_AFTER, rotatedTo } from './external-ids.js';
import { type Failure, failure } from './failure.js';
import { admit, refuseAdmission } from './launch.js';
import { isMemberAccount, type Standing } from './organization.js';
import { isBadProbe, isInconclusive, isWorthRetrying, PROBED_AGAIN, type Verdict } from './verdict.js';

/** An account that was verified outside of any stack's event, with what is stored around it. */
export interface Checked extends Pick<Found, 'lock' | 'otherAccounts'> {
  readonly account: Account;
  readonly client: Client;
  readonly verdict: Verdict;
  readonly now: number;
  /** What its organization's list says of a member; null where it was not asked. */
  readonly standing: Standing | null;
  /** When a connected account is to be verified again. */
  readonly nextVerificationAt: number;
}

/** An account is degraded once this many verifications in a row have failed, over at least this long. */
const FAILURES = 3;
const FAILING_FOR = 10 * 60_000;
/** When a failing account is looked at again: three times within FAILING_FOR. */
const FAILING_AGAIN = 5 * 60_000;
/** When AWS could not be asked. */
const UNCERTAIN_AGAIN = 60_000;
/** For how much longer a role is tried about which nothing was found out, for that is not the role's fault. */
const UNCERTAIN_FOR = 60 * 60_000;

/**
 * Decides what a verdict on a connected account, on a role that was registered by hand, or on one that was let go
 * means. An account whose client was removed is let go, should nobody have come to that before.
 */
export function decideCheck(checked: Checked): Change {
  const { account, client, verdict, now, nextVerificationAt } = checked;
  const actor = { type: 'service' } as const;
  if (account.trustRemains) return decideRemainingTrust(account, verdict, now, nextVerificationAt);
  if (client.removedAt !== null) return decideDisconnection(account, client, checked, { actor, now });
  if (account.trying !== null) return decideTrial(checked, account.trying);
  return isLive(account) ? noteStanding(checked, decideRecheck(checked)) : decideRecheck(checked);
}

/** A role that was registered by hand is tried until it can be entered or its time is over. */
function decideTrial(checked: Checked, trying: NonNullable<Account['trying']>): Change {
  const { account, client, verdict, now } = checked;
  const attempts = trying.attempts + 1;
  const again = now + waitBefore(attempts);
  const refused = lateRefusal(checked);
  const until = trying.until + (isInconclusive(verdict) ? UNCERTAIN_FOR : 0);
  if (isWorthRetrying(verdict) && again < until && refused === null)
    return { put: [{ ...account, trying: { ...trying, attempts }, nextVerificationAt: again }] };
  // A link that was withdrawn meanwhile says more than a role that is not there yet.
  const late = isWorthRetrying(verdict) ? (refused ?? verdict.failure) : (verdict.failure ?? refused);
  const over = {
    trying: null,
    lastVerifiedAt: now,
    verdict: { ...verdict, attempts, failure: late },
    rotatedTo: rotatedTo(verdict, client),
  };
  if (late !== null) {
    const rejected: Account = { ...account, ...over, status: 'rejected', nextVerificationAt: null };
    return moved(checked, rejected, 'account.rejected', { code: late.code, message: late.message });
  }
  const { nextVerificationAt } = checked;
  const connected: Account = {
    ...account,
    ...over,
    status: 'connected',
    connectedAt: now,
    nextVerificationAt,
  };
  const { put, events = [] } = moved(checked, connected, 'account.connected', {
    roleArn: account.roleArn,
    ...(account.humanRoleArn !== null && { humanRoleArn: account.humanRoleArn }),
    attempts,
  });
  const lock = held(checked.lock, client, account);
  return { put: [...put.map((entity) => letIn(entity, account)), ...(lock === null ? [] : [lock])], events };
}

/** A person waits at the page for the first minutes; later the stack may take days to be made. */
function waitBefore(attempts: number): number {
  return ([1, 2, 3, 5, 8][attempts - 1] ?? (attempts < 30 ? 15 : 300)) * 1_000;
}

function lateRefusal({ account, client, lock, now }: Checked): Failure | null {
  const launch = client.launches.find(({ id }) => id === account.launchId);
  const at = launch === undefined ? now : Math.min(now, launch.expiresAt - 1);
  const refusal = launch === undefined ? null : refuseAdmission(launch, account.accountId, at);
  if (refusal !== null) return refusal;
  return mayHold(lock, client.id, client.allowSharedAccounts) ? null : failure('account-connected-elsewhere');
}

function letIn(entity: Change['put'][number], { accountId, launchId }: Account): Change['put'][number] {
  if (entity.kind !== 'client') return entity;
  const launch = entity.launches.find(({ id }) => id === launchId);
  return launch === undefined ? entity : withLaunch(entity, admit(launch, accountId));
}

/**
 * A connected account stays connected through a passing failure and through AWS being out of reach; one whose
 * trust has become unsafe is degraded at once. The first success makes it whole again.
 */
function decideRecheck(checked: Checked): Change {
  const { account, client, verdict, now } = checked;
  if (!isLive(account)) return { put: [{ ...account, nextVerificationAt: null }] };
  const failing = account.failing ?? { since: now, times: 0 };
  const failed = { since: failing.since, times: failing.times + 1 };
  if (verdict.failure === null) {
    const newer = rotatedTo(verdict, client);
    // The external ID that is replaced by that has to be denied soon.
    const nextVerificationAt =
      newer === account.rotatedTo ? checked.nextVerificationAt : now + RETIRED_CHECKED_AFTER;
    const good: Account = {
      ...account,
      ...{ verdict, nextVerificationAt, lastVerifiedAt: now, failing: null, status: 'connected' },
      rotatedTo: newer,
    };
    if (account.status === 'degraded') return moved(checked, good, 'account.recovered', {});
    // Whoever replaces or keeps the client's external ID at this moment has to see it.
    return { put: newer === account.rotatedTo ? [good] : [good, client] };
  }
  if (isInconclusive(verdict)) return { put: [{ ...account, nextVerificationAt: now + UNCERTAIN_AGAIN }] };
  const bad: Account = {
    ...account,
    ...{ verdict, failing: failed, lastVerifiedAt: now, nextVerificationAt: now + FAILING_AGAIN },
  };
  const lasting = failed.times >= FAILURES && now - failed.since >= FAILING_FOR;
  if (account.status === 'degraded')
    return { put: [{ ...bad, nextVerificationAt: checked.nextVerificationAt }] };
  if (isWorthRetrying(verdict) && !lasting) return { put: [bad] };
  // A trust policy's change propagates, too: an old one may answer for a while, so one bad probe is no proof.
  const wait = PROBED_AGAIN[failed.times - 1];
  if (isBadProbe(verdict) && wait !== undefined) return { put: [{ ...bad, nextVerificationAt: now + wait }] };
  const { code, message } = verdict.failure;
  return moved(checked, { ...bad, status: 'degraded' }, 'account.degraded', { code, message });
}

/**
 * A member that has left its organization, or has come back, stays what it is: its role trusts us as before, and
 * whether that is to go on is for the platform to say. It is told once.
 */
function noteStanding({ account, standing, now }: Checked, change: Change): Change {
  const left = standing === 'stranger';
  if (!isMemberAccount(account) || (!left && standing !== 'member') || account.organization.left === left)
    return change;
  const { clientId, accountId } = account;
  const organization = { ...account.organization, left };
  const data = left ? { organization: 'left', trustRemains: true } : { organization: 'joined' };
  const told = { type: 'account.updated', at: now, clientId, accountId, data } as const;
  return {
    ...change,
    put: change.put.map((entity) => (entity.kind === 'account' ? { ...entity, organization } : entity)),
    events: [...(change.events ?? []), { ...told, actor: { type: 'service' } }],
  };
}

function moved(
  { client, otherAccounts, now }: Checked,
  account: Account,
  type: EventType,
  data: NewEvent['data'],
): Change {
  const { clientId, accountId } = account;
  return {
    put: [account, withStatus(client, [...otherAccounts, account.status], now)],
    events: [{ type, at: now, clientId, accountId, actor: { type: 'service' }, data }],
  };
}
