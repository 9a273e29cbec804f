import { type Actor, EVENTS_KEPT_FOR, type EventType, type FeedEvent, type NewEvent } from '../core/event.js';
import { formatPlace } from '../core/feed-place.js';
import type { ClientId } from '../core/id.js';
import type { Moves } from '../core/moves.js';
import type { Item } from './document.js';
import { feedPosition, keyAttributes, keys } from './keys.js';

/** An event as a commit's item holds it; the client stands in the index key. */
type EventDocument = readonly [EventType, number, string | 0, Actor, NewEvent['data']];

/** A commit's events, under the number that the feed gave it. All of them are about one client, or about none. */
export const feedItem = {
  toItem(
    number: number,
    events: readonly NewEvent[],
    moves: Moves | null = null,
    keptFor = EVENTS_KEPT_FOR,
  ): Item {
    const clientId = events[0]?.clientId;
    if (clientId === undefined || events.some((event) => event.clientId !== clientId))
      throw new TypeError('a commit tells of one client, or of none');
    const document = events.map(
      ({ type, at, accountId, actor, data }): EventDocument => [type, at, accountId ?? 0, actor, data],
    );
    return {
      ...keyAttributes(keys.commit(number)),
      v: { N: '1' },
      d: { S: JSON.stringify(document) },
      ...(moves !== null && { m: { S: JSON.stringify(moves) } }),
      ttl: sweptAt(events[0]?.at ?? 0, keptFor),
      ...(clientId !== null && { i1p: { S: `CLIENT#${clientId}` }, i1s: { S: feedPosition(number) } }),
    };
  },

  /** Closes a number that nobody used. Its time is that of what follows it. */
  toTombstone(number: number, at: number, keptFor: number): Item {
    return {
      ...keyAttributes(keys.commit(number)),
      v: { N: '1' },
      d: { S: '[]' },
      at: { N: String(at) },
      ttl: sweptAt(at, keptFor),
    };
  },

  /** A number of the feed with what stands there: nothing, where it was closed. */
  toEntry(item: Item): FeedEntry {
    const events = feedItem.fromItem(item);
    const at = events[0]?.at ?? Number(item['at']?.N ?? 0);
    const moves = item['m']?.S;
    const moved = moves === undefined ? null : (JSON.parse(moves) as Moves);
    return { number: Number(item['sk']?.S), at, events, moves: moved };
  },

  fromItem(item: Item): FeedEvent[] {
    const index = item['i1p']?.S ?? null;
    const clientId = index === null ? null : (index.slice('CLIENT#'.length) as ClientId);
    const position = item['sk']?.S ?? '';
    const document = JSON.parse(item['d']?.S ?? '[]') as EventDocument[];
    return document.map(([type, at, accountId, actor, data], place) => ({
      id: formatPlace({ number: Number(position), place }),
      type,
      at,
      clientId,
      ...(accountId !== 0 && { accountId }),
      actor,
      data,
    }));
  },
};

export interface FeedEntry {
  readonly number: number;
  /** When it was decided, by its writer's clock. */
  readonly at: number;
  readonly events: readonly FeedEvent[];
  /** Null for what an older version wrote. */
  readonly moves: Moves | null;
}

/** Readers stop at the retention itself; the broom comes a day later, so that it never sweeps what they may see. */
function sweptAt(at: number, keptFor: number) {
  return { N: String(Math.ceil((at + keptFor) / 1_000) + 86_400) };
}
