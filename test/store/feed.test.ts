import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import type { NewEvent } from '../../src/core/event.js';
import { makeCommit } from '../../src/store/commit.js';
import type { Database } from '../../src/store/dynamodb.js';
import { makeFeed } from '../../src/store/feed.js';
import { feedItem } from '../../src/store/feed-item.js';
import { keyAttributes, keys } from '../../src/store/keys.js';
import { now, ourId } from '../core/things.js';
import { databaseAt, freshDatabase, localUrl } from './database.js';

// DynamoDB Local is slow on a machine that is busy with other things.
t.setTimeout(180_000);

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

async function drawnUpTo({ client, tableName }: Database, number: number): Promise<void> {
  const Item = { ...keyAttributes(keys.counter), n: { N: String(number) } };
  await client.send(new PutItemCommand({ TableName: tableName, Item }));
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
  await drawnUpTo(database, 5);
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
  await drawnUpTo(database, 520);
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
  await drawnUpTo(database, 350);
  time.watch += 60_000;
  t.match(await feed.read(1, 10), { commits: [], position: 1 }, 'nothing to close them for yet');
  const head = await feed.head();
  t.equal(head, 350);
  await t.rejects(put(database, 350), { name: 'ConditionalCheckFailedException' }, 'it stands on something');
  t.strictSame(await feed.read(head, 10), { commits: [], position: 350, more: false });
  await drawnUpTo(database, 351);
  await put(database, 351);
  t.strictSame(numbersOf(await feed.read(head, 10)), [351]);
});

t.test('a position whose events may be gone says so; whoever begins, begins with what is kept', async (t) => {
  const database = await freshDatabase(t);
  const { client, tableName } = database;
  const { time, ports } = hands();
  const feed = makeFeed(database, ports);
  await drawnUpTo(database, 640);
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
