import type { Stored } from './change.js';
import type { EventType } from './event.js';
import type { WebhookId } from './id.js';
import type { WebhookSecret } from './webhook-secret.js';

/** An address of the platform's to which events are sent. How far it has come stands in its reader. */
export interface Webhook extends Stored {
  readonly kind: 'webhook';
  readonly id: WebhookId;
  readonly url: string;
  /** These types alone; null for all, those of later versions too. */
  readonly events: readonly EventType[] | null;
  readonly description: string | null;
  readonly status: 'enabled' | 'disabled';
  /** The one to sign with first; at most one more, which is on its way out. */
  readonly secrets: readonly [KeptSecret, ...KeptSecret[]];
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Since when it is enabled, or was. */
  readonly enabledAt: number;
  /** Why it was switched off by the service; null where it was not. */
  readonly disabledReason: string | null;
}

export interface KeptSecret {
  readonly secret: WebhookSecret;
  /** Null for as long as it is not replaced. */
  readonly until: number | null;
}

/** How many there may be: an instance sends to all it has in hand, and looks at all of them every 2 s. */
export const MOST_WEBHOOKS = 20;

/** For how long a replaced secret signs beside the new one, in milliseconds. */
const SECRET_OVERLAP = 24 * 3_600_000;

/** What is signed with now, the newest first. */
export function secretsAt({ secrets }: Webhook, now: number): readonly WebhookSecret[] {
  return secrets.filter(({ until }) => until === null || until > now).map(({ secret }) => secret);
}

/**
 * The webhook with a new secret; the one before stays good for a day. What that had replaced ends at once, so that a
 * secret that leaked is got rid of by rotating twice.
 */
export function withSecret(webhook: Webhook, secret: WebhookSecret, now: number): Webhook {
  const [{ secret: before }] = webhook.secrets;
  const secrets = [
    { secret, until: null },
    { secret: before, until: now + SECRET_OVERLAP },
  ] as const;
  return { ...webhook, secrets, updatedAt: now };
}
