import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Commit } from '../../src/core/change.js';
import type { NewEvent } from '../../src/core/event.js';
import type { Webhook } from '../../src/core/webhook.js';
import { makeWatch } from '../../src/feed/watch.js';
import { makeWebhooksInHand } from '../../src/feed/webhooks-in-hand.js';
import { makeOutgoing } from '../../src/net/outgoing.js';
import { makePostEvent } from '../../src/net/post-event.js';
import { makeCommit } from '../../src/store/commit.js';
import { makeDeliveryQueries } from '../../src/store/delivery-item.js';
import { makeFeed } from '../../src/store/feed.js';
import { makeWebhookQueries } from '../../src/store/webhook-item.js';
import { updateWebhook } from '../../src/webhooks/change-webhook.js';
import { type MadeWebhook, makeWebhook } from '../../src/webhooks/make-webhook.js';
import { ourId, uuid7 } from '../core/things.js';
import { freshDatabase } from '../store/database.js';
import { type Answerer, isSignedWith, startReceiver } from '../support/receiver.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const actor = { type: 'service' } as const;

interface Setting {
  /** How much faster its time passes. */
  readonly speed?: number;
  readonly url?: string;
  /** How long a receiver is waited for, in real milliseconds. */
  readonly answerWithin?: number;
}

/** A feed, a receiver with a webhook, and the deliveries in the hands of one instance, whose days last 7 minutes. */
async function setUp(t: Test, { speed = 200, url, answerWithin = 30_000 }: Setting = {}) {
  const database = await freshDatabase(t);
  const receiver = await startReceiver(t);
  const begun = Date.now();
  let ahead = 0;
  const now = () => begun + (Date.now() - begun) * speed + ahead;
  const stopwatch = () => performance.now();
  const listeners = new Set<() => void>();
  const commit: Commit = makeCommit(database, () => {
    for (const listener of listeners) listener();
  });
  const feed = makeFeed(database, { now, stopwatch, retention: 400 * DAY });
  const onCommit = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const watch = makeWatch({ drawn: feed.drawn, onCommit, stopwatch });
  const queries = { ...makeWebhookQueries(database), ...makeDeliveryQueries(database, now) };
  const failures: unknown[] = [];
  let ids = 0;
  const ports = {
    ...queries,
    ...{ commit, now, stopwatch, feed, onCommit, random: Math.random },
    read: queries.webhook,
    draw: { bytes: randomBytes, uuid7: () => uuid7(++ids) },
    post: makePostEvent(makeOutgoing(null), true, answerWithin),
    write: (event: object) => JSON.stringify(event),
    beyond: (number: number, milliseconds: number, signal: AbortSignal) =>
      watch(number, milliseconds / speed, signal),
    urlRules: { development: true, isReachable: () => true },
    backoff: async () => undefined,
    took: () => undefined,
    noteDelivery: () => undefined,
    noteUndelivered: () => undefined,
    failed: (error: unknown) => failures.push(error),
  };
  const made: MadeWebhook[] = [];
  await makeWebhook(ports, { url: url ?? receiver.url, events: ['account.updated'] }, actor, (one) => {
    made.push(one);
    return [];
  });
  const [webhook] = made;
  if (webhook === undefined) throw new Error('there is no webhook');
  const { id } = webhook.webhook;
  const inHand = makeWebhooksInHand(ports);
  await inHand.look();
  t.after(() => inHand.letGo());

  const events = (count: number, accounts: number, first = 0): NewEvent[] =>
    Array.from({ length: count }, (_, place) => ({
      type: 'account.updated',
      at: now(),
      clientId: ourId,
      accountId: String((place % accounts) + 1).padStart(12, '0'),
      actor,
      data: { n: first + place },
    }));
  /** In commits of a few, so that numbers and places within them both count. */
  const happen = async (all: readonly NewEvent[]) => {
    for (let from = 0; from < all.length; from += 3)
      await commit({ put: [], events: all.slice(from, from + 3) });
  };
  const statuses = async () => {
    const all = await queries.deliveries(id, { status: null, before: null, limit: 1_000 });
    return all.map(({ status }) => status);
  };
  const until = async (done: () => boolean | Promise<boolean>) => {
    while (!(await done())) await sleep(20);
  };
  /** Until so many are written as delivered. */
  const untilDelivered = (count: number) =>
    until(async () => (await statuses()).filter((status) => status === 'delivered').length === count);
  return {
    ...{ receiver, inHand, ports, events, happen, statuses, until, untilDelivered, feed, queries, id },
    failures,
    secret: webhook.secret,
    now,
    /** Lets time pass at once. */
    pass(milliseconds: number): void {
      ahead += milliseconds;
    },
    /** Within so many simulated milliseconds. */
    wait: async (milliseconds: number) => {
      // A timer may be a millisecond early.
      for (const end = now() + milliseconds; now() < end; ) await sleep(Math.max(1, (end - now()) / speed));
    },
    change: async (changes: Partial<Pick<Webhook, 'status' | 'url'>>) => {
      await updateWebhook(ports, id, changes, actor, () => undefined);
      await inHand.look();
    },
  };
}

type SetUp = Awaited<ReturnType<typeof setUp>>;

/** Everything arrived, each account's in the order in which it happened, and is written as delivered. */
async function allArrived(t: Test, setting: SetUp, count: number) {
  const { receiver, queries, id, feed, inHand } = setting;
  await setting.untilDelivered(count);
  const accounts = [...new Set(receiver.received.map(({ event }) => event.accountId))];
  const numbers = accounts.map((account) => receiver.of(account));
  t.equal(numbers.flat().length, count, 'nothing is lost');
  for (const [place, got] of numbers.entries())
    t.strictSame(
      got,
      got.toSorted((a, b) => a - b),
      `in order: ${accounts[place]}`,
    );
  await inHand.letGo();
  const reader = await queries.reader(id);
  t.match(reader, { unfinished: [], free: true, position: { number: await feed.drawn(), place: 99 } });
  t.strictSame(setting.failures, []);
}

