import type { Account } from '../core/account.js';
import type { Client } from '../core/client.js';
import { decideRegistration, type Registration } from '../core/decide-registration.js';
import type { Failure } from '../core/failure.js';
import { type ClientId, clientNotFound } from '../core/id.js';
import { launchStatus } from '../core/launch.js';
import { Problem } from '../core/problem.js';
import { type Remember, remembersNothing } from '../core/remembered-answer.js';
import { parseRoleArn, type RoleArn } from '../core/role-arn.js';
import { type DecidePorts, decideAnew } from './decide-anew.js';
import type { ReadAround, StackAddress } from './surroundings.js';

export interface RegisterPorts extends DecidePorts {
  readonly around: ReadAround;
  readonly now: () => number;
  readonly providerAccountId: string;
  readonly partitionId: string;
  /** What a profile calls the role by which people enter; null where they do not. */
  readonly humanRoleName: (profile: string) => string | null;
  /** Goes on with an account that this instance has just written, without being waited for. */
  readonly check: (account: Account) => void;
}

/** An account that was named, or was connected already, and whose it is. */
export interface Registered {
  readonly client: Client;
  readonly account: Account;
}

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
  by: Pick<Registration, 'launch' | 'until' | 'actor' | 'humanRoleArn'>,
  remember: Remember<Registered> = remembersNothing,
): Promise<Account> {
  const role = namedRole(roleArn);
  const { providerAccountId, partitionId } = ports;
  const where = { clientId, accountId: role.account };
  const [written] = await decideAnew(ports, async () => {
    const found = await ports.around.everything(where);
    if (found.client === null || found.client.removedAt !== null) throw clientNotFound(clientId);
    const peopleEnter = ports.humanRoleName(found.client.profile) !== null;
    const registration = { ...by, role, peopleEnter, now: ports.now(), providerAccountId, partitionId };
    const decided = decideRegistration(registration, found.client, found);
    if ('code' in decided) throw refused(decided);
    const account = decided.put.find((entity) => entity.kind === 'account') ?? found.account;
    if (account === null) throw new Error('an account is registered, connected or refused');
    return { ...decided, put: [...decided.put, ...remember({ client: found.client, account })] };
  });
  if (written?.kind !== 'account') return connectedAlready(ports, where);
  ports.check(written);
  return written;
}

/** How long a role is tried that the platform names where no link says, in milliseconds. */
const TRY_FOR = 90_000;

/** Until when a role is tried that the platform names: until the last of the open links without a callback ends. */
export function triedUntil({ launches }: Pick<Client, 'launches'>, now: number): number {
  const open = launches.filter(
    (launch) => launch.callback === 'none' && launchStatus(launch, now) === 'open',
  );
  return Math.max(now + TRY_FOR, ...open.map(({ expiresAt }) => expiresAt));
}

async function connectedAlready({ around }: RegisterPorts, where: StackAddress): Promise<Account> {
  const { account } = await around.everything(where);
  if (account === null) throw clientNotFound(where.clientId);
  return account;
}

/** The role that somebody names. Throws `request-invalid` where it is none. */
export function namedRole(roleArn: string): RoleArn {
  const role = parseRoleArn(roleArn);
  if (role !== null) return role;
  throw new Problem('request-invalid', 'roleArn is not the ARN of an IAM role.', [
    { field: 'roleArn', message: 'has to be like arn:aws:iam::111122223333:role/Name' },
  ]);
}

/** Why a role cannot be one of the client's. */
export function refused({ message, remedy, code }: Failure): Problem {
  const field = code.startsWith('human-role-') ? 'humanRoleArn' : 'roleArn';
  return new Problem('account-refused', `${message} ${remedy} (${code})`, [{ field, message }]);
}
