import { api } from '../support/world.js';
import { fill } from './fill.js';
import { type Measured, percentile, type Row, round } from './measured.js';
import { type Cost, floorOnboarding, openMetered } from './metered.js';
import type { Stage } from './stage.js';

export interface CostsPlan {
  /** How many clients are in the table; what is measured is measured at each of them. */
  readonly sizes: readonly number[];
  readonly repeats: number;
}

/** Dollars a million units, on demand in us-east-1; reads are strongly consistent. */
const PRICE = { write: 0.625, read: 0.125 };
const GOAL = { requests: 8, writeUnits: 32 };

/** What the service asks of DynamoDB, and whether that stays the same while the table grows. */
export async function costs(stage: Stage, plan: CostsPlan): Promise<Measured> {
  const service = await openMetered(stage);
  const wrong: string[] = [];
  const rows: Row[] = [];
  const figures: Record<string, unknown> = {};
  const model = await service.onboarded();
  const first = new Map<string, Cost>();
  let filled = 0;
  const floorCost = await floorOnboarding(stage);
  for (const size of plan.sizes) {
    const began = performance.now();
    await fill(service, model, filled, size);
    filled = size;
    const tookToFill = round((performance.now() - began) / 1_000, 0);
    const kinds: Record<string, () => Promise<unknown>> = {
      onboarding: () => service.onboarding(),
      recheck: () => service.recheck(model.client.id),
      'page of 100 clients': () => api(service, 'GET', '/v1/clients?limit=100'),
      'page of 100 by status': () => api(service, 'GET', '/v1/clients?limit=100&status=connected'),
      'page of 100 by name': () => api(service, 'GET', '/v1/clients?limit=100&namePrefix=client'),
    };
    for (const [what, work] of Object.entries(kinds)) {
      // Whatever is looked up once an hour or once a start has been.
      await work();
      const costs: Cost[] = [];
      const times: number[] = [];
      for (let turn = 0; turn < plan.repeats; turn += 1) {
        let time = 0;
        const from = performance.now();
        costs.push(
          await service.counted(async () => {
            const took = await work();
            time = typeof took === 'number' ? took : performance.now() - from;
          }),
        );
        times.push(time);
      }
      const most = costs.reduce((a, b) => (b.writeUnits + b.readUnits > a.writeUnits + a.readUnits ? b : a));
      const dollars = most.writeUnits * PRICE.write + most.readUnits * PRICE.read;
      rows.push({
        'clients in the table': size.toLocaleString('en'),
        what,
        requests: most.requests,
        'write units': most.writeUnits,
        'read units': most.readUnits,
        '$ a million': round(dollars, 2),
        'p50 (ms)': round(percentile(times, 0.5), 1),
      });
      figures[`${what} at ${size}`] = { ...most, p50: percentile(times, 0.5), tookToFill };
      const before = first.get(what) ?? most;
      first.set(what, before);
      if (JSON.stringify(before) !== JSON.stringify(most))
        wrong.push(
          `${what} costs more at ${size} than at ${plan.sizes[0]}: ${JSON.stringify([before, most])}`,
        );
    }
  }
  const own = first.get('onboarding');
  if (own === undefined || own.requests > GOAL.requests || own.writeUnits > GOAL.writeUnits)
    wrong.push(`an onboarding takes ${JSON.stringify(own)}`);
  if (JSON.stringify(own) !== JSON.stringify(floorCost))
    wrong.push(
      `the floor is not the same work: ${JSON.stringify(floorCost)}, the service ${JSON.stringify(own)}`,
    );
  await service.close();
  return {
    name: 'costs',
    title: 'What is asked of DynamoDB',
    about:
      `By AWS's rules, from the sizes of items; the most of ${plan.repeats}. An onboarding's time is from its event to ` +
      `its answer. Goal for an onboarding: at most ${GOAL.requests} requests and ${GOAL.writeUnits} write units, the ` +
      `same at every size. Dollars are AWS's on-demand prices in us-east-1 for a million of each. The floor program ` +
      `takes ${floorCost.requests} requests, ${floorCost.writeUnits} write and ${floorCost.readUnits} read units.`,
    rows,
    figures,
    wrong,
  };
}
