import { type Account, isLive } from '../core/account.js';
import { Problem } from '../core/problem.js';
import type { Verdict } from '../core/verdict.js';

export interface VerifyNowPorts {
  readonly allow: (kind: 'verification', account: string) => Promise<boolean>;
  readonly check: (account: Account) => Promise<Verdict | null>;
}

/**
 * When the platform wants an account verified now: one attempt, whose verdict counts as any other.
 *
 * Throws `account-not-connected` where there is nothing to verify, `too-many-requests` where it was asked for too
 * often of late, and `not-found` where the account is gone meanwhile.
 */
export async function verifyNow({ allow, check }: VerifyNowPorts, account: Account): Promise<Verdict> {
  const { clientId, accountId, status, trying } = account;
  if (!isLive(account) && trying === null)
    throw new Problem('account-not-connected', `The account is ${status}.`);
  if (!(await allow('verification', `${clientId} ${accountId}`)))
    throw new Problem('too-many-requests', 'The account was verified ten times within a minute.');
  const verdict = await check(account);
  if (verdict === null) throw new Problem('not-found', `The client has no account ${accountId} any more.`);
  return verdict;
}
