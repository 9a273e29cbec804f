import type { Account } from '../identity/account.js';
import { organizationsText } from '../identity/unique-id.js';
import type { Organization } from './organization.js';

/** The organizations. An account is in one at most. */
export class Organizations {
  readonly #organizations: Organization[] = [];

  list(): readonly Organization[] {
    return this.#organizations;
  }

  /** The organization that an account is in, as its management account or as a member. */
  of(accountId: string): Organization | undefined {
    return this.#organizations.find(({ members }) => members.has(accountId));
  }

  /** Creates an organization whose only account is the management account, in its root. */
  found(
    managementAccount: Account,
    { features, trustedAccess }: Pick<Organization, 'features' | 'trustedAccess'>,
  ): Organization {
    const rootId = `r-${organizationsText(4)}`;
    const organization: Organization = {
      id: `o-${organizationsText(10)}`,
      managementAccount,
      rootId,
      features,
      trustedAccess,
      units: new Map(),
      members: new Map(),
    };
    addMember(organization, managementAccount.id, rootId);
    this.#organizations.push(organization);
    return organization;
  }
}

/** Adds an organizational unit to the root or to another unit. Returns its ID. */
export function addUnit(organization: Organization, name: string, parentId: string): string {
  const id = `ou-${organization.rootId.slice('r-'.length)}-${organizationsText(8)}`;
  organization.units.set(id, { id, name, parentId });
  return id;
}

/** Puts an account into a unit or into the root, also one that is a member already. */
export function addMember(organization: Organization, accountId: string, parentId: string): void {
  const known = organization.members.get(accountId);
  if (known !== undefined) known.parentId = parentId;
  else {
    organization.members.set(accountId, { accountId, parentId, status: 'ACTIVE', joinedAt: new Date() });
  }
}
