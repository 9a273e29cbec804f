import { type Account, isLive } from '../core/account.js';
import type { Client } from '../core/client.js';
import { decideCheck } from '../core/decide-check.js';
import { externalIdsFor } from '../core/external-ids.js';
import { failure } from '../core/failure.js';
import type { ClientId } from '../core/id.js';
import { isMemberAccount, type Standing } from '../core/organization.js';
import { isInconclusive, type Verdict } from '../core/verdict.js';
import { type DecidePorts, decideAnew } from '../onboarding/decide-anew.js';
import type { ReadAround } from '../onboarding/surroundings.js';
import { type Subject, type VerifyPorts, verifyOnce } from '../onboarding/verify-account.js';
import type { AskStanding } from '../onboarding/verify-organization.js';
import type { Fleet } from './fleet.js';

export interface CheckPorts extends VerifyPorts, DecidePorts {
  readonly around: ReadAround;
  readonly now: () => number;
  readonly nextVerification: () => number;
  readonly standing: AskStanding;
  readonly fleet: Fleet;
  readonly completeRotation: (clientId: ClientId) => Promise<void>;
}

/**
 * Verifies an account once, by no stack's event: a connected one, or a role that was registered by hand. What it
 * means is decided on the account as it stands afterwards; a verdict on a role that was replaced meanwhile means
 * nothing any more.
 *
 * Returns the verdict, or null where the account or its client is gone.
 */
export async function checkAccount(ports: CheckPorts, account: Account): Promise<Verdict | null> {
  const { clientId, accountId, roleArn, humanRoleArn, region } = account;
  const where = { clientId, accountId };
  const client = await ports.around.client(clientId);
  if (client === null) return null;
  const { profile } = client;
  const externalIds = idsToTry(client, account, ports.now());
  const retired = client.retiredExternalId?.externalId ?? null;
  const attempts = (account.trying?.attempts ?? 0) + 1;
  const seen = await verifyOnce(
    ports,
    {
      ...{ accountId, roleArn, humanRoleArn, externalIds, retired, profile, region },
      stackId: account.stackId,
    },
    attempts,
  );
  if (isLive(account) && !isInconclusive(seen)) ports.fleet.note(account, seen.failure !== null);
  const suspicion = isLive(account) && seen.failure !== null ? ports.fleet.suspicion() : null;
  const verdict = suspicion === null ? seen : { ...seen, failure: failure('service-at-fault', suspicion) };
  const standing = await standingOf(ports, client, account);
  const isSame = (held: Account | null) =>
    held?.roleArn === roleArn && held.humanRoleArn === humanRoleArn && held.rotatedTo === account.rotatedTo;
  let judged = false;
  await decideAnew(ports, async () => {
    const { client: current, account: held, lock, otherAccounts } = await ports.around.everything(where);
    judged = current !== null && isSame(held);
    if (current === null || held === null || !judged) return null;
    return decideCheck({
      ...{ account: held, client: current, lock, otherAccounts, verdict, standing },
      now: ports.now(),
      nextVerificationAt: ports.nextVerification(),
    });
  });
  if (!judged) return null;
  if (client.rotation !== null) await ports.completeRotation(clientId);
  return verdict;
}

/** An account that was let go may not have gone over to the client's external ID, and trusts the one before. */
function idsToTry(client: Client, account: Account, now: number): Subject['externalIds'] {
  const ids = externalIdsFor(client, account, now);
  const { retiredExternalId } = client;
  return account.trustRemains && retiredExternalId !== null ? [...ids, retiredExternalId.externalId] : ids;
}

/** What its organization says of a connected member; null of any other account. */
async function standingOf(ports: CheckPorts, client: Client, account: Account): Promise<Standing | null> {
  if (!isLive(account) || !isMemberAccount(account)) return null;
  const { accountId } = account;
  const { managementAccountId } = account.organization;
  return ports.standing({ client, managementAccountId, accountId, since: 0 });
}
