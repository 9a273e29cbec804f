import type { Account } from '../core/account.js';
import type { Change, Commit } from '../core/change.js';
import type { Found } from '../core/circumstances.js';
import type { Client } from '../core/client.js';
import { decideRegistration, type Registration } from '../core/decide-registration.js';
import type { ClientId } from '../core/id.js';
import { Problem } from '../core/problem.js';
import { parseRoleArn } from '../core/role-arn.js';

export interface RegisterPorts {
  readonly around: (where: {
    readonly clientId: ClientId;
    readonly accountId: string;
  }) => Promise<Pick<Found, 'client' | 'account' | 'lock' | 'otherAccounts'>>;
  readonly commit: Commit;
  readonly backoff: (conflicts: number) => Promise<void>;
  readonly now: () => number;
  readonly providerAccountId: string;
  readonly partitionId: string;
  /** Goes on with an account that this instance has just written, without being waited for. */
  readonly check: (account: Account) => void;
}

const MOST_CONFLICTS = 10;

/**
 * When somebody names a role by hand: it is recorded as verifying, and tried at once and from then on until it can
 * be entered or the time is over.
 *
 * Returns the account. Throws `request-invalid` where it is no role's ARN, `not-found` where the client is gone,
 * and `account-refused` with the reason where this account cannot be the client's.
 */
export async function registerRole(
  ports: RegisterPorts,
  clientId: ClientId,
  roleArn: string,
  by: Pick<Registration, 'launch' | 'until' | 'actor'>,
): Promise<Account> {
  const role = parseRoleArn(roleArn);
  if (role === null)
    throw new Problem('request-invalid', 'roleArn is not the ARN of an IAM role.', [
      { field: 'roleArn', message: 'has to be like arn:aws:iam::111122223333:role/Name' },
    ]);
  const { providerAccountId, partitionId } = ports;
  for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts += 1) {
    const found = await ports.around({ clientId, accountId: role.account });
    const client = present(found.client);
    const registration = { ...by, role, now: ports.now(), providerAccountId, partitionId };
    const decided = decideRegistration(registration, client, found);
    if ('code' in decided)
      throw new Problem('account-refused', `${decided.message} ${decided.remedy} (${decided.code})`);
    const account = await carryOut(ports, decided, found.account);
    if (account !== null) return account;
    await ports.backoff(conflicts);
  }
  throw new Problem('unavailable', 'The account met too many other changes.');
}

/** The account as it stands then; null where something moved meanwhile. */
async function carryOut(
  { commit, check }: RegisterPorts,
  change: Change,
  account: Account | null,
): Promise<Account | null> {
  if (change.put.length === 0) return account;
  const committed = await commit(change);
  if (!committed.ok) return null;
  const written = committed.written.find((entity) => entity.kind === 'account');
  if (written !== undefined) check(written);
  return written ?? null;
}

function present(client: Client | null): Client {
  if (client !== null && client.removedAt === null) return client;
  throw new Problem('not-found', 'There is no such client.');
}
