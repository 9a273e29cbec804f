import { type Account, iamArn } from '../identity/account.js';
import { uniqueId } from '../identity/unique-id.js';
import type { PolicyDocument } from '../policy/document.js';
import { AwsError } from '../wire/aws-error.js';
import { checkName, checkPath } from './names.js';
import { checkQuota } from './quota.js';
import type { User } from './user.js';

/** A group of users, who may all what its policies allow. */
export interface Group {
  /** The unique ID, `AGPA…`. */
  readonly id: string;
  readonly name: string;
  path: string;
  arn: string;
  readonly createdAt: Date;
  readonly members: Set<User>;
  readonly inlinePolicies: Map<string, PolicyDocument>;
  readonly attachedPolicies: Set<string>;
}

/** Makes a group. Throws IAM's errors. */
export function createGroup(account: Account, name: string, path = '/'): Group {
  checkName('groupName', name, 128);
  checkPath(path);
  const key = name.toLowerCase();
  if (account.groups.has(key))
    throw new AwsError('EntityAlreadyExists', `Group with name ${name} already exists.`, 409);
  checkQuota('GroupsPerAccount', account.groups.size + 1);
  const group: Group = {
    id: uniqueId('AGPA'),
    name,
    path,
    arn: iamArn(account, `group${path}${name}`),
    createdAt: new Date(),
    members: new Set(),
    inlinePolicies: new Map(),
    attachedPolicies: new Set(),
  };
  account.groups.set(key, group);
  return group;
}

/** Moves a group to another path, which changes its ARN. Throws `ValidationError`. */
export function moveGroup(account: Account, group: Group, path = '/'): void {
  checkPath(path);
  group.path = path;
  group.arn = iamArn(account, `group${path}${group.name}`);
}

/** The group with this name. Throws `NoSuchEntity`. */
export function getGroup(account: Account, name: string): Group {
  const group = account.groups.get(name.toLowerCase());
  if (group === undefined)
    throw new AwsError('NoSuchEntity', `The group with name ${name} cannot be found.`, 404);
  return group;
}

/** Makes a user a member; one that is one already stays it. Throws `LimitExceeded`. */
export function addMember(account: Account, group: Group, user: User): void {
  if (group.members.has(user)) return;
  checkQuota('GroupsPerUser', groupsOf(account, user).length + 1);
  group.members.add(user);
}

/** Deletes a group. Throws `DeleteConflict` while it has members or policies. */
export function deleteGroup(account: Account, group: Group): void {
  const obstacles: [boolean, string][] = [
    [group.members.size > 0, 'remove users from group'],
    [group.attachedPolicies.size > 0, 'detach all policies'],
    [group.inlinePolicies.size > 0, 'delete policies'],
  ];
  const [, first] = obstacles.find(([stands]) => stands) ?? [];
  if (first !== undefined) {
    throw new AwsError('DeleteConflict', `Cannot delete entity, must ${first} first.`, 409);
  }
  account.groups.delete(group.name.toLowerCase());
}

/** The groups that a user is in. */
export function groupsOf(account: Account, user: User): Group[] {
  return [...account.groups.values()].filter(({ members }) => members.has(user));
}
