import { Type } from 'typebox';
import type { Client } from '../../core/client.js';
import { At, Nullable, ref, time } from './fields.js';
import { LaunchBody, type LaunchView, launchBody } from './launch.js';

export const ClientBody = Type.Object(
  {
    id: Type.String({ description: 'Its id here.', examples: ['cli_01a20c23-fd5d-7504-8477-260a1ad9c99e'] }),
    name: Type.String({ description: 'What people call it. Shown on its launch page.' }),
    reference: Nullable(Type.String({ description: 'Your own id for it.' })),
    externalId: Type.String({
      description: 'Drawn by this service; nobody can choose or change it, and it is never used again.',
    }),
    externalIdSource: Type.Enum(['generated', 'imported'], {
      description: 'An imported one was not drawn here: replace it by a rotation.',
    }),
    status: Type.Enum(['invited', 'connected', 'attention', 'disconnected'], {
      description:
        'From its accounts: `attention` if one is degraded, or rejected with none connected; else `connected` if ' +
        'one is; else `disconnected` if one was; else `invited`.',
    }),
    profile: Type.String({ description: 'What it is asked for: a name from `/v1/profiles`.' }),
    callback: Type.String({
      description: 'How the stacks of its links report back, where a link says nothing else.',
    }),
    metadata: Type.Record(Type.String(), Type.String(), { description: 'Labels of your own.' }),
    createdAt: At('When it was invited.'),
    updatedAt: At('When it last changed.'),
    launch: Type.Optional(ref(LaunchBody)),
  },
  { $id: 'Client', title: 'Client', description: 'Whom you want access from.' },
);

export function clientBody(client: Client, launch: LaunchView | null, now: number) {
  const { id, name, reference, externalId, externalIdSource, status, profile, callback, metadata } = client;
  return {
    ...{ id, name, reference, externalId, externalIdSource, status, profile, callback, metadata },
    createdAt: time(client.createdAt),
    updatedAt: time(client.updatedAt),
    ...(launch && { launch: launchBody(launch, now) }),
  };
}
