import { setTimeout as sleep } from 'node:timers/promises';
import { type Measured, median, medianRatio, round } from './measured.js';
import { connectedAmong, onboard } from './onboard.js';
import type { Pair, Side, Stage } from './stage.js';

export interface ProcessorTimePlan {
  readonly rounds: number;
  readonly onboardings: number;
  /** For how long each is watched doing nothing. */
  readonly idleSeconds: number;
}

const GOAL = 1.25;
const AT_ONCE = 8;

type Name = 'service' | 'floor';

/** What a whole onboarding costs the server's process, the service and the floor in turn. */
export async function processorTime(
  stage: Stage,
  { service, floor }: Pair,
  plan: ProcessorTimePlan,
): Promise<Measured> {
  const wrong: string[] = [];
  const sides = Object.entries({ service, floor }) as [Name, Side][];
  const idle: Record<Name, number> = { service: 0, floor: 0 };
  for (const [name, side] of sides) idle[name] = await idleOf(side, plan.idleSeconds);
  const spent: Record<Name, number[]> = { service: [], floor: [] };
  const own: Record<Name, number[]> = { service: [], floor: [] };
  for (let round = 0; round < plan.rounds; round += 1)
    for (const [name, side] of sides) {
      const before = await cpuOf(side);
      const began = performance.now();
      const { clients } = await onboard(stage, side.gate, plan.onboardings, AT_ONCE);
      const took = (performance.now() - began) / 1_000;
      const all = (await cpuOf(side)) - before;
      spent[name].push(all / plan.onboardings);
      own[name].push((all - idle[name] * took) / plan.onboardings);
      const connected = await connectedAmong(side, clients);
      if (connected !== clients.length) wrong.push(`${name}: ${connected} of ${clients.length} connected`);
    }
  const row = (what: string, taken: typeof spent) => {
    const ratio = medianRatio(taken.service, taken.floor);
    return {
      what,
      'service (ms)': round(median(taken.service)),
      'floor (ms)': round(median(taken.floor)),
      ratio: round(ratio),
      goal: `≤ ${GOAL}`,
      met: ratio <= GOAL ? 'yes' : 'no',
    };
  };
  return {
    name: 'processorTime',
    title: 'Processor time of an onboarding',
    about:
      `Of the server's process, all its threads: invitation, confirmation, event, verification and answer; medians of ` +
      `${plan.rounds} rounds of ${plan.onboardings} onboardings, the two in turn, ${AT_ONCE} at once, once ` +
      `both are warm. When nothing happens the service takes ${round(idle.service, 1)} ms a second, which it ` +
      `needs to find what others left, and the floor ${round(idle.floor, 1)}; the second row leaves that out.`,
    rows: [row('while they go on', spent), row('for the onboardings alone', own)],
    figures: { spent, own, idleMsPerSecond: idle },
    wrong,
  };
}

/** What a server takes when nothing happens, in milliseconds a second. */
async function idleOf(side: Side, seconds: number): Promise<number> {
  const before = await cpuOf(side);
  await sleep(seconds * 1_000);
  return ((await cpuOf(side)) - before) / seconds;
}

export async function cpuOf({ programs }: Pick<Side, 'programs'>): Promise<number> {
  const usages = await Promise.all(programs.map((program) => program.usage()));
  return usages.reduce((sum, { cpu }) => sum + cpu, 0);
}
