export interface WatchPorts {
  /** The last number that was drawn in the feed, by whichever instance. */
  readonly drawn: () => Promise<number>;
  /** Calls back whenever this instance has committed events. */
  readonly onCommit: (listener: () => void) => () => void;
  readonly stopwatch: () => number;
}

/** How often other instances are looked after while somebody waits, in milliseconds. */
const LOOK_EVERY = 250;
/** For how long after a number was drawn its commit is looked for each time; every eighth time after that. */
const EXPECTED_WITHIN = 10_000;

/**
 * Wakes readers of the feed: at once for what this instance commits, at the next look for what others do. One look,
 * at the feed's counter, serves all that wait, and there is none while nobody does.
 *
 * Returns a function that resolves when there may be something after a number, when the time is over or the signal
 * is raised. It may resolve for nothing: its caller reads again.
 */
export function makeWatch({ drawn, onCommit, stopwatch }: WatchPorts) {
  const waiting = new Set<{ readonly number: number; readonly wake: () => void }>();
  let looking = false;
  let last = 0;
  let lastMovedAt = 0;
  let looks = 0;

  const look = async (): Promise<void> => {
    // An outage is told to whoever reads; here it is no news.
    const now = await drawn().catch(() => last);
    if (now !== last) {
      last = now;
      lastMovedAt = stopwatch();
    }
    looks += 1;
    // A number that was drawn need not be used: one that nothing came of is no reason to read again and again.
    if (stopwatch() - lastMovedAt < EXPECTED_WITHIN || looks % 8 === 0)
      for (const { number, wake } of waiting) if (number < last) wake();
    looking = waiting.size > 0;
    if (looking) lookAgain();
  };
  const lookAgain = () => setTimeout(() => void look(), LOOK_EVERY).unref();

  return (number: number, milliseconds: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const wake = () => {
        waiting.delete(one);
        unlisten();
        clearTimeout(limit);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const one = { number, wake };
      const unlisten = onCommit(wake);
      const limit = setTimeout(wake, milliseconds);
      signal.addEventListener('abort', wake);
      waiting.add(one);
      if (!looking) lookAgain();
      looking = true;
      if (signal.aborted) wake();
    });
}
