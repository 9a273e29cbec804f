import { getRole } from '../../iam/role.js';
import { parsePolicy } from '../../policy/document.js';
import { generatedName, Properties } from '../properties.js';
import type { ResourceType } from '../resource-type.js';

/** AWS::IAM::Policy: one inline policy, put on roles. */
export const policy: ResourceType = {
  permission: 'iam:PutRolePolicy',
  required: ['PolicyDocument', 'PolicyName'],
  properties: ['PolicyDocument', 'PolicyName', 'Roles'],
  async create({ stack, resource }) {
    const properties = new Properties(resource);
    const document = parsePolicy(properties.raw('PolicyDocument') ?? null, 'identity');
    const roles = properties.texts('Roles').map((name) => getRole(stack.account, name));
    for (const role of roles) role.inlinePolicies.set(properties.required('PolicyName'), document);
    const name = generatedName(stack, resource.planned.declaration.logicalId, 64);
    return { physicalId: name, attributes: { Id: name } };
  },
  async delete({ stack, resource }) {
    const properties = new Properties(resource);
    for (const name of properties.texts('Roles')) {
      const role = stack.account.roles.get(name.toLowerCase());
      role?.inlinePolicies.delete(properties.required('PolicyName'));
    }
  },
};
