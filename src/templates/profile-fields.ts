import { Type } from 'typebox';

/** Text for people, of at least one character. */
export const text = (maxLength: number) => Type.String({ minLength: 1, maxLength });

export const Action = Type.String({
  pattern: '^(\\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$',
  description: 'service:Action',
});

const Statement = Type.Object(
  {
    sid: Type.String({ pattern: '^[A-Za-z0-9]{1,64}$', description: 'letters and digits' }),
    words: text(300),
    actions: Type.Array(Action, { minItems: 1 }),
  },
  { additionalProperties: false },
);

const ManagedPolicies = Type.Array(
  Type.String({ pattern: '^[\\w+=,.@/-]{1,128}$', description: 'the name of one of AWS’s policies' }),
  { maxItems: 10 },
);

/** What a role may do, as profiles write it: the service's role in the file itself, the people's in `permissions`. */
export const permissionFields = {
  managedPolicies: ManagedPolicies,
  statements: Type.Optional(Type.Array(Statement)),
  denials: Type.Optional(Type.Array(Statement)),
};

/** How long the sessions of a role may be, in seconds. Source: IAM API Reference, CreateRole, MaxSessionDuration. */
export const SessionSeconds = Type.Integer({ minimum: 3_600, maximum: 43_200 });
