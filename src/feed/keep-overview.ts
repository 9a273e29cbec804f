import type { Commit } from '../core/change.js';
import { dayOf, dayOfCommit, NOTHING, type Overview, type OverviewDay } from '../core/overview.js';
import { type CountedPage, type CountPorts, counted, readCounted } from './count-commits.js';

export interface KeepOverviewPorts extends CountPorts {
  readonly overview: () => Promise<Overview | null>;
  readonly overviewDays: (days: readonly string[]) => Promise<readonly OverviewDay[]>;
  readonly commit: Commit;
  /** Calls back whenever this instance has committed events. */
  readonly onCommit: (listener: () => void) => () => void;
  readonly now: () => number;
  readonly stopwatch: () => number;
  readonly failed: (error: unknown) => void;
}

/** So many commits are worth a write at once; fewer are left for so long, since who reads counts what is left. */
const WORTH_IT = 100;
const LEFT_FOR = 60_000;
/** What one write counts at most: a transaction holds 100 items. */
const COMMITS_AT_ONCE = 1_000;
const DAYS_AT_ONCE = 20;
/** Writes of one look, so that a look ends; the next goes on. */
const MOST_WRITES = 10;
/** Days that somebody may ask for, and one for clocks that differ. */
const COUNTED_FOR = 91 * 86_400_000;

/**
 * Follows the feed into the overview. Position and counts are one write under their revisions: of instances that
 * count the same commits one is first, the other reads anew, and one that dies has written both or neither.
 *
 * An instance looks when it starts, since others may have died with something uncounted, and for its own commits. So
 * there is no request while nothing happens.
 */
export function makeKeepOverview(ports: KeepOverviewPorts): () => Promise<void> {
  let uncounted = WORTH_IT;
  let since = ports.stopwatch();
  ports.onCommit(() => {
    if (uncounted === 0) since = ports.stopwatch();
    uncounted += 1;
  });

  return async () => {
    const patient = uncounted < WORTH_IT && ports.stopwatch() - since < LEFT_FOR;
    if (uncounted === 0 || patient) return;
    const before = uncounted;
    try {
      let more = true;
      for (let writes = 0; more && writes < MOST_WRITES; writes += 1) more = await countOn(ports);
      // Where there is more the next look goes on at once.
      uncounted = more ? Math.max(uncounted, WORTH_IT) : uncounted - before;
    } catch (error) {
      ports.failed(error);
    }
  };
}

/** Counts some of what is new. Returns whether there may be more. */
async function countOn(ports: KeepOverviewPorts): Promise<boolean> {
  const before = (await ports.overview()) ?? NOTHING;
  const page = fewDays(await readCounted(ports, before.position, COMMITS_AT_ONCE));
  if (page.commits.length === 0 && !page.more) return false;
  const oldest = dayOf(ports.now() - COUNTED_FOR);
  const wanted = daysOf(page).filter((day) => day >= oldest);
  const { overview, days } = counted(before, await ports.overviewDays(wanted), page.commits);
  const changed = wanted.flatMap((day) => days.get(day) ?? []);
  const { ok } = await ports.commit({ put: [{ ...overview, position: page.position }, ...changed] });
  // Lost where another instance has counted the same: what it left is read anew.
  return page.more || !ok;
}

/** As much of a page as has no more days than are written at once. */
function fewDays(page: CountedPage): CountedPage {
  const over = daysOf(page)[DAYS_AT_ONCE];
  const end = over === undefined ? -1 : page.commits.findIndex((commit) => dayOfCommit(commit) === over);
  const commits = end === -1 ? page.commits : page.commits.slice(0, end);
  const last = commits.at(-1);
  return end === -1 || last === undefined ? page : { commits, position: last.number, more: true };
}

/** In the order in which they come. */
function daysOf({ commits }: CountedPage): string[] {
  return [...new Set(commits.flatMap((commit) => dayOfCommit(commit) ?? []))];
}
