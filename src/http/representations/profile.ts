import { Type } from 'typebox';
import type { Profile } from '../../templates/profiles.js';
import type { Template } from '../../templates/render.js';
import { Nullable, Texts } from './fields.js';

const Statements = (description: string) =>
  Type.Array(
    Type.Object({
      sid: Type.String(),
      words: Type.String({ description: 'What it comes to, in words.' }),
      actions: Texts,
    }),
    { description },
  );

export const ProfileBody = Type.Object(
  {
    name: Type.String(),
    title: Type.String(),
    summary: Type.String(),
    managedPolicies: Texts,
    statements: Statements('What is allowed besides.'),
    denials: Statements('What is denied, whatever the policies allow.'),
    prove: Texts,
    missing: Type.Enum(['tell', 'refuse'], {
      description: 'Whether an account that lacks one of these is connected all the same.',
    }),
    maxSessionSeconds: Type.Integer({ description: 'The longest session of the role.' }),
    broadReason: Nullable(
      Type.String({ description: 'Why more than reading is asked for; null where it is not.' }),
    ),
    templates: Type.Array(
      Type.Object({
        kind: Type.Enum(['account', 'organization']),
        callback: Type.String(),
        version: Type.String(),
        url: Type.String(),
      }),
      { description: 'What is published: the same bytes as this API hands out.' },
    ),
  },
  { $id: 'Profile', title: 'Profile' },
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
