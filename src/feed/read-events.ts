import type { EventType, FeedEvent } from '../core/event.js';
import { AFTER_ALL, type FeedPlace, formatPlace } from '../core/feed-place.js';
import type { ClientId } from '../core/id.js';
import { Problem } from '../core/problem.js';

interface Commit {
  readonly number: number;
  readonly events: readonly FeedEvent[];
}

export interface ReadEventsPorts {
  readonly feed: {
    readonly read: (
      after: number,
      limit: number,
    ) => Promise<{ readonly commits: readonly Commit[]; readonly position: number; readonly more: boolean }>;
    readonly at: (number: number) => Promise<Commit | null>;
  };
  /** Resolves when there may be something after a number, or after so many milliseconds. */
  readonly beyond: (number: number, milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly stopwatch: () => number;
}

export interface EventsWish {
  /** The last place that the reader has seen; null at the feed's beginning. */
  readonly after: FeedPlace | null;
  /** These types alone; null for all. */
  readonly types: readonly EventType[] | null;
  /** Of these clients alone, and of nothing but clients; null for all. */
  readonly clients: readonly ClientId[] | null;
  readonly limit: number;
}

export interface EventsPage {
  readonly items: readonly FeedEvent[];
  /** Everything up to here is known, whether it is among the items or of another type. */
  readonly position: FeedPlace;
  /** Whether there may be more right away. */
  readonly more: boolean;
}

/** Commits that are read at once, and at most for one page, whatever the types wanted. */
const AT_ONCE = 100;
const MOST_COMMITS = 1_000;

/**
 * A page of the feed: in order, without a gap. A page may hold fewer events than asked for, or none, and still move
 * the reader on. Throws `position-expired` where events after the place are no longer kept.
 */
export async function readEvents(
  { feed }: Pick<ReadEventsPorts, 'feed'>,
  wish: EventsWish,
): Promise<EventsPage> {
  const wanted = ({ type, clientId }: FeedEvent) =>
    (wish.types === null || wish.types.includes(type)) &&
    (wish.clients === null || (clientId !== null && wish.clients.includes(clientId)));
  const { after, limit } = wish;
  const items: FeedEvent[] = [];
  let number = after?.number ?? 0;

  /** Takes what is wanted of a commit; the place at which the page is full, or null where it is not. */
  const take = ({ events }: Commit): FeedPlace | null => {
    for (const [place, event] of events.entries()) {
      if (after !== null && event.id <= formatPlace(after)) continue;
      if (wanted(event)) items.push(event);
      const last = place === events.length - 1;
      if (items.length === limit) return { number, place: last ? AFTER_ALL : place };
    }
    return null;
  };

  const begun = after === null || after.place === AFTER_ALL ? null : await feed.at(after.number);
  const filled = begun && take(begun);
  if (filled) return { items, position: filled, more: true };
  // Where every event is wanted, as many commits as the page has places fill it.
  const all = wish.types === null && wish.clients === null;
  const atOnce = all ? Math.min(limit, AT_ONCE) : AT_ONCE;
  for (let read = 0; read < MOST_COMMITS; read += atOnce) {
    const page = await feed.read(number, atOnce);
    for (const commit of page.commits) {
      number = commit.number;
      const full = take(commit);
      if (full) return { items, position: full, more: true };
    }
    number = page.position;
    if (!page.more) return { items, position: { number, place: AFTER_ALL }, more: false };
  }
  return { items, position: { number, place: AFTER_ALL }, more: true };
}

/** As `readEvents`, but where there is nothing waits for up to `wait` milliseconds until there is. */
export async function awaitEvents(
  ports: ReadEventsPorts,
  wish: EventsWish,
  wait: number,
  signal: AbortSignal,
): Promise<EventsPage> {
  const until = ports.stopwatch() + wait;
  for (let { after } = wish; ; ) {
    const page = await readEvents(ports, { ...wish, after });
    const left = until - ports.stopwatch();
    if (page.items.length > 0 || page.more || left <= 0 || signal.aborted) return page;
    await ports.beyond(page.position.number, left, signal);
    after = page.position;
  }
}

/** Everything from a place on to the feed's end as it is then, for an export. */
export async function* allEvents(ports: ReadEventsPorts, wish: EventsWish): AsyncGenerator<FeedEvent> {
  for (let { after } = wish; ; ) {
    const page = await readEvents(ports, { ...wish, after });
    yield* page.items;
    if (!page.more) return;
    after = page.position;
  }
}

/** The types that a filter names, by commas. Throws `request-invalid` where there is none like it. */
export function parseTypes(text: string, known: readonly EventType[]): readonly EventType[] {
  return text.split(',').map((name) => {
    const type = known.find((one) => one === name);
    if (type !== undefined) return type;
    const message = `names ${JSON.stringify(name)}, which is no type of event; there are: ${known.join(', ')}`;
    throw new Problem('request-invalid', `types ${message}.`, [{ field: 'types', message }]);
  });
}
