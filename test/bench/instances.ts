import { setTimeout as sleep } from 'node:timers/promises';
import { stateOf } from '../support/onboardings.js';
import type { Json } from '../support/world.js';
import { type Measured, median, type Row, round } from './measured.js';
import { connectedAmong, letThrough, onboard, prepare } from './onboard.js';
import { cpuOf } from './processor-time.js';
import { openSide, type Stage } from './stage.js';

export interface InstancesPlan {
  readonly instances: readonly number[];
  /** Onboardings before the first round, for each instance. */
  readonly warmUp: number;
  readonly onboardings: number;
  readonly rounds: number;
}

const AT_ONCE = 24;

/** Several instances on one table: what they get done together, and whether two ever do the same. */
export async function instances(stage: Stage, plan: InstancesPlan): Promise<Measured> {
  const rows: Row[] = [];
  const figures: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const count of plan.instances) {
    const side = await openSide(stage, 'service', count);
    await onboard(stage, side.gate, plan.warmUp * count, 8);
    const rates: number[] = [];
    const cpu: number[] = [];
    let doubled = 0;
    let done = 0;
    for (let turn = 0; turn < plan.rounds; turn += 1) {
      const { clients, events } = await prepare(stage, side.gate, plan.onboardings);
      const before = await stateOf(stage);
      const spent = await cpuOf(side);
      // SNS may deliver twice, and to another instance: in the last round it does, at the same moment.
      const twice = turn === plan.rounds - 1 ? 2 : 1;
      const { took } = await letThrough(side.gate, events, AT_ONCE, twice);
      if (twice === 1) {
        rates.push((plan.onboardings / took) * 1_000);
        cpu.push(((await cpuOf(side)) - spent) / plan.onboardings);
      }
      await sleep(500);
      doubled += doneTwice(before, await stateOf(stage), plan.onboardings);
      done += plan.onboardings;
      const connected = await connectedAmong(side, clients);
      if (connected !== clients.length) wrong.push(`${count}: ${connected} of ${clients.length} connected`);
    }
    await side.close();
    if (doubled > 0) wrong.push(`${count} instances: ${doubled} of ${done} were done twice`);
    rows.push({
      instances: count,
      'onboardings (1/s)': round(median(rates), 1),
      'processor of all (ms each)': round(median(cpu)),
      onboardings: done,
      'claimed twice': doubled,
    });
    figures[count] = { rates, cpu, done, doubled };
  }
  return {
    name: 'instances',
    title: 'Several instances on one table',
    about:
      `Events let through ${AT_ONCE} at once, to the instances in turn; medians of ${plan.rounds - 1} rounds of ` +
      `${plan.onboardings}. In a last round each event is delivered to two instances at the same moment. Whoever works ` +
      'on a stack enters its role and asks STS who it is: as many such calls as stacks, and one answer each, mean that ' +
      'none was claimed twice. All of it shares two cores with the sandbox and with DynamoDB Local, which is full long ' +
      'before the instances are: the rate says that they do not get into each other’s way, not how far they scale.',
    rows,
    figures,
    wrong,
  };
}

/** Stacks whose role was verified more often than once, and answers that were sent more often. */
function doneTwice(before: Json, after: Json, stacks: number): number {
  const asked = ({ stsCalls }: Json): number => stsCalls.GetCallerIdentity?.ok ?? 0;
  const answers: readonly Json[] = after.answerPuts.slice(before.answerPuts.length);
  const answered = new Set(answers.map(({ stackId }) => stackId)).size;
  return asked(after) - asked(before) - stacks + (answers.length - answered);
}
