import { type Account, CHECK_LEASE, isLive, mayHold } from './account.js';
import type { Change } from './change.js';
import type { Found } from './circumstances.js';
import { type Client, withStatus } from './client.js';
import type { Actor } from './event.js';
import { type Failure, failure } from './failure.js';
import type { Launch } from './launch.js';
import { refuseAdmission } from './launch.js';
import { isBeside, type RoleArn } from './role-arn.js';

/** A role that is named by hand: on a launch page without a callback, or by the platform. */
export interface Registration {
  readonly role: RoleArn;
  /** The role by which people enter; null where there is none, undefined where nothing is said of it. */
  readonly humanRoleArn?: string | null | undefined;
  /** Whether the client's profile has people enter. */
  readonly peopleEnter: boolean;
  /** The link whose page it was entered on; null where the platform names it. */
  readonly launch: Launch | null;
  /** Until when the role is tried. */
  readonly until: number;
  readonly actor: Actor;
  readonly now: number;
  readonly providerAccountId: string;
  readonly partitionId: string;
}

/**
 * Decides whether a role that somebody names is to be verified.
 *
 * Returns the change that begins it (none where the account is connected by this role already), or why not.
 * Naming a role proves nothing: what connects it is that it trusts this client's external ID.
 */
export function decideRegistration(
  registration: Registration,
  client: Client,
  found: Pick<Found, 'account' | 'lock' | 'otherAccounts'>,
): Change | Failure {
  const refusal = refuse(registration, client, found);
  if (refusal !== null) return refusal;
  const { account } = found;
  const { role, launch, until, actor, now } = registration;
  const humanRoleArn = registration.humanRoleArn ?? null;
  if (account !== null && isLive(account)) return { put: renamed(account, registration) };
  const verifying: Account = {
    kind: 'account',
    rev: account?.rev ?? null,
    clientId: client.id,
    accountId: role.account,
    partition: role.partition.id,
    roleArn: role.text,
    humanRoleArn,
    // What the platform names is not held against a link that the account once came by.
    launchId: launch?.id ?? null,
    organization: null,
    stackId: null,
    region: null,
    templateVersion: null,
    status: 'verifying',
    verdict: null,
    connectedBy: null,
    pending: null,
    trying: { until, attempts: 0 },
    failing: null,
    trustRemains: false,
    rotatedTo: account?.rotatedTo ?? null,
    createdAt: account?.createdAt ?? now,
    connectedAt: null,
    lastVerifiedAt: account?.lastVerifiedAt ?? null,
    // In the hands of whoever records it; due again should that instance die.
    nextVerificationAt: now + CHECK_LEASE,
  };
  const moved = withStatus(client, [...found.otherAccounts, 'verifying'], now);
  const { clientId, accountId } = verifying;
  const data = { roleArn: role.text, ...(humanRoleArn !== null && { humanRoleArn }) };
  return {
    put: [verifying, moved],
    events: [{ type: 'account.verifying', at: now, clientId, accountId, actor, data }],
  };
}

function refuse(
  registration: Registration,
  client: Client,
  { account, lock }: Pick<Found, 'account' | 'lock'>,
): Failure | null {
  const { role, humanRoleArn, launch, now, providerAccountId, partitionId } = registration;
  if (role.account === providerAccountId) return failure('account-of-provider');
  if (role.partition.id !== partitionId) return failure('partition-not-served');
  const refusal = launch && refuseAdmission(launch, role.account, now);
  if (refusal !== null) return refusal;
  if (!mayHold(lock, client.id, client.allowSharedAccounts)) return failure('account-connected-elsewhere');
  if (account !== null && account.pending !== null) return failure('another-stack-under-way');
  const unfit = isRenamed(account, humanRoleArn) ? refuseForPeople(registration) : null;
  if (unfit !== null) return unfit;
  const another = account !== null && isLive(account) && account.roleArn !== role.text;
  if (another) return failure('account-connected-already');
  const ofStack = account !== null && isLive(account) && account.stackId !== null;
  return ofStack && isRenamed(account, humanRoleArn) ? failure('human-role-of-stack') : null;
}

function refuseForPeople({ humanRoleArn = null, role, peopleEnter }: Registration): Failure | null {
  if (humanRoleArn === null) return null;
  if (!peopleEnter) return failure('human-role-unexpected');
  return isBeside(humanRoleArn, role) ? null : failure('human-role-arn-invalid');
}

/** Whether another role for people is named than the account has. */
function isRenamed(account: Account | null, humanRoleArn: Registration['humanRoleArn']): boolean {
  return humanRoleArn !== undefined && humanRoleArn !== (account?.humanRoleArn ?? null);
}

/** A connected account whose role for people is named anew is verified with that at once. */
function renamed(account: Account, { humanRoleArn, now }: Registration): readonly Account[] {
  if (humanRoleArn === undefined || !isRenamed(account, humanRoleArn)) return [];
  return [{ ...account, humanRoleArn, nextVerificationAt: now + CHECK_LEASE }];
}
