import type { Account } from '../identity/account.js';

/** An organization of AWS accounts, as AWS Organizations knows it. */
export interface Organization {
  /** Such as `o-a1b2c3d4e5`. */
  readonly id: string;
  readonly managementAccount: Account;
  /** Such as `r-a1b2`; units and accounts are below it. */
  readonly rootId: string;
  features: FeatureSet;
  /** Whether CloudFormation's stack sets may act in the organization; without all features they may not anyway. */
  trustedAccess: boolean;
  /** By ID, without the root. */
  readonly units: Map<string, Unit>;
  /** By account number in the order of joining, the management account first. */
  readonly members: Map<string, Member>;
}

export const featureSets = ['ALL', 'CONSOLIDATED_BILLING'] as const;
type FeatureSet = (typeof featureSets)[number];

/** An organizational unit. */
export interface Unit {
  /** Such as `ou-a1b2-c3d4e5f6`. */
  readonly id: string;
  readonly name: string;
  readonly parentId: string;
}

export interface Member {
  readonly accountId: string;
  /** The unit, or the root, that the account is in. */
  parentId: string;
  status: AccountStatus;
  readonly joinedAt: Date;
}

export const accountStatuses = ['ACTIVE', 'SUSPENDED', 'PENDING_CLOSURE'] as const;
type AccountStatus = (typeof accountStatuses)[number];

/** The members below any of these units or the root, however deep, without the management account. */
export function membersBelow(organization: Organization, parentIds: readonly string[]): Member[] {
  const { managementAccount, members } = organization;
  return [...members.values()].filter(
    ({ accountId, parentId }) =>
      accountId !== managementAccount.id && isBelow(organization, parentId, parentIds),
  );
}

function isBelow(organization: Organization, id: string, parentIds: readonly string[]): boolean {
  if (parentIds.includes(id)) return true;
  const unit = organization.units.get(id);
  return unit !== undefined && isBelow(organization, unit.parentId, parentIds);
}
