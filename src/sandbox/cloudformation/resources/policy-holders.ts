import { getGroup } from '../../iam/group.js';
import { attachPolicy } from '../../iam/holder-policies.js';
import { getRole } from '../../iam/role.js';
import { getUser } from '../../iam/user.js';
import type { Account } from '../../identity/account.js';
import type { JsonObject } from '../../wire/json.js';
import type { Properties } from '../properties.js';
import { requireCalls } from '../require-calls.js';
import type { ResourceWork } from '../resource-type.js';

const kinds = ['Role', 'User', 'Group'] as const;

/** Attaches a managed policy to the roles, users and groups that its resource lists. Throws IAM's errors. */
export function attachToListed(account: Account, properties: Properties, arn: string): void {
  for (const { kind, holder } of listed(account, properties)) attachPolicy(kind, holder, arn);
}

/** Takes it off again; whoever is gone has it no more. */
export function detachFromListed(account: Account, properties: Properties, arn: string): void {
  const { roles, users, groups } = account;
  for (const [list, known] of Object.entries({ Roles: roles, Users: users, Groups: groups }))
    for (const name of properties.texts(list)) known.get(name.toLowerCase())?.attachedPolicies.delete(arn);
}

/** Throws `AccessDenied` unless the launcher may attach the policy to all that are listed, or detach it. */
export function requireListedCalls(
  work: ResourceWork,
  verb: 'Attach' | 'Detach',
  properties: Properties,
  arn: string,
): void {
  for (const { kind, holder } of listed(work.stack.account, properties, verb === 'Detach')) {
    requireCalls(work, [`iam:${verb}${kind}Policy`], holder.arn, { 'iam:PolicyARN': arn });
  }
}

/** Who has a policy now, under the names of the resource's properties. */
export function listHolders(account: Account, arn: string): JsonObject {
  const names = (holders: Account['roles' | 'users' | 'groups']): string[] =>
    [...holders.values()].filter((each) => each.attachedPolicies.has(arn)).map(({ name }) => name);
  return { Roles: names(account.roles), Users: names(account.users), Groups: names(account.groups) };
}

function listed(account: Account, properties: Properties, forgiving = false) {
  const find = { Role: getRole, User: getUser, Group: getGroup };
  const known = { Role: account.roles, User: account.users, Group: account.groups };
  return kinds.flatMap((kind) =>
    properties
      .texts(`${kind}s`)
      .filter((name) => !forgiving || known[kind].has(name.toLowerCase()))
      .map((name) => ({ kind, holder: find[kind](account, name) })),
  );
}
