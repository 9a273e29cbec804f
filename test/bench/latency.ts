import { type Measured, median, medianRatio, percentile, type Row, round } from './measured.js';
import { connectedAmong, letThrough, prepare } from './onboard.js';
import type { Pair, Side, Stage } from './stage.js';

export interface LatencyPlan {
  /** How many events come at one moment, and how many rounds of that. */
  readonly crowds: readonly { readonly atOnce: number; readonly events: number; readonly rounds: number }[];
}

const GOAL = 1.3;

/** From a stack's event to its answer, the service and the floor in turn. */
export async function latency(stage: Stage, { service, floor }: Pair, plan: LatencyPlan): Promise<Measured> {
  const sides = Object.entries({ service, floor }) as ['service' | 'floor', Side][];
  const rows: Row[] = [];
  const figures: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const { atOnce, events: count, rounds } of plan.crowds) {
    const p50 = { service: [] as number[], floor: [] as number[] };
    const all = { service: [] as number[], floor: [] as number[] };
    for (let turn = 0; turn < rounds; turn += 1)
      for (const [name, side] of sides) {
        const { clients, events } = await prepare(stage, side.gate, count);
        const { latencies } = await letThrough(side.gate, events, atOnce);
        p50[name].push(median(latencies));
        all[name].push(...latencies);
        const connected = await connectedAmong(side, clients);
        if (connected !== count)
          wrong.push(`${name} at ${atOnce} at once: ${connected} of ${count} connected`);
      }
    const ratio = medianRatio(p50.service, p50.floor);
    rows.push({
      'at once': atOnce,
      'service p50 (ms)': round(median(p50.service), 1),
      'floor p50': round(median(p50.floor), 1),
      ratio: round(ratio),
      met: ratio <= GOAL ? 'yes' : 'no',
      'service p99': round(percentile(all.service, 0.99), 1),
      'floor p99': round(percentile(all.floor, 0.99), 1),
      of: `${rounds} × ${count}`,
    });
    figures[atOnce] = { ...all, ratio };
  }
  return {
    name: 'latency',
    title: 'From the event to the answered stack',
    about:
      'From the moment at which a stack’s event is posted to the server to that at which its answer arrives; STS ' +
      'answers at once and knows the role. The two in turn. The sandbox and DynamoDB Local share the cores with what ' +
      'is measured, and at 50 and 500 at once both mostly wait for those. Goal: at most 1.3 times the floor’s p50 at ' +
      '1 and at 50.',
    rows,
    figures,
    wrong,
  };
}
