import type { Revision } from '../core/change.js';
import type { WebhookId } from '../core/id.js';
import type { Webhook } from '../core/webhook.js';
import type { WebhookReader } from '../core/webhook-reader.js';
import { type DeliverPorts, deliverEvents } from './deliver-events.js';
import { type HoldReaderPorts, ReaderLost, SILENCE, takeReader } from './hold-reader.js';

export interface InHandPorts extends Omit<DeliverPorts, 'latest'>, HoldReaderPorts {
  readonly webhooks: () => Promise<{
    readonly webhooks: readonly Webhook[];
    readonly readers: readonly WebhookReader[];
  }>;
  /** Told that this instance has a webhook now. */
  readonly took: (id: WebhookId) => void;
  /** Told of what went wrong; the webhook is taken up again once it counts as left. */
  readonly failed: (error: unknown, id?: WebhookId) => void;
}

/**
 * Has each enabled webhook in some instance's hands: takes what was put down at once, and what its holder has not
 * written for 15 s on this instance's own stopwatch, as with stacks.
 */
export function makeWebhooksInHand(ports: InHandPorts) {
  const held = new Map<WebhookId, Promise<void>>();
  const stopping = new AbortController();
  let latest = new Map<WebhookId, Webhook>();
  let watched = new Map<WebhookId, { readonly rev: Revision | null; readonly since: number }>();
  let looks = 0;

  const take = async (found: WebhookReader): Promise<void> => {
    const hold = await takeReader(ports, found);
    if (hold === null) return;
    const webhookId = found.webhookId;
    ports.took(webhookId);
    await deliverEvents({ ...ports, latest: () => latest.get(webhookId) ?? null }, hold, stopping.signal);
  };

  const hold = (found: WebhookReader): void => {
    const kept = take(found)
      .catch((error: unknown) => {
        if (!(error instanceof ReaderLost)) ports.failed(error, found.webhookId);
      })
      .finally(() => held.delete(found.webhookId));
    held.set(found.webhookId, kept);
  };

  /** Looks at all of them once, and takes up what nobody has. */
  const look = async (): Promise<void> => {
    looks += 1;
    const own = looks;
    const { webhooks, readers } = await ports.webhooks();
    // A later look has come first, as one that was asked for by a change.
    if (own !== looks) return;
    latest = new Map(webhooks.map((webhook) => [webhook.id, webhook]));
    const seen: typeof watched = new Map();
    for (const reader of readers) {
      const { webhookId, rev } = reader;
      if (latest.get(webhookId)?.status !== 'enabled' || held.has(webhookId) || stopping.signal.aborted)
        continue;
      const before = watched.get(webhookId);
      const watch = before?.rev === rev ? before : { rev, since: ports.stopwatch() };
      if (reader.free || ports.stopwatch() - watch.since >= SILENCE) hold(reader);
      else seen.set(webhookId, watch);
    }
    watched = seen;
  };

  return {
    look: () => look().catch((error: unknown) => ports.failed(error)),

    /** Puts all of them down, for other instances to take at once. */
    async letGo(): Promise<void> {
      stopping.abort();
      await Promise.all(held.values());
    },
  };
}
