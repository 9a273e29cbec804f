import { partitions } from '../../core/partition.js';
import type { CustomerPolicy } from '../iam/customer-policy.js';
import type { Group } from '../iam/group.js';
import type { MfaDevice } from '../iam/mfa.js';
import type { Role } from '../iam/role.js';
import type { User } from '../iam/user.js';
import { uniqueId } from './unique-id.js';

/** An AWS account; it comes into being when somebody first signs in to it. */
export interface Account {
  readonly id: string;
  readonly partition: string;
  /** The unique ID of the user `administrator`, whom every account has. */
  readonly administratorId: string;
  /** By name in lower case, because names are unique without regard to case. */
  readonly roles: Map<string, Role>;
  /** By name in lower case, without the administrator. */
  readonly users: Map<string, User>;
  /** By name in lower case. */
  readonly groups: Map<string, Group>;
  /** By serial number, which is an ARN. */
  readonly mfaDevices: Map<string, MfaDevice>;
  /** Customer managed policies by ARN. */
  readonly managedPolicies: Map<string, CustomerPolicy>;
  /** Whether a service control policy of the account's organization forbids an action to everybody in it. */
  readonly organizationDenies: (action: string) => boolean;
}

/** The accounts by number. */
export class Accounts {
  readonly #accounts = new Map<string, Account>();
  readonly #denies: (accountId: string, action: string) => boolean;

  /** `denies` stands for the service control policies of the accounts' organizations. */
  constructor(denies: (accountId: string, action: string) => boolean) {
    this.#denies = denies;
  }

  find(id: string): Account | undefined {
    return this.#accounts.get(id);
  }

  /** The account with this number; a new one belongs to the partition of the region where it is first used. */
  open(id: string, region = ''): Account {
    const known = this.#accounts.get(id);
    if (known !== undefined) return known;
    const account: Account = {
      id,
      partition: partitions.find((each) => each.regionPattern.test(region))?.id ?? 'aws',
      administratorId: uniqueId('AIDA'),
      roles: new Map(),
      users: new Map(),
      groups: new Map(),
      mfaDevices: new Map(),
      managedPolicies: new Map(),
      organizationDenies: (action) => this.#denies(id, action),
    };
    this.#accounts.set(id, account);
    return account;
  }

  list(): Account[] {
    return [...this.#accounts.values()];
  }
}

/** Whether a text is an account number. */
export function isAccountId(text: string): boolean {
  return /^\d{12}$/.test(text);
}

/** An ARN of IAM in an account: `iamArn(account, 'root')`. */
export function iamArn(account: Pick<Account, 'id' | 'partition'>, resource: string): string {
  return `arn:${account.partition}:iam::${account.id}:${resource}`;
}
