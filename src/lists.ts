import type { Adapters } from './adapters.js';
import type { Config } from './config.js';
import type { Caller } from './core/caller.js';
import { eventTypes } from './core/event.js';
import { formatPlace, parsePlace } from './core/feed-place.js';
import { type ClientId, clientNotFound, parseClientId } from './core/id.js';
import { allEvents, awaitEvents, parseTypes } from './feed/read-events.js';
import { makeCursors, type PageQuery, sliceOf } from './lists/cursors.js';
import { type ClientQuery, listClients } from './lists/list-clients.js';
import { presentClient } from './onboarding/change-client.js';
import { makeAccountPages } from './store/account-pages.js';
import { makeClientLists } from './store/client-lists.js';
import type { Database } from './store/dynamodb.js';
import { makeSharedSecret } from './store/shared-secret.js';

export interface FeedQuery extends PageQuery {
  /** An event's id, or the `position` of an answer. */
  readonly after?: string;
  /** By commas. */
  readonly types?: string;
}

/** Who asks, as far as it decides what there is to be seen. */
type Reach = Pick<Caller, 'clients'>;

/** How many events an export reads at once. */
const EXPORTED_AT_ONCE = 100;

/** Everything that is read in pages, put together. */
export function makeLists(config: Config, adapters: Adapters, database: Database) {
  const { draw, queries } = adapters;
  const cursors = makeCursors({ secret: makeSharedSecret(database, 'CURSORS'), bytes: draw.bytes });
  const clients = makeClientLists(database);
  const accounts = makeAccountPages(database);
  const { partitionId } = adapters;
  const kept = () => adapters.now() - config.keepEvents;

  const wish = async ({ after, cursor, types, limit = 25 }: FeedQuery, { clients: reach }: Reach) => {
    const from = cursor === undefined ? after : await cursors.open(feedScope(types), cursor);
    return {
      after: from === undefined ? null : parsePlace(from),
      types: types === undefined ? null : parseTypes(types, eventTypes),
      clients: reach,
      limit,
    };
  };

  /** A client whose history may be read: a removed one's, too. */
  const remembered = async (idText: string): Promise<ClientId> => {
    const id = parseClientId(idText);
    if (id === null || (await queries.client(id)) === null) throw clientNotFound(idText);
    return id;
  };

  const here = async (idText: string) => {
    const id = parseClientId(idText);
    if (id === null) throw clientNotFound(idText);
    return presentClient(queries, id);
  };

  return {
    /** For lists of other parts. */
    cursors,

    listClients: (query: ClientQuery, { clients: reach }: Reach) =>
      listClients({ cursors, clients, partitionId }, query, reach),

    async listAccounts(idText: string, query: PageQuery) {
      const client = await here(idText);
      const scope = { list: 'accounts', query: { client: client.id } };
      const page = await cursors.page(scope, query, (after, limit) => accounts(client.id, after, limit));
      return { client, page };
    },

    /** Newest first. */
    async listLaunches(idText: string, query: PageQuery) {
      const client = await here(idText);
      const scope = { list: 'launches', query: { client: client.id } };
      const page = await cursors.page(scope, query, async (after, limit) => {
        // By id and not as they were made: instances' clocks differ, and a page goes on from an id.
        const all = [...client.launches].sort((a, b) => (a.id < b.id ? 1 : -1));
        const older = all.filter(({ id }) => after === null || id < after);
        return sliceOf(older, ({ id }) => id, limit);
      });
      return { client, page };
    },

    async listClientEvents(idText: string, query: PageQuery) {
      const id = await remembered(idText);
      const scope = { list: 'client-events', query: { client: id } };
      return cursors.page(scope, query, async (after, limit) =>
        sliceOf(await queries.eventsOf(id, after, limit + 1, kept()), ({ id: event }) => event, limit),
      );
    },

    /** All of a client's history, oldest first. Throws `not-found` before anything else. */
    async exportClientEvents(idText: string) {
      const id = await remembered(idText);
      return historyOf(id);
    },

    /** A page of the feed, waited for up to `wait` milliseconds where there is nothing yet. */
    async readFeed(query: FeedQuery, reach: Reach, wait: number, signal: AbortSignal) {
      const { items, position, more } = await awaitEvents(adapters, await wish(query, reach), wait, signal);
      const text = formatPlace(position);
      const nextCursor = more ? await cursors.seal(feedScope(query.types), text) : null;
      return { items, nextCursor, position: text };
    },

    /** The feed from a place to its end as it is then. */
    async exportFeed(query: FeedQuery, reach: Reach) {
      return allEvents(adapters, await wish({ ...query, limit: EXPORTED_AT_ONCE }, reach));
    },
  };

  async function* historyOf(id: ClientId) {
    for (let after: string | null = null; ; ) {
      const events = await queries.eventsOf(id, after, EXPORTED_AT_ONCE, kept());
      yield* events;
      after = events.at(-1)?.id ?? null;
      if (events.length < EXPORTED_AT_ONCE) return;
    }
  }
}

function feedScope(types: string | undefined) {
  return { list: 'events', query: { types } };
}
