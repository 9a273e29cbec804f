import type { Account } from './account.js';
import type { Found } from './circumstances.js';
import type { Client } from './client.js';
import { type Failure, failure } from './failure.js';
import { isMember, type Launch, managementAccountOf } from './launch.js';
import type { StackId } from './stack-id.js';

/** The organization by whose link an account came in. */
export interface Membership {
  /** Of the management account itself, its own number. */
  readonly managementAccountId: string;
  /** Whether the organization no longer lists the account as active. */
  readonly left: boolean;
}

/** What has been found out, by asking AWS, about an account that comes by an organization's link. */
export type OrganizationProof = Pick<Membership, 'managementAccountId'>;

/** What an organization's own list says of an account; `not-connected` where nobody can be asked for it. */
export type Standing = 'member' | 'stranger' | 'not-connected' | 'unreadable';

/** What a client's other accounts mean for a decision: their statuses, and those that organizations' links opened. */
export function besides(
  client: Client | null,
  others: readonly Account[],
): Pick<Found, 'otherAccounts' | 'managementAccounts'> {
  const managing = new Set(client?.launches.map(managementAccountOf));
  return {
    otherAccounts: others.map(({ status }) => status),
    managementAccounts: others.filter(({ accountId }) => managing.has(accountId)),
  };
}

/**
 * Why what was proven does not let this account in by an organization's link; null where it does, and for other
 * links. Two management accounts may be verified for one link at once: the second finds the link taken.
 */
export function refuseUnproven(
  launch: Launch,
  accountId: string,
  proof: OrganizationProof | null,
): Failure | null {
  if (!launch.organization) return null;
  if (proof === null) return failure('organization-not-readable');
  const wanted = managementAccountOf(launch) ?? accountId;
  return proof.managementAccountId === wanted ? null : failure('launch-used');
}

/** Whether a stack was rolled out by a stack set, which names it so. It is a claim, and decides about words alone. */
export function isStackSetInstance({ name }: Pick<StackId, 'name'>): boolean {
  return /^StackSet-.+-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name);
}

/** An account's membership where it came by this link, and what came of it is proven; null where it is not. */
export function membershipBy(proof: OrganizationProof | null): Membership | null {
  return proof && { managementAccountId: proof.managementAccountId, left: false };
}

/** Whether the account is a member of an organization, and not its management account. */
export function isMemberAccount(
  account: Account,
): account is Account & { readonly organization: Membership } {
  return account.organization !== null && account.organization.managementAccountId !== account.accountId;
}

/** Whether a stranger is to leave nothing behind: it came as a member, and no list has it. */
export function leavesNoTrace(
  launch: Launch | undefined,
  accountId: string,
  proof: OrganizationProof | null,
): boolean {
  return launch !== undefined && proof === null && isMember(launch, accountId);
}
