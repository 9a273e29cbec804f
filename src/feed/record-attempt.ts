import type { Commit } from '../core/change.js';
import { type Delivery, newDelivery, withAttempt } from '../core/delivery.js';
import type { FeedEvent } from '../core/event.js';
import type { WebhookId } from '../core/id.js';
import { type Remember, remembersNothing } from '../core/remembered-answer.js';
import type { Attempted } from './attempt.js';

export interface RecordPorts {
  readonly commit: Commit;
  readonly delivery: (webhookId: WebhookId, eventId: string) => Promise<Delivery | null>;
}

const MOST_CONFLICTS = 5;

/**
 * Adds an attempt to what is written of a delivery. `known` is how it stood when it was read last; null for a first
 * attempt, which may turn out to have been made before, by an instance that died. Returns the delivery as it is then,
 * which is what is handed to `remember`.
 */
export async function recordAttempt(
  { commit, delivery }: RecordPorts,
  webhookId: WebhookId,
  event: Pick<FeedEvent, 'id' | 'type'>,
  { attempt, answer }: Attempted,
  next: Pick<Delivery, 'status' | 'nextAttemptAt'> | null,
  known: Delivery | null,
  remember: Remember<Delivery> = remembersNothing,
): Promise<Delivery> {
  let before = known;
  for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts += 1) {
    const after = withAttempt(before ?? newDelivery(webhookId, event), attempt, answer, next);
    const committed = await commit({ put: [after, ...remember(after)] });
    if (committed.ok) return after;
    before = await delivery(webhookId, event.id);
  }
  throw new Error(`what became of ${event.id} was written by others ${MOST_CONFLICTS} times in a row`);
}
