import type { Stored } from './change.js';
import type { ClientId, KeyId } from './id.js';
import type { KeyHash } from './key-secret.js';
import type { Scope } from './scope.js';

/** A key to this service's API. Its secret is known to whoever asked for it, and to nobody else. */
export interface ApiKey extends Stored {
  readonly kind: 'api-key';
  readonly id: KeyId;
  readonly name: string;
  readonly secretHash: KeyHash;
  readonly scopes: readonly Scope[];
  /** The clients that it reaches; null where it reaches all. */
  readonly clients: readonly ClientId[] | null;
  /** How long credentials may last that are issued to it, in seconds; null where nothing but AWS limits them. */
  readonly maxDurationSeconds: number | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  /** To the minute: it is written that often at most. */
  readonly lastUsedAt: number | null;
}

/** Between two writes of when a key was used last, in milliseconds. */
const USE_NOTED_EVERY = 60_000;

/** The key as used now, or null where that is known well enough. */
export function withUse(key: ApiKey, now: number): ApiKey | null {
  return now - (key.lastUsedAt ?? 0) < USE_NOTED_EVERY ? null : { ...key, lastUsedAt: now };
}
