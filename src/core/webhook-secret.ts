import { createHmac } from 'node:crypto';
import type { Branded } from './id.js';

/** What a webhook's messages are signed with, as its receiver has it: `whsec_` and base64 of 32 bytes. */
export type WebhookSecret = Branded<'WebhookSecret'>;

const PREFIX = 'whsec_';
const BYTES = 32;

/** A secret from fresh random bytes. */
export function webhookSecret(random: Uint8Array): WebhookSecret {
  if (random.length !== BYTES) throw new TypeError(`a webhook's secret takes ${BYTES} random bytes`);
  return `${PREFIX}${Buffer.from(random).toString('base64')}` as WebhookSecret;
}

export interface SignedMessage {
  readonly id: string;
  /** Of this attempt, in seconds. */
  readonly timestamp: number;
  readonly body: string;
}

/**
 * The value of `webhook-signature`: one signature for each secret, with blanks between. Source: Standard Webhooks,
 * "Signature scheme": HMAC-SHA256 over `id.timestamp.body`, keyed by the secret's bytes.
 */
export function signMessage(
  secrets: readonly WebhookSecret[],
  { id, timestamp, body }: SignedMessage,
): string {
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
      return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
    })
    .join(' ');
}
