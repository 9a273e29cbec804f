import { Type } from 'typebox';
import type { Profile } from '../../templates/profiles.js';
import type { Template } from '../../templates/render.js';
import { Nullable, Texts } from './fields.js';

const Statements = (description: string) =>
  Type.Array(
    Type.Object({
      sid: Type.String({ description: 'Its name in the policy.' }),
      words: Type.String({ description: 'What it comes to, in words.' }),
      actions: Texts('Actions of IAM.'),
    }),
    { description },
  );

export const ProfileBody = Type.Object(
  {
    name: Type.String({ description: 'By which `profile` names it.' }),
    title: Type.String({ description: 'As the launch page has it.' }),
    summary: Type.String({ description: 'What it comes to, for the client.' }),
    managedPolicies: Texts('AWS’s own policies that the role is given.'),
    statements: Statements('What is allowed besides.'),
    denials: Statements('What is denied, whatever the policies allow.'),
    prove: Texts('Actions of which each verification finds out whether the role may do them.'),
    missing: Type.Enum(['tell', 'refuse'], {
      description: 'Whether an account that lacks one of these is connected all the same.',
    }),
    maxSessionSeconds: Type.Integer({ description: 'The longest session of the role.' }),
    broadReason: Nullable(
      Type.String({ description: 'Why more than reading is asked for; null where it is not.' }),
    ),
    templates: Type.Array(
      Type.Object({
        kind: Type.Enum(['account', 'organization'], { description: 'What it connects.' }),
        callback: Type.String({ description: 'How its stack reports back.' }),
        version: Type.String({ description: 'The first 12 hex digits of the SHA-256 of its content.' }),
        url: Type.String({ description: 'Where CloudFormation fetches it.' }),
      }),
      { description: 'What is published: the same bytes as this API hands out.' },
    ),
  },
  { $id: 'Profile', title: 'Profile', description: 'What a client can be asked for.' },
);

export interface ProfileView {
  readonly profile: Profile;
  readonly templates: readonly (Pick<Template, 'kind' | 'callback' | 'version'> & { readonly url: string })[];
}

export function profileBody({ profile, templates }: ProfileView) {
  const { statements, denials, ...rest } = profile;
  return {
    ...{ ...rest, statements: [...statements], denials: [...denials] },
    templates: templates.map(({ kind, callback, version, url }) => ({ kind, callback, version, url })),
  };
}
