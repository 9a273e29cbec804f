import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { type Audit, asTable, audit } from '../support/audit.js';
import { makeChance } from '../support/chance.js';
import { type Fleet, startFleet } from '../support/fleet.js';
import type { LoadBalancerOptions } from '../support/load-balancer.js';
import {
  ask,
  atRest,
  changeSettings,
  eachOf,
  endFaults,
  inviteSurely,
  type Onboarding,
  onboard,
  stateOf,
  withdraw,
} from '../support/onboardings.js';
import { startRoleWatch } from '../support/role-watch.js';
import { skewedClock } from '../support/skewed-clock.js';
import {
  eventually,
  type Json,
  type RunningService,
  startWorld,
  type World,
  type WorldOptions,
} from '../support/world.js';

// Real processes behind a load balancer, and every fault that AWS and machines are known for. FAULTS_SEED=n repeats
// the moments of an earlier run.
const seed = Number(process.env['FAULTS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
say(`FAULTS_SEED=${seed}`);

// AWS takes 10 s and more for a role, and so many stacks at once are less of a crowd where each takes a while.
const resourceDelayMs = 2_500;

/** Where a role stays unknown to STS for so long after the stack's event; it is made one resource before. */
const slowWorld = (propagationMs: number) => ({
  propagationMs: resourceDelayMs + propagationMs,
  resourceDelayMs,
});

/** A stack is answered within so many seconds of its creation, whatever happens. */
const PROMISE = 90;
const rows: Audit['row'][] = [];
t.teardown(() => say(`${asTable(rows)}\nFAULTS_SEED=${seed}`));

interface Stage {
  readonly world: World;
  readonly fleet: Fleet;
}

/** Sets up a world and instances, has the run play, then looks at what it has left behind. */
async function play(
  t: Test,
  run: string,
  setting: {
    readonly world: WorldOptions;
    readonly instances: readonly NodeJS.ProcessEnv[];
    readonly balancer?: LoadBalancerOptions;
  },
  act: (stage: Stage) => Promise<readonly Onboarding[]>,
): Promise<void> {
  const began = performance.now();
  const world = await startWorld(setting.world);
  const fleet = await startFleet(world, setting.instances, setting.balancer);
  t.teardown(async () => {
    await fleet.close();
    await world.close();
  });
  const onboardings = await act({ world, fleet });
  await endFaults(world);
  const { row, wrong, slowest } = await audit(run, world, fleet, onboardings);
  const took = ((performance.now() - began) / 1000).toFixed(0);
  rows.push({ ...row, 'took (s)': took });
  t.comment(asTable(rows.slice(-1)));
  t.same(wrong.slice(0, 20), [], 'nothing is lost, doubled, unanswered or left over');
  for (const count of ['lost', 'doubled', 'unanswered', 'overdue']) t.equal(row[count], 0, count);
  t.ok(slowest <= PROMISE, `the slowest answer took ${slowest} s`);
}

/** An account number of its own for each. */
const accountOf = (place: number) => String(200_000_000_000 + place);
const callbackOf = ({ client }: Pick<Onboarding, 'client'>) => new URL(client.launch.callbackUrl).pathname;

const TWO = [{}, {}];

/** The instance that took a stack's event, if it is alive. */
function holderOf(fleet: Fleet, onboarding: Onboarding): RunningService | undefined {
  const taker = fleet.balancer.acknowledgedBy.get(callbackOf(onboarding));
  return fleet.instances.find(({ url }) => url === taker);
}

/** Has so many clients press create, one every so many milliseconds. */
async function crowd(
  { world }: Stage,
  clients: readonly Json[],
  everyMs: number,
  first = 0,
): Promise<Onboarding[]> {
  const onboardings: Onboarding[] = [];
  for (const [place, client] of clients.entries()) {
    onboardings.push(await onboard(world, client, accountOf(first + place)));
    await sleep(everyMs);
  }
  return onboardings;
}

const inviteMany = ({ fleet }: Stage, count: number): Promise<Json[]> =>
  Promise.all(Array.from({ length: count }, () => inviteSurely(fleet)));

/** The first few of those that came delete their stacks. */
async function someLeave({ world }: Stage, onboardings: readonly Onboarding[], count = 4): Promise<void> {
  const leaving = onboardings.slice(0, count);
  await changeSettings(world, { resourceDelayMs: 100 });
  await Promise.all(leaving.map((onboarding) => withdraw(world, onboarding)));
  await atRest(world, leaving);
}

await t.test('three instances, one killed at a random moment while 500 onboard', async (t) => {
  const chance = makeChance(seed);
  const world = slowWorld(2_500);
  await play(t, '500 onboard, one of three killed', { world, instances: [{}, {}, {}] }, async (stage) => {
    const { world, fleet } = stage;
    const killAt = Math.floor(chance.between(100, 400));
    const onboardings: Onboarding[] = [];
    await eachOf(Array.from({ length: 500 }), 32, async (_, place) => {
      const client = await inviteSurely(fleet);
      onboardings.push(await onboard(world, client, accountOf(place)));
      // The next one comes once this one's subscription is confirmed: a machine that others use too is kept busy and
      // not drowned, where SNS would not wait for the confirmation any longer.
      const path = callbackOf({ client });
      for (let waits = 0; waits < 600 && !fleet.balancer.confirmed.has(path); waits += 1) await sleep(50);
      const victim = chance.one(fleet.instances);
      if (onboardings.length >= killAt && fleet.kills === 0 && victim) await fleet.kill(victim);
    });
    await atRest(world, onboardings);
    await someLeave(stage, onboardings, 20);
    return onboardings;
  });
});

// The first had the machine to itself. Most of the others is waiting: for propagation, for SNS to try again, for 15 s
// of silence.
t.jobs = 3;

t.test(
  'twenty kills at random moments, one for each of twenty onboardings',
  { buffered: true },
  async (t) => {
    const chance = makeChance(seed + 1);
    const world = slowWorld(0);
    await play(t, '20 kills at random moments', { world, instances: TWO }, async (stage) => {
      const { world, fleet } = stage;
      const clients = await inviteMany(stage, 20);
      const onboardings: Onboarding[] = [];
      // In two waves, each with ten instances to lose, so that every kill strikes at its moment and not when the one
      // before has been replaced; two at least live on.
      for (const wave of [clients.slice(0, 10), clients.slice(10)]) {
        await eachOf(wave, 4, async () => void (await fleet.add()));
        const killings: Promise<void>[] = [];
        for (const [place, client] of wave.entries()) {
          const propagationMs = (place / 9) * 5_000;
          await changeSettings(world, slowWorld(propagationMs));
          const onboarding = await onboard(world, client, accountOf(onboardings.length));
          onboardings.push(onboarding);
          const beforeItsEvent = chance.number() < 0.25;
          const moment = beforeItsEvent ? chance.between(0, 9_000) : chance.between(0, propagationMs + 300);
          const kill = async () => {
            const { acknowledgedBy } = fleet.balancer;
            if (!beforeItsEvent)
              await eventually(async () => acknowledgedBy.has(callbackOf(onboarding)), Boolean);
            await sleep(moment);
            const victim = holderOf(fleet, onboarding) ?? fleet.instances[0];
            if (victim) await fleet.kill(victim);
          };
          killings.push(kill());
          await sleep(chance.between(100, 700));
        }
        await Promise.all(killings);
        await atRest(world, onboardings);
      }
      t.equal(fleet.kills, 20, 'as many were killed as pressed create');
      await someLeave(stage, onboardings);
      return onboardings;
    });
  },
);

t.test('an instance that stood still and comes back', { buffered: true }, async (t) => {
  const world = slowWorld(4_000);
  await play(t, 'an instance stands still and comes back', { world, instances: TWO }, async (stage) => {
    const { world, fleet } = stage;
    const onboardings = await crowd(stage, await inviteMany(stage, 12), 50);
    const acknowledged = async () =>
      onboardings.map((one) => fleet.balancer.acknowledgedBy.get(callbackOf(one)));
    const holders = await eventually(acknowledged, (all) => !all.includes(undefined));
    const [still] = fleet.instances;
    t.ok(holders.includes(still?.url), 'it holds some of the stacks');
    still?.process.kill('SIGSTOP');
    t.teardown(() => still?.process.kill('SIGCONT'));
    fleet.balancer.remove(still?.url ?? '');
    await atRest(world, onboardings);
    // It goes on with what it held as if no time had passed; all of it has been finished by the other.
    still?.process.kill('SIGCONT');
    fleet.balancer.add(still?.url ?? '');
    await sleep(5_000);
    await someLeave(stage, onboardings);
    return onboardings;
  });
});

t.test('DynamoDB away for 10 s', { buffered: true }, async (t) => {
  const world = slowWorld(2_000);
  await play(t, 'DynamoDB away for 10 s', { world, instances: TWO }, async (stage) => {
    const { world } = stage;
    const clients = await inviteMany(stage, 12);
    const before = await crowd(stage, clients.slice(0, 6), 200);
    await ask(world, { name: 'dynamodb-outage', forMs: 10_000 });
    const during = await crowd(stage, clients.slice(6), 200, 6);
    const onboardings = [...before, ...during];
    await atRest(world, onboardings);
    await ask(world, { name: 'dynamodb-outage', forMs: 3_000 });
    await someLeave(stage, onboardings);
    return onboardings;
  });
});

t.test('STS throttles half of the calls', { buffered: true }, async (t) => {
  const world = slowWorld(1_000);
  await play(t, 'STS throttles half of the calls', { world, instances: TWO }, async (stage) => {
    const { world } = stage;
    const clients = await inviteMany(stage, 16);
    await ask(world, { name: 'sts-throttle', rate: 0.5 });
    const onboardings = await crowd(stage, clients, 1_000);
    // On a machine that is slow the storm lasts longer.
    await eventually(
      () => stateOf(world),
      ({ stsCalls }: Json) => stsCalls.AssumeRole.Throttling > 10,
    );
    await endFaults(world);
    await atRest(world, onboardings);
    await someLeave(stage, onboardings);
    return onboardings;
  });
});

t.test('answers refused with 503, ten times over', { buffered: true }, async (t) => {
  const world = slowWorld(500);
  await play(t, 'answers refused with 503', { world, instances: TWO }, async (stage) => {
    const { world } = stage;
    const clients = await inviteMany(stage, 12);
    // Two stacks are refused ten times each, and the others ten times in all.
    const unlucky = [accountOf(0), accountOf(1)];
    await ask(world, ...unlucky.map((account) => ({ name: 'answer-503', account, times: 10 })));
    await ask(world, { name: 'answer-503', times: 10 });
    const onboardings = await crowd(stage, clients, 100);
    await atRest(world, onboardings);
    t.same((await stateOf(world)).faults, [], 'each refusal was met');
    await ask(world, { name: 'answer-503', times: 10 });
    await someLeave(stage, onboardings);
    return onboardings;
  });
});

t.test('every message twice, and in reverse', { buffered: true }, async (t) => {
  const chance = makeChance(seed + 2);
  const world = slowWorld(1_000);
  // Half of the second copies come to the other instance at the very same moment.
  const balancer = { twice: () => (chance.number() < 0.5 ? 0 : chance.between(0, 3_000)) };
  await play(t, 'every message twice and in reverse', { world, instances: TWO, balancer }, async (stage) => {
    const { world } = stage;
    await ask(world, { name: 'sns-reverse' });
    const clients = await inviteMany(stage, 20);
    const onboardings = await crowd(stage, clients.slice(0, 12), 100);
    // These give up while their stacks are being made, so that a Delete may well overtake its Create.
    const givingUp = await Promise.all(
      clients.slice(12).map(async (client, place) => onboard(world, client, accountOf(12 + place))),
    );
    await eventually(
      () => stateOf(world),
      ({ stacks }: Json) => givingUp.every(({ stackId }) => isAsking(stacks, stackId)),
    );
    await sleep(resourceDelayMs + 100);
    await changeSettings(world, { resourceDelayMs: 300 });
    await Promise.all(givingUp.map((one) => withdraw(world, one, 'withdrawn')));
    onboardings.push(...givingUp);
    await atRest(world, onboardings);
    await someLeave(stage, onboardings);
    return onboardings;
  });
});

function isAsking(stacks: readonly Json[], stackId: string): boolean {
  const events: readonly Json[] = stacks.find(({ id }) => id === stackId)?.events ?? [];
  return events.some(({ logicalId }) => logicalId === 'Connection');
}

t.test('two instances whose clocks are 90 s apart', { buffered: true }, async (t) => {
  const setting = slowWorld(6_000);
  await play(t, 'clocks 90 s apart', { world: setting, instances: [] }, async (stage) => {
    const { world, fleet } = stage;
    const watches = await Promise.all([0, 1].map(() => startRoleWatch(world.sandbox.url)));
    t.teardown(() => Promise.all(watches.map((watch) => watch.close())));
    for (const [place, watch] of watches.entries())
      await fleet.add({ ...skewedClock([-45_000, 45_000][place] ?? 0), AWS_ENDPOINT_URL: watch.url });
    const onboardings = await crowd(stage, await inviteMany(stage, 12), 100);
    await atRest(world, onboardings);
    const [slow = new Set<string>(), fast = new Set<string>()] = watches.map(({ roles }) => roles);
    t.ok(slow.size > 2 && fast.size > 2, 'each instance has verified roles of stacks');
    // To the one whose clock is fast, whatever the other holds looks overdue.
    t.same(
      // The control roles are no stack's: each instance tries them.
      [...slow].filter((role) => fast.has(role) && !role.includes(':role/RolecallControl')),
      [],
      'neither took a stack out of the other’s hands',
    );
    await someLeave(stage, onboardings);
    return onboardings;
  });
});

const troubles = [
  {
    run: 'DynamoDB conflicts and throttles',
    faults: [
      { name: 'dynamodb-conflict', rate: 0.3 },
      { name: 'dynamodb-throttle', rate: 0.15 },
    ],
  },
  { run: 'DynamoDB loses replies', faults: [{ name: 'dynamodb-lost-reply', rate: 0.25 }] },
];
for (const { run, faults } of troubles)
  t.test(run, { buffered: true }, async (t) => {
    const world = slowWorld(1_000);
    await play(t, run, { world, instances: TWO }, async (stage) => {
      await ask(stage.world, ...faults);
      const onboardings = await crowd(stage, await inviteMany(stage, 20), 100);
      await atRest(stage.world, onboardings);
      await someLeave(stage, onboardings, 8);
      return onboardings;
    });
  });

/** On the console, whatever reporter tap was told to use. */
function say(text: string): void {
  process.stderr.write(`\n${text}\n`);
}
