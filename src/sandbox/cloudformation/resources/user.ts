import { addMember, getGroup, groupsOf } from '../../iam/group.js';
import { createUser, deleteUser, getUser, type User } from '../../iam/user.js';
import { type Account, iamArn } from '../../identity/account.js';
import { generatedName, Properties } from '../properties.js';
import { requireCalls } from '../require-calls.js';
import type { Created, ResourceType, ResourceWork } from '../resource-type.js';
import {
  givePolicies,
  listOwnPolicies,
  readOwnPolicies,
  requireOwnPolicyCalls,
  takePolicies,
} from './own-policies.js';

/** AWS::IAM::User, without passwords. Its path stays, as nobody here moves a user. */
export const user: ResourceType = {
  required: [],
  properties: ['Groups', 'ManagedPolicyArns', 'Path', 'Policies', 'Tags', 'UserName'],
  createOnly: ['Path', 'UserName'],
  nameProperty: 'UserName',
  async create(work) {
    const { stack, resource } = work;
    const { account } = stack;
    const properties = new Properties(resource);
    const { logicalId } = resource.planned.declaration;
    const name = properties.text('UserName') ?? generatedName(stack, logicalId, 64);
    const path = properties.text('Path');
    const own = readOwnPolicies(account, properties);
    const arn = iamArn(account, `user${path ?? '/'}${name}`);
    requireCalls(work, ['iam:CreateUser', 'iam:GetUser'], arn);
    requireOwnPolicyCalls(work, 'User', 'give', arn, own);
    requireGroupCalls(work, 'iam:AddUserToGroup', properties);
    const made = createUser(account, name, path);
    // From here on there is something for a rollback to delete, whatever comes of the rest.
    resource.physicalId = name;
    givePolicies('User', made, own);
    join(account, made, properties);
    return created(made);
  },
  async update(work, before) {
    const { stack, resource } = work;
    const { account } = stack;
    const properties = new Properties(resource);
    const old = new Properties({ ...resource, properties: before });
    const known = getUser(account, resource.physicalId ?? '');
    const own = readOwnPolicies(account, properties);
    const oldOwn = readOwnPolicies(account, old);
    requireOwnPolicyCalls(work, 'User', 'take', known.arn, oldOwn);
    requireOwnPolicyCalls(work, 'User', 'give', known.arn, own);
    requireGroupCalls(work, 'iam:RemoveUserFromGroup', old);
    requireGroupCalls(work, 'iam:AddUserToGroup', properties);
    takePolicies(known, oldOwn);
    givePolicies('User', known, own);
    leave(account, known, old);
    join(account, known, properties);
    return created(known);
  },
  async delete(work) {
    const { stack, resource } = work;
    const { account } = stack;
    const known = account.users.get((resource.physicalId ?? '').toLowerCase());
    if (known === undefined) return;
    const properties = new Properties(resource);
    const own = readOwnPolicies(account, properties);
    requireCalls(work, ['iam:DeleteUser', 'iam:GetUser'], known.arn);
    requireOwnPolicyCalls(work, 'User', 'take', known.arn, own);
    takePolicies(known, own);
    leave(account, known, properties);
    deleteUser(account, known);
  },
  read({ stack, resource }) {
    const known = stack.account.users.get((resource.physicalId ?? '').toLowerCase());
    if (known === undefined) return undefined;
    const groups = groupsOf(stack.account, known).map(({ name }) => name);
    return { UserName: known.name, Path: known.path, Groups: groups, ...listOwnPolicies(known) };
  },
};

function join(account: Account, user: User, properties: Properties): void {
  for (const name of properties.texts('Groups')) addMember(account, getGroup(account, name), user);
}

function leave(account: Account, user: User, properties: Properties): void {
  for (const name of properties.texts('Groups')) account.groups.get(name.toLowerCase())?.members.delete(user);
}

function requireGroupCalls(work: ResourceWork, action: string, properties: Properties): void {
  for (const name of properties.texts('Groups')) {
    const known = work.stack.account.groups.get(name.toLowerCase());
    if (known !== undefined) requireCalls(work, [action], known.arn);
  }
}

function created({ name, arn }: User): Created {
  return { physicalId: name, attributes: { Arn: arn } };
}
