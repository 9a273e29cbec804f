import type { Account, AccountStatus } from '../../core/account.js';
import type { OpenLaunch } from '../../onboarding/open-launch.js';

/** What a launch page says in one word: where its account stands, or else what became of its link. */
export type LaunchState = Standing | 'waiting' | 'expired' | 'revoked' | 'used';

/** Where an account stands, for people: `undecided` is no longer verified, and nothing was found out. */
export type Standing = AccountStatus | 'undecided';

export function standingOf({ status, pending, trying, verdict }: Account): Standing {
  const ended = pending === null && trying === null && verdict !== null;
  return status === 'verifying' && ended ? 'undecided' : status;
}

/** What the page says, in one word: the account that moved last counts, then the link itself. */
export function launchState({ accounts, status }: Pick<OpenLaunch, 'accounts' | 'status'>): LaunchState {
  const account = currentAccount(accounts);
  const last = account && standingOf(account);
  // A number that was entered is still tried after its link was withdrawn, but can no longer come in by it.
  if (status === 'revoked' && account?.trying) return 'revoked';
  if (last === 'verifying' || last === 'connected' || last === 'degraded') return last;
  if (status === 'expired' || status === 'revoked') return status;
  if (last !== undefined) return last;
  return status === 'used' ? 'used' : 'waiting';
}

/** The account that the page is about: the one being verified, else the one that moved last. */
export function currentAccount(accounts: readonly Account[]): Account | undefined {
  return accounts.findLast(({ status }) => status === 'verifying') ?? accounts.at(-1);
}

/** Whether somebody waits at the page for something to happen; else it is as it will be for a long while. */
export function isMoving(open: Pick<OpenLaunch, 'accounts' | 'status'>): boolean {
  return open.status === 'open' || launchState(open) === 'verifying';
}
