import { once } from 'node:events';
import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import type { FeedEvent, NewEvent } from '../../src/core/event.js';
import { type FeedPlace, parsePlace } from '../../src/core/feed-place.js';
import { allEvents, awaitEvents, readEvents } from '../../src/feed/read-events.js';
import { makeWatch } from '../../src/feed/watch.js';
import { makeCommit } from '../../src/store/commit.js';
import type { Database } from '../../src/store/dynamodb.js';
import { makeFeed } from '../../src/store/feed.js';
import { feedItem } from '../../src/store/feed-item.js';
import { keyAttributes, keys } from '../../src/store/keys.js';
import { aClient, now, ourId } from '../core/things.js';
import { startWriter } from '../support/feed-writer.js';
import { databaseAt, drawUpTo, freshDatabase, localUrl } from './database.js';

const nobody = () => undefined;
const day = 86_400_000;

function told(at = now, place = 0): NewEvent {
  return { type: 'launch.opened', at, clientId: ourId, actor: { type: 'visitor' }, data: { place } };
}

/** Hands of a clock and a stopwatch that a test moves. */
function hands() {
  const time = { clock: now, watch: 0 };
  return {
    time,
    ports: { now: () => time.clock, stopwatch: () => time.watch, retention: 400 * day },
  };
}

/** Puts a commit at a number, as a writer does that drew it. */
async function put({ client, tableName }: Database, number: number, at = now): Promise<void> {
  await client.send(
    new PutItemCommand({
      TableName: tableName,
      Item: feedItem.toItem(number, [told(at, number)]),
      ConditionExpression: 'attribute_not_exists(pk)',
    }),
  );
}

const numbersOf = (page: { readonly commits: readonly { readonly number: number }[] }) =>
  page.commits.map(({ number }) => number);

t.test('commits are read in order, each once, across the parts of the table', async (t) => {
  const database = await freshDatabase(t);
  const { ports } = hands();
  const feed = makeFeed(database, ports);
  t.strictSame(await feed.read(0, 10), { commits: [], position: 0, more: false }, 'nothing has happened');
  const commit = makeCommit(database, nobody);
  for (let place = 1; place <= 230; place += 1) await commit({ put: [], events: [told(now, place)] });
  const all = await feed.read(0, 1_000);
  t.strictSame(
    numbersOf(all),
    Array.from({ length: 230 }, (_, place) => place + 1),
  );
  t.strictSame(
    all.commits.flatMap(({ events }) => events.map(({ data }) => data['place'])),
    numbersOf(all),
  );
  t.equal(all.position, 230);
  const numbers: number[] = [];
  let position = 0;
  for (let page = await feed.read(0, 7); page.commits.length > 0; page = await feed.read(position, 7)) {
    numbers.push(...numbersOf(page));
    position = page.position;
  }
  t.strictSame(numbers, numbersOf(all), 'in pages as at once');
  t.strictSame(await feed.read(230, 10), { commits: [], position: 230, more: false });
  await t.rejects(feed.read(231, 10), { code: 'request-invalid' }, 'a position that there never was');
});

t.test('a hole is waited for until its writer has had its time, and then closed', async (t) => {
  const database = await freshDatabase(t);
  const { time, ports } = hands();
  const feed = makeFeed(database, ports);
  await drawUpTo(database, 5);
  await put(database, 1);
  await put(database, 3);
  await put(database, 5);
  t.match(await feed.read(0, 10), { commits: [{ number: 1 }], position: 1 });
  time.watch += 4_999;
  t.match(await feed.read(1, 10), { commits: [], position: 1 }, 'not a moment too early');
  await put(database, 2);
  t.strictSame(numbersOf(await feed.read(1, 10)), [2, 3], 'a late writer is read in its place');
  time.watch += 1;
  t.strictSame(numbersOf(await feed.read(3, 10)), [5], 'holes behind it were watched all the while');
  await t.rejects(put(database, 4), { name: 'ConditionalCheckFailedException' }, 'and stay closed');
  t.strictSame(numbersOf(await feed.read(0, 10)), [1, 2, 3, 5]);
});

