import type { JsonObject } from '../../wire/json.js';
import { typeOf } from '../create-resource.js';
import type { Stack, StackResource } from '../stack.js';
import { type Difference, differences } from './differences.js';

/** How a resource stands against what its stack made it. */
export interface ResourceDrift {
  readonly resource: StackResource;
  readonly status: 'IN_SYNC' | 'MODIFIED' | 'DELETED';
  readonly expected: JsonObject;
  /** Only what the template says; missing where the resource is gone. */
  readonly actual: JsonObject | undefined;
  readonly differences: readonly Difference[];
  readonly at: Date;
}

/** A look at how a stack's resources stand. */
export interface DriftDetection {
  readonly id: string;
  readonly startedAt: Date;
  status: 'DETECTION_IN_PROGRESS' | 'DETECTION_COMPLETE';
  drifts: readonly ResourceDrift[];
}

/** The drifts of all resources whose types can be asked. A nested stack is asked for by itself. */
export function driftsOf(stack: Stack): ResourceDrift[] {
  return [...stack.resources.values()].flatMap((resource) => {
    const { read } = typeOf(resource.planned.declaration);
    if (read === undefined || resource.physicalId === undefined) return [];
    return [compare(resource, read({ stack, resource }))];
  });
}

/** The result of a detection as a whole. */
export function stackDriftStatus({ status, drifts }: DriftDetection): 'NOT_CHECKED' | 'IN_SYNC' | 'DRIFTED' {
  if (status !== 'DETECTION_COMPLETE') return 'NOT_CHECKED';
  return drifts.some((drift) => drift.status !== 'IN_SYNC') ? 'DRIFTED' : 'IN_SYNC';
}

/** The last detection that came to its end. */
export function lastDetection({ driftDetections }: Stack): DriftDetection | undefined {
  return driftDetections.findLast(({ status }) => status === 'DETECTION_COMPLETE');
}

/** CloudFormation compares the properties that the template gives, and no others. */
function compare(resource: StackResource, now: JsonObject | undefined): ResourceDrift {
  const { properties: expected } = resource;
  const at = new Date();
  if (now === undefined) {
    return { resource, status: 'DELETED', expected, actual: undefined, differences: [], at };
  }
  const actual = Object.fromEntries(Object.entries(now).filter(([name]) => expected[name] !== undefined));
  const found = differences(expected, actual);
  return {
    resource,
    status: found.length > 0 ? 'MODIFIED' : 'IN_SYNC',
    expected,
    actual,
    differences: found,
    at,
  };
}
