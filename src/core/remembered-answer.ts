import { createHash } from 'node:crypto';
import type { Stored } from './change.js';

/** What a call was answered with, as it left: the body byte for byte. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The answer to a call that stored something, sealed. It is written with what it answers for, or not at all, so that
 * whoever repeats the call under the same Idempotency-Key is answered the same, and nothing happens twice.
 */
export interface RememberedAnswer extends Stored {
  readonly kind: 'answer';
  /** Whose call it was. */
  readonly callerId: string;
  /** Names the call among the caller's. */
  readonly name: string;
  readonly sealed: string;
  /** From then on it counts as gone, whether or not it has been swept away. */
  readonly until: number;
}

/**
 * Called by a use case with what it is about to store, for its answer to be written in the same transaction: what it
 * returns goes among the change's puts. A decision that is made anew calls it anew, and the last one counts.
 */
export type Remember<Made> = (made: Made) => readonly RememberedAnswer[];

/** For whoever repeats nothing: stacks, visitors, the service itself. */
export function remembersNothing(): readonly RememberedAnswer[] {
  return [];
}

/** For how long an answer is remembered, in milliseconds. */
export const REMEMBERED_FOR = 24 * 60 * 60_000;

/** Names a call by its Idempotency-Key, which may itself be telling, and is therefore not stored. */
export function nameOfCall(idempotencyKey: string): string {
  return createHash('sha256').update(idempotencyKey).digest('base64url');
}