t.test('a writer that comes to nothing holds up no reader', async (t) => {
  const database = await freshDatabase(t);
  const feed = makeFeed(database, hands().ports);
  const commit = makeCommit(database, nobody);
  const client = aClient({ rev: null });
  t.match(await commit({ put: [client], events: [told(now, 1)] }), { ok: true });
  for (let times = 0; times < 3; times += 1)
    t.match(await commit({ put: [client], events: [told(now, 2)] }), { ok: false });
  await commit({ put: [], events: [told(now, 3)] });
  t.strictSame(numbersOf(await feed.read(0, 10)), [1, 5], 'its numbers are closed already');
});

t.test('a writer that sleeps beyond its time draws another number, and nothing of it is lost', async (t) => {
  const database = await freshDatabase(t);
  const slow = secondClient(t, database);
  const { time, ports } = hands();
  const feed = makeFeed(database, ports);
  let wake = nobody as () => void;
  const asleep = new Promise<void>((resolve) => {
    wake = resolve;
  });
  let slept = false;
  slow.client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName === 'TransactWriteItemsCommand' && !slept) {
        slept = true;
        await asleep;
      }
      return next(args);
    },
    { step: 'initialize' },
  );
  const late = makeCommit(slow, nobody)({ put: [], events: [told(now, 1)] });
  while (!slept) await new Promise((resolve) => setTimeout(resolve, 5));
  const commit = makeCommit(database, nobody);
  await commit({ put: [], events: [told(now, 2)] });
  t.strictSame(numbersOf(await feed.read(0, 10)), []);
  time.watch += 5_000;
  t.strictSame(numbersOf(await feed.read(0, 10)), [2]);
  wake();
  t.match(await late, { ok: true });
  t.match(await feed.read(2, 10), { commits: [{ number: 3, events: [{ data: { place: 1 } }] }] });
});

t.test('holes that are long past, by a later commit, are closed without a wait', async (t) => {
  const database = await freshDatabase(t);
  const { ports } = hands();
  const feed = makeFeed(database, ports);
  await drawUpTo(database, 520);
  for (const number of [1, 99, 101, 520]) await put(database, number, now - 15_000);
  const numbers: number[] = [];
  let position = 0;
  for (let round = 0; round < 20 && position < 520; round += 1) {
    const page = await feed.read(position, 100);
    numbers.push(...numbersOf(page));
    position = page.position;
  }
  t.strictSame(numbers, [1, 99, 101, 520], 'even where whole parts of the table are empty');
  t.equal(position, 520);
});

t.test('numbers at the end that were drawn and not used hold nobody up', async (t) => {
  const database = await freshDatabase(t);
  const { time, ports } = hands();
  const feed = makeFeed(database, ports);
  await put(database, 1);
  await drawUpTo(database, 350);
  time.watch += 60_000;
  t.match(await feed.read(1, 10), { commits: [], position: 1 }, 'nothing to close them for yet');
  const head = await feed.head();
  t.equal(head, 350);
  await t.rejects(put(database, 350), { name: 'ConditionalCheckFailedException' }, 'it stands on something');
  t.strictSame(await feed.read(head, 10), { commits: [], position: 350, more: false });
  await drawUpTo(database, 351);
  await put(database, 351);
  t.strictSame(numbersOf(await feed.read(head, 10)), [351]);
});

