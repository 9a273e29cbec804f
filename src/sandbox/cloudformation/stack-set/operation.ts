import { randomUUID } from 'node:crypto';
import type { Outcome } from './deploy.js';
import { atOnce, toleratedFailures } from './preferences.js';
import { notStabilized } from './refusal.js';
import type { Place, StackSet, StackSetOperation } from './stack-set.js';

/**
 * Goes about all places, region by region, as the stack set's preferences say. More failures in a region than are
 * tolerated end the operation, and what has not begun is left. Throws `ResourceFailure` then.
 */
export async function runOperation<P extends Place>(
  set: StackSet,
  action: StackSetOperation['action'],
  places: readonly P[],
  work: (place: P) => Promise<Outcome>,
): Promise<void> {
  if (places.length === 0) return;
  const operation: StackSetOperation = { id: randomUUID(), action, status: 'RUNNING' };
  set.operations.push(operation);
  const failures: string[] = [];
  const regions = [...new Set(places.map(({ region }) => region))];
  const goAbout = async (region: string): Promise<void> => {
    if (operation.status === 'FAILED') return;
    const own = places.filter((place) => place.region === region);
    const failed = await inRegion(set, own, work);
    failures.push(...failed);
    if (failed.length > toleratedFailures(set.definition.preferences, own.length))
      operation.status = 'FAILED';
  };
  if (set.definition.preferences.parallelRegions) await Promise.all(regions.map(goAbout));
  else for (const region of regions) await goAbout(region);
  if (operation.status === 'FAILED') throw notStabilized(set.id, operation.id, failures);
  operation.status = 'SUCCEEDED';
}

/** Returns why places failed, those that were reached before too many had. */
async function inRegion<P extends Place>(
  { definition: { preferences } }: StackSet,
  places: readonly P[],
  work: (place: P) => Promise<Outcome>,
): Promise<string[]> {
  const failures: string[] = [];
  const waiting = [...places];
  const goOn = async (): Promise<void> => {
    for (let place = waiting.shift(); place !== undefined; place = waiting.shift()) {
      const { failure } = await work(place);
      if (failure !== undefined) failures.push(failure);
      if (failures.length > toleratedFailures(preferences, places.length)) waiting.length = 0;
    }
  };
  await Promise.all(Array.from({ length: atOnce(preferences, places.length) }, goOn));
  return failures;
}
