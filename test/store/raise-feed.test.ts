import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import type { Database } from '../../src/store/dynamodb.js';
import { makeFeed } from '../../src/store/feed.js';
import { feedItem } from '../../src/store/feed-item.js';
import { keyAttributes, keys } from '../../src/store/keys.js';
import { makeRaiseFeed } from '../../src/store/raise-feed.js';
import { now, ourId } from '../core/things.js';
import { databaseAt, drawUpTo, freshDatabase, startProxy } from './database.js';

const DAY = 86_400_000;

const raising = (database: Database) => makeRaiseFeed(database, () => now, 400 * DAY);

async function counterOf({ client, tableName: TableName }: Database) {
  const { Item } = await client.send(
    new GetItemCommand({ TableName, Key: keyAttributes(keys.counter), ConsistentRead: true }),
  );
  return Item ?? {};
}

t.test('the counter is raised once, from where it was seen', async (t) => {
  const database = await freshDatabase(t);
  const feed = raising(database);
  t.strictSame(await feed.state(), { drawn: 0, raised: null });
  await drawUpTo(database, 7);
  t.equal(await feed.raise(0, 50), null, 'somebody has drawn a first number meanwhile');
  t.equal(await feed.raise(6, 50), null, 'or another');
  t.strictSame(await feed.state(), { drawn: 7, raised: null }, 'and nothing was changed');
  const raised = await feed.raise(7, 50);
  t.strictSame(raised, { from: 7, to: 50, at: now, done: false });
  t.strictSame(await feed.state(), { drawn: 50, raised });
  t.equal(await feed.raise(7, 60), null, 'not twice');
  await feed.done();
  t.strictSame(await feed.state(), { drawn: 50, raised: { ...raised, done: true } });
});

t.test('a table without events can be raised, too', async (t) => {
  const database = await freshDatabase(t);
  const feed = raising(database);
  t.match(await feed.raise(0, 20), { from: 0, to: 20 });
  t.equal((await feed.state()).drawn, 20);
});

t.test('a table that was restored from a repaired one is not repaired yet', async (t) => {
  const [first, second] = [await freshDatabase(t), await freshDatabase(t)];
  await drawUpTo(first, 3);
  await raising(first).raise(3, 9);
  await raising(first).done();
  await second.client.send(new PutItemCommand({ TableName: second.tableName, Item: await counterOf(first) }));
  t.strictSame(await raising(second).state(), { drawn: 9, raised: null });
  t.match(await raising(second).raise(9, 30), { from: 9, to: 30 });
});

t.test('every number between is closed, what stands there already stays, and readers go on', async (t) => {
  const database = await freshDatabase(t);
  const feed = raising(database);
  const event = {
    type: 'launch.opened',
    at: now,
    clientId: ourId,
    actor: { type: 'visitor' },
    data: {},
  } as const;
  const put = (number: number) =>
    database.client.send(
      new PutItemCommand({ TableName: database.tableName, Item: feedItem.toItem(number, [event]) }),
    );
  await put(1);
  await drawUpTo(database, 2);
  const raised = await feed.raise(2, 130);
  if (raised === null) throw new Error('it was not raised');
  await feed.fill({ ...raised, to: 60 });
  // As a run does that goes on where another broke off.
  await feed.fill(raised);
  await put(131);
  await drawUpTo(database, 131);
  const watch = { now: () => now, stopwatch: () => 0, retention: 400 * DAY };
  const reader = makeFeed(database, watch);
  const behind = await reader.read(0, 100);
  t.strictSame(
    behind.commits.map(({ number }) => number),
    [1],
    'a number that was drawn before the restore is waited for as ever',
  );
  const ahead = await reader.read(2, 1_000);
  t.strictSame(
    ahead.commits.map(({ number }) => number),
    [131],
  );
  t.equal(ahead.position, 131);
});

t.test('what passes is tried again, and what does not ends it', async (t) => {
  const database = await freshDatabase(t);
  await drawUpTo(database, 2);
  let puts = 0;
  let refusal = 'ProvisionedThroughputExceededException';
  const url = await startProxy(t, (operation) => {
    if (operation !== 'PutItem') return 'pass';
    puts += 1;
    return puts % 2 === 1 || refusal === 'AccessDeniedException' ? { code: refusal } : 'pass';
  });
  const slow = databaseAt(url, database.tableName, 1);
  t.after(() => slow.client.destroy());
  const raised = await raising(slow).raise(2, 12);
  if (raised === null) throw new Error('it was not raised');
  await raising(slow).fill(raised);
  t.ok(puts > 10, `${puts} attempts at ten numbers`);
  refusal = 'AccessDeniedException';
  puts = 0;
  await t.rejects(raising(slow).fill({ ...raised, to: 3 }), { name: 'AccessDeniedException' });
  t.equal(puts, 1);
});
