import type { Commit } from '../core/change.js';
import type { Actor, EventType } from '../core/event.js';
import { AFTER_ALL } from '../core/feed-place.js';
import { webhookId } from '../core/id.js';
import { Problem } from '../core/problem.js';
import type { Remember } from '../core/remembered-answer.js';
import { MOST_WEBHOOKS, type Webhook } from '../core/webhook.js';
import type { WebhookReader } from '../core/webhook-reader.js';
import { type WebhookSecret, webhookSecret } from '../core/webhook-secret.js';
import { requireWebhookUrl, type WebhookUrlRules } from '../core/webhook-url.js';

export interface WebhookWish {
  readonly url: string;
  /** Left out for all types. */
  readonly events?: readonly EventType[] | null;
  readonly description?: string | null;
}

/** The one moment at which its secret is shown. */
export interface MadeWebhook {
  readonly webhook: Webhook;
  readonly secret: WebhookSecret;
}

export interface MakeWebhookPorts {
  readonly commit: Commit;
  readonly now: () => number;
  readonly draw: {
    readonly uuid7: () => string;
    readonly bytes: (count: number) => Uint8Array;
  };
  readonly webhooks: () => Promise<{ readonly webhooks: readonly Webhook[] }>;
  readonly feed: { readonly head: () => Promise<number> };
  readonly urlRules: WebhookUrlRules;
}

/**
 * When the platform names an address of its own: it gets what happens from now on, that it was made first of all.
 * Throws `request-invalid` where nothing may be sent to the address, and `too-many-webhooks`.
 */
export async function makeWebhook(
  ports: MakeWebhookPorts,
  { url, events = null, description = null }: WebhookWish,
  actor: Actor,
  remember: Remember<MadeWebhook>,
): Promise<void> {
  requireWebhookUrl(url, ports.urlRules);
  const { webhooks } = await ports.webhooks();
  if (webhooks.length >= MOST_WEBHOOKS)
    throw new Problem('too-many-webhooks', `There are ${webhooks.length} webhooks.`);
  const { now, draw, commit, feed } = ports;
  const at = now();
  const id = webhookId(draw.uuid7());
  const secret = webhookSecret(draw.bytes(32));
  const webhook: Webhook = {
    ...{ kind: 'webhook', rev: null, id, url, events, description, status: 'enabled', disabledReason: null },
    ...{ secrets: [{ secret, until: null }], createdAt: at, updatedAt: at, enabledAt: at },
  };
  const position = { number: await feed.head(), place: AFTER_ALL };
  const reader: WebhookReader = {
    ...{ kind: 'webhook-reader', rev: null, webhookId: id, position },
    ...{ unfinished: [], lastSuccessAt: null, free: true },
  };
  const data = { webhookId: id, host: new URL(url).host, events: events?.join(' ') ?? null };
  const committed = await commit({
    put: [webhook, reader, ...remember({ webhook, secret })],
    events: [{ type: 'webhook.created', at, clientId: null, actor, data }],
  });
  if (!committed.ok) throw new Problem('unavailable', 'The webhook was not made; try again.');
}
