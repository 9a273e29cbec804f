import { Type } from 'typebox';
import { type Launch, launchKind, launchStatus } from '../../core/launch.js';
import type { LaunchLinks } from '../../onboarding/launch-links.js';
import { At, Nullable, time } from './fields.js';

export const LaunchBody = Type.Object(
  {
    id: Type.String({ description: 'Its id here.' }),
    kind: Type.Enum(['account', 'organization'], { description: 'What it connects.' }),
    pageUrl: Type.Optional(Type.String({ description: 'Give this to the client. Shown once.' })),
    quickCreateUrl: Type.Optional(
      Type.String({
        description: 'Opens the CloudFormation console, filled in. Shown once.',
      }),
    ),
    templateUrl: Nullable(
      Type.String({
        description: 'The published template that the stack is made from; null where the profile is gone.',
      }),
    ),
    stackName: Type.String({ description: 'How the stack is called unless the client changes it.' }),
    region: Type.String({ description: 'Where the stack is made.' }),
    callback: Type.String({ description: 'How the stack reports back: `sns`, `lambda` or `none`.' }),
    callbackUrl: Type.Optional(
      Nullable(
        Type.String({
          description: 'Where the stack calls back; null where it does not. Shown once.',
        }),
      ),
    ),
    expiresAt: At('From when on it lets no further stack in.'),
    status: Type.Enum(['open', 'used', 'expired', 'revoked'], {
      description:
        'Of an organization: `open` also past `expiresAt`, once its management account has come; members come for ' +
        'as long as that is connected.',
    }),
    commands: Type.Optional(
      Type.Object(
        {
          awsCli: Type.String({ description: 'One command for a shell, quoted.' }),
          terraform: Type.String({ description: 'One resource.' }),
        },
        { description: 'The same stack without the console. Shown once.' },
      ),
    ),
  },
  { $id: 'Launch', title: 'Launch', description: 'A link by which a client lets you in.' },
);

export interface LaunchView {
  readonly launch: Launch;
  readonly templateUrl: string | null;
  /** Only where the launch has just been made: they hold its token. */
  readonly links: LaunchLinks | null;
}

export function launchBody({ launch, templateUrl, links }: LaunchView, now: number) {
  const { id, stackName, region, callback, expiresAt } = launch;
  return {
    id,
    kind: launchKind(launch),
    ...(links && {
      pageUrl: links.pageUrl,
      quickCreateUrl: links.quickCreateUrl,
    }),
    templateUrl,
    stackName,
    region,
    callback,
    ...(links && { callbackUrl: links.callbackUrl }),
    expiresAt: time(expiresAt),
    status: launchStatus(launch, now),
    ...(links && { commands: links.commands }),
  };
}
