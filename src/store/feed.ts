import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { FeedEvent } from '../core/event.js';
import { parsePlace } from '../core/feed-place.js';
import { Problem } from '../core/problem.js';
import type { Item } from './document.js';
import type { Database } from './dynamodb.js';
import { makeFeedHoles } from './feed-holes.js';
import { type FeedEntry, feedItem } from './feed-item.js';
import { makeFeedStart } from './feed-start.js';
import { feedPosition, keyAttributes, keys } from './keys.js';
import { makeReading } from './reading.js';

export interface FeedPorts {
  readonly now: () => number;
  /** Milliseconds that go forward only, whatever happens to the clock. */
  readonly stopwatch: () => number;
  /** For how long events can be read, in milliseconds. */
  readonly retention: number;
}

/** Queries that one reading makes at most, so that a long row of numbers nobody used is passed in several. */
const MOST_QUERIES = 20;

/** The feed of all events, in the one order that every reader sees. */
export function makeFeed(database: Database, ports: FeedPorts) {
  const { client, tableName } = database;
  const { get, getMany } = makeReading(database);
  const holes = makeFeedHoles(database, ports);
  const expired = ({ at }: FeedEntry) => at < ports.now() - ports.retention;

  /** The last number that was drawn, whether or not anything stands there yet. */
  const drawn = async (): Promise<number> => {
    const request = { TableName: tableName, Key: keyAttributes(keys.counter), ConsistentRead: true };
    return Number((await client.send(new GetItemCommand(request))).Item?.['n']?.N ?? 0);
  };

  /** What stands from this number on in its part of the table, in order. */
  const part = async (from: number, limit: number, forward = true): Promise<FeedEntry[]> => {
    const { Items } = await client.send(
      new QueryCommand({
        TableName: tableName,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :p AND sk >= :from',
        ExpressionAttributeValues: { ':p': { S: keys.commit(from).pk }, ':from': { S: feedPosition(from) } },
        ScanIndexForward: forward,
        Limit: limit,
      }),
    );
    return (Items ?? []).map((item: Item) => feedItem.toEntry(item));
  };

  /** What follows a position, however many numbers lie between; nothing at the feed's end. */
  const following = async (position: number, limit: number): Promise<FeedEntry[]> => {
    const near = await part(position + 1, limit);
    if (near.length > 0) return near;
    const last = await drawn();
    if (position > last) throw new Problem('request-invalid', `The feed has not come to ${position} yet.`);
    for (let next = partAfter(position + 1); next <= last; next = partAfter(next)) {
      const far = await part(next, limit);
      if (far.length > 0) return far;
    }
    return [];
  };

  const start = makeFeedStart({ drawn, part, expired });

  /** Whether events may have been swept away right after a position, of whose successor nothing stands. */
  const sweptAfter = async (position: number): Promise<boolean> => {
    const item = await get(keys.commit(position));
    return item === null || expired(feedItem.toEntry(item));
  };

  return {
    /**
     * The commits after a position, in order, at most `limit` of them; 0 stands for the oldest there are.
     *
     * Never reads past a number at which something may still come to stand: such a hole is waited for, and closed
     * once its writer has had its time. `position` is the number up to which everything is known: the next reading
     * goes on there, though there may be more than was asked for.
     *
     * Throws `position-expired` where events after the position may have been swept away, and `request-invalid`
     * where the feed has not come so far.
     */
    async read(after: number, limit: number): Promise<FeedPage> {
      let position = after === 0 ? await start() : after;
      const begun = position;
      const commits: FeedCommit[] = [];
      for (let queries = 0; queries < MOST_QUERIES && commits.length < limit; queries += 1) {
        // Some more than are wanted, for those that turn out to be empty.
        const entries = await following(position, limit - commits.length + 10);
        const [first] = entries;
        if (first === undefined) return { commits, position, more: false };
        if (after > 0 && position === begun && (await isGone(position, first))) throw gone(after);
        const known = await holes.settle(position, entries);
        for (const entry of entries.filter(({ number }) => number <= known.upTo)) {
          const { number, events, moves } = entry;
          position = number;
          if (events.length > 0 && !expired(entry)) commits.push({ number, events, moves });
          if (commits.length === limit) return { commits, position, more: true };
        }
        if (known.waits) return { commits, position, more: false };
      }
      return { commits, position, more: true };
    },

    /** What stands at a number; null where nothing does, or no longer. */
    async at(number: number): Promise<FeedCommit | null> {
      const item = await get(keys.commit(number));
      const entry = item && feedItem.toEntry(item);
      return entry === null || expired(entry) ? null : entry;
    },

    /** The events with these ids that are still kept. */
    async named(ids: readonly string[]): Promise<ReadonlyMap<string, FeedEvent>> {
      const numbers = new Set(ids.flatMap((id) => parsePlace(id)?.number ?? []));
      const items = await getMany([...numbers].map((number) => keys.commit(number)));
      const kept = [...items.values()].map(feedItem.toEntry).filter((entry) => !expired(entry));
      return new Map(kept.flatMap(({ events }) => events.map((event) => [event.id, event] as const)));
    },

    drawn,

    /**
     * The feed's end as it is now, for a reader that begins with what comes next. Where the last number drawn is
     * still empty it is closed, so that the position stands on something; its writer draws another.
     */
    async head(): Promise<number> {
      const last = await drawn();
      if (last > 0 && (await get(keys.commit(last))) === null) await holes.close(last, ports.now());
      return last;
    },
  };

  async function isGone(position: number, first: FeedEntry): Promise<boolean> {
    return expired(first) || (first.number > position + 1 && (await sweptAfter(position)));
  }
}

/** The events of one commit, at the number that the feed gave it. */
export type FeedCommit = Omit<FeedEntry, 'at'>;

export interface FeedPage {
  readonly commits: readonly FeedCommit[];
  readonly position: number;
  /** Whether there may be more right away: false at the feed's end, and before a hole. */
  readonly more: boolean;
}

function partAfter(number: number): number {
  return (Math.floor(number / 100) + 1) * 100;
}

function gone(position: number): Problem {
  return new Problem('position-expired', `Events after ${position} are no longer kept.`);
}
