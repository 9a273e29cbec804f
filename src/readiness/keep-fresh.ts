export interface Freshness<Found> {
  /** What it means that there is no answer in time. */
  readonly late: Found;
  /** How long a finding counts, in milliseconds. */
  readonly keptFor?: (found: Found) => number;
  /** Milliseconds that go forward only. */
  readonly stopwatch: () => number;
}

/** Probes may come from everywhere, many times a second: what was found counts this long, in milliseconds. */
export const KEPT_FOR = 5_000;
/** Whoever probes waits for so many milliseconds at most: a load balancer of AWS does for 5 s where nothing is set. */
const WITHIN = 4_000;

/**
 * A look that is taken every few seconds at most, however often it is asked for, and answered within four. One that
 * throws says as much as one that is not answered.
 */
export function keepFresh<Found>(
  look: () => Promise<Found>,
  { late, keptFor = () => KEPT_FOR, stopwatch }: Freshness<Found>,
): () => Promise<Found> {
  let standing: { readonly found: Promise<Found>; until: number } | null = null;
  return () => {
    if (standing !== null && stopwatch() < standing.until) return standing.found;
    const fresh = { found: inTime(look, late), until: stopwatch() + KEPT_FOR };
    standing = fresh;
    void fresh.found.then((found) => {
      fresh.until = stopwatch() + keptFor(found);
    });
    return fresh.found;
  };
}

function inTime<Found>(look: () => Promise<Found>, late: Found): Promise<Found> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(late), WITHIN);
    void look()
      .catch(() => late)
      .then((found) => {
        clearTimeout(timer);
        resolve(found);
      });
  });
}
