import { type Account, isLive } from '../core/account.js';
import type { Commit } from '../core/change.js';
import { decideCheck } from '../core/decide-check.js';
import { externalIdsFor } from '../core/external-ids.js';
import { failure } from '../core/failure.js';
import type { ClientId } from '../core/id.js';
import { isInconclusive, type Verdict } from '../core/verdict.js';
import type { ReadAround } from '../onboarding/surroundings.js';
import { type VerifyPorts, verifyOnce } from '../onboarding/verify-account.js';
import type { Fleet } from './fleet.js';

export interface CheckPorts extends VerifyPorts {
  readonly around: ReadAround;
  readonly commit: Commit;
  readonly backoff: (conflicts: number) => Promise<void>;
  readonly now: () => number;
  readonly nextVerification: () => number;
  readonly fleet: Fleet;
  readonly completeRotation: (clientId: ClientId) => Promise<void>;
}

const MOST_CONFLICTS = 10;

/**
 * Verifies an account once, by no stack's event: a connected one, or a role that was registered by hand. What it
 * means is decided on the account as it stands afterwards; a verdict on a role that was replaced meanwhile means
 * nothing any more.
 *
 * Returns the verdict, or null where the account or its client is gone.
 */
export async function checkAccount(ports: CheckPorts, account: Account): Promise<Verdict | null> {
  const client = await ports.around.client(account.clientId);
  if (client === null) return null;
  const { accountId, roleArn } = account;
  const { profile } = client;
  const externalIds = externalIdsFor(client, account, ports.now());
  const retired = client.retiredExternalId?.externalId ?? null;
  const attempts = (account.trying?.attempts ?? 0) + 1;
  const seen = await verifyOnce(
    ports,
    { accountId, roleArn, externalIds, retired, profile, stackId: account.stackId },
    attempts,
  );
  if (isLive(account) && !isInconclusive(seen)) ports.fleet.note(seen.failure !== null);
  const suspicion = isLive(account) && seen.failure !== null ? ports.fleet.suspicion() : null;
  const verdict = suspicion === null ? seen : { ...seen, failure: failure('service-at-fault', suspicion) };
  for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts += 1) {
    const found = await ports.around.everything({ clientId: account.clientId, accountId });
    const current = found.account;
    if (found.client === null || current?.roleArn !== roleArn) return null;
    const { lock, otherAccounts } = found;
    const change = decideCheck({
      ...{ account: current, client: found.client, lock, otherAccounts, verdict },
      now: ports.now(),
      nextVerificationAt: ports.nextVerification(),
    });
    const nothing = change.put.length === 0;
    if (nothing || (await ports.commit(change)).ok) {
      if (found.client.rotation !== null) await ports.completeRotation(account.clientId);
      return verdict;
    }
    await ports.backoff(conflicts);
  }
  throw new Error(`an account moved ${MOST_CONFLICTS} times in a row`);
}
