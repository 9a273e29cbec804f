import { Type } from 'typebox';
import type { Attempt, AttemptError, Delivery } from '../../core/delivery.js';
import type { Attempted } from '../../feed/attempt.js';
import { At, Nullable, time } from './fields.js';

const errors: Readonly<Record<AttemptError, string>> = {
  'address-not-public': 'its name leads to an address that is not on the public internet',
  'name-not-found': 'its name is not known',
  'connection-failed': 'nobody takes connections there',
  'connection-lost': 'it closed the connection before it had answered',
  tls: 'its certificate is not trusted, or it speaks no TLS that we do',
  timeout: 'it did not answer within 15 seconds',
};

const attemptFields = {
  at: At('When it was sent.'),
  status: Nullable(Type.Integer({ description: 'The HTTP status; 2xx alone counts as delivered.' })),
  error: Nullable(
    Type.Enum(Object.keys(errors) as AttemptError[], {
      description: `Why there is no answer. ${Object.entries(errors)
        .map(([code, words]) => `\`${code}\`: ${words}`)
        .join('. ')}.`,
    }),
  ),
  durationMs: Type.Integer({ description: 'How long it took, in milliseconds.' }),
};

const answer = Type.String({ description: 'The first KB of what was answered.' });

export const AttemptBody = Type.Object(
  { ...attemptFields, answer },
  { title: 'TestDelivery', description: 'What came of it.' },
);

export const DeliveryBody = Type.Object(
  {
    id: Type.String({ description: 'The event’s id, and the `webhook-id` of its messages.' }),
    eventType: Type.String({ description: 'The event’s type.' }),
    status: Type.Enum(['pending', 'delivered', 'failed'], {
      description: '`pending`: it is tried again. `failed`: it is not, unless by a redelivery.',
    }),
    attempts: Type.Array(Type.Object(attemptFields), { description: 'The last 50, the latest last.' }),
    nextAttemptAt: Nullable(At('When it is tried again; earlier where the receiver is back.')),
    answer,
  },
  { $id: 'Delivery', title: 'Delivery', description: 'What became of an event at a webhook.' },
);

export function attemptBody({ attempt, answer }: Attempted) {
  return { ...attemptOf(attempt), answer };
}

export function deliveryBody({ eventId, eventType, status, attempts, nextAttemptAt, answer }: Delivery) {
  return {
    ...{ id: eventId, eventType, status, attempts: attempts.map(attemptOf) },
    ...{ nextAttemptAt: time(nextAttemptAt), answer },
  };
}

function attemptOf({ at, status, error, duration }: Attempt) {
  return { at: time(at), status, error, durationMs: duration };
}
