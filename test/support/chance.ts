/** Numbers that look random and are the same again for the same seed. */
export interface Chance {
  /** From 0 to 1. */
  number(): number;
  between(from: number, to: number): number;
  one<Thing>(things: readonly Thing[]): Thing | undefined;
}

/** Mulberry32: 32 bits of state are plenty for moments in a test. */
export function makeChance(seed: number): Chance {
  let state = seed >>> 0;
  const number = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    number,
    between: (from, to) => from + (to - from) * number(),
    one: (things) => things[Math.floor(number() * things.length)],
  };
}
