import type { Account, AccountStatus } from '../../core/account.js';
import { launchKind, managementAccountOf } from '../../core/launch.js';
import { isInconclusive } from '../../core/verdict.js';
import type { OpenLaunch } from '../../onboarding/open-launch.js';

/** What a launch page says in one word: where its account stands, or else what became of its link. */
export type LaunchState = Standing | 'waiting' | 'expired' | 'revoked' | 'used';

/** Where an account stands, for people: `undecided` is no longer verified, and nothing was found out. */
export type Standing = AccountStatus | 'undecided';

export function standingOf({ status, pending, trying, verdict, connectedAt }: Account): Standing {
  // What never was connected has not ended: its stack is gone, and why it came to nothing is what counts.
  if (status === 'disconnected' && connectedAt === null && verdict !== null)
    return isInconclusive(verdict) ? 'undecided' : 'rejected';
  const ended = pending === null && trying === null && verdict !== null;
  return status === 'verifying' && ended ? 'undecided' : status;
}

/** What the page says, in one word: the account that moved last counts, then the link itself. */
export function launchState(open: Subject): LaunchState {
  const { status } = open;
  const account = currentAccount(open);
  const last = account && standingOf(account);
  // A number that was entered is still tried after its link was withdrawn, but can no longer come in by it.
  if (status === 'revoked' && account?.trying) return 'revoked';
  if (last === 'verifying' || last === 'connected' || last === 'degraded') return last;
  if (status === 'expired' || status === 'revoked') return status;
  if (last !== undefined) return last;
  // A management account that has come by another link since is none of this page's.
  return status === 'used' || managementAccountOf(open.launch) !== null ? 'used' : 'waiting';
}

type Subject = Pick<OpenLaunch, 'launch' | 'accounts' | 'status'>;

/**
 * The account that the page is about: the one being verified, else the one that moved last; of an organization its
 * management account, once that is known.
 */
export function currentAccount({
  launch,
  accounts,
}: Pick<OpenLaunch, 'launch' | 'accounts'>): Account | undefined {
  const management = managementAccountOf(launch);
  if (management !== null) return accounts.find(({ accountId }) => accountId === management);
  return accounts.findLast(({ status }) => status === 'verifying') ?? accounts.at(-1);
}

/** Whether somebody waits at the page for something to happen; else it is as it will be for a long while. */
export function isMoving(open: Subject): boolean {
  const state = launchState(open);
  // Members come for years; each reading of a large organization's accounts costs.
  if (launchKind(open.launch) === 'organization' && state !== 'waiting') return state === 'verifying';
  return open.status === 'open' || state === 'verifying';
}
