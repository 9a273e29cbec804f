import { type Static, Type } from 'typebox';
import type { EnterableAccount, LeftOut } from '../../access/reach.js';
import type { Group } from '../../core/group.js';
import { At, Nullable, time } from './fields.js';
import { pattern } from './patterns.js';

export const Selector = Type.Object(
  {
    profile: Type.Optional(
      Type.String({ maxLength: 64, description: 'All clients that are asked for this profile.' }),
    ),
    metadata: Type.Optional(
      Type.Record(Type.String({ pattern: pattern('label') }), Type.String({ maxLength: 256 }), {
        minProperties: 1,
        maxProperties: 5,
        additionalProperties: false,
        description:
          'All clients with these labels. Without a profile beside it this reads all clients, and is refused where ' +
          'there are more than 2,000.',
      }),
    ),
  },
  {
    additionalProperties: false,
    minProperties: 1,
    description:
      'Takes in all clients that it fits, later ones by themselves; both have to fit where both are given.',
  },
);

export const GroupBody = Type.Object(
  {
    id: Type.String({ description: 'Its id here.' }),
    name: Type.String({ description: 'What people call it.' }),
    description: Nullable(Type.String({ description: 'What it is for.' })),
    color: Nullable(Type.String({ description: 'In which the console shows its roles.' })),
    clients: Type.Array(Type.String(), { description: 'The clients that were named one by one.' }),
    selector: Nullable(Selector),
    members: Type.Array(Type.String(), { description: 'IAM user names of the central account.' }),
    sessionDurationSeconds: Type.Integer({ description: 'How long a session of the CLI lasts.' }),
    createdAt: At('When it was made.'),
    updatedAt: At('When it last changed.'),
  },
  {
    $id: 'Group',
    title: 'Group',
    description: 'People who may switch into the accounts of certain clients.',
  },
);

export function groupBody({ id, name, description, color, clients, selector, members, ...rest }: Group) {
  return {
    ...{ id, name, description, color, clients: [...clients], members: [...members] },
    selector: selector && selectorBody(selector),
    sessionDurationSeconds: rest.sessionDurationSeconds,
    createdAt: time(rest.createdAt),
    updatedAt: time(rest.updatedAt),
  };
}

function selectorBody({ profile, metadata }: NonNullable<Group['selector']>): Static<typeof Selector> {
  return { ...(profile !== undefined && { profile }), ...(metadata && { metadata: { ...metadata } }) };
}

export const PolicyBody = Type.Object(
  {
    name: Type.String({
      description: 'As the managed policy is to be called; it stays when the group is renamed.',
    }),
    document: Type.Object(
      {
        Version: Type.String({ description: 'Of IAM’s language.' }),
        Statement: Type.Array(Type.Record(Type.String(), Type.Unknown()), {
          description: 'One, which allows the roles to whoever came with MFA.',
        }),
      },
      { description: 'An IAM policy.' },
    ),
  },
  { title: 'GroupPolicy', description: 'A managed policy for the group.' },
);

export const EnterableAccountBody = Type.Object(
  {
    accountId: Type.String({ description: 'The number of the AWS account.' }),
    roleArn: Type.String({ description: 'The role for people.' }),
    switchRoleUrl: Type.String({ description: 'Opens the console’s “Switch role”, filled in.' }),
    profileName: Type.String({ description: 'Of the profile in the AWS config file.' }),
    clientId: Type.String({ description: 'Whose account it is.' }),
    clientName: Type.String({ description: 'What people call the client.' }),
  },
  { title: 'EnterableAccount', description: 'An account that the user may enter.' },
);

export const LeftOutBody = Type.Object(
  {
    clientId: Type.String({ description: 'Whose account it is.' }),
    clientName: Type.String({ description: 'What people call the client.' }),
    accountId: Nullable(Type.String({ description: 'Null where no account of the client is connected.' })),
    reason: Type.Unsafe<LeftOut['reason']>(
      Type.String({
        enum: ['not-connected', 'no-role-for-people'],
        description:
          '`not-connected`: no account of the client is. `no-role-for-people`: the account is connected, but by a ' +
          'template that makes none, so that nobody can switch into it.',
      }),
    ),
  },
  { title: 'LeftOut', description: 'What the group takes in and nobody can enter.' },
);

export function leftOutBody({ client, account, reason }: LeftOut): Static<typeof LeftOutBody> {
  return { clientId: client.id, clientName: client.name, accountId: account?.accountId ?? null, reason };
}

export function enterableAccountBody({
  client,
  account,
  role,
  switchRoleUrl,
  profileName,
}: EnterableAccount) {
  return {
    ...{ accountId: account.accountId, roleArn: role.text, switchRoleUrl, profileName },
    ...{ clientId: client.id, clientName: client.name },
  };
}
