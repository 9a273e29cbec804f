import { addMember, type Group, getGroup } from '../../iam/group.js';
import { getUser, type User } from '../../iam/user.js';
import type { Account } from '../../identity/account.js';
import { generatedName, Properties } from '../properties.js';
import { requireCalls } from '../require-calls.js';
import type { ResourceType } from '../resource-type.js';

/** AWS::IAM::UserToGroupAddition: users in a group that are there already. */
export const membership: ResourceType = {
  required: ['GroupName', 'Users'],
  properties: ['GroupName', 'Users'],
  createOnly: [],
  async create(work) {
    const { stack, resource } = work;
    const { group, users } = find(stack.account, new Properties(resource));
    requireCalls(work, ['iam:AddUserToGroup', 'iam:GetGroup'], group.arn);
    const id = generatedName(stack, resource.planned.declaration.logicalId, 128);
    // A user who is in too many groups stops it half-way; a rollback then takes out the others.
    resource.physicalId = id;
    for (const user of users) addMember(stack.account, group, user);
    return { physicalId: id, attributes: { Id: id } };
  },
  async update(work, before) {
    const { stack, resource } = work;
    const { group, users } = find(stack.account, new Properties(resource));
    const old = findLeft(stack.account, new Properties({ ...resource, properties: before }));
    requireCalls(work, ['iam:AddUserToGroup', 'iam:RemoveUserFromGroup', 'iam:GetGroup'], group.arn);
    if (old.group !== undefined && old.group !== group)
      requireCalls(work, ['iam:RemoveUserFromGroup'], old.group.arn);
    for (const user of old.users)
      if (old.group !== group || !users.includes(user)) old.group?.members.delete(user);
    for (const user of users) addMember(stack.account, group, user);
    return { physicalId: resource.physicalId ?? '', attributes: resource.attributes };
  },
  async delete(work) {
    const { stack, resource } = work;
    const { group, users } = findLeft(stack.account, new Properties(resource));
    if (group === undefined) return;
    requireCalls(work, ['iam:RemoveUserFromGroup', 'iam:GetGroup'], group.arn);
    for (const user of users) group.members.delete(user);
  },
  read({ stack, resource }) {
    const { group, users } = findLeft(stack.account, new Properties(resource));
    if (group === undefined) return undefined;
    // Members that nobody listed here may be listed elsewhere, so they are none of this resource's.
    const left = users.filter((user) => group.members.has(user));
    return { GroupName: group.name, Users: left.map(({ name }) => name) };
  },
};

/** Throws `NoSuchEntity` if the group or one of the users is not there. */
function find(account: Account, properties: Properties): { group: Group; users: User[] } {
  const group = getGroup(account, properties.required('GroupName'));
  return { group, users: properties.texts('Users').map((name) => getUser(account, name)) };
}

/** The group and those of the users that are still there. */
function findLeft(account: Account, properties: Properties): { group: Group | undefined; users: User[] } {
  const group = account.groups.get(properties.required('GroupName').toLowerCase());
  const users = properties.texts('Users').flatMap((name) => account.users.get(name.toLowerCase()) ?? []);
  return { group, users };
}
