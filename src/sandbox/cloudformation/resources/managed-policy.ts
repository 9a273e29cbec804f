import {
  addVersion,
  type CustomerPolicy,
  createPolicy,
  deletePolicy,
  makeRoom,
} from '../../iam/customer-policy.js';
import { type Account, iamArn } from '../../identity/account.js';
import { type PolicyDocument, parsePolicy } from '../../policy/document.js';
import { AwsError } from '../../wire/aws-error.js';
import { generatedName, Properties } from '../properties.js';
import { requireCalls } from '../require-calls.js';
import type { ResourceType } from '../resource-type.js';
import { attachToListed, detachFromListed, listHolders, requireListedCalls } from './policy-holders.js';

/** AWS::IAM::ManagedPolicy */
export const managedPolicy: ResourceType = {
  required: ['PolicyDocument'],
  properties: ['Description', 'Groups', 'ManagedPolicyName', 'Path', 'PolicyDocument', 'Roles', 'Users'],
  createOnly: ['Description', 'ManagedPolicyName', 'Path'],
  nameProperty: 'ManagedPolicyName',
  async create(work) {
    const { stack, resource } = work;
    const { account } = stack;
    const properties = new Properties(resource);
    const { logicalId } = resource.planned.declaration;
    const name = properties.text('ManagedPolicyName') ?? generatedName(stack, logicalId, 128);
    const path = properties.text('Path');
    const arn = iamArn(account, `policy${path ?? '/'}${name}`);
    requireCalls(work, ['iam:CreatePolicy'], arn);
    requireListedCalls(work, 'Attach', properties, arn);
    const document = readDocument(properties);
    createPolicy(account, { name, path, description: properties.text('Description'), document });
    // From here on there is something for a rollback to delete, whatever comes of the rest.
    resource.physicalId = arn;
    attachToListed(account, properties, arn);
    return { physicalId: arn, attributes: { PolicyArn: arn } };
  },
  async update(work, before) {
    const { stack, resource } = work;
    const { account } = stack;
    const arn = resource.physicalId ?? '';
    const properties = new Properties(resource);
    const old = new Properties({ ...resource, properties: before });
    requireCalls(work, ['iam:CreatePolicyVersion', 'iam:DeletePolicyVersion'], arn);
    requireListedCalls(work, 'Detach', old, arn);
    requireListedCalls(work, 'Attach', properties, arn);
    const known = getPolicy(account, arn);
    const document = readDocument(properties);
    if (JSON.stringify(document.source) !== JSON.stringify(before['PolicyDocument'])) {
      // The handler deletes the oldest version where there is no room for another.
      makeRoom(known);
      addVersion(known, document, true);
    }
    detachFromListed(account, old, arn);
    attachToListed(account, properties, arn);
    return { physicalId: arn, attributes: { PolicyArn: arn } };
  },
  async delete(work) {
    const { stack, resource } = work;
    const arn = resource.physicalId ?? '';
    const known = stack.account.managedPolicies.get(arn);
    if (known === undefined) return;
    const properties = new Properties(resource);
    requireCalls(work, ['iam:DeletePolicyVersion', 'iam:DeletePolicy'], arn);
    requireListedCalls(work, 'Detach', properties, arn);
    detachFromListed(stack.account, properties, arn);
    for (const id of known.versions.keys()) if (id !== known.defaultVersion) known.versions.delete(id);
    deletePolicy(stack.account, known);
  },
  read({ stack, resource }) {
    const known = stack.account.managedPolicies.get(resource.physicalId ?? '');
    if (known === undefined) return undefined;
    const document = known.versions.get(known.defaultVersion)?.document.source;
    return {
      ...(known.description === undefined ? {} : { Description: known.description }),
      ManagedPolicyName: known.name,
      Path: known.path,
      PolicyDocument: document ?? {},
      ...listHolders(stack.account, known.arn),
    };
  },
};

function getPolicy(account: Account, arn: string): CustomerPolicy {
  const known = account.managedPolicies.get(arn);
  if (known === undefined) throw new AwsError('NoSuchEntity', `Policy ${arn} was not found.`, 404);
  return known;
}

function readDocument(properties: Properties): PolicyDocument {
  return parsePolicy(properties.raw('PolicyDocument') ?? null, 'identity');
}
