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
            '`api-key`: a call of this API. `oidc`: a call with an access token. `stack`: the client’s stack. `visitor`: somebody on the launch page. ' +
            '`service`: this service by itself. `operator`: whoever runs it, by a command.',
        }),
        name: Type.Optional(
          Type.String({ description: 'Of the API key, or the subject of the access token.' }),
        ),
        keyId: Type.Optional(Type.String({ description: 'Not there for the key of the environment.' })),
        address: Type.Optional(Type.String({ description: 'The address that the call came from.' })),
        requestId: Type.Optional(Type.String({ description: 'Finds the call in the service’s log.' })),
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

export function eventBody<Event extends Pick<FeedEvent, 'at'>>(event: Event) {
  return { ...event, at: time(event.at) };
}

/** The same as the text of a webhook’s message. */
export function writeEvent(event: Pick<FeedEvent, 'at'>): string {
  return JSON.stringify(eventBody(event));
}
