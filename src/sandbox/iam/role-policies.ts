import { parsePolicy } from '../policy/document.js';
import { AwsError } from '../wire/aws-error.js';
import type { QueryAction } from '../wire/query.js';
import { managedPolicy } from './managed-policies.js';
import { encodePolicy, openRole, readPolicy } from './open-role.js';

/** The operations of IAM on the policies of a role. */
export const rolePolicyActions: Readonly<Record<string, QueryAction>> = {
  GetRolePolicy: (_world, caller, input) => {
    const role = openRole(caller, input, 'iam:GetRolePolicy');
    const name = input.required('PolicyName');
    const document = role.inlinePolicies.get(name);
    if (document === undefined) throw noRolePolicy(name);
    return { RoleName: role.name, PolicyName: name, PolicyDocument: encodePolicy(document.source) };
  },
  ListRolePolicies: (_world, caller, input) => {
    const role = openRole(caller, input, 'iam:ListRolePolicies');
    return { PolicyNames: [...role.inlinePolicies.keys()], IsTruncated: false };
  },
  ListAttachedRolePolicies: (_world, caller, input) => {
    const role = openRole(caller, input, 'iam:ListAttachedRolePolicies');
    const attached = [...role.attachedPolicies].map((arn) => ({
      PolicyName: arn.slice(arn.lastIndexOf('/') + 1),
      PolicyArn: arn,
    }));
    return { AttachedPolicies: attached, IsTruncated: false };
  },
  PutRolePolicy: (_world, caller, input) => {
    const role = openRole(caller, input, 'iam:PutRolePolicy');
    const document = parsePolicy(readPolicy(input.required('PolicyDocument')), 'identity');
    role.inlinePolicies.set(input.required('PolicyName'), document);
    return {};
  },
  DeleteRolePolicy: (_world, caller, input) => {
    const role = openRole(caller, input, 'iam:DeleteRolePolicy');
    const name = input.required('PolicyName');
    if (!role.inlinePolicies.delete(name)) throw noRolePolicy(name);
    return {};
  },
  AttachRolePolicy: (_world, caller, input) => {
    const role = openRole(caller, input, 'iam:AttachRolePolicy');
    const arn = input.required('PolicyArn');
    managedPolicy(caller.account, arn);
    role.attachedPolicies.add(arn);
    return {};
  },
  DetachRolePolicy: (_world, caller, input) => {
    const role = openRole(caller, input, 'iam:DetachRolePolicy');
    const arn = input.required('PolicyArn');
    if (!role.attachedPolicies.delete(arn)) {
      throw new AwsError('NoSuchEntity', `Policy ${arn} was not found.`, 404);
    }
    return {};
  },
};

function noRolePolicy(name: string): AwsError {
  return new AwsError('NoSuchEntity', `The role policy with name ${name} cannot be found.`, 404);
}
