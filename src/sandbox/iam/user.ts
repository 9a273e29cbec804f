import { type Account, iamArn } from '../identity/account.js';
import { uniqueId } from '../identity/unique-id.js';
import type { PolicyDocument } from '../policy/document.js';
import { AwsError } from '../wire/aws-error.js';
import { groupsOf } from './group.js';
import { managedPolicy } from './managed-policies.js';
import { devicesOf } from './mfa.js';
import { checkName, checkPath } from './names.js';
import { checkQuota } from './quota.js';

/** An IAM user, who may what its policies allow; unlike `administrator`, whom every account has. */
export interface User {
  /** The unique ID, `AIDA…`. */
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly createdAt: Date;
  readonly inlinePolicies: Map<string, PolicyDocument>;
  readonly attachedPolicies: Set<string>;
  /** By access key ID. */
  readonly accessKeys: Map<string, { readonly secret: string; readonly createdAt: Date }>;
}

/** Makes a user. Throws IAM's errors. */
export function createUser(account: Account, name: string, path = '/'): User {
  checkName('userName', name, 64);
  checkPath(path);
  const key = name.toLowerCase();
  if (key === 'administrator' || account.users.has(key))
    throw new AwsError('EntityAlreadyExists', `User with name ${name} already exists.`, 409);
  checkQuota('UsersPerAccount', account.users.size + 1);
  const user: User = {
    id: uniqueId('AIDA'),
    name,
    path,
    arn: iamArn(account, `user${path}${name}`),
    createdAt: new Date(),
    inlinePolicies: new Map(),
    attachedPolicies: new Set(),
    accessKeys: new Map(),
  };
  account.users.set(key, user);
  return user;
}

/** The user with this name. Throws `NoSuchEntity`. */
export function getUser(account: Account, name: string): User {
  const user = account.users.get(name.toLowerCase());
  if (user === undefined)
    throw new AwsError('NoSuchEntity', `The user with name ${name} cannot be found.`, 404);
  return user;
}

/** Deletes a user. Throws `DeleteConflict` while something hangs on it. */
export function deleteUser(account: Account, user: User): void {
  const obstacles: [boolean, string][] = [
    [groupsOf(account, user).length > 0, 'remove users from group'],
    [user.attachedPolicies.size > 0, 'detach all policies'],
    [user.inlinePolicies.size > 0, 'delete policies'],
    [user.accessKeys.size > 0, 'delete access keys'],
    [devicesOf(account, user).length > 0, 'delete MFA device'],
  ];
  const [, first] = obstacles.find(([stands]) => stands) ?? [];
  if (first !== undefined) {
    throw new AwsError('DeleteConflict', `Cannot delete entity, must ${first} first.`, 409);
  }
  account.users.delete(user.name.toLowerCase());
}

/** All policies that say what a user may: its own, and those of its groups. */
export function policiesOf(account: Account, user: User): PolicyDocument[] {
  return [user, ...groupsOf(account, user)].flatMap(({ inlinePolicies, attachedPolicies }) => [
    ...inlinePolicies.values(),
    ...[...attachedPolicies].map((arn) => managedPolicy(account, arn)),
  ]);
}
