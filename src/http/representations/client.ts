import { Type } from 'typebox';
import type { Client } from '../../core/client.js';
import { Nullable, ref, Time, time } from './fields.js';
import { LaunchBody, type LaunchView, launchBody } from './launch.js';

export const ClientBody = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    reference: Nullable(Type.String()),
    externalId: Type.String({
      description: 'Drawn by this service; nobody can choose or change it, and it is never used again.',
    }),
    externalIdSource: Type.Enum(['generated', 'imported'], {
      description: 'An imported one was not drawn here: replace it by a rotation.',
    }),
    status: Type.Enum(['invited', 'connected', 'attention', 'disconnected']),
    profile: Type.String(),
    callback: Type.String(),
    metadata: Type.Record(Type.String(), Type.String()),
    createdAt: Time,
    updatedAt: Time,
    launch: Type.Optional(ref(LaunchBody)),
  },
  { $id: 'Client', title: 'Client' },
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
