import { type CursorScope, openCursor, sealCursor } from '../core/cursor.js';
import { Problem } from '../core/problem.js';

export interface CursorPorts {
  /** 32 bytes that all instances share. */
  readonly secret: () => Promise<Uint8Array>;
  readonly bytes: (count: number) => Uint8Array;
}

/** What somebody asks of a list. */
export interface PageQuery {
  /** At most 100; 25 where nothing is said. */
  readonly limit?: number;
  readonly cursor?: string;
}

/** Some of a list, and the place behind them; null where nothing comes after. */
export interface Slice<Thing> {
  readonly items: readonly Thing[];
  readonly next: string | null;
}

export interface Page<Thing> {
  readonly items: readonly Thing[];
  readonly nextCursor: string | null;
}

export type Cursors = ReturnType<typeof makeCursors>;

/** How all lists are read in pages: a place in them is told to nobody but sealed, and bound to its list. */
export function makeCursors({ secret, bytes }: CursorPorts) {
  /** The place that a cursor stands for. Throws `request-invalid` where it is none of this list and these filters. */
  const open = async (scope: CursorScope, cursor: string): Promise<string> => {
    const place = openCursor(await secret(), scope, cursor);
    if (place !== null) return place;
    const message = 'is not a nextCursor of this list with these filters';
    throw new Problem('request-invalid', `cursor ${message}.`, [{ field: 'cursor', message }]);
  };

  const seal = async (scope: CursorScope, place: string): Promise<string> =>
    sealCursor(await secret(), scope, place, bytes(12));

  return {
    open,
    seal,

    /** A page of a list. `read` gets the place to go on behind (null at the beginning) and the most to return. */
    async page<Thing>(
      scope: CursorScope,
      { limit = 25, cursor }: PageQuery,
      read: (after: string | null, limit: number) => Promise<Slice<Thing>>,
    ): Promise<Page<Thing>> {
      const after = cursor === undefined ? null : await open(scope, cursor);
      const { items, next } = await read(after, limit);
      return { items, nextCursor: next === null ? null : await seal(scope, next) };
    },
  };
}

/** A list that is at hand as a whole, in the order of its places. */
export function wholeList<Thing>(things: readonly Thing[], placeOf: (thing: Thing) => string) {
  const sorted = [...things].sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  return async (after: string | null, limit: number): Promise<Slice<Thing>> =>
    sliceOf(
      sorted.filter((thing) => after === null || placeOf(thing) > after),
      placeOf,
      limit,
    );
}

/** The first of what is left of a list, up to a number; each thing stands at the place that `placeOf` says. */
export function sliceOf<Thing>(
  left: readonly Thing[],
  placeOf: (thing: Thing) => string,
  limit: number,
): Slice<Thing> {
  const items = left.slice(0, limit);
  const last = items.at(-1);
  return { items, next: left.length > limit && last !== undefined ? placeOf(last) : null };
}
