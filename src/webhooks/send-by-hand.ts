import type { Delivery } from '../core/delivery.js';
import { keptUntil } from '../core/delivery.js';
import type { Actor, FeedEvent } from '../core/event.js';
import { parsePlace } from '../core/feed-place.js';
import type { WebhookId } from '../core/id.js';
import { Problem } from '../core/problem.js';
import type { Remember } from '../core/remembered-answer.js';
import type { Webhook } from '../core/webhook.js';
import { type Attempted, type AttemptPorts, attempt } from '../feed/attempt.js';
import { type RecordPorts, recordAttempt } from '../feed/record-attempt.js';
import { readWebhook } from './change-webhook.js';

/** What is sent to try a webhook: in the feed there is none like it. */
export type TestEvent = Omit<FeedEvent, 'type'> & { readonly type: 'webhook.test' };

export interface SendPorts extends AttemptPorts, RecordPorts {
  readonly webhook: (id: WebhookId) => Promise<Webhook | null>;
  readonly feed: {
    readonly at: (number: number) => Promise<{ readonly events: readonly FeedEvent[] } | null>;
  };
  readonly write: (event: FeedEvent | TestEvent) => string;
  readonly draw: { readonly uuid7: () => string };
}

/** Sends an event that stands nowhere; what became of it is handed to `remember`. Throws `not-found`. */
export async function testWebhook(
  ports: SendPorts,
  idText: string,
  actor: Actor,
  remember: Remember<Attempted>,
): Promise<void> {
  const webhook = await readWebhook(ports, idText);
  const id = `evt_test_${ports.draw.uuid7()}`;
  const data = { webhookId: webhook.id };
  const event: TestEvent = { id, type: 'webhook.test', at: ports.now(), clientId: null, actor, data };
  const put = remember(await attempt(ports, webhook, { id, body: ports.write(event) }));
  if (put.length > 0) await ports.commit({ put });
}

/**
 * Sends an event of the feed once more, whatever became of it before; the schedule of its attempts stays as it is.
 * The delivery as it is then is handed to `remember`. Throws `not-found` where nothing is known of it, or the event is
 * gone.
 */
export async function redeliver(
  ports: SendPorts,
  idText: string,
  eventId: string,
  remember: Remember<Delivery>,
): Promise<void> {
  const webhook = await readWebhook(ports, idText);
  const place = parsePlace(eventId);
  const known = place && (await ports.delivery(webhook.id, eventId));
  const commit = known && keptUntil(known) > ports.now() ? await ports.feed.at(place?.number ?? 0) : null;
  const event = commit?.events.find(({ id }) => id === eventId);
  if (event === undefined)
    throw new Problem('not-found', `The webhook has no delivery ${JSON.stringify(eventId)}.`);
  const made = await attempt(ports, webhook, { id: event.id, body: ports.write(event) });
  await recordAttempt(ports, webhook.id, event, made, null, known, remember);
}
