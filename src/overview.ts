import type { FastifyBaseLogger } from 'fastify';
import type { Adapters } from './adapters.js';
import type { FeedEvent } from './core/event.js';
import { parsePlace } from './core/feed-place.js';
import type { ClientId } from './core/id.js';
import { makeKeepOverview } from './feed/keep-overview.js';
import { readOverview } from './feed/read-overview.js';
import type { Database } from './store/dynamodb.js';
import { makeOverviewQueries } from './store/overview-item.js';

/** Events of a client's history that are read at once. */
const AT_ONCE = 100;

/** How onboarding goes: counted from the feed as it grows, and read. */
export function makeOverview(
  { queries, ...adapters }: Pick<Adapters, 'queries' | 'feed' | 'commit' | 'onCommit' | 'now' | 'stopwatch'>,
  database: Database,
  log: Pick<FastifyBaseLogger, 'error'>,
) {
  const history = async (id: ClientId, before: number): Promise<FeedEvent[]> => {
    const events: FeedEvent[] = [];
    for (let after: string | null = null; ; after = events.at(-1)?.id ?? null) {
      const page = await queries.eventsOf(id, after, AT_ONCE);
      const older = page.filter((event) => (parsePlace(event.id)?.number ?? 0) < before);
      events.push(...older);
      if (page.length < AT_ONCE || older.length < page.length) return events;
    }
  };

  const ports = {
    ...adapters,
    ...queries,
    ...makeOverviewQueries(database),
    eventsNamed: adapters.feed.named,
    history,
    failed: (error: unknown) => log.error({ err: error }, 'the overview was not counted'),
  };
  return {
    look: makeKeepOverview(ports),
    readOverview: (days: number) => readOverview(ports, days),
  };
}