t.test('a position whose events may be gone says so; whoever begins, begins with what is kept', async (t) => {
  const database = await freshDatabase(t);
  const { client, tableName } = database;
  const { time, ports } = hands();
  const feed = makeFeed(database, ports);
  await drawUpTo(database, 640);
  // Every fifth number has a commit, a day after the one before; the others were closed.
  for (let number = 1; number <= 640; number += 1) {
    if (number % 5 === 0) await put(database, number, now + number * day);
    else {
      const Item = feedItem.toTombstone(number, now + Math.ceil(number / 5) * 5 * day, ports.retention);
      await client.send(new PutItemCommand({ TableName: tableName, Item }));
    }
  }
  time.clock = now + 812.5 * day;
  const kept = [415, 420, 425];
  t.strictSame(numbersOf(await feed.read(0, 3)), kept);
  t.strictSame(numbersOf(await feed.read(414, 3)), kept);
  await t.rejects(feed.read(400, 3), { code: 'position-expired' });
  // The broom comes through.
  for (let number = 1; number <= 411; number += 1)
    await client.send(
      new DeleteItemCommand({ TableName: tableName, Key: keyAttributes(keys.commit(number)) }),
    );
  t.strictSame(numbersOf(await feed.read(0, 3)), kept);
  await t.rejects(feed.read(1, 3), { code: 'position-expired' });
  await t.rejects(feed.read(405, 3), { code: 'position-expired' });
  time.clock = now + 2_000 * day;
  t.strictSame(await feed.read(0, 3), { commits: [], position: 640, more: false }, 'all of it has expired');
  t.strictSame(
    await feed.read(640, 3),
    { commits: [], position: 640, more: false },
    'a reader at the end has missed nothing',
  );
  await makeCommit(database, nobody)({ put: [], events: [told(time.clock)] });
  t.strictSame(numbersOf(await feed.read(640, 3)), [641]);
  t.strictSame(numbersOf(await feed.read(0, 3)), [641]);
});

function secondClient(t: { after(end: () => unknown): void }, { tableName }: Database): Database {
  const database = databaseAt(localUrl(), tableName);
  t.after(() => database.client.destroy());
  return database;
}

t.test('10,000 events of three writers, one of them paused, are read once each and in order', async (t) => {
  const database = await freshDatabase(t);
  const stopwatch = () => performance.now();
  const feed = makeFeed(database, { now: Date.now, stopwatch, retention: 400 * day });
  const beyond = makeWatch({ drawn: feed.drawn, onCommit: () => nobody, stopwatch });
  const ports = { feed, beyond, stopwatch };
  const shares = { first: 3_400, second: 3_300, paused: 3_300 };
  const writers = Object.entries(shares).map(([name, count]) => startWriter(database, name, count));
  const ended = writers.map((writer) => once(writer, 'exit'));
  t.teardown(() => {
    for (const writer of writers) writer.kill('SIGKILL');
  });

  const seen: FeedEvent[] = [];
  const never = new AbortController().signal;
  let [after, pauses]: [FeedPlace | null, number] = [null, 0];
  while (seen.length < 10_000) {
    const page = await awaitEvents(ports, { after, types: null, clients: null, limit: 100 }, 20_000, never);
    seen.push(...page.items);
    after = page.position;
    const paused = writers[2];
    if (pauses === 0 && seen.length > 2_000 && paused !== undefined) {
      // It holds numbers that it has drawn, and sleeps past the patience of every reader.
      pauses = 1;
      paused.kill('SIGSTOP');
      setTimeout(() => paused.kill('SIGCONT'), 8_000);
    }
  }
  t.equal(pauses, 1, 'a writer was paused');
  t.strictSame(
    (await Promise.all(ended)).map(([code]) => code),
    [0, 0, 0],
  );
  const ids = seen.map(({ id }) => id);
  t.strictSame(ids, [...new Set(ids)].sort(), 'in strict order, each once');
  for (const [name, count] of Object.entries(shares)) {
    const places = seen.filter(({ data }) => data['writer'] === name).map(({ data }) => data['place']);
    t.equal(new Set(places).size, count, `all of the writer ${name}`);
    t.equal(places.length, count, 'and nothing doubled');
  }
  const rest = await awaitEvents(ports, { after, types: null, clients: null, limit: 100 }, 0, never);
  t.strictSame(rest.items, [], 'and there is nothing else');
  const again: FeedEvent[] = [];
  for await (const event of allEvents(ports, { after: null, types: null, clients: null, limit: 100 }))
    again.push(event);
  t.strictSame(
    again.map(({ id }) => id),
    ids,
    'who reads it later sees the same',
  );
});

