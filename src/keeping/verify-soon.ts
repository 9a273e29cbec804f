import type { Account } from '../core/account.js';
import type { Commit } from '../core/change.js';
import type { ReadClientPorts } from './read-client.js';

interface VerifySoonPorts {
  readonly clientWithAccount: ReadClientPorts['clientWithAccount'];
  readonly commit: Commit;
  readonly now: () => number;
}

/** An account that is known to fail is not verified more often than this, in milliseconds, however often it is asked for. */
const NOT_AGAIN_WITHIN = 60_000;
const MOST_CONFLICTS = 5;

/** When a connected account's role turns out not to let us in: it is due for verification at once. */
export async function verifySoon(ports: VerifySoonPorts, found: Account): Promise<void> {
  let account: Account | null = found;
  for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts += 1) {
    if (account === null || !isWanted(account, ports.now())) return;
    const { ok } = await ports.commit({ put: [{ ...account, nextVerificationAt: ports.now() }] });
    if (ok) return;
    ({ account } = await ports.clientWithAccount(found.clientId, found.accountId));
  }
}

function isWanted({ status, failing, lastVerifiedAt, nextVerificationAt }: Account, now: number): boolean {
  if (status !== 'connected') return false;
  if (nextVerificationAt !== null && nextVerificationAt <= now) return false;
  return failing === null || lastVerifiedAt === null || lastVerifiedAt <= now - NOT_AGAIN_WITHIN;
}