const elsewhere: string[] = [];

/** What receivers do before they are well; each row until a while has passed. */
const faults: Record<string, Answerer> = {
  'answering 500': (_, response) => response.writeHead(500).end('out of order'),
  redirecting: (_, response) => response.writeHead(307, { location: elsewhere[0] }).end(),
  'closing before it answers': (_, __, request) => request.socket.destroy(),
  'closing in the middle of an answer': (_, response) =>
    response.writeHead(200, { 'content-length': 100 }).write('x', () => response.destroy()),
  'never answering': () => undefined,
};

t.test('a receiver that is down for ten minutes has everything when it is back, in order', async (t) => {
  const setting = await setUp(t);
  const { receiver, events, happen, wait, now } = setting;
  await happen(events(12, 4));
  await setting.untilDelivered(12);
  await receiver.down();
  const before = receiver.received.length;
  const downAt = now();
  for (let minute = 1; minute <= 10; minute += 1) {
    await happen(events(12, 4, minute * 12));
    await wait(downAt + minute * MINUTE - now());
  }
  t.ok(now() - downAt >= 10 * MINUTE);
  t.equal(receiver.received.length, before, 'nothing came through meanwhile');
  await receiver.up();
  await allArrived(t, setting, 11 * 12);
  t.ok(receiver.received.every((message) => isSignedWith(setting.secret, message)));
});

for (const [fault, answer] of Object.entries(faults))
  t.test(`a receiver that is ${fault} has everything once it is well, in order`, async (t) => {
    const setting = await setUp(t, { answerWithin: fault === 'never answering' ? 1_000 : 30_000 });
    const { receiver, events, happen, statuses } = setting;
    const trap = await startReceiver(t);
    elsewhere[0] = trap.url;
    receiver.answer = answer;
    await happen(events(24, 4));
    // Each account's first was tried and is tried again, and no other.
    await setting.until(async () => receiver.received.length >= 8);
    t.strictSame(await statuses(), ['pending', 'pending', 'pending', 'pending']);
    t.strictSame([...new Set(receiver.received.map(({ event }) => event.data.n))].toSorted(), [0, 1, 2, 3]);
    receiver.answer = (_, response) => response.writeHead(204).end();
    await allArrived(t, setting, 24);
    t.equal(trap.received.length, 0, 'no redirect was followed');
  });

t.test('what fails for one account holds up none of another, and is given up after three days', async (t) => {
  const setting = await setUp(t);
  const { receiver, events, happen, statuses, until, pass, wait } = setting;
  receiver.answer = ({ event }, response) =>
    response.writeHead(event.data.n === 0 ? 422 : 200).end('x'.repeat(5_000));
  await happen(events(12, 2));
  await until(() => receiver.of('000000000002').length === 6);
  t.strictSame(receiver.of('000000000001'), [0], 'the others of its account wait');
  await wait(10 * MINUTE);
  t.strictSame(receiver.of('000000000001'), [0]);
  pass(3 * DAY);
  await until(async () => (await statuses()).includes('failed'));
  await until(() => receiver.of('000000000001').length === 6);
  const failed = await setting.queries.deliveries(setting.id, { status: 'failed', before: null, limit: 10 });
  t.equal(failed.length, 1, 'the index has it');
  t.equal(failed[0]?.answer, 'x'.repeat(1_024), 'with the first KB of the answer');
  t.equal((await setting.queries.webhook(setting.id))?.status, 'enabled');
});

t.test(
  'a webhook is switched off after three days, and has everything when it is switched on again',
  async (t) => {
    const setting = await setUp(t);
    const { receiver, events, happen, until, pass, queries, id, feed, inHand } = setting;
    receiver.answer = (_, response) => response.writeHead(503).end();
    await happen(events(12, 2));
    await until(() => receiver.received.length >= 4);
    pass(3 * DAY);
    await until(async () => (await queries.webhook(id))?.status === 'disabled');
    t.match(await queries.webhook(id), { disabledReason: /^Nothing was delivered for 3 days/ });
    const all = (await feed.read(0, 100)).commits.flatMap((commit) => commit.events);
    t.match(all.at(-1), { type: 'webhook.disabled', clientId: null, data: { webhookId: id } });
    await until(async () => (await queries.reader(id))?.free === true);
    const before = receiver.received.length;
    await happen(events(6, 2, 12));
    await inHand.look();
    await setting.wait(10 * MINUTE);
    t.equal(receiver.received.length, before, 'nothing is sent while it is off');
    receiver.answer = (_, response) => response.end();
    await setting.change({ status: 'enabled' });
    await allArrived(t, setting, 18);
  },
);

t.test('an instance that is let go puts its webhooks down, and another goes on where it was', async (t) => {
  const setting = await setUp(t);
  const { receiver, events, happen, until, ports } = setting;
  await happen(events(6, 2));
  await setting.untilDelivered(6);
  receiver.answer = (_, response) => response.writeHead(500).end();
  await happen(events(6, 2, 6));
  await until(() => receiver.received.length >= 8);
  await setting.inHand.letGo();
  receiver.answer = (_, response) => response.end();
  const other = makeWebhooksInHand(ports);
  await other.look();
  t.teardown(() => other.letGo());
  await allArrived(t, { ...setting, inHand: other }, 12);
  const delivered = receiver.received.filter(({ event }) => event.data.n < 6);
  t.equal(delivered.length, 6, 'what was delivered is not sent again');
});
