import type { Stored } from './change.js';
import type { ExternalId } from './external-id.js';
import type { ClientId, LaunchId } from './id.js';
import type { Membership } from './organization.js';
import type { Verdict } from './verdict.js';

export type AccountStatus = 'verifying' | 'connected' | 'rejected' | 'degraded' | 'disconnected';

/** One AWS account of a client, and the role by which it is entered. */
export interface Account extends Stored {
  readonly kind: 'account';
  readonly clientId: ClientId;
  readonly accountId: string;
  readonly partition: string;
  readonly roleArn: string;
  /** The role that people switch into; null where its template makes none. */
  readonly humanRoleArn: string | null;
  /** The link by which it came in last. */
  readonly launchId: LaunchId | null;
  /** The organization by whose link it came in; null where it came by another, or by none. */
  readonly organization: Membership | null;
  /** The stack that made the role; null where the role was registered by hand. */
  readonly stackId: string | null;
  readonly region: string | null;
  readonly templateVersion: string | null;
  readonly status: AccountStatus;
  readonly verdict: Verdict | null;
  /** The stack's item (`stackKey`) that connected the account: it alone may update or disconnect it. */
  readonly connectedBy: string | null;
  /** The stack's item whose Create is being verified, while an older connection may go on showing. */
  readonly pending: string | null;
  /** Of a role that was registered by hand: tried until it can be entered, or until this moment. */
  readonly trying: { readonly until: number; readonly attempts: number } | null;
  /** Verifications in a row that have failed since it was last known to be good. */
  readonly failing: { readonly since: number; readonly times: number } | null;
  /** The newer external ID that its role was last entered by; null where that is the client's. */
  readonly rotatedTo: ExternalId | null;
  /** Whether the role of an account that we let go still trusts us, for all that is known. */
  readonly trustRemains: boolean;
  readonly createdAt: number;
  readonly connectedAt: number | null;
  readonly lastVerifiedAt: number | null;
  readonly nextVerificationAt: number | null;
}

/** For how long an account that is verified is left to the instance that does it, in milliseconds. */
export const CHECK_LEASE = 60_000;

/** Whether it is entered, or was and is expected to be again: its loss would be a loss. */
export function isLive(account: Account): boolean {
  return account.status === 'connected' || account.status === 'degraded';
}

/** The account without this stack: disconnected where it stood by it, as it was where another holds it. */
export function leave(account: Account, key: string): Account {
  const pending = account.pending === key ? null : account.pending;
  const lost = isLive(account)
    ? account.connectedBy === key
    : account.status === 'verifying' && pending === null;
  if (!lost) return { ...account, pending };
  return {
    ...account,
    pending,
    status: 'disconnected',
    nextVerificationAt: null,
  };
}

/**
 * Which clients hold an AWS account. One, unless each of them allows shared accounts: two clients that are
 * led into one account would see each other's data.
 */
export interface AwsAccountLock extends Stored {
  readonly kind: 'aws-account';
  readonly partition: string;
  readonly accountId: string;
  readonly clients: readonly ClientId[];
  readonly shared: boolean;
}

/** The lock with this client among its holders, or null where it is there already. */
export function held(
  lock: AwsAccountLock | null,
  { id, allowSharedAccounts }: { readonly id: ClientId; readonly allowSharedAccounts: boolean },
  { partition, accountId }: Pick<Account, 'partition' | 'accountId'>,
): AwsAccountLock | null {
  if (lock?.clients.includes(id)) return null;
  const clients = [...(lock?.clients ?? []), id];
  const shared = allowSharedAccounts;
  return { kind: 'aws-account', rev: lock?.rev ?? null, partition, accountId, clients, shared };
}

/** Whether this client may hold the account, given who holds it now. */
export function mayHold(lock: AwsAccountLock | null, clientId: ClientId, allowShared: boolean): boolean {
  if (lock === null || lock.clients.includes(clientId)) return true;
  return lock.shared && allowShared;
}

/**
 * What becomes of a lock that a client lets go: it is put without the client where others hold it too, and
 * removed where nobody does; `how` says which of the two is asked for.
 */
export function released(lock: AwsAccountLock | null, clientId: ClientId, how: 'put' | 'remove') {
  if (lock === null || !lock.clients.includes(clientId)) return [];
  const clients = lock.clients.filter((id) => id !== clientId);
  return (clients.length === 0) === (how === 'remove') ? [{ ...lock, clients }] : [];
}
