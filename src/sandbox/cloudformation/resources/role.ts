import { managedPolicy } from '../../iam/managed-policies.js';
import { checkSessionDuration, createRole, deleteRole, getRole, setTrustPolicy } from '../../iam/role.js';
import { type Account, iamArn } from '../../identity/account.js';
import { type PolicyDocument, parsePolicy } from '../../policy/document.js';
import type { JsonObject } from '../../wire/json.js';
import { generatedName, Properties } from '../properties.js';
import { requireCalls } from '../require-calls.js';
import { ResourceFailure, type ResourceType, type ResourceWork } from '../resource-type.js';
import type { StackResource } from '../stack.js';

/** What is asked about a role once it is made, and before it is deleted. */
const reading = ['iam:GetRole', 'iam:ListRolePolicies', 'iam:ListAttachedRolePolicies'];

/** AWS::IAM::Role */
export const role: ResourceType = {
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
  createOnly: ['Path', 'RoleName'],
  nameProperty: 'RoleName',
  async create(work) {
    const { world, stack, resource } = work;
    const { account } = stack;
    const properties = new Properties(resource);
    const { trustPolicy, inline, attached, ...others } = readRole(account, properties);
    const { logicalId } = resource.planned.declaration;
    const name = properties.text('RoleName') ?? generatedName(stack, logicalId, 64);
    const owner = account.roles.get(name.toLowerCase())?.stackId;
    if (owner !== undefined) throw new ResourceFailure(`${name} already exists in stack ${owner}`);
    const path = properties.text('Path');
    const arn = iamArn(account, `role${path ?? '/'}${name}`);
    requireCalls(work, ['iam:CreateRole', ...reading], arn);
    requirePolicyCalls(work, arn, {
      inline: ['iam:PutRolePolicy', 'iam:GetRolePolicy'],
      attached: 'iam:AttachRolePolicy',
    });
    const made = createRole(world, account, { name, trustPolicy, path, stackId: stack.id, ...others });
    for (const [name, document] of inline) made.inlinePolicies.set(name, document);
    for (const arn of attached) made.attachedPolicies.add(arn);
    return { physicalId: made.name, attributes: { Arn: made.arn, RoleId: made.id } };
  },
  async update(work, before) {
    const { world, stack, resource } = work;
    const { account } = stack;
    const { trustPolicy, inline, attached, ...others } = readRole(account, new Properties(resource));
    const changed = getRole(account, resource.physicalId ?? '');
    requireCalls(work, ['iam:UpdateRole', 'iam:UpdateAssumeRolePolicy', ...reading], changed.arn);
    checkSessionDuration(others.maxSessionDuration ?? 3600);
    // Whoever is told by IAM what to trust hears of it later; a policy that stays needs no time.
    if (JSON.stringify(changed.trusts.at(-1)?.trust.document.source) !== JSON.stringify(trustPolicy.source)) {
      setTrustPolicy(world, account, changed, trustPolicy);
    }
    const old = ownPolicies(resource, before);
    for (const name of old.inline) changed.inlinePolicies.delete(name);
    for (const arn of old.attached) changed.attachedPolicies.delete(arn);
    for (const [name, document] of inline) changed.inlinePolicies.set(name, document);
    for (const arn of attached) changed.attachedPolicies.add(arn);
    changed.description = others.description;
    changed.maxSessionDuration = others.maxSessionDuration ?? 3600;
    changed.permissionsBoundary = others.permissionsBoundary;
    return { physicalId: changed.name, attributes: { Arn: changed.arn, RoleId: changed.id } };
  },
  async delete(work) {
    const { stack, resource } = work;
    const found = stack.account.roles.get(resource.physicalId?.toLowerCase() ?? '');
    if (found === undefined) return;
    requireCalls(work, ['iam:DeleteRole', ...reading], found.arn);
    requirePolicyCalls(work, found.arn, {
      inline: ['iam:DeleteRolePolicy'],
      attached: 'iam:DetachRolePolicy',
    });
    // CloudFormation takes away what it put on the role, and stumbles over what others did.
    const own = ownPolicies(resource, resource.properties);
    for (const name of own.inline) found.inlinePolicies.delete(name);
    for (const arn of own.attached) found.attachedPolicies.delete(arn);
    deleteRole(stack.account, found);
  },
};

/** Reads and checks all that may change about a role, before anything is touched. Throws IAM's errors. */
function readRole(account: Account, properties: Properties) {
  const attached = properties.texts('ManagedPolicyArns');
  const permissionsBoundary = properties.text('PermissionsBoundary');
  for (const arn of permissionsBoundary === undefined ? attached : [...attached, permissionsBoundary]) {
    managedPolicy(account, arn);
  }
  const inline = properties
    .objects('Policies')
    .map((each): [string, PolicyDocument] => [
      String(each['PolicyName']),
      parsePolicy(each['PolicyDocument'] ?? null, 'identity'),
    ]);
  return {
    trustPolicy: parsePolicy(properties.raw('AssumeRolePolicyDocument') ?? null, 'trust'),
    inline,
    attached,
    description: properties.text('Description'),
    maxSessionDuration: properties.number('MaxSessionDuration'),
    permissionsBoundary,
  };
}

/** Throws `AccessDenied` unless the launcher may make these calls for each of the role's own policies. */
function requirePolicyCalls(
  work: ResourceWork,
  arn: string,
  calls: { readonly inline: readonly string[]; readonly attached: string },
): void {
  const { inline, attached } = ownPolicies(work.resource, work.resource.properties);
  if (inline.length > 0) requireCalls(work, calls.inline, arn);
  for (const policy of attached) requireCalls(work, [calls.attached], arn, { 'iam:PolicyARN': policy });
}

/** The policies that a stack put on its role. */
function ownPolicies(resource: StackResource, given: JsonObject): { inline: string[]; attached: string[] } {
  const properties = new Properties({ ...resource, properties: given });
  return {
    inline: properties.objects('Policies').map((each) => String(each['PolicyName'])),
    attached: properties.texts('ManagedPolicyArns'),
  };
}
