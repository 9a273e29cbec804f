import { Type } from 'typebox';
import { eventTypes } from '../../core/event.js';
import type { Webhook } from '../../core/webhook.js';
import { At, Nullable, time } from './fields.js';

/** The fields that a platform writes, for bodies and answers alike. */
export const webhookFields = {
  url: Type.String({
    minLength: 1,
    maxLength: 2_048,
    description: 'Where events are posted: https, on the public internet. A redirect counts as a failure.',
  }),
  events: Nullable(
    Type.Array(Type.Enum([...eventTypes]), {
      minItems: 1,
      uniqueItems: true,
      description: 'These types alone; null, the default, for all, those of later versions too.',
    }),
  ),
  description: Nullable(Type.String({ maxLength: 256, description: 'For whoever reads the list.' })),
  status: Type.Enum(['enabled', 'disabled'], {
    description:
      'What happens while it is disabled is kept, and sent once it is enabled. The service disables what nothing was ' +
      'delivered to for 3 days.',
  }),
};

const shown = {
  id: Type.String({ description: 'Its id here.' }),
  ...webhookFields,
  disabledReason: Nullable(
    Type.String({ description: 'Why the service has disabled it; null where it has not.' }),
  ),
  previousSecretUntil: Nullable(At('Until when the secret before the last rotation signs, too.')),
  createdAt: At('When it was made.'),
  updatedAt: At('When it was last changed.'),
};

export const WebhookBody = Type.Object(shown, {
  $id: 'Webhook',
  title: 'Webhook',
  description: 'An address to which events are sent.',
});

/** A webhook as the answers have it that make a secret: the only ones with it. */
export const NewWebhookBody = Type.Object(
  {
    ...shown,
    secret: Type.String({
      description: 'What signatures are checked with: `whsec_` and base64. Shown once.',
    }),
  },
  { title: 'NewWebhook', description: 'The webhook, with its secret.' },
);

export function webhookBody(webhook: Webhook, now: number) {
  const { id, url, events, description, status, disabledReason, secrets, createdAt, updatedAt } = webhook;
  const until = secrets[1]?.until ?? null;
  return {
    ...{ id, url, events: events && [...events], description, status, disabledReason },
    previousSecretUntil: until !== null && until > now ? time(until) : null,
    ...{ createdAt: time(createdAt), updatedAt: time(updatedAt) },
  };
}
