import type { FeedEntry } from './feed-item.js';

export interface StartPorts {
  readonly drawn: () => Promise<number>;
  readonly part: (from: number, limit: number, forward?: boolean) => Promise<FeedEntry[]>;
  readonly expired: (entry: FeedEntry) => boolean;
}

/**
 * Finds where the feed begins by now: the position before its oldest event that is still kept.
 *
 * What is older was swept away, or is to be. Numbers follow time, so the part of the table in which it begins is
 * found by halving: about 14 queries for a million commits, and one where nothing has expired yet.
 */
export function makeFeedStart({ drawn, part, expired }: StartPorts): () => Promise<number> {
  return async () => {
    const [first] = await part(0, 1);
    if (first !== undefined && !expired(first)) return 0;
    let [low, high] = [0, Math.floor((await drawn()) / 100)];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const [last] = await part(middle * 100, 1, false);
      if (last === undefined || expired(last)) low = middle + 1;
      else high = middle;
    }
    const entries = await part(low * 100, 100);
    const kept = entries.find((entry) => !expired(entry));
    if (kept !== undefined) return kept.number - 1;
    return entries.at(-1)?.number ?? Math.max(0, low * 100 - 1);
  };
}
