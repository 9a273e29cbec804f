import { type Account, iamArn } from '../identity/account.js';
import type { Caller } from '../identity/caller.js';
import { type PolicyDocument, parsePolicy } from '../policy/document.js';
import { AwsError } from '../wire/aws-error.js';
import type { QueryAction } from '../wire/query.js';
import type { QueryInput } from '../wire/query-input.js';
import type { XmlElements } from '../wire/xml.js';
import { addVersion, type CustomerPolicy, createPolicy, deletePolicy, holdersOf } from './customer-policy.js';
import { managedPolicy } from './managed-policies.js';
import { encodePolicy, readPolicy } from './open-role.js';
import { page } from './page.js';
import { requirePermission } from './permission.js';

/** AWS's own policies have one version here. */
const awsVersion = 'v1';
const awsCreatedAt = new Date('2026-01-01T00:00:00Z');

/** The operations of IAM on managed policies: those of the account, and to look at those of AWS. */
export const policyActions: Readonly<Record<string, QueryAction>> = {
  GetPolicy: (_world, caller, input) => {
    const arn = input.required('PolicyArn');
    requirePermission(caller, 'iam:GetPolicy', arn);
    const own = caller.account.managedPolicies.get(arn);
    return { Policy: own === undefined ? describeAws(caller.account, arn) : describe(caller.account, own) };
  },
  GetPolicyVersion: (_world, caller, input) => {
    const arn = input.required('PolicyArn');
    requirePermission(caller, 'iam:GetPolicyVersion', arn);
    const id = input.required('VersionId');
    const own = caller.account.managedPolicies.get(arn);
    const versions = own?.versions ?? new Map([[awsVersion, awsPolicy(caller.account, arn)]]);
    const version = versions.get(id);
    if (version === undefined) throw noVersion(arn, id);
    const isDefault = id === (own?.defaultVersion ?? awsVersion);
    return {
      PolicyVersion: { Document: encodePolicy(version.document.source), ...shown(id, version, isDefault) },
    };
  },
  ListPolicyVersions: (_world, caller, input) => {
    const policy = openPolicy(caller, input, 'iam:ListPolicyVersions');
    return page(input, 'Versions', [...policy.versions].reverse(), ([id, version]) =>
      shown(id, version, id === policy.defaultVersion),
    );
  },
  ListPolicies: (_world, caller, input) => {
    requirePermission(caller, 'iam:ListPolicies', '*');
    // AWS's own are not listed; whoever wants one knows its ARN.
    const policies = input.text('Scope') === 'AWS' ? [] : [...caller.account.managedPolicies.values()];
    const wanted = policies.filter(
      ({ arn }) => !input.flag('OnlyAttached') || holdersOf(caller.account, arn).length > 0,
    );
    return page(input, 'Policies', wanted, (policy) => describe(caller.account, policy));
  },
  CreatePolicy: (_world, caller, input) => {
    const [name, path] = [input.required('PolicyName'), input.text('Path')];
    requirePermission(caller, 'iam:CreatePolicy', iamArn(caller.account, `policy${path ?? '/'}${name}`));
    const description = input.text('Description');
    const policy = createPolicy(caller.account, { name, path, description, document: readDocument(input) });
    return { Policy: describe(caller.account, policy) };
  },
  CreatePolicyVersion: (_world, caller, input) => {
    const policy = openPolicy(caller, input, 'iam:CreatePolicyVersion');
    const isDefault = input.flag('SetAsDefault');
    const id = addVersion(policy, readDocument(input), isDefault);
    return { PolicyVersion: { VersionId: id, IsDefaultVersion: isDefault, CreateDate: policy.updatedAt } };
  },
  SetDefaultPolicyVersion: (_world, caller, input) => {
    const policy = openPolicy(caller, input, 'iam:SetDefaultPolicyVersion');
    const id = input.required('VersionId');
    if (!policy.versions.has(id)) throw noVersion(policy.arn, id);
    policy.defaultVersion = id;
    return {};
  },
  DeletePolicyVersion: (_world, caller, input) => {
    const policy = openPolicy(caller, input, 'iam:DeletePolicyVersion');
    const id = input.required('VersionId');
    if (id === policy.defaultVersion)
      throw new AwsError('DeleteConflict', 'Cannot delete the default version of a policy.', 409);
    if (!policy.versions.delete(id)) throw noVersion(policy.arn, id);
    return {};
  },
  DeletePolicy: (_world, caller, input) => {
    deletePolicy(caller.account, openPolicy(caller, input, 'iam:DeletePolicy'));
    return {};
  },
};

function describe(account: Account, policy: CustomerPolicy): XmlElements {
  const { name, id, arn, path, description, createdAt, updatedAt } = policy;
  const facts = { Description: description, CreateDate: createdAt, UpdateDate: updatedAt };
  return {
    ...{ PolicyName: name, PolicyId: id, Arn: arn, Path: path, DefaultVersionId: policy.defaultVersion },
    ...uses(account, arn),
    ...facts,
  };
}

function describeAws(account: Account, arn: string): XmlElements {
  awsPolicy(account, arn);
  const [, path = '/', name = ''] = /:policy(\/(?:.*\/)?)([^/]+)$/.exec(arn) ?? [];
  const id = `ANPA${Buffer.from(arn).toString('hex').slice(-17).toUpperCase()}`;
  return {
    ...{ PolicyName: name, PolicyId: id, Arn: arn, Path: path, DefaultVersionId: awsVersion },
    ...uses(account, arn),
    ...{ CreateDate: awsCreatedAt, UpdateDate: awsCreatedAt },
  };
}

function uses(account: Account, arn: string): XmlElements {
  const bounded = [...account.roles.values()].filter((role) => role.permissionsBoundary === arn);
  return {
    AttachmentCount: holdersOf(account, arn).length,
    PermissionsBoundaryUsageCount: bounded.length,
    IsAttachable: true,
  };
}

function shown(id: string, { createdAt }: { readonly createdAt: Date }, isDefault: boolean): XmlElements {
  return { VersionId: id, IsDefaultVersion: isDefault, CreateDate: createdAt };
}

function awsPolicy(account: Account, arn: string): { document: PolicyDocument; createdAt: Date } {
  try {
    return { document: managedPolicy(account, arn), createdAt: awsCreatedAt };
  } catch {
    throw new AwsError('NoSuchEntity', `Policy ${arn} was not found.`, 404);
  }
}

function openPolicy(caller: Caller, input: QueryInput, action: string): CustomerPolicy {
  const arn = input.required('PolicyArn');
  requirePermission(caller, action, arn);
  const policy = caller.account.managedPolicies.get(arn);
  if (policy === undefined) throw new AwsError('NoSuchEntity', `Policy ${arn} was not found.`, 404);
  return policy;
}

function readDocument(input: QueryInput): PolicyDocument {
  return parsePolicy(readPolicy(input.required('PolicyDocument')), 'identity');
}

function noVersion(arn: string, id: string): AwsError {
  const message = `Policy ${arn} version ${id} does not exist or is not attachable.`;
  return new AwsError('NoSuchEntity', message, 404);
}
