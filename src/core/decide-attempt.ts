import { type Attempt, succeeded } from './delivery.js';
import type { Unfinished } from './webhook-reader.js';

export type AttemptDecision =
  | { readonly outcome: 'delivered' }
  | { readonly outcome: 'again'; readonly tried: NonNullable<Unfinished['tried']> }
  /** Other events get through: this one is what the receiver cannot take. */
  | { readonly outcome: 'given-up' }
  /** None got through for as long as this one was tried. */
  | { readonly outcome: 'broken' };

export interface AttemptCircumstances {
  readonly now: number;
  /** Between 0 and 1. */
  readonly random: number;
  readonly lastSuccessAt: number | null;
  /** Since when the webhook is enabled: failures before that do not count. */
  readonly enabledAt: number;
}

const FIRST_WAIT = 5_000;
const LONGEST_WAIT = 6 * 3_600_000;
/** For how long an event is tried, in milliseconds. */
export const TRIED_FOR = 3 * 86_400_000;

/**
 * What follows from an attempt. The waits double, so that after an outage everything is tried again within as long as
 * that lasted, or 6 hours; they vary by a tenth, so that not all of it comes at once. The last attempt is made when
 * the 3 days are over.
 */
export function decideAttempt(
  { tried }: Pick<Unfinished, 'tried'>,
  attempt: Attempt,
  { now, random, lastSuccessAt, enabledAt }: AttemptCircumstances,
): AttemptDecision {
  if (succeeded(attempt)) return { outcome: 'delivered' };
  const firstAt = Math.max(tried?.firstAt ?? attempt.at, enabledAt);
  const end = firstAt + TRIED_FOR;
  if (now >= end) return { outcome: (lastSuccessAt ?? 0) > firstAt ? 'given-up' : 'broken' };
  const times = (tried?.times ?? 0) + 1;
  const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (times - 1)) * (0.9 + 0.2 * random);
  const nextAt = Math.min(Math.round(now + wait), end);
  return { outcome: 'again', tried: { times, firstAt, lastAt: now, nextAt } };
}
