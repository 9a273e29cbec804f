import { setTimeout as sleep } from 'node:timers/promises';
import { type Measured, median, medianRatio, round } from './measured.js';
import { connectedAmong, onboard } from './onboard.js';
import { openSide, type Side, type Stage } from './stage.js';

export interface ProcessorTimePlan {
  readonly rounds: number;
  readonly onboardings: number;
  readonly warmUp: number;
  /** For how long the service is watched doing nothing. */
  readonly idleSeconds: number;
}

const GOAL = 1.25;
const AT_ONCE = 8;

/** What a whole onboarding costs the server's process, the service and the floor in turn. */
export async function processorTime(stage: Stage, plan: ProcessorTimePlan): Promise<Measured> {
  const service = await openSide(stage, 'service');
  const floor = await openSide(stage, 'floor');
  const wrong: string[] = [];
  const spent = { service: [] as number[], floor: [] as number[] };
  const sides = Object.entries({ service, floor }) as [keyof typeof spent, Side][];
  for (const [, { gate }] of sides) await onboard(stage, gate, plan.warmUp, AT_ONCE);
  for (let round = 0; round < plan.rounds; round += 1)
    for (const [name, side] of sides) {
      const before = await cpuOf(side);
      const { clients } = await onboard(stage, side.gate, plan.onboardings, AT_ONCE);
      spent[name].push(((await cpuOf(side)) - before) / plan.onboardings);
      const connected = await connectedAmong(side, clients);
      if (connected !== clients.length) wrong.push(`${name}: ${connected} of ${clients.length} connected`);
    }
  const before = await cpuOf(service);
  await sleep(plan.idleSeconds * 1_000);
  const idle = ((await cpuOf(service)) - before) / plan.idleSeconds;
  await Promise.all([service.close(), floor.close()]);
  const ratio = medianRatio(spent.service, spent.floor);
  return {
    name: 'processorTime',
    title: 'Processor time of an onboarding',
    about:
      `Of the server's process, in milliseconds: invitation, confirmation, event, verification and answer; medians of ` +
      `${plan.rounds} rounds of ${plan.onboardings} onboardings, the two in turn, ${AT_ONCE} at once. Looking after ` +
      `overdue work while nothing happens takes the service ${round(idle, 1)} ms a second, and is among its figure.`,
    rows: [
      {
        'service (ms)': round(median(spent.service)),
        'floor (ms)': round(median(spent.floor)),
        ratio: round(ratio),
        goal: `≤ ${GOAL}`,
        met: ratio <= GOAL ? 'yes' : 'no',
      },
    ],
    figures: { ...spent, ratio, idleMsPerSecond: idle },
    wrong,
  };
}

export async function cpuOf({ programs }: Pick<Side, 'programs'>): Promise<number> {
  const usages = await Promise.all(programs.map((program) => program.usage()));
  return usages.reduce((sum, { cpu }) => sum + cpu, 0);
}
