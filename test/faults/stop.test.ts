import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Stack } from '../../src/core/stack.js';
import { stackItem } from '../../src/store/stack-item.js';
import { audit, scan } from '../support/audit.js';
import { makeChance } from '../support/chance.js';
import { startFleet } from '../support/fleet.js';
import { atRest, inviteSurely, type Onboarding, onboard, stateOf } from '../support/onboardings.js';
import { startReceiver } from '../support/receiver.js';
import { api, eventually, invite, type Json, KEY, startWorld, type World } from '../support/world.js';

// Real processes that are told to stop. FAULTS_SEED=n repeats the moment of an earlier run.
const seed = Number(process.env['FAULTS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
t.comment(`FAULTS_SEED=${seed}`);

/** The promise, in milliseconds. */
const ENDS_WITHIN = 25_000;
const slow = { propagationMs: 8_500, resourceDelayMs: 2_500 };
const accountOf = (place: number) => String(300_000_000_000 + place);
const callbackOf = ({ client }: Pick<Onboarding, 'client'>) => new URL(client.launch.callbackUrl).pathname;

/** The stacks that are not answered yet, as the table has them. */
async function openStacks(world: World): Promise<Stack[]> {
  const items = (await scan(world)).filter(({ sk }) => sk?.S?.startsWith('STACK#'));
  return items.map(stackItem.fromItem).filter(({ due }) => due !== null);
}

/**
 * Reads the feed by long polls, of one instance until it is told to stop and then of another. A poll that was under way
 * is answered; one that comes later may meet a door that is being closed.
 */
async function follow(instances: readonly string[], isTold: () => boolean, isOver: () => boolean) {
  const ids: string[] = [];
  const failures: string[] = [];
  for (let [at = '', ...others] = instances, after = ''; !isOver(); ) {
    const url = `${at}/v1/events?limit=100&wait=20${after}`;
    const cameLate = isTold();
    const answer = await fetch(url, { headers: { authorization: `Bearer ${KEY}` } }).catch((error) => error);
    if (answer instanceof Response && answer.status === 200) {
      const { items, position }: Json = await answer.json();
      ids.push(...items.map(({ id }: Json) => id));
      after = `&after=${position}`;
    } else if (cameLate && others.length > 0) [at = '', ...others] = others;
    else {
      failures.push(`${answer.status ?? answer?.cause}`);
      await sleep(500);
    }
  }
  return { ids, failures };
}

t.test(
  'one of two is told to stop while many onboard: nobody notices, and nothing waits',
  { buffered: true },
  async (t) => {
    const chance = makeChance(seed);
    const world = await startWorld(slow);
    // Nothing hangs here: whatever is taken is carried through, on a busy machine as well.
    const fleet = await startFleet(world, [{}, {}], { answerWithin: 60_000 });
    t.teardown(async () => {
      await fleet.close();
      await world.close();
    });
    const [stopped, other] = fleet.instances;
    if (stopped === undefined || other === undefined) throw new Error('there are not two');
    const receiver = await startReceiver(t);
    await api(fleet.balancer, 'POST', '/v1/webhooks', { url: receiver.url });
    const clients = await Promise.all(Array.from({ length: 16 }, () => inviteSurely(fleet)));

    let told = false;
    let over = false;
    const followers = [[stopped.url, other.url], [stopped.url, other.url], [other.url]].map((urls) =>
      follow(
        urls,
        () => told,
        () => over,
      ),
    );
    const streams = clients.slice(0, 4).map(async ({ launch }: Json) => {
      const answer = await fetch(`${stopped.url}${new URL(launch.pageUrl).pathname}/events`);
      return answer.text();
    });
    let inviting = true;
    const inviter = (async () => {
      while (inviting) {
        await invite(fleet.balancer);
        await sleep(100);
      }
    })();

    const onboardings: Onboarding[] = [];
    const pressing = (async () => {
      for (const [place, client] of clients.entries()) {
        onboardings.push(await onboard(world, client, accountOf(place)));
        await sleep(200);
      }
    })();
    const taken = () =>
      onboardings.filter((one) => fleet.balancer.acknowledgedBy.get(callbackOf(one)) === stopped.url);
    await eventually(
      async () => taken().length,
      (count) => count > 0,
    );
    await sleep(chance.between(0, 4_000));
    const { stacks } = await stateOf(world);
    const moving = new Set(
      stacks.filter(({ status }: Json) => status === 'CREATE_IN_PROGRESS').map(({ id }: Json) => id),
    );
    t.ok(
      taken().some(({ stackId }) => moving.has(stackId)),
      'stacks that it holds are not answered yet',
    );
    told = true;
    const brokenBefore = fleet.balancer.broken.length;
    const exit = await Promise.race([fleet.stop(stopped), sleep(ENDS_WITHIN, 'too late')]);
    t.equal(exit, 0, 'it ends in time, with exit code 0');
    for (const text of await Promise.all(streams))
      t.match(text, /^retry:/, 'a page’s stream ends in good order');
    await sleep(1_000);
    inviting = false;
    await inviter;
    await pressing;
    await atRest(world, onboardings);

    const { wrong } = await audit('told to stop', world, fleet, onboardings);
    t.strictSame(wrong, [], 'nothing is lost, doubled, unanswered or left over');
    t.strictSame(
      fleet.balancer.broken.slice(brokenBefore),
      [],
      'no request was taken and not carried through',
    );

    over = true;
    await inviteSurely(fleet);
    const read = await Promise.all(followers);
    const all = await wholeFeed(other.url);
    for (const { ids, failures } of read) {
      t.strictSame(failures, [], 'a long poll is answered, or refused and asked elsewhere');
      t.strictSame(ids, all.slice(0, ids.length), 'who follows the feed misses nothing');
      t.ok(ids.length > 4 * clients.length);
    }
    const sent = await eventually(
      async () => receiver.received.map(({ event }) => event.id),
      (ids) => new Set(ids).size >= all.length,
    );
    t.strictSame([...new Set(sent)].sort(), all, 'and a webhook misses nothing either');
  },
);

async function wholeFeed(url: string): Promise<string[]> {
  const ids: string[] = [];
  for (let after = ''; ; ) {
    const { body } = await api({ url }, 'GET', `/v1/events?limit=100${after}`);
    if (body.items.length === 0) return ids;
    ids.push(...body.items.map(({ id }: Json) => id));
    after = `&after=${body.position}`;
  }
}

/** Between an instance and the sandbox: passes bytes on until it is told to swallow them. */
async function startSwallower(t: Pick<Test, 'teardown'>, sandboxUrl: string) {
  const swallower = { url: '', swallows: false };
  const server = createServer((socket) => {
    const beyond = connect(Number(new URL(sandboxUrl).port), '127.0.0.1');
    socket.on('data', (bytes) => swallower.swallows || beyond.write(bytes));
    beyond.on('data', (bytes) => swallower.swallows || socket.write(bytes));
    for (const [one, another] of [
      [socket, beyond],
      [beyond, socket],
    ] as const)
      one.on('error', () => undefined).on('close', () => another.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  swallower.url = `http://127.0.0.1:${address.port}`;
  t.teardown(() => server.close());
  return swallower;
}

t.test('whatever hangs, it ends in time and hands over', { buffered: true }, async (t) => {
  const world = await startWorld(slow);
  const swallower = await startSwallower(t, world.sandbox.url);
  const fleet = await startFleet(world, [{ AWS_ENDPOINT_URL_STS: swallower.url }]);
  t.teardown(async () => {
    await fleet.close();
    await world.close();
  });
  const [hanging] = fleet.instances;
  if (hanging === undefined) throw new Error('it did not start');
  const onboarding = await onboard(world, await inviteSurely(fleet), accountOf(99));
  await eventually(
    async () => fleet.balancer.acknowledgedBy.size,
    (size) => size > 0,
  );

  const port = Number(new URL(hanging.url).port);
  const [silent, dribbling, idle, asking] = [1, 2, 3, 4].map(() =>
    connect(port, '127.0.0.1').on('error', () => undefined),
  );
  silent?.on('data', () => undefined);
  idle?.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n');
  const head = `POST /v1/clients HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${KEY}\r\n`;
  dribbling?.write(`${head}content-type: application/json\r\ncontent-length: 1000\r\n\r\n{`);
  const drops = setInterval(() => dribbling?.write(' '), 500);
  t.teardown(() => clearInterval(drops));
  // From now on STS does not answer it; a call that began is not given up before it has been tried for 9 s.
  swallower.swallows = true;
  await sleep(1_500);

  asking?.write('GET /readyz HTTP/1.1\r\nhost: localhost\r\n');
  const answer = once(asking ?? process, 'data').then(([bytes]) => String(bytes));
  const ended = fleet.stop(hanging);
  await sleep(1_000);
  // The rest of a question that began before.
  asking?.write('\r\n');
  t.match(await answer, /^HTTP\/1.1 503 /, 'it says to whoever asks that it is not ready any more');
  hanging.process.kill('SIGTERM');
  t.equal(await Promise.race([ended, sleep(ENDS_WITHIN, 'too late')]), 0, 'though it was told twice');
  const [left, ...others] = await openStacks(world);
  t.equal(left?.free, true, 'its stack was put down in the middle of a call, for others to take at once');
  t.strictSame(others, []);
  await fleet.add();
  await atRest(world, [onboarding]);
  t.equal((await stateOf(world)).stacks[0].status, 'CREATE_COMPLETE');
});
