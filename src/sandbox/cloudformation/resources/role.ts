import { managedPolicy } from '../../iam/managed-policies.js';
import { createRole, deleteRole } from '../../iam/role.js';
import { parsePolicy } from '../../policy/document.js';
import { generatedName, Properties } from '../properties.js';
import { ResourceFailure, type ResourceType } from '../resource-type.js';

/** AWS::IAM::Role */
export const role: ResourceType = {
  permission: 'iam:CreateRole',
  required: ['AssumeRolePolicyDocument'],
  properties: [
    'AssumeRolePolicyDocument',
    'Description',
    'ManagedPolicyArns',
    'MaxSessionDuration',
    'Path',
    'PermissionsBoundary',
    'Policies',
    'RoleName',
    'Tags',
  ],
  async create({ world, stack, resource }) {
    const { account } = stack;
    const properties = new Properties(resource);
    const { logicalId } = resource.planned.declaration;
    const attached = properties.texts('ManagedPolicyArns');
    const boundary = properties.text('PermissionsBoundary');
    for (const arn of boundary === undefined ? attached : [...attached, boundary])
      managedPolicy(account, arn);
    const inline = properties
      .objects('Policies')
      .map(
        (each) =>
          [String(each['PolicyName']), parsePolicy(each['PolicyDocument'] ?? null, 'identity')] as const,
      );
    const name = properties.text('RoleName') ?? generatedName(stack, logicalId, 64);
    const owner = account.roles.get(name.toLowerCase())?.stackId;
    if (owner !== undefined) throw new ResourceFailure(`${name} already exists in stack ${owner}`);
    const made = createRole(world, account, {
      name,
      trustPolicy: parsePolicy(properties.raw('AssumeRolePolicyDocument') ?? null, 'trust'),
      path: properties.text('Path'),
      description: properties.text('Description'),
      maxSessionDuration: properties.number('MaxSessionDuration'),
      permissionsBoundary: boundary,
      stackId: stack.id,
    });
    for (const [name, document] of inline) made.inlinePolicies.set(name, document);
    for (const arn of attached) made.attachedPolicies.add(arn);
    return { physicalId: made.name, attributes: { Arn: made.arn, RoleId: made.id } };
  },
  async delete({ stack, resource }) {
    const found = stack.account.roles.get(resource.physicalId?.toLowerCase() ?? '');
    if (found === undefined) return;
    // CloudFormation takes away what it put on the role, and stumbles over what others did.
    const properties = new Properties(resource);
    for (const each of properties.objects('Policies'))
      found.inlinePolicies.delete(String(each['PolicyName']));
    for (const arn of properties.texts('ManagedPolicyArns')) found.attachedPolicies.delete(arn);
    deleteRole(stack.account, found);
  },
};
