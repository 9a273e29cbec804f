import type { ClientId, KeyId } from './id.js';

/** Everything that can happen. */
export const eventTypes = [
  'client.invited',
  'client.updated',
  'client.removed',
  'launch.opened',
  'launch.revoked',
  'stack.started',
  'stack.failed',
  'account.verifying',
  'account.connected',
  'account.rejected',
  'account.degraded',
  'account.recovered',
  'account.updated',
  'account.disconnected',
  'external_id.rotation_started',
  'external_id.rotated',
  'external_id.rotation_cancelled',
  'credentials.issued',
  'webhook.created',
  'webhook.updated',
  'webhook.removed',
  'webhook.disabled',
  'key.created',
  'key.revoked',
  'group.created',
  'group.updated',
  'group.removed',
  'access.changed',
  'central_stack.deployed',
  'central_stack.failed',
  'table.restored',
] as const;

export type EventType = (typeof eventTypes)[number];

/** Where a call came from. */
interface Origin {
  readonly address?: string;
  readonly requestId?: string;
}

/** Who caused it. The name of an `oidc` actor is the subject of its token. */
export type Actor =
  /** The key of the environment has no id. */
  | ({ readonly type: 'api-key'; readonly name: string; readonly keyId?: KeyId } & Origin)
  | ({ readonly type: 'oidc'; readonly name: string } & Origin)
  | { readonly type: 'stack' }
  | { readonly type: 'visitor' }
  | { readonly type: 'operator' }
  | { readonly type: 'service' };

/** Something that happened, before the feed has given it its place. Never holds a secret. */
export interface NewEvent {
  readonly type: EventType;
  readonly at: number;
  /** Null where it is about the service itself: its keys, webhooks and groups. */
  readonly clientId: ClientId | null;
  readonly accountId?: string;
  readonly actor: Actor;
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}

/** An event in the feed. Its id is its place there: later events have greater ids. */
export interface FeedEvent extends NewEvent {
  readonly id: string;
}

/** For how long events can be read where the operator says nothing, in milliseconds. */
export const EVENTS_KEPT_FOR = 400 * 86_400_000;
