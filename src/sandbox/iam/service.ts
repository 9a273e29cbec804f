import { parsePolicy } from '../policy/document.js';
import { AwsError } from '../wire/aws-error.js';
import type { QueryService } from '../wire/query.js';
import type { XmlElements } from '../wire/xml.js';
import type { World } from '../world.js';
import { accessKeyActions } from './access-keys.js';
import { accountActions } from './account-actions.js';
import { groupActions } from './group-actions.js';
import { holderPolicyActions } from './holder-policies.js';
import { mfaActions } from './mfa-actions.js';
import { encodePolicy, openRole, readPolicy } from './open-role.js';
import { page } from './page.js';
import { requirePermission, roleArnFor } from './permission.js';
import { policyActions } from './policies.js';
import { createRole, deleteRole, type Role, setTrustPolicy } from './role.js';
import { simulatePrincipalPolicy } from './simulate.js';
import { shownTrust } from './trust.js';
import { userActions } from './user-actions.js';

/** IAM: roles, users, groups and their policies, as far as somebody makes, reads or changes them without a stack. */
export const iam: QueryService = {
  namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
  // GetSessionToken's credentials do for IAM only if a code was given for them.
  admit({ userSession, mfaAge }) {
    if (userSession === undefined || mfaAge !== undefined) return;
    throw new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid', 403);
  },
  actions: {
    GetRole: (world, caller, input) => ({
      Role: describeRole(world, openRole(caller, input, 'iam:GetRole')),
    }),
    ListRoles: (world, caller, input) => {
      requirePermission(caller, 'iam:ListRoles', '*');
      return page(input, 'Roles', [...caller.account.roles.values()], (role) => describeRole(world, role));
    },
    CreateRole: (world, caller, input) => {
      const name = input.required('RoleName');
      requirePermission(caller, 'iam:CreateRole', roleArnFor(caller.account, name));
      const role = createRole(world, caller.account, {
        name,
        trustPolicy: parsePolicy(readPolicy(input.required('AssumeRolePolicyDocument')), 'trust'),
        path: input.text('Path'),
        description: input.text('Description'),
        maxSessionDuration: input.integer('MaxSessionDuration'),
      });
      return { Role: describeRole(world, role) };
    },
    UpdateAssumeRolePolicy: (world, caller, input) => {
      const role = openRole(caller, input, 'iam:UpdateAssumeRolePolicy');
      const document = parsePolicy(readPolicy(input.required('PolicyDocument')), 'trust');
      setTrustPolicy(world, caller.account, role, document);
      return {};
    },
    DeleteRole: (_world, caller, input) => {
      deleteRole(caller.account, openRole(caller, input, 'iam:DeleteRole'));
      return {};
    },
    SimulatePrincipalPolicy: simulatePrincipalPolicy,
    ...accountActions,
    ...holderPolicyActions('Role', openRole),
    ...policyActions,
    ...userActions,
    ...accessKeyActions,
    ...groupActions,
    ...mfaActions,
  },
};

function describeRole(world: World, role: Role): XmlElements {
  const shown = role.trusts.at(-1)?.trust;
  const document = shown === undefined ? {} : shownTrust(world, shown);
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: role.createdAt,
    AssumeRolePolicyDocument: encodePolicy(document),
    Description: role.description,
    MaxSessionDuration: role.maxSessionDuration,
    PermissionsBoundary:
      role.permissionsBoundary === undefined
        ? undefined
        : { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: role.permissionsBoundary },
  };
}
