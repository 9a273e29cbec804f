import type { Account } from '../identity/account.js';
import { AwsError } from '../wire/aws-error.js';
import type { QueryAction } from '../wire/query.js';
import { managedPolicy } from './managed-policies.js';
import { encodePolicy } from './open-role.js';
import { requirePermission } from './permission.js';

/** The one version that a policy has here. */
const versionId = 'v1';
const createdAt = new Date('2026-01-01T00:00:00Z');

/** The operations of IAM on managed policies: those of the account and those of AWS. */
export const policyActions: Readonly<Record<string, QueryAction>> = {
  GetPolicy: (_world, caller, input) => {
    const arn = input.required('PolicyArn');
    requirePermission(caller, 'iam:GetPolicy', arn);
    find(caller.account, arn);
    const [, path = '/', name = ''] = /:policy(\/(?:.*\/)?)([^/]+)$/.exec(arn) ?? [];
    return {
      Policy: {
        PolicyName: name,
        PolicyId: `ANPA${Buffer.from(arn).toString('hex').slice(-17).toUpperCase()}`,
        Arn: arn,
        Path: path,
        DefaultVersionId: versionId,
        AttachmentCount: [...caller.account.roles.values()].filter((role) => role.attachedPolicies.has(arn))
          .length,
        PermissionsBoundaryUsageCount: [...caller.account.roles.values()].filter(
          (role) => role.permissionsBoundary === arn,
        ).length,
        IsAttachable: true,
        CreateDate: createdAt,
        UpdateDate: createdAt,
      },
    };
  },
  GetPolicyVersion: (_world, caller, input) => {
    const arn = input.required('PolicyArn');
    requirePermission(caller, 'iam:GetPolicyVersion', arn);
    const document = find(caller.account, arn);
    const version = input.required('VersionId');
    if (version !== versionId) {
      throw new AwsError(
        'NoSuchEntity',
        `Policy ${arn} version ${version} does not exist or is not attachable.`,
        404,
      );
    }
    return {
      PolicyVersion: {
        Document: encodePolicy(document.source),
        VersionId: versionId,
        IsDefaultVersion: true,
        CreateDate: createdAt,
      },
    };
  },
};

function find(account: Account, arn: string) {
  try {
    return managedPolicy(account, arn);
  } catch {
    throw new AwsError('NoSuchEntity', `Policy ${arn} was not found.`, 404);
  }
}
