import { type Account, isLive } from './account.js';
import { type Failure, failure } from './failure.js';
import type { LaunchId } from './id.js';
import { sameHash, type TokenHash } from './token.js';

/** How the client's stack reports back: through a topic or a function of its own, or not at all. */
export type Callback = 'sns' | 'lambda' | 'none';

/** A link that lets a client connect an account: two secrets (stored as hashes), an expiry, a limit. */
export interface Launch {
  readonly id: LaunchId;
  readonly pageTokenHash: TokenHash;
  readonly callbackTokenHash: TokenHash;
  readonly callback: Callback;
  readonly region: string;
  /** There where nobody chose the region: the client may, on its page. Links of older versions say nothing. */
  readonly regionOpen?: true;
  /** There where it is for an organization: its management account connects, and then its members by the same link. */
  readonly organization?: true;
  readonly stackName: string;
  readonly expectedAccountIds: readonly string[];
  readonly maxAccounts: number;
  /** Milliseconds since the epoch, as everywhere in `core`. */
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly openedAt: number | null;
  readonly revokedAt: number | null;
  /** The accounts that this link has connected; of an organization the management account alone. */
  readonly accounts: readonly string[];
}

/** What a link connects: accounts by stacks of their own, or an organization's by its management account's. */
export type LaunchKind = 'account' | 'organization';

export function launchKind({ organization }: Pick<Launch, 'organization'>): LaunchKind {
  return organization ? 'organization' : 'account';
}

export type LaunchStatus = 'open' | 'used' | 'expired' | 'revoked';

export function launchStatus(launch: Launch, now: number): LaunchStatus {
  if (launch.revokedAt !== null) return 'revoked';
  // Its members come for as long as the management account is connected, which may be years.
  if (managementAccountOf(launch) !== null) return 'open';
  if (launch.accounts.length >= seats(launch)) return 'used';
  return launch.expiresAt <= now ? 'expired' : 'open';
}

/** The account that an organization's link connected first; null before it has, and for every other link. */
export function managementAccountOf({
  organization,
  accounts,
}: Pick<Launch, 'organization' | 'accounts'>): string | null {
  return (organization && accounts[0]) ?? null;
}

/** Whether an account that comes by this link comes after the organization's management account. */
export function isMember(launch: Launch, accountId: string): boolean {
  const management = managementAccountOf(launch);
  return management !== null && management !== accountId;
}

/**
 * Why this account may not come in by this link, or null where it may. Members of an organization come by the
 * connection of their management account, which is looked for among `managementAccounts`, and not by the link's expiry.
 */
export function refuseAdmission(
  launch: Launch,
  accountId: string,
  now: number,
  managementAccounts: readonly Account[] = [],
): Failure | null {
  if (launch.revokedAt !== null) return failure('launch-revoked');
  if (isMember(launch, accountId)) {
    const management = managementAccounts.find((one) => one.accountId === managementAccountOf(launch));
    return management !== undefined && isLive(management) ? null : failure('organization-not-connected');
  }
  if (launch.expiresAt <= now) return failure('launch-expired');
  if (launch.expectedAccountIds.length > 0 && !launch.expectedAccountIds.includes(accountId))
    return failure('account-not-expected');
  if (!launch.accounts.includes(accountId) && launch.accounts.length >= seats(launch))
    return failure('launch-used');
  return null;
}

/** How many accounts a link lets in: as many as it says, or the ones it names. */
export function seats(launch: Launch): number {
  return Math.max(launch.maxAccounts, launch.expectedAccountIds.length);
}

/** The launch with this account let in. An organization may have ten thousand members: those it does not name. */
export function admit(launch: Launch, accountId: string): Launch {
  if (launch.accounts.includes(accountId) || isMember(launch, accountId)) return launch;
  return { ...launch, accounts: [...launch.accounts, accountId] };
}

/** Finds the launch that a token's hash belongs to, among a client's. */
export function launchByToken(
  launches: readonly Launch[],
  hash: TokenHash,
  which: 'pageTokenHash' | 'callbackTokenHash',
): Launch | undefined {
  return launches.find((launch) => sameHash(launch[which], hash));
}

/**
 * A stack name that CloudFormation takes whatever the client is called: letters, digits and hyphens, first a
 * letter, at most 128 characters. The launch's last digits keep two stacks of one client apart.
 */
export function stackNameFor(clientName: string, launch: LaunchId): string {
  const slug = clientName
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');
  return ['rolecall', slug, launch.slice(-6)].filter((part) => part !== '').join('-');
}
