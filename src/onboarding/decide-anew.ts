import type { Change, Commit, Entity } from '../core/change.js';
import { Problem } from '../core/problem.js';

export interface DecidePorts {
  readonly commit: Commit;
  /** Waits longer the more often a commit met another. */
  readonly backoff: (conflicts: number) => Promise<void>;
}

const MOST_CONFLICTS = 20;

/**
 * Decides and commits, and decides anew, on what is there by then, where something moved meanwhile.
 *
 * `decide` reads and returns the change, or null where there is nothing to do. Returns what was written, at its new
 * revisions; throws what `decide` throws, and `unavailable` where others were faster again and again.
 */
export async function decideAnew(
  { commit, backoff }: DecidePorts,
  decide: () => Promise<Change | null>,
): Promise<readonly Entity[]> {
  for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts += 1) {
    const change = await decide();
    if (change === null || change.put.length + (change.remove?.length ?? 0) === 0) return [];
    const committed = await commit(change);
    if (committed.ok) return committed.written;
    await backoff(conflicts);
  }
  throw new Problem('unavailable', 'This met too many other changes; try again.');
}
