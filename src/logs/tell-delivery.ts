import type { Logger } from 'pino';
import { type Attempt, succeeded } from '../core/delivery.js';
import type { FeedEvent } from '../core/event.js';
import type { WebhookId } from '../core/id.js';

/** Writes what became of attempts to deliver: a line where one failed; at debug, too, where it did not. */
export function makeTellDelivery(log: Logger) {
  return (
    { id: eventId, type: event, clientId }: FeedEvent,
    attempt: Attempt,
    webhookId: WebhookId,
  ): void => {
    const { status, error, duration: ms } = attempt;
    const about = { webhookId, eventId, event, clientId: clientId ?? undefined, status, error, ms };
    if (succeeded(attempt)) log.debug(about, 'delivered');
    else log.info(about, 'not delivered');
  };
}
