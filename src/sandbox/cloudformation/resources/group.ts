import { createGroup, deleteGroup, getGroup, moveGroup } from '../../iam/group.js';
import { iamArn } from '../../identity/account.js';
import { generatedName, Properties } from '../properties.js';
import { requireCalls } from '../require-calls.js';
import type { Created, ResourceType } from '../resource-type.js';
import {
  givePolicies,
  listOwnPolicies,
  readOwnPolicies,
  requireOwnPolicyCalls,
  takePolicies,
} from './own-policies.js';

/** AWS::IAM::Group */
export const group: ResourceType = {
  required: [],
  properties: ['GroupName', 'ManagedPolicyArns', 'Path', 'Policies'],
  createOnly: ['GroupName'],
  nameProperty: 'GroupName',
  async create(work) {
    const { stack, resource } = work;
    const { account } = stack;
    const properties = new Properties(resource);
    const { logicalId } = resource.planned.declaration;
    const name = properties.text('GroupName') ?? generatedName(stack, logicalId, 128);
    const path = properties.text('Path');
    const own = readOwnPolicies(account, properties);
    const arn = iamArn(account, `group${path ?? '/'}${name}`);
    requireCalls(work, ['iam:CreateGroup', 'iam:GetGroup'], arn);
    requireOwnPolicyCalls(work, 'Group', 'give', arn, own);
    const made = createGroup(account, name, path);
    // From here on there is something for a rollback to delete, whatever comes of the policies.
    resource.physicalId = name;
    givePolicies('Group', made, own);
    return created(made);
  },
  async update(work, before) {
    const { stack, resource } = work;
    const { account } = stack;
    const properties = new Properties(resource);
    const known = getGroup(account, resource.physicalId ?? '');
    const own = readOwnPolicies(account, properties);
    const old = readOwnPolicies(account, new Properties({ ...resource, properties: before }));
    requireCalls(work, ['iam:UpdateGroup', 'iam:GetGroup'], known.arn);
    requireOwnPolicyCalls(work, 'Group', 'take', known.arn, old);
    requireOwnPolicyCalls(work, 'Group', 'give', known.arn, own);
    moveGroup(account, known, properties.text('Path'));
    takePolicies(known, old);
    givePolicies('Group', known, own);
    return created(known);
  },
  async delete(work) {
    const { stack, resource } = work;
    const known = stack.account.groups.get((resource.physicalId ?? '').toLowerCase());
    if (known === undefined) return;
    const own = readOwnPolicies(stack.account, new Properties(resource));
    requireCalls(work, ['iam:DeleteGroup', 'iam:GetGroup'], known.arn);
    requireOwnPolicyCalls(work, 'Group', 'take', known.arn, own);
    takePolicies(known, own);
    deleteGroup(stack.account, known);
  },
  read({ stack, resource }) {
    const known = stack.account.groups.get((resource.physicalId ?? '').toLowerCase());
    if (known === undefined) return undefined;
    return { GroupName: known.name, Path: known.path, ...listOwnPolicies(known) };
  },
};

function created({ name, arn }: { readonly name: string; readonly arn: string }): Created {
  return { physicalId: name, attributes: { Arn: arn } };
}
