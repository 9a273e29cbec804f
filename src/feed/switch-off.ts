import type { FeedEvent } from '../core/event.js';
import type { WebhookId } from '../core/id.js';
import type { Webhook } from '../core/webhook.js';
import type { WebhookReader } from '../core/webhook-reader.js';
import type { ReaderHold } from './hold-reader.js';

export interface SwitchOffPorts {
  readonly read: (id: WebhookId) => Promise<Webhook | null>;
  readonly now: () => number;
}

/**
 * When nothing got through to a webhook for 3 days: it is disabled, put down, and the platform told by an event. What
 * was not delivered stays where it is, for when it is enabled again.
 */
export async function switchOff(
  { read, now }: SwitchOffPorts,
  hold: ReaderHold,
  progress: Partial<WebhookReader>,
  event: Pick<FeedEvent, 'id'>,
): Promise<void> {
  for (;;) {
    const webhook = await read(hold.reader.webhookId);
    // Somebody else was first, or has removed it, which the write will tell.
    if (webhook === null || webhook.status === 'disabled') return hold.write({ ...progress, free: true });
    const at = now();
    const disabledReason = `Nothing was delivered for 3 days, ${event.id} first of all.`;
    const data = { webhookId: webhook.id, host: new URL(webhook.url).host, reason: disabledReason };
    const done = await hold.commit(
      { ...progress, free: true },
      {
        put: [{ ...webhook, status: 'disabled', disabledReason, updatedAt: at }],
        events: [{ type: 'webhook.disabled', at, clientId: null, actor: { type: 'service' }, data }],
      },
    );
    if (done) return;
  }
}
