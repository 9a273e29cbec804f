import { Type } from 'typebox';
import type { FeedEvent } from '../../core/event.js';
import { AccountId, At, Nullable, time } from './fields.js';

export const EventBody = Type.Object(
  {
    id: Type.String({
      description: 'Its place in the feed: later events have greater ids.',
    }),
    type: Type.String({ description: 'What happened, as `account.connected`.' }),
    at: At('When.'),
    clientId: Nullable(
      Type.String({
        description: 'Null where it is about the service itself: its keys, webhooks and groups.',
      }),
    ),
    accountId: Type.Optional(AccountId),
    actor: Type.Object(
      {
        type: Type.String({
          description:
            '`api-key`: a call of this API. `stack`: the client’s stack. `visitor`: somebody on the launch page. ' +
            '`service`: this service by itself.',
        }),
        name: Type.Optional(Type.String({ description: 'The key’s name.' })),
      },
      { description: 'Who caused it.' },
    ),
    data: Type.Record(
      Type.String(),
      Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]),
      {
        description: 'What more there is to say, by type. Never a secret.',
      },
    ),
  },
  { $id: 'Event', title: 'Event', description: 'Something that happened.' },
);

export function eventBody(event: FeedEvent) {
  return { ...event, at: time(event.at) };
}
