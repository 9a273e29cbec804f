import type { Actor, EventType, FeedEvent, NewEvent } from '../core/event.js';
import type { ClientId } from '../core/id.js';
import type { Item } from './document.js';
import { feedPosition, keyAttributes, keys } from './keys.js';

/** An event as a commit's item holds it; the client stands in the index key. */
type EventDocument = readonly [EventType, number, string | 0, Actor, NewEvent['data']];

/** A commit's events, under the number that the feed gave it. All of them are about one client, or about none. */
export const feedItem = {
  toItem(number: number, events: readonly NewEvent[]): Item {
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
      ...(clientId !== null && { i1p: { S: `CLIENT#${clientId}` }, i1s: { S: feedPosition(number) } }),
    };
  },

  fromItem(item: Item): FeedEvent[] {
    const index = item['i1p']?.S ?? null;
    const clientId = index === null ? null : (index.slice('CLIENT#'.length) as ClientId);
    const position = item['sk']?.S ?? '';
    const document = JSON.parse(item['d']?.S ?? '[]') as EventDocument[];
    return document.map(([type, at, accountId, actor, data], place) => ({
      id: `evt_${position}_${String(place).padStart(2, '0')}`,
      type,
      at,
      clientId,
      ...(accountId !== 0 && { accountId }),
      actor,
      data,
    }));
  },
};
