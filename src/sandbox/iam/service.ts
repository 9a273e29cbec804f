import type { Caller } from '../identity/caller.js';
import { parsePolicy } from '../policy/document.js';
import { malformedPolicy } from '../policy/malformed.js';
import { type Json, parseJson } from '../wire/json.js';
import type { QueryService } from '../wire/query.js';
import type { QueryInput } from '../wire/query-input.js';
import type { XmlElements } from '../wire/xml.js';
import type { World } from '../world.js';
import { managedPolicy } from './managed-policies.js';
import { requirePermission, roleArnFor } from './permission.js';
import { createRole, deleteRole, getRole, type Role, setTrustPolicy } from './role.js';
import { shownTrust } from './trust.js';

/** IAM: roles, as far as somebody makes them without a stack, and GetRole. SimulatePrincipalPolicy will stand here. */
export const iam: QueryService = {
  namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
  actions: {
    GetRole: (world, caller, input) => ({
      Role: describeRole(world, openRole(caller, input, 'iam:GetRole')),
    }),
    ListRoles: (world, caller) => {
      requirePermission(caller, 'iam:ListRoles', '*');
      return {
        Roles: [...caller.account.roles.values()].map((role) => describeRole(world, role)),
        IsTruncated: false,
      };
    },
    CreateRole: (world, caller, input) => {
      const name = input.required('RoleName');
      requirePermission(caller, 'iam:CreateRole', roleArnFor(caller.account, name));
      const role = createRole(world, caller.account, {
        name,
        trustPolicy: parsePolicy(readJson(input.required('AssumeRolePolicyDocument')), 'trust'),
        path: input.text('Path'),
        description: input.text('Description'),
        maxSessionDuration: input.integer('MaxSessionDuration'),
      });
      return { Role: describeRole(world, role) };
    },
    UpdateAssumeRolePolicy: (world, caller, input) => {
      const role = openRole(caller, input, 'iam:UpdateAssumeRolePolicy');
      const document = parsePolicy(readJson(input.required('PolicyDocument')), 'trust');
      setTrustPolicy(world, caller.account, role, document);
      return {};
    },
    PutRolePolicy: (_world, caller, input) => {
      const role = openRole(caller, input, 'iam:PutRolePolicy');
      const document = parsePolicy(readJson(input.required('PolicyDocument')), 'identity');
      role.inlinePolicies.set(input.required('PolicyName'), document);
      return {};
    },
    DeleteRolePolicy: (_world, caller, input) => {
      const role = openRole(caller, input, 'iam:DeleteRolePolicy');
      role.inlinePolicies.delete(input.required('PolicyName'));
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
      openRole(caller, input, 'iam:DetachRolePolicy').attachedPolicies.delete(input.required('PolicyArn'));
      return {};
    },
    DeleteRole: (_world, caller, input) => {
      deleteRole(caller.account, openRole(caller, input, 'iam:DeleteRole'));
      return {};
    },
  },
};

function openRole(caller: Caller, input: QueryInput, action: string): Role {
  const name = input.required('RoleName');
  requirePermission(caller, action, roleArnFor(caller.account, name));
  return getRole(caller.account, name);
}

function describeRole(world: World, role: Role): XmlElements {
  const shown = role.trusts.at(-1)?.trust;
  const document = shown === undefined ? {} : shownTrust(world, shown);
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: role.createdAt,
    AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(document)),
    Description: role.description,
    MaxSessionDuration: role.maxSessionDuration,
    PermissionsBoundary:
      role.permissionsBoundary === undefined
        ? undefined
        : { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: role.permissionsBoundary },
  };
}

function readJson(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    throw malformedPolicy('This policy contains invalid Json');
  }
}
