import type { Commit, Revision } from '../core/change.js';
import { type Stack, stackKey } from '../core/stack.js';

export interface StackWalkPorts {
  readonly shards: number;
  readonly dueStacks: (shard: number, now: number, limit: number) => Promise<readonly Stack[]>;
  readonly commit: Commit;
  readonly now: () => number;
  /** A clock that only ever runs forward, in milliseconds. */
  readonly stopwatch: () => number;
  /** Whether this very instance is at it. */
  readonly isHeldHere: (stack: Stack) => boolean;
  readonly settle: (stack: Stack) => void;
  /** Hears of a shard that could not be walked; the others are. */
  readonly failed: (error: unknown) => void;
}

/** How long a revision has to stand unchanged before its holder counts as dead. */
const SILENCE = 15_000;
const MOST_A_SHARD = 100;

/**
 * Finds stacks that are overdue because the instance that held them died, and takes them over.
 *
 * An overdue stack may well be in good hands: a holder writes it every few seconds. So a revision is watched
 * on this instance's own stopwatch (unless its holder put it down); clocks that differ between instances steal nothing. Two that take over at
 * once both write, and the revision lets one of them through.
 *
 * Returns a function that makes one round over all shards.
 */
export function makeStackWalk(ports: StackWalkPorts): () => Promise<void> {
  let watched = new Map<string, { readonly rev: Revision | null; readonly since: number }>();

  const walkShard = async (shard: number, seen: typeof watched): Promise<void> => {
    for (const stack of await ports.dueStacks(shard, ports.now(), MOST_A_SHARD)) {
      if (ports.isHeldHere(stack)) continue;
      const name = nameOf(stack);
      const before = watched.get(name);
      const watch = before?.rev === stack.rev ? before : { rev: stack.rev, since: ports.stopwatch() };
      if (!stack.free && ports.stopwatch() - watch.since < SILENCE) seen.set(name, watch);
      else await takeOver(ports, stack);
    }
  };

  return async () => {
    const seen: typeof watched = new Map();
    for (let shard = 0; shard < ports.shards; shard += 1)
      await walkShard(shard, seen).catch((error: unknown) => ports.failed(error));
    watched = seen;
  };
}

async function takeOver({ commit, settle }: StackWalkPorts, stack: Stack): Promise<void> {
  // What was put down was left on purpose; what fell silent may have been what made its holder die.
  const takeovers = stack.takeovers + (stack.free ? 0 : 1);
  const committed = await commit({ put: [{ ...stack, free: false, takeovers }] });
  const taken = committed.ok ? committed.written[0] : undefined;
  if (taken?.kind === 'stack') settle(taken);
}

function nameOf(stack: Stack): string {
  return [stack.clientId, stack.accountId, stackKey(stack)].join('/');
}
