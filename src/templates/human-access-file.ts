import { type Static, Type } from 'typebox';
import { type HumanAccess, isPeoplesRole, type People } from './human-access.js';
import { permissionFields, SessionSeconds } from './profile-fields.js';

/** `humanAccess` as a profile's file has it. */
export const HumanAccessFile = Type.Object(
  {
    principals: Type.Optional(Type.Enum(['users', 'role-arns'])),
    centralAccountId: Type.Optional(
      Type.String({ pattern: '^\\d{12}$', description: 'an account’s 12 digits' }),
    ),
    roleArns: Type.Optional(Type.Array(Type.String({ maxLength: 2_048 }), { minItems: 1, maxItems: 10 })),
    roleName: Type.Optional(Type.String({ pattern: '^[\\w+=,.@-]{1,64}$', description: 'a role’s name' })),
    permissions: Type.Optional(Type.Object(permissionFields, { additionalProperties: false })),
    maxSessionDuration: Type.Optional(SessionSeconds),
    // A session with a second factor lasts 36 hours at most. Source: STS API Reference, GetSessionToken.
    mfaMaxAge: Type.Optional(Type.Integer({ minimum: 300, maximum: 129_600 })),
  },
  { additionalProperties: false },
);

type Refuse = (path: readonly (string | number)[], fault: string) => never;

/** What a profile's `humanAccess` comes to; null where it has none. `refuse` throws, naming the field. */
export function humanAccessOf(
  file: Static<typeof HumanAccessFile> | undefined,
  refuse: Refuse,
): HumanAccess | null {
  if (file === undefined) return null;
  const { permissions = { managedPolicies: ['SecurityAudit'] } } = file;
  return {
    principals: peopleIn(file, refuse),
    roleName: file.roleName ?? 'CrossAccountSecurityAuditRole',
    managedPolicies: permissions.managedPolicies,
    statements: permissions.statements ?? [],
    denials: permissions.denials ?? [],
    maxSessionSeconds: file.maxSessionDuration ?? 3_600,
    mfaMaxAgeSeconds: file.mfaMaxAge ?? 3_600,
  };
}

function peopleIn(file: Static<typeof HumanAccessFile>, refuse: Refuse): People {
  const { principals = 'users', centralAccountId = null, roleArns, mfaMaxAge } = file;
  if (principals === 'users') {
    if (roleArns !== undefined)
      refuse(['humanAccess', 'roleArns'], 'is for principals: role-arns; leave it out, or set principals');
    return { kind: 'users', centralAccountId };
  }
  if (centralAccountId !== null)
    refuse(['humanAccess', 'centralAccountId'], 'is for principals: users; role ARNs name their own account');
  if (mfaMaxAge !== undefined)
    refuse(['humanAccess', 'mfaMaxAge'], 'is for principals: users; an identity provider tells AWS no MFA');
  if (roleArns === undefined)
    return refuse(
      ['humanAccess', 'principals'],
      'is role-arns and needs roleArns, the roles that are trusted',
    );
  for (const [place, arn] of roleArns.entries())
    if (!isPeoplesRole(arn))
      refuse(
        ['humanAccess', 'roleArns', place],
        'has to be the ARN of a role, or of a permission set, such as arn:aws:iam::111122223333:role/' +
          'aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_SecurityAudit_????????????????',
      );
  return { kind: 'role-arns', roleArns };
}
