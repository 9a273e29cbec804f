import { iamArn } from '../identity/account.js';
import type { Caller } from '../identity/caller.js';
import type { QueryAction } from '../wire/query.js';
import type { QueryInput } from '../wire/query-input.js';
import type { XmlElements } from '../wire/xml.js';
import { addMember, createGroup, deleteGroup, type Group, getGroup } from './group.js';
import { holderPolicyActions } from './holder-policies.js';
import { page } from './page.js';
import { requirePermission } from './permission.js';
import { getUser } from './user.js';

/** The operations of IAM on groups. */
export const groupActions: Readonly<Record<string, QueryAction>> = {
  CreateGroup: (_world, caller, input) => {
    const name = input.required('GroupName');
    const path = input.text('Path');
    requirePermission(caller, 'iam:CreateGroup', iamArn(caller.account, `group${path ?? '/'}${name}`));
    return { Group: describeGroup(createGroup(caller.account, name, path)) };
  },
  GetGroup: (_world, caller, input) => {
    const group = openGroup(caller, input, 'iam:GetGroup');
    const users = page(input, 'Users', [...group.members], ({ path, name, id, arn, createdAt }) => {
      return { Path: path, UserName: name, UserId: id, Arn: arn, CreateDate: createdAt };
    });
    return { Group: describeGroup(group), ...users };
  },
  ListGroups: (_world, caller, input) => {
    requirePermission(caller, 'iam:ListGroups', '*');
    return page(input, 'Groups', [...caller.account.groups.values()], describeGroup);
  },
  DeleteGroup: (_world, caller, input) => {
    deleteGroup(caller.account, openGroup(caller, input, 'iam:DeleteGroup'));
    return {};
  },
  AddUserToGroup: (_world, caller, input) => {
    const group = openGroup(caller, input, 'iam:AddUserToGroup');
    addMember(caller.account, group, getUser(caller.account, input.required('UserName')));
    return {};
  },
  RemoveUserFromGroup: (_world, caller, input) => {
    const group = openGroup(caller, input, 'iam:RemoveUserFromGroup');
    group.members.delete(getUser(caller.account, input.required('UserName')));
    return {};
  },
  ...holderPolicyActions('Group', openGroup),
};

/** A group as IAM shows it. */
export function describeGroup({ path, name, id, arn, createdAt }: Group): XmlElements {
  return { Path: path, GroupName: name, GroupId: id, Arn: arn, CreateDate: createdAt };
}

function openGroup(caller: Caller, input: QueryInput, action: string): Group {
  const name = input.required('GroupName');
  const known = caller.account.groups.get(name.toLowerCase());
  requirePermission(caller, action, known?.arn ?? iamArn(caller.account, `group/${name}`));
  return getGroup(caller.account, name);
}
