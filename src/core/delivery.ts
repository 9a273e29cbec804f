import type { Stored } from './change.js';
import type { EventType } from './event.js';
import type { WebhookId } from './id.js';

/** What became of one event at one webhook, from the first attempt on. Its id is the event's. */
export interface Delivery extends Stored {
  readonly kind: 'delivery';
  readonly webhookId: WebhookId;
  readonly eventId: string;
  readonly eventType: EventType;
  /** `pending`: tried again. `failed`: given up, which `redelivery` alone can change. */
  readonly status: 'pending' | 'delivered' | 'failed';
  /** All of them, the latest last. */
  readonly attempts: readonly Attempt[];
  readonly nextAttemptAt: number | null;
  /** The first KB of what the receiver answered last. */
  readonly answer: string;
}

export interface Attempt {
  readonly at: number;
  /** What the receiver answered; null where it did not. */
  readonly status: number | null;
  readonly error: AttemptError | null;
  /** In milliseconds. */
  readonly duration: number;
}

/** Why there is no answer. */
export type AttemptError =
  | 'address-not-public'
  | 'name-not-found'
  | 'connection-failed'
  | 'connection-lost'
  | 'tls'
  | 'timeout';

/** In bytes. */
export const LONGEST_ANSWER = 1_024;

/** For how long a delivery can be read, in milliseconds. */
const KEPT_FOR = 30 * 86_400_000;

/** From when on it is gone, whether or not it was swept away: counted from its first attempt. */
export function keptUntil({ attempts }: Delivery): number {
  return (attempts[0]?.at ?? 0) + KEPT_FOR;
}

/** Source: Standard Webhooks, "a 2xx status code" is the one sign of success; a redirect is none. */
export function succeeded({ status }: Pick<Attempt, 'status'>): boolean {
  return status !== null && status >= 200 && status < 300;
}

/** Attempts that a delivery remembers: more than 3 days of them. */
const MOST_ATTEMPTS = 50;

/**
 * The delivery after an attempt. One that was delivered stays so, whatever a later attempt brings; `next` is what the
 * schedule says of a failure, or null where the attempt was made by hand, which changes nothing of the schedule.
 */
export function withAttempt(
  delivery: Delivery,
  attempt: Attempt,
  answer: string,
  next: Pick<Delivery, 'status' | 'nextAttemptAt'> | null,
): Delivery {
  const attempts = [...delivery.attempts, attempt].slice(-MOST_ATTEMPTS);
  const done = succeeded(attempt) || delivery.status === 'delivered';
  const state = done ? ({ status: 'delivered', nextAttemptAt: null } as const) : next;
  return { ...delivery, ...state, attempts, answer };
}

/** One of which nothing is written yet. */
export function newDelivery(
  webhookId: WebhookId,
  { id, type }: { readonly id: string; readonly type: EventType },
): Delivery {
  return {
    ...{ kind: 'delivery', rev: null, webhookId, eventId: id, eventType: type },
    ...{ status: 'pending', attempts: [], nextAttemptAt: null, answer: '' },
  };
}
