import type { Stored } from './change.js';
import type { FeedPlace } from './feed-place.js';
import type { WebhookId } from './id.js';

/**
 * How far a webhook has come in the feed. Whoever wrote it last has the webhook in hand, as with stacks. Everything
 * up to `position` that the webhook asks for was delivered or given up, except what stands in `unfinished`: so a
 * taker needs this one item, and the two never disagree.
 */
export interface WebhookReader extends Stored {
  readonly kind: 'webhook-reader';
  readonly webhookId: WebhookId;
  readonly position: FeedPlace;
  /** In the feed's order. */
  readonly unfinished: readonly Unfinished[];
  readonly lastSuccessAt: number | null;
  /** Put down on purpose: may be taken at once. */
  readonly free: boolean;
}

/** An event that was read and is not delivered. */
export interface Unfinished {
  readonly eventId: string;
  /** Null where it was not tried yet, as where an earlier event of the same account is in the way. */
  readonly tried: {
    readonly times: number;
    readonly firstAt: number;
    readonly lastAt: number;
    readonly nextAt: number;
  } | null;
}
