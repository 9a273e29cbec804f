import { getRole } from '../../iam/role.js';
import { parsePolicy } from '../../policy/document.js';
import { generatedName, Properties } from '../properties.js';
import { requireCalls } from '../require-calls.js';
import type { ResourceType, ResourceWork } from '../resource-type.js';

/** AWS::IAM::Policy: one inline policy, put on roles. */
export const policy: ResourceType = {
  required: ['PolicyDocument', 'PolicyName'],
  properties: ['PolicyDocument', 'PolicyName', 'Roles'],
  createOnly: [],
  async create(work) {
    put(work);
    const name = generatedName(work.stack, work.resource.planned.declaration.logicalId, 64);
    return { physicalId: name, attributes: { Id: name } };
  },
  async update(work, before) {
    const { resource } = work;
    takeAway({ ...work, resource: { ...resource, properties: before } });
    put(work);
    return { physicalId: resource.physicalId ?? '', attributes: resource.attributes };
  },
  async delete(work) {
    takeAway(work);
  },
};

function put(work: ResourceWork): void {
  const { stack, resource } = work;
  const properties = new Properties(resource);
  const document = parsePolicy(properties.raw('PolicyDocument') ?? null, 'identity');
  const roles = properties.texts('Roles').map((name) => getRole(stack.account, name));
  for (const { arn } of roles) requireCalls(work, ['iam:PutRolePolicy', 'iam:GetRolePolicy'], arn);
  for (const role of roles) role.inlinePolicies.set(properties.required('PolicyName'), document);
}

function takeAway(work: ResourceWork): void {
  const { stack, resource } = work;
  const properties = new Properties(resource);
  for (const name of properties.texts('Roles')) {
    const role = stack.account.roles.get(name.toLowerCase());
    if (role === undefined) continue;
    requireCalls(work, ['iam:DeleteRolePolicy'], role.arn);
    role.inlinePolicies.delete(properties.required('PolicyName'));
  }
}
