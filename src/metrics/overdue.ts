import { Gauge, type Registry } from 'prom-client';

export type OverdueKind = 'stacks' | 'accounts';

/** Finds what is due in a shard. */
type FindDue<Thing> = (shard: number, now: number, limit: number) => Promise<readonly Thing[]>;

/**
 * Shows what the walks over due work find, as they find it: nothing is read for it. A walk reads so many things of a
 * shard and no more, so that the count has a ceiling; the age of the oldest has none.
 */
export function showOverdue(registry: Registry, now: () => number) {
  const found: Record<OverdueKind, Map<number, readonly number[]>> = {
    stacks: new Map(),
    accounts: new Map(),
  };
  const gauge = (name: string, help: string, value: (dueTimes: readonly number[]) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['kind'],
      registers: [registry],
      collect() {
        for (const [kind, shards] of Object.entries(found))
          this.set({ kind }, value([...shards.values()].flat()));
      },
    });
  gauge('rolecall_overdue', 'Things whose work is due, as last seen.', ({ length }) => length);
  gauge('rolecall_overdue_oldest_seconds', 'For how long the oldest of them has been due.', (dueTimes) =>
    dueTimes.length === 0 ? 0 : Math.max(0, now() - Math.min(...dueTimes)) / 1_000,
  );

  return <Thing>(kind: OverdueKind, find: FindDue<Thing>, dueAt: (thing: Thing) => number | null) =>
    async (shard: number, ...rest: [now: number, limit: number]): Promise<readonly Thing[]> => {
      const things = await find(shard, ...rest);
      found[kind].set(
        shard,
        things.flatMap((thing) => dueAt(thing) ?? []),
      );
      return things;
    };
}
