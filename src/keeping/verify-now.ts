import { type Account, isLive } from '../core/account.js';
import { Problem } from '../core/problem.js';
import type { Verdict } from '../core/verdict.js';

export interface VerifyNowPorts {
  readonly allow: (kind: 'verification', account: string) => Promise<boolean>;
  /** Throws `not-found` where it is gone. */
  readonly read: () => Promise<Account>;
  /** Null where the account moved meanwhile, so that the verdict counts for nothing. */
  readonly check: (account: Account) => Promise<Verdict | null>;
}

const MOST_MOVES = 5;

/**
 * When the platform wants an account verified now: one attempt, whose verdict counts as any other. Where another
 * verification or the stack was faster, it is one on what the account has become.
 *
 * Throws `account-not-connected` where there is nothing to verify, `too-many-requests` where it was asked for too
 * often of late, `not-found` where the account is gone, and `unavailable` where others were faster again and again.
 */
export async function verifyNow({ allow, read, check }: VerifyNowPorts): Promise<Verdict> {
  let account = await read();
  refuseAtRest(account);
  if (!(await allow('verification', `${account.clientId} ${account.accountId}`)))
    throw new Problem('too-many-requests', 'The account was verified ten times within a minute.');
  for (let moves = 0; moves < MOST_MOVES; moves += 1) {
    const verdict = await check(account);
    if (verdict !== null) return verdict;
    account = await read();
    refuseAtRest(account);
  }
  throw new Problem('unavailable', 'This met too many other changes; try again.');
}

function refuseAtRest(account: Account): void {
  if (!isLive(account) && account.trying === null)
    throw new Problem('account-not-connected', `The account is ${account.status}.`);
}
