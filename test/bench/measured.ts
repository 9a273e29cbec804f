/** What a measurement has found: a table for people, figures for programs, and what ought to hold and does not. */
export interface Measured {
  readonly name: string;
  readonly title: string;
  /** What is compared with what, in a sentence or two above the table. */
  readonly about: string;
  readonly rows: readonly Row[];
  readonly figures: unknown;
  /** Of what a busy machine does not change: counts, units, whether everything ended connected. */
  readonly wrong: readonly string[];
}

export type Row = Readonly<Record<string, string | number>>;

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = Math.min(sorted.length - 1, Math.floor(sorted.length * share));
  const [below = 0, at = 0] = [sorted[place - 1], sorted[place]];
  return share === 0.5 && sorted.length > 0 && sorted.length % 2 === 0 ? (below + at) / 2 : at;
}

/** The median of what stands side by side, one by the other: pairs share the machine's mood. */
export function medianRatio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((value, place) => value / (theirs[place] ?? Number.NaN)));
}

export function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}
