import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { type Attempt, succeeded } from '../core/delivery.js';
import type { FeedEvent } from '../core/event.js';
import type { WebhookId } from '../core/id.js';

/** Counts what is sent to webhooks, and shows how far this process lags behind the feed with it. */
export function countDeliveries(registry: Registry, now: () => number) {
  const registers = [registry];
  const attempts = new Counter({
    name: 'rolecall_webhook_attempts_total',
    help: 'Attempts to deliver an event: delivered, the kind of status, or why there was no answer.',
    labelNames: ['outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'rolecall_webhook_delivery_seconds',
    help: 'From an event until a webhook took it.',
    buckets: [0.1, 0.5, 1, 5, 30, 300, 3_600],
    registers,
  });
  const waiting = new Map<WebhookId, { readonly count: number; readonly oldest: number }>();
  new Gauge({
    name: 'rolecall_webhook_undelivered',
    help: 'Events that this process has read for its webhooks and not yet delivered.',
    registers,
    collect() {
      this.set([...waiting.values()].reduce((sum, { count }) => sum + count, 0));
    },
  });
  new Gauge({
    name: 'rolecall_webhook_oldest_undelivered_seconds',
    help: 'How old the oldest of them is.',
    registers,
    collect() {
      const oldest = Math.min(now(), ...[...waiting.values()].map((one) => one.oldest));
      this.set((now() - oldest) / 1_000);
    },
  });
  attempts.inc({ outcome: 'delivered' }, 0);

  return {
    noteDelivery(event: FeedEvent, attempt: Attempt): void {
      attempts.inc({ outcome: outcomeOf(attempt) });
      if (succeeded(attempt)) seconds.observe(Math.max(0, now() - event.at) / 1_000);
    },
    /** What is on its way to a webhook, the oldest first. */
    noteUndelivered(id: WebhookId, events: readonly FeedEvent[]): void {
      const [oldest] = events;
      if (oldest === undefined) waiting.delete(id);
      else waiting.set(id, { count: events.length, oldest: oldest.at });
    },
  };
}

function outcomeOf(attempt: Attempt): string {
  if (succeeded(attempt)) return 'delivered';
  return attempt.status === null ? (attempt.error ?? 'error') : `${Math.floor(attempt.status / 100)}xx`;
}