t.test('a filter by type moves on past what it leaves out, and a page may end inside a commit', async (t) => {
  const database = await freshDatabase(t);
  const { ports } = hands();
  const feed = makeFeed(database, ports);
  const reading = { feed, beyond: async () => undefined, stopwatch: ports.stopwatch };
  const commit = makeCommit(database, nobody);
  const other = { ...told(), type: 'client.updated' as const };
  for (let number = 1; number <= 30; number += 1)
    await commit({
      put: [],
      events: number % 10 === 0 ? [told(now, number), other, told(now, -number)] : [other],
    });
  const types = ['launch.opened' as const];
  const first = await readEvents(reading, { after: null, types, clients: null, limit: 100 });
  t.strictSame(
    first.items.map(({ data }) => data['place']),
    [10, -10, 20, -20, 30, -30],
  );
  t.match(first, { position: { number: 30, place: 99 }, more: false });
  for (const limit of [1, 2, 5]) {
    const places: unknown[] = [];
    let page = await readEvents(reading, { after: null, types, clients: null, limit });
    for (
      ;
      page.items.length > 0;
      page = await readEvents(reading, { after: page.position, types, clients: null, limit })
    )
      places.push(...page.items.map(({ data }) => data['place']));
    t.strictSame(places, [10, -10, 20, -20, 30, -30], `in pages of ${limit}`);
  }
  const byId = await readEvents(reading, {
    after: parsePlace(first.items[2]?.id ?? ''),
    types,
    clients: null,
    limit: 100,
  });
  t.equal(byId.items[0]?.data['place'], -20, 'an event’s own id serves as a position');
  const none = await readEvents(reading, {
    after: null,
    types: ['client.removed'],
    clients: null,
    limit: 10,
  });
  t.match(
    none,
    { items: [], position: { number: 30 }, more: false },
    'nothing of the type, and still moved on',
  );
});

t.test(
  'readers that wait are woken at once by a commit here, and at the next look by one elsewhere',
  async (t) => {
    const database = await freshDatabase(t);
    const stopwatch = () => performance.now();
    const feed = makeFeed(database, { now: Date.now, stopwatch, retention: 400 * day });
    let drawn = 0;
    const counted = () => {
      drawn += 1;
      return feed.drawn();
    };
    let tell = nobody as () => void;
    const onCommit = (listener: () => void) => {
      tell = listener;
      return nobody;
    };
    const beyond = makeWatch({ drawn: counted, onCommit, stopwatch });
    const ports = { feed, beyond, stopwatch };
    const never = new AbortController().signal;
    const wish = { after: null, types: null, clients: null, limit: 10 };
    // By nothing but this instance's own word: the counter is not looked at before it.
    const here = awaitEvents(
      { ...ports, beyond: makeWatch({ drawn: async () => 0, onCommit, stopwatch }) },
      wish,
      20_000,
      never,
    );
    await makeCommit(database, () => tell())({ put: [], events: [told(Date.now(), 1)] });
    t.equal((await here).items.length, 1);
    // And without a word, by the counter.
    const next = { ...wish, after: { number: 1, place: 99 } };
    const elsewhere = awaitEvents(ports, next, 20_000, never);
    await makeCommit(database, nobody)({ put: [], events: [told(Date.now(), 2)] });
    t.equal((await elsewhere).items.length, 1);
    const looks = drawn;
    await new Promise((resolve) => setTimeout(resolve, 600));
    t.ok(drawn <= looks + 1, 'nobody waits, nobody looks');
    const over = await awaitEvents(ports, { ...wish, after: { number: 2, place: 99 } }, 50, never);
    t.match(over, { items: [], position: { number: 2 } }, 'the time is over');
    const gone = new AbortController();
    const left = awaitEvents(ports, { ...wish, after: { number: 2, place: 99 } }, 20_000, gone.signal);
    gone.abort();
    t.match(await left, { items: [] }, 'who asked has gone');
  },
);
