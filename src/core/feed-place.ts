/** A place in the feed, as an event's id has it: the commit's number, and the event's place in the commit. */
export interface FeedPlace {
  readonly number: number;
  readonly place: number;
}

/** Stands behind every event of a commit. */
export const AFTER_ALL = 99;

/** A place as text that sorts like it: `evt_`, fifteen digits, `_`, two digits. */
export function formatPlace({ number, place }: FeedPlace): string {
  return `evt_${String(number).padStart(15, '0')}_${String(place).padStart(2, '0')}`;
}

/** The place that an id or a position names; null for anything else. */
export function parsePlace(text: string): FeedPlace | null {
  const [, number, place] = /^evt_(\d{15})_(\d{2})$/.exec(text) ?? [];
  return number === undefined || place === undefined
    ? null
    : { number: Number(number), place: Number(place) };
}
