import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { type Audit, asTable, audit } from '../support/audit.js';
import { makeChance } from '../support/chance.js';
import { type Fleet, startFleet } from '../support/fleet.js';
import type { LoadBalancerOptions } from '../support/load-balancer.js';
import { atRest, eachOf, inviteSurely, type Onboarding, onboard, withdraw } from '../support/onboardings.js';
import { startWorld, type World, type WorldOptions } from '../support/world.js';

// Real processes behind a load balancer, and every fault that AWS and machines are known for. FAULTS_SEED=n repeats
// the moments of an earlier run.
const seed = Number(process.env['FAULTS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
say(`FAULTS_SEED=${seed}`);
t.setTimeout(600_000);

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

t.test('three instances, one killed at a random moment while 500 onboard', async (t) => {
  const chance = makeChance(seed);
  const world = { propagationMs: 1_500, resourceDelayMs: 300 };
  await play(t, '500 onboard, one of three killed', { world, instances: [{}, {}, {}] }, async (stage) => {
    const { world, fleet } = stage;
    const killAt = Math.floor(chance.between(100, 400));
    const onboardings: Onboarding[] = [];
    await eachOf(Array.from({ length: 500 }), 24, async (_, place) => {
      const client = await inviteSurely(fleet);
      onboardings.push(await onboard(world, client, accountOf(place)));
      // The next one comes once this one's event is taken, so that the machine is busy and not drowned.
      const path = new URL(client.launch.callbackUrl).pathname;
      for (let waits = 0; waits < 600 && !fleet.balancer.acknowledgedBy.has(path); waits += 1)
        await sleep(100);
      const victim = chance.one(fleet.instances);
      if (onboardings.length >= killAt && fleet.kills === 0 && victim) await fleet.kill(victim);
    });
    await atRest(world, onboardings);
    const leaving = onboardings.filter((_, place) => place % 25 === 0);
    await Promise.all(leaving.map((onboarding) => withdraw(world, onboarding)));
    await atRest(world, leaving);
    return onboardings;
  });
});

/** On the console, whatever reporter tap was told to use. */
function say(text: string): void {
  process.stderr.write(`\n${text}\n`);
}
