/**
 * How often something took how long, in steps of an eighth of a doubling: sums of days can be made of it, and
 * whatever is read from it is right within 5 %. By step, which is what the time's logarithm is rounded to.
 */
export type Waits = Readonly<Record<number, number>>;

const STEPS = 8;

/** With another one, in milliseconds. */
export function withWait(waits: Waits, milliseconds: number | undefined): Waits {
  if (milliseconds === undefined) return waits;
  const step = Math.round(STEPS * Math.log2(Math.max(1, milliseconds)));
  return { ...waits, [step]: (waits[step] ?? 0) + 1 };
}

/** All of them together. */
export function sumOfWaits(all: readonly Waits[]): Waits {
  const sum: Record<number, number> = {};
  for (const waits of all)
    for (const [step, times] of Object.entries(waits)) sum[Number(step)] = (sum[Number(step)] ?? 0) + times;
  return sum;
}

export function countOfWaits(waits: Waits): number {
  return Object.values(waits).reduce((sum, times) => sum + times, 0);
}

/** Within how many milliseconds this share of them was over (0.5 is the median); null where there are none. */
export function waitAt(waits: Waits, share: number): number | null {
  const wanted = Math.ceil(countOfWaits(waits) * share);
  let seen = 0;
  // Steps that are whole numbers stand in order by themselves.
  for (const [step, times] of Object.entries(waits)) {
    seen += times;
    if (seen >= wanted) return Math.round(2 ** (Number(step) / STEPS));
  }
  return null;
}
