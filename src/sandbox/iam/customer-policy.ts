import { type Account, iamArn } from '../identity/account.js';
import { uniqueId } from '../identity/unique-id.js';
import type { PolicyDocument } from '../policy/document.js';
import { AwsError } from '../wire/aws-error.js';
import { checkName, checkPath } from './names.js';
import { checkQuota, limitExceeded } from './quota.js';

/** A managed policy of an account's own. */
export interface CustomerPolicy {
  /** The unique ID, `ANPA…`. */
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly description: string | undefined;
  readonly createdAt: Date;
  updatedAt: Date;
  /** By ID, `v1`, `v2` …; the IDs of versions that are gone are not given again. */
  readonly versions: Map<string, PolicyVersion>;
  defaultVersion: string;
  lastNumber: number;
}

const maxVersions = 5;

export interface PolicyVersion {
  readonly document: PolicyDocument;
  readonly createdAt: Date;
}

export interface PolicyDescription {
  readonly name: string;
  readonly path?: string | undefined;
  readonly description?: string | undefined;
  readonly document: PolicyDocument;
}

/** Makes a managed policy. Throws IAM's errors. */
export function createPolicy(account: Account, description: PolicyDescription): CustomerPolicy {
  const { name, path = '/', document } = description;
  checkName('policyName', name, 128);
  checkPath(path);
  checkSize(document);
  // Names of policies are unique in an account, whatever the path and the case.
  const known = [...account.managedPolicies.values()].some(
    (each) => each.name.toLowerCase() === name.toLowerCase(),
  );
  if (known) {
    throw new AwsError(
      'EntityAlreadyExists',
      `A policy called ${name} already exists. Duplicate names are not allowed.`,
      409,
    );
  }
  checkQuota('PoliciesPerAccount', account.managedPolicies.size + 1);
  const now = new Date();
  const policy: CustomerPolicy = {
    id: uniqueId('ANPA'),
    name,
    path,
    arn: iamArn(account, `policy${path}${name}`),
    description: description.description,
    createdAt: now,
    updatedAt: now,
    versions: new Map([['v1', { document, createdAt: now }]]),
    defaultVersion: 'v1',
    lastNumber: 1,
  };
  account.managedPolicies.set(policy.arn, policy);
  return policy;
}

/** Adds a version, of which there can be five. Returns its ID. Throws `LimitExceeded`. */
export function addVersion(policy: CustomerPolicy, document: PolicyDocument, isDefault: boolean): string {
  checkSize(document);
  if (policy.versions.size >= maxVersions) {
    throw limitExceeded(
      'A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
    );
  }
  policy.lastNumber += 1;
  const id = `v${policy.lastNumber}`;
  policy.versions.set(id, { document, createdAt: new Date() });
  policy.updatedAt = new Date();
  if (isDefault) policy.defaultVersion = id;
  return id;
}

/** Deletes the oldest version that is not in force, if there is no room for another. */
export function makeRoom({ versions, defaultVersion }: CustomerPolicy): void {
  const oldest = [...versions.keys()].find((id) => id !== defaultVersion);
  if (versions.size >= maxVersions && oldest !== undefined) versions.delete(oldest);
}

/** Deletes a policy. Throws `DeleteConflict` while it hangs on something, or has versions beside the default. */
export function deletePolicy(account: Account, policy: CustomerPolicy): void {
  if (holdersOf(account, policy.arn).length > 0) {
    throw new AwsError('DeleteConflict', 'Cannot delete a policy attached to entities.', 409);
  }
  if (policy.versions.size > 1) {
    throw new AwsError(
      'DeleteConflict',
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      409,
    );
  }
  account.managedPolicies.delete(policy.arn);
}

/** The roles, users and groups that a policy is attached to. */
export function holdersOf(account: Account, arn: string) {
  const { roles, users, groups } = account;
  return [...roles.values(), ...users.values(), ...groups.values()].filter(({ attachedPolicies }) =>
    attachedPolicies.has(arn),
  );
}

/** White space does not count. */
function checkSize({ source }: PolicyDocument): void {
  checkQuota('PolicySize', JSON.stringify(source).replace(/\s/g, '').length);
}
