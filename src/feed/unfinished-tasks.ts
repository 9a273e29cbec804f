import { parsePlace } from '../core/feed-place.js';
import type { Task } from '../core/lanes.js';
import type { Unfinished, WebhookReader } from '../core/webhook-reader.js';
import type { ReadEventsPorts } from './read-events.js';

/**
 * What a taker finds unfinished, with the events themselves. What is no longer in the feed cannot be sent. What failed
 * before the webhook was enabled again is tried at once.
 */
export async function unfinishedTasks(
  feed: Pick<ReadEventsPorts['feed'], 'at'>,
  { unfinished }: Pick<WebhookReader, 'unfinished'>,
  enabledAt: number,
): Promise<Task[]> {
  const read = new Map<number, Promise<Awaited<ReturnType<typeof feed.at>>>>();
  const tasks = await Promise.all(
    unfinished.map(async ({ eventId, tried }): Promise<Task[]> => {
      const number = parsePlace(eventId)?.number ?? 0;
      const reading = read.get(number) ?? feed.at(number);
      read.set(number, reading);
      const event = (await reading)?.events.find(({ id }) => id === eventId);
      return event === undefined ? [] : [{ event, tried: sinceThen(tried, enabledAt) }];
    }),
  );
  return tasks.flat();
}

function sinceThen(tried: Unfinished['tried'], enabledAt: number): Unfinished['tried'] {
  return tried === null || tried.lastAt >= enabledAt ? tried : { ...tried, nextAt: 0 };
}
