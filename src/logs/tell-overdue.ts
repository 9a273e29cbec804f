import type { Logger } from 'pino';

/** A stack that waits for its role may be due for as long as CloudFormation waits for its answer. In milliseconds. */
const LATE = 300_000;
/** How often it is told that work is overdue, in milliseconds. */
const TOLD_EVERY = 60_000;

/** Finds what is due in a shard by now, at most so many. */
export type FindDue<Thing> = (shard: number, now: number, limit: number) => Promise<readonly Thing[]>;

/** Finds the same as `find`; the latest of it is told once a minute, where it is overdue. */
export function tellOverdue<Thing>(
  log: Logger,
  work: 'stacks' | 'accounts',
  find: FindDue<Thing>,
  dueAt: (thing: Thing) => number | null,
): FindDue<Thing> {
  let [latest, toldAt] = [0, Number.NEGATIVE_INFINITY];
  return async (shard, now, limit) => {
    const found = await find(shard, now, limit);
    latest = Math.max(latest, ...found.map((thing) => now - (dueAt(thing) ?? now)));
    if (latest >= LATE && now - toldAt >= TOLD_EVERY) {
      log.warn({ work, seconds: Math.round(latest / 1_000) }, 'work is overdue');
      [latest, toldAt] = [0, now];
    }
    return found;
  };
}
