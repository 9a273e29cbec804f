import { getRole } from '../../iam/role.js';
import { iamArn } from '../../identity/account.js';
import { type PolicyDocument, parsePolicy } from '../../policy/document.js';
import { AwsError } from '../../wire/aws-error.js';
import { generatedName, Properties } from '../properties.js';
import { requireCalls } from '../require-calls.js';
import type { ResourceType } from '../resource-type.js';

/** AWS::IAM::ManagedPolicy */
export const managedPolicy: ResourceType = {
  required: ['PolicyDocument'],
  properties: ['Description', 'ManagedPolicyName', 'Path', 'PolicyDocument', 'Roles'],
  createOnly: ['Description', 'ManagedPolicyName', 'Path'],
  nameProperty: 'ManagedPolicyName',
  async create(work) {
    const { stack, resource } = work;
    const { account } = stack;
    const properties = new Properties(resource);
    const { logicalId } = resource.planned.declaration;
    const name = properties.text('ManagedPolicyName') ?? generatedName(stack, logicalId, 128);
    const arn = iamArn(account, `policy${properties.text('Path') ?? '/'}${name}`);
    requireCalls(work, ['iam:CreatePolicy'], arn);
    if (account.managedPolicies.has(arn)) {
      throw new AwsError('EntityAlreadyExists', `A policy called ${name} already exists.`, 409);
    }
    const roles = properties.texts('Roles').map((each) => getRole(account, each));
    const document = readDocument(properties);
    account.managedPolicies.set(arn, document);
    for (const role of roles) role.attachedPolicies.add(arn);
    return { physicalId: arn, attributes: { PolicyArn: arn } };
  },
  async update(work, before) {
    const { stack, resource } = work;
    requireCalls(work, ['iam:CreatePolicyVersion'], resource.physicalId ?? '');
    const { account } = stack;
    const arn = resource.physicalId ?? '';
    const properties = new Properties(resource);
    const document = readDocument(properties);
    const roles = properties.texts('Roles').map((each) => getRole(account, each));
    for (const name of new Properties({ ...resource, properties: before }).texts('Roles')) {
      account.roles.get(name.toLowerCase())?.attachedPolicies.delete(arn);
    }
    account.managedPolicies.set(arn, document);
    for (const role of roles) role.attachedPolicies.add(arn);
    return { physicalId: arn, attributes: { PolicyArn: arn } };
  },
  async delete(work) {
    const { stack, resource } = work;
    requireCalls(work, ['iam:DeletePolicy'], resource.physicalId ?? '');
    const { account } = stack;
    const arn = resource.physicalId ?? '';
    for (const name of new Properties(resource).texts('Roles')) {
      account.roles.get(name.toLowerCase())?.attachedPolicies.delete(arn);
    }
    account.managedPolicies.delete(arn);
  },
};

function readDocument(properties: Properties): PolicyDocument {
  const document = parsePolicy(properties.raw('PolicyDocument') ?? null, 'identity');
  if (JSON.stringify(document.source).length > 6144) {
    throw new AwsError('LimitExceeded', 'Cannot exceed quota for PolicySize: 6144', 409);
  }
  return document;
}
