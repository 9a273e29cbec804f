import { ConditionalCheckFailedException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Database } from './dynamodb.js';
import { type FeedEntry, feedItem } from './feed-item.js';

/** How long the writer of a number is waited for, by this reader's own stopwatch. */
const WATCHED_FOR = 5_000;
/** From when on a writer is past by what a later commit says of its time, though clocks may differ. */
const LONG_PAST = 15_000;

export interface HolePorts {
  readonly now: () => number;
  readonly stopwatch: () => number;
  readonly retention: number;
}

/**
 * Numbers that were drawn and at which nothing stands: a writer that lost, died, or is slow.
 *
 * Closing one puts a tombstone there under `attribute_not_exists`, and so does a writer with its events: one of the
 * two is first, whatever the clocks say, and a writer that comes second draws another number. Closing too early costs
 * a writer one more attempt and nothing else.
 */
export function makeFeedHoles(database: Database, { now, stopwatch, retention }: HolePorts) {
  const seen = new Map<number, number>();

  const watch = (number: number): number => {
    const since = seen.get(number) ?? stopwatch();
    seen.set(number, since);
    return stopwatch() - since;
  };

  const close = (number: number, at: number) => closeNumber(database, number, at, retention);

  return {
    close,

    /**
     * Looks at what follows a position. Returns up to which number everything is known now (`waits` where a hole
     * stops it; read on after `upTo` otherwise).
     */
    async settle(
      position: number,
      entries: readonly FeedEntry[],
    ): Promise<{ readonly upTo: number; readonly waits: boolean }> {
      forgetOld();
      const holes = holesIn(position, entries);
      // All of them from now on, so that those behind the first need not be waited for in turn.
      const waited = holes.map(({ number }) => watch(number));
      for (const [place, { number, successor }] of holes.entries()) {
        const past = (waited[place] ?? 0) >= WATCHED_FOR || successor.at <= now() - LONG_PAST;
        if (!past) return { upTo: number - 1, waits: true };
        // What came first is not among the entries: read again from before it.
        if (!(await close(number, successor.at))) return { upTo: number - 1, waits: false };
        seen.delete(number);
      }
      return { upTo: entries.at(-1)?.number ?? position, waits: false };
    },
  };

  /** What other readers came past is never asked for again. */
  function forgetOld(): void {
    if (seen.size < 1_000) return;
    for (const [number, since] of seen) if (stopwatch() - since > 60_000) seen.delete(number);
  }
}

/** Returns whether the number is closed now; false where something stands there. Times are in milliseconds. */
export async function closeNumber(
  { client, tableName }: Database,
  number: number,
  at: number,
  keptFor: number,
): Promise<boolean> {
  try {
    const Item = feedItem.toTombstone(number, at, keptFor);
    const ConditionExpression = 'attribute_not_exists(pk)';
    await client.send(new PutItemCommand({ TableName: tableName, Item, ConditionExpression }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

interface Hole {
  readonly number: number;
  /** The next number at which something stands. */
  readonly successor: FeedEntry;
}

function holesIn(position: number, entries: readonly FeedEntry[]): Hole[] {
  let next = position + 1;
  return entries.flatMap((successor) => {
    const missing = Array.from({ length: successor.number - next }, (_, place) => next + place);
    next = successor.number + 1;
    return missing.map((number) => ({ number, successor }));
  });
}
