import type { Account } from '../core/account.js';
import type { Commit } from '../core/change.js';

export interface CheckSoonPorts {
  /** Every account that is to be verified some time. */
  readonly scheduled: () => AsyncIterable<Account>;
  readonly commit: Commit;
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** How many accounts have not been verified since then, in milliseconds of the clock. */
export async function countUnseen({ scheduled }: CheckSoonPorts, since: number): Promise<number> {
  let count = 0;
  for await (const account of scheduled()) if (isUnseen(account, since)) count += 1;
  return count;
}

/**
 * Puts the next verification of every account forward that has none since then: to some moment within so many
 * milliseconds, so that they do not all come at once. Who is quicker has just looked at the account, and is let be.
 */
export async function checkSoon(ports: CheckSoonPorts, since: number, within: number): Promise<void> {
  const end = ports.now() + within;
  for await (const account of ports.scheduled()) {
    const due = Math.round(ports.now() + ports.random() * within);
    if (isUnseen(account, since) && (account.nextVerificationAt ?? 0) > end)
      await ports.commit({ put: [{ ...account, nextVerificationAt: due }] });
  }
}

function isUnseen({ lastVerifiedAt, nextVerificationAt }: Account, since: number): boolean {
  return nextVerificationAt !== null && (lastVerifiedAt ?? 0) < since;
}
