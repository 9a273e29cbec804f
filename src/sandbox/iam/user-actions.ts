import { iamArn } from '../identity/account.js';
import type { Caller } from '../identity/caller.js';
import type { QueryAction } from '../wire/query.js';
import type { QueryInput } from '../wire/query-input.js';
import type { XmlElements } from '../wire/xml.js';
import { groupsOf } from './group.js';
import { describeGroup } from './group-actions.js';
import { holderPolicyActions } from './holder-policies.js';
import { page } from './page.js';
import { requirePermission } from './permission.js';
import { createUser, deleteUser, getUser, type User } from './user.js';

/** The operations of IAM on users, without those on their keys and devices. */
export const userActions: Readonly<Record<string, QueryAction>> = {
  CreateUser: (_world, caller, input) => {
    const name = input.required('UserName');
    const path = input.text('Path');
    requirePermission(caller, 'iam:CreateUser', iamArn(caller.account, `user${path ?? '/'}${name}`));
    return { User: describeUser(createUser(caller.account, name, path)) };
  },
  GetUser: (_world, caller, input) => {
    const isAdministrator = caller.user === undefined && caller.session === undefined;
    if (input.text('UserName') === undefined && isAdministrator) {
      const { arn, userId } = caller;
      return { User: { Path: '/', UserName: 'administrator', UserId: userId, Arn: arn } };
    }
    return { User: describeUser(openUser(caller, input, 'iam:GetUser')) };
  },
  ListUsers: (_world, caller, input) => {
    requirePermission(caller, 'iam:ListUsers', '*');
    return page(input, 'Users', [...caller.account.users.values()], describeUser);
  },
  DeleteUser: (_world, caller, input) => {
    deleteUser(caller.account, openUser(caller, input, 'iam:DeleteUser'));
    return {};
  },
  ListGroupsForUser: (_world, caller, input) => {
    const user = openUser(caller, input, 'iam:ListGroupsForUser');
    return page(input, 'Groups', groupsOf(caller.account, user), describeGroup);
  },
  ...holderPolicyActions('User', openUser),
};

/** A user as IAM shows it. */
export function describeUser({ path, name, id, arn, createdAt }: User): XmlElements {
  return { Path: path, UserName: name, UserId: id, Arn: arn, CreateDate: createdAt };
}

/**
 * The user that a request names, or else who asks, if the caller may do this. Throws `AccessDenied` and `NoSuchEntity`.
 */
export function openUser(caller: Caller, input: QueryInput, action: string): User {
  const name = input.text('UserName') ?? caller.user?.name ?? input.required('UserName');
  const known = caller.account.users.get(name.toLowerCase());
  requirePermission(caller, action, known?.arn ?? iamArn(caller.account, `user/${name}`));
  return getUser(caller.account, name);
}
