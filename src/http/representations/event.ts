import { Type } from 'typebox';
import type { FeedEvent } from '../../core/event.js';
import { AccountId, Time, time } from './fields.js';

export const EventBody = Type.Object(
  {
    id: Type.String({
      description: 'Its place in the feed: later events have greater ids.',
    }),
    type: Type.String(),
    at: Time,
    clientId: Type.String(),
    accountId: Type.Optional(AccountId),
    actor: Type.Object({
      type: Type.String(),
      name: Type.Optional(Type.String()),
    }),
    data: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])),
  },
  { $id: 'Event', title: 'Event' },
);

export function eventBody(event: FeedEvent) {
  return { ...event, at: time(event.at) };
}
