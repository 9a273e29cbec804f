import type { Attempt, AttemptError } from '../core/delivery.js';
import { secretsAt, type Webhook } from '../core/webhook.js';
import { signMessage } from '../core/webhook-secret.js';

export interface AttemptPorts {
  readonly post: PostEvent;
  readonly now: () => number;
  readonly stopwatch: () => number;
}

/** Posts once and tells what came of it. Never rejects; follows no redirect. */
export type PostEvent = (
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
) => Promise<{
  readonly status: number | null;
  /** The first KB. */
  readonly answer: string;
  readonly error: AttemptError | null;
}>;

export interface Message {
  /** The same at each attempt, so that a receiver knows what it has had. */
  readonly id: string;
  readonly body: string;
}

export interface Attempted {
  readonly attempt: Attempt;
  readonly answer: string;
}

/**
 * Sends a message to a webhook once, signed with each secret that is good now. Source: Standard Webhooks, "Webhook
 * headers": the timestamp is this attempt's, the id the event's.
 */
export async function attempt(
  { post, now, stopwatch }: AttemptPorts,
  webhook: Webhook,
  { id, body }: Message,
): Promise<Attempted> {
  const at = now();
  const timestamp = Math.floor(at / 1_000);
  const begun = stopwatch();
  const { status, answer, error } = await post(
    new URL(webhook.url),
    {
      'content-type': 'application/json',
      'user-agent': 'Rolecall',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signMessage(secretsAt(webhook, at), { id, timestamp, body }),
    },
    body,
  );
  return { attempt: { at, status, error, duration: Math.round(stopwatch() - begun) }, answer };
}
