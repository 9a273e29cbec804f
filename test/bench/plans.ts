import type { ApiCallsPlan } from './api-calls.js';
import type { CostsPlan } from './costs.js';
import type { FootprintPlan } from './footprint.js';
import type { InstancesPlan } from './instances.js';
import type { LatencyPlan } from './latency.js';
import type { ProcessorTimePlan } from './processor-time.js';

/** How much of everything. */
export interface Plan {
  /** Onboardings of the service and the floor each, before the first is measured. */
  readonly warmUp: number;
  readonly processorTime: ProcessorTimePlan;
  readonly apiCalls: ApiCallsPlan;
  readonly costs: CostsPlan;
  readonly latency: LatencyPlan;
  readonly footprint: FootprintPlan;
  readonly instances: InstancesPlan;
}

/** At most ten minutes on two cores. */
export const USUAL: Plan = {
  warmUp: 80,
  processorTime: { rounds: 5, onboardings: 24, idleSeconds: 3 },
  apiCalls: { clients: 30, rounds: 3, until: { duration: 1.2 }, warmUp: 200 },
  costs: { sizes: [1_000, 100_000], repeats: 4 },
  latency: {
    crowds: [
      { atOnce: 1, events: 12, rounds: 5 },
      { atOnce: 50, events: 50, rounds: 3 },
      { atOnce: 500, events: 500, rounds: 1 },
    ],
  },
  footprint: { starts: 3, clients: 10, requests: [10_000, 100_000] },
  instances: { instances: [1, 2, 4], warmUp: 4, onboardings: 18, rounds: 3 },
};

/** Tens of minutes: as usual, and once more with a million clients in the table. */
export const LONG: Plan = { ...USUAL, costs: { ...USUAL.costs, sizes: [...USUAL.costs.sizes, 1_000_000] } };

/** At most a minute: whether it runs, and whether what it counts holds. Its times mean nothing. */
export const SHORT: Plan = {
  warmUp: 2,
  processorTime: { rounds: 1, onboardings: 6, idleSeconds: 1 },
  apiCalls: { clients: 3, rounds: 1, until: { amount: 30 }, warmUp: 0 },
  costs: { sizes: [200, 400], repeats: 2 },
  latency: { crowds: [{ atOnce: 4, events: 4, rounds: 1 }] },
  footprint: { starts: 1, clients: 1, requests: [200, 400] },
  instances: { instances: [2], warmUp: 1, onboardings: 6, rounds: 2 },
};
