import { Type } from 'typebox';
import type { FeedEvent } from '../../core/event.js';
import { AccountId, Nullable, Time, time } from './fields.js';

export const EventBody = Type.Object(
  {
    id: Type.String({
      description: 'Its place in the feed: later events have greater ids.',
    }),
    type: Type.String(),
    at: Time,
    clientId: Nullable(
      Type.String({
        description: 'Null where it is about the service itself: its keys, webhooks and groups.',
      }),
    ),
    accountId: Type.Optional(AccountId),
    actor: Type.Object({
      type: Type.String(),
      name: Type.Optional(
        Type.String({ description: 'Of the API key, or the subject of the access token.' }),
      ),
      keyId: Type.Optional(Type.String({ description: 'Not there for the key of the environment.' })),
      address: Type.Optional(Type.String({ description: 'The address that the call came from.' })),
      requestId: Type.Optional(Type.String({ description: 'Finds the call in the service’s log.' })),
    }),
    data: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])),
  },
  { $id: 'Event', title: 'Event' },
);

export function eventBody(event: FeedEvent) {
  return { ...event, at: time(event.at) };
}
