import { once } from 'node:events';
import { DeleteItemCommand, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import t, { type Test } from 'tap';
import type { NewEvent } from '../../src/core/event.js';
import type { Count, Overview } from '../../src/core/overview.js';
import { makeKeepOverview } from '../../src/feed/keep-overview.js';
import type { OverviewReport } from '../../src/feed/read-overview.js';
import { makeOverview } from '../../src/overview.js';
import { accountItem } from '../../src/store/account-item.js';
import { clientItem } from '../../src/store/client-item.js';
import { makeCommit } from '../../src/store/commit.js';
import type { Item } from '../../src/store/document.js';
import type { Database } from '../../src/store/dynamodb.js';
import { makeFeed } from '../../src/store/feed.js';
import { feedItem } from '../../src/store/feed-item.js';
import { makeQueries } from '../../src/store/queries.js';
import { freshDatabase } from '../store/database.js';
import { makeChance } from '../support/chance.js';
import { startCounter } from '../support/overview-counter.js';
import { makeLife } from '../support/random-life.js';

// OVERVIEW_SEED=n repeats the choices of an earlier run.
const seed = Number(process.env['OVERVIEW_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
t.comment(`OVERVIEW_SEED=${seed}`);

const DAY = 86_400_000;
/** What each of the two instances does. */
const ACTS = 500;

/** The service's own parts on a table, with what was asked of the table for the overview. */
function instance(database: Database, now = () => Date.now()) {
  const listeners = new Set<(events: readonly NewEvent[]) => void>();
  const told = (events: readonly NewEvent[]) => {
    for (const listener of listeners) listener(events);
  };
  const stopwatch = { at: 0 };
  const failures: unknown[] = [];
  const ports = { now, stopwatch: () => stopwatch.at };
  const commit = makeCommit(database, told);
  const adapters = {
    ...ports,
    commit,
    feed: makeFeed(database, { now, stopwatch: () => performance.now(), retention: 400 * DAY }),
    queries: makeQueries(database),
    onCommit(listener: (events: readonly NewEvent[]) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const log = { error: (error: unknown) => failures.push(error) };
  const overview = makeOverview(adapters, database, log);
  return { ...overview, adapters, commit, stopwatch, failures };
}

async function everything({ client, tableName: TableName }: Database): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of paginateScan({ client }, { TableName, ConsistentRead: true }))
    items.push(...(page.Items ?? []));
  return items;
}

/** The same figures, counted from the table and the whole feed. */
async function recount(database: Database) {
  const items = await everything(database);
  const accounts = { verifying: 0, connected: 0, rejected: 0, degraded: 0, disconnected: 0 };
  const clients = { invited: 0, connected: 0, attention: 0, disconnected: 0 };
  for (const item of items) {
    if (item['sk']?.S?.startsWith('ACCOUNT#')) accounts[accountItem.fromItem(item).status] += 1;
    if (item['sk']?.S !== 'CLIENT') continue;
    const client = clientItem.fromItem(item);
    if (client.removedAt === null) clients[client.status] += 1;
  }
  const feed = items.filter(({ pk, sk }) => pk?.S?.startsWith('FEED#') && sk?.S !== 'COUNTER');
  const events = feed.flatMap(feedItem.fromItem).sort((a, b) => (a.id < b.id ? -1 : 1));
  const told = (type: string) => events.filter((event) => event.type === type);
  const imported = new Set(
    told('client.invited').flatMap(({ clientId, data }) => (data['externalIdSource'] ? [clientId] : [])),
  );
  const firsts = (type: string) =>
    new Set(told(type).flatMap(({ clientId }) => (imported.has(clientId) ? [] : [clientId]))).size;
  const failed = ['account.rejected', 'account.degraded', 'stack.failed'];
  return {
    ...{ accounts, clients },
    commits: feed.filter((item) => feedItem.fromItem(item).length > 0).length,
    counts: {
      invited: firsts('client.invited'),
      opened: firsts('launch.opened'),
      accountsConnected: told('account.connected').length,
      accountsRejected: told('account.rejected').length,
      accountsDegraded: told('account.degraded').length,
      accountsRecovered: told('account.recovered').length,
      accountsDisconnected: told('account.disconnected').length,
      stacksFailed: told('stack.failed').length,
    } satisfies Partial<Record<Count, number>>,
    failures: events
      .filter(({ type }) => failed.includes(type))
      .reverse()
      .slice(0, 20)
      .map(({ type, at, clientId }) => ({ type, at, clientId })),
    firstStarts: firsts('account.verifying'),
    firstConnections: firsts('account.connected'),
  };
}

type Recount = Awaited<ReturnType<typeof recount>>;

function sameFigures(t: Test, report: OverviewReport, recounted: Recount, what: string) {
  t.equal(report.complete, true, what);
  t.strictSame(report.accounts, recounted.accounts, `${what}: accounts by status`);
  t.strictSame(report.clients, recounted.clients, `${what}: clients by status`);
  t.match(report.sums, recounted.counts, `${what}: what happened`);
  t.strictSame(
    report.failures.map(({ type, at, clientId }) => ({ type, at, clientId })),
    recounted.failures,
    `${what}: the last failures`,
  );
}

t.test(
  'after a long random life, counted by two instances of which one dies, all figures are right',
  async (t) => {
    const database = await freshDatabase(t);
    const chance = makeChance(seed);
    const start = Date.now();
    let acts = 0;
    // Three weeks pass.
    const now = () => {
      acts += 1;
      return start - 21 * DAY + acts * 400_000;
    };
    const clock = () => Math.min(now(), Date.now());
    const [one, two] = [instance(database, clock), instance(database, clock)];
    const lives = [one, two].map(({ commit }) => makeLife(database, commit, chance, clock));
    let over = false;
    let deaths = 0;
    const killing = (async () => {
      while (!over) {
        const counter = startCounter(database);
        await once(counter.stdout ?? counter, 'data');
        await new Promise((resolve) => setTimeout(resolve, 200 + 600 * Math.random()));
        counter.kill('SIGKILL');
        await once(counter, 'exit');
        deaths += 1;
      }
    })();
    const counting = (async () => {
      while (!over) {
        one.stopwatch.at += 60_000;
        await one.look();
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    })();
    await Promise.all(lives.map((live) => live(ACTS)));
    let recounted = await recount(database);
    // Chance may have left something out, most likely a recovery: then life goes on for a while.
    const missing = () => Object.entries(recounted.counts).filter(([, count]) => count === 0);
    for (let rounds = 0; missing().length > 0 && rounds < 20; rounds += 1) {
      await Promise.all(lives.map((live) => live(ACTS / 10)));
      recounted = await recount(database);
    }
    over = true;
    await Promise.all([killing, counting]);
    t.comment(`${acts} moments, ${deaths} deaths`);
    t.ok(deaths > 0);
    t.comment(JSON.stringify(recounted, (key, value) => (key === 'failures' ? value.length : value)));
    t.strictSame(missing(), [], 'the life had everything in it');

    const fresh = instance(database);
    sameFigures(t, await fresh.readOverview(90), recounted, 'before the rest is counted');
    await fresh.look();
    const report = await fresh.readOverview(90);
    sameFigures(t, report, recounted, 'once all is counted');
    t.ok(report.sums.started >= recounted.firstStarts, 'a second stack beside the first may count again');
    t.equal(report.sums.connected, report.sinceInvited.count);
    t.strictSame([...one.failures, ...two.failures, ...fresh.failures], []);

    // As an older version left it: no moves in the feed, and no overview.
    const { client, tableName: TableName } = database;
    for (const { m, ...Item } of await everything(database)) {
      const { pk = { S: '' }, sk = { S: '' } } = Item;
      if (m !== undefined) await client.send(new PutItemCommand({ TableName, Item }));
      if (pk.S === 'OVERVIEW') await client.send(new DeleteItemCommand({ TableName, Key: { pk, sk } }));
    }
    const updated = instance(database);
    const { complete } = await updated.readOverview(90);
    t.equal(complete, recounted.commits < 300, 'it says that it is behind');
    await updated.look();
    const replayed = await updated.readOverview(90);
    sameFigures(t, replayed, recounted, 'counted from a feed that tells nothing but events');
    t.equal(replayed.sums.started, recounted.firstStarts);
    t.equal(replayed.sums.connected, recounted.firstConnections);
    t.strictSame(updated.failures, []);
  },
);

t.test('a long feed that nobody adds to is counted to its end, a part at each look', async (t) => {
  const END = 25_000;
  let stored: Overview | null = null;
  const look = makeKeepOverview({
    feed: {
      read: async (after, limit) => {
        const position = Math.min(after + limit, END);
        const last = { number: position, events: [], moves: {} };
        return { commits: position > after ? [last] : [], position, more: position < END };
      },
    },
    history: async () => [],
    overview: async () => stored,
    overviewDays: async () => [],
    commit: async ({ put }) => {
      stored = put.find((one) => one.kind === 'overview') ?? stored;
      return { ok: true, written: [] };
    },
    onCommit: () => () => undefined,
    ...{ now: () => 0, stopwatch: () => 0 },
    failed: (error) => t.fail(String(error)),
  });
  const position = () => stored?.position;
  const seen: (number | undefined)[] = [];
  for (let looks = 0; looks < 4; looks += 1) {
    await look();
    seen.push(position());
  }
  t.strictSame(seen, [10_000, 20_000, END, END]);
});
