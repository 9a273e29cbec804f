import { randomUUID } from 'node:crypto';
import { requirePermission } from '../../iam/permission.js';
import type { Caller } from '../../identity/caller.js';
import { validationError } from '../../wire/aws-error.js';
import type { QueryAction } from '../../wire/query.js';
import type { XmlElements } from '../../wire/xml.js';
import type { World } from '../../world.js';
import type { Stack } from '../stack.js';
import { openStack } from '../stack-input.js';
import { tokenPage } from '../token-page.js';
import { describeDetection, describeDrift } from './describe-drift.js';
import { type DriftDetection, driftsOf, lastDetection } from './drift.js';

/** The operations of CloudFormation on drift. */
export const driftActions: Readonly<Record<string, QueryAction>> = {
  DetectStackDrift: (world, caller, input) => {
    const stack = openStack(world, caller, input, 'cloudformation:DetectStackDrift');
    requirePermission(caller, 'cloudformation:DetectStackResourceDrift', stack.id);
    return { StackDriftDetectionId: detect(world, stack).id };
  },
  DescribeStackDriftDetectionStatus: (world, caller, input) => {
    requirePermission(caller, 'cloudformation:DescribeStackDriftDetectionStatus', '*');
    const id = input.required('StackDriftDetectionId');
    const { stack, detection } = findDetection(world, caller, id);
    return describeDetection(stack, detection);
  },
  DescribeStackResourceDrifts: (world, caller, input): XmlElements => {
    const stack = openStack(world, caller, input, 'cloudformation:DescribeStackResourceDrifts');
    const wanted = input.texts('StackResourceDriftStatusFilters');
    const drifts = lastDetection(stack)?.drifts ?? [];
    const shown = drifts.filter(({ status }) => wanted.length === 0 || wanted.includes(status));
    return tokenPage(input, 'StackResourceDrifts', shown, (each) => describeDrift(stack, each));
  },
};

/** Begins to look, in the background. Throws `ValidationError` where somebody looks, or works, already. */
function detect(world: World, stack: Stack): DriftDetection {
  if (!/^(CREATE_COMPLETE|UPDATE_COMPLETE|UPDATE_ROLLBACK_(COMPLETE|FAILED))$/.test(stack.status)) {
    throw validationError(
      `Drift detection cannot be performed on stack [${stack.id}] while it is in ${stack.status} state`,
    );
  }
  if (stack.driftDetections.some(({ status }) => status === 'DETECTION_IN_PROGRESS'))
    throw validationError(`Drift detection is already in progress for stack [${stack.id}]`);
  const detection: DriftDetection = {
    id: randomUUID(),
    startedAt: new Date(),
    status: 'DETECTION_IN_PROGRESS',
    drifts: [],
  };
  stack.driftDetections.push(detection);
  world.background.start(`drift of ${stack.name}`, async () => {
    await world.background.sleep(world.settings.resourceDelayMs);
    detection.drifts = driftsOf(stack);
    detection.status = 'DETECTION_COMPLETE';
  });
  return detection;
}

function findDetection(
  world: World,
  { account, region }: Caller,
  id: string,
): { stack: Stack; detection: DriftDetection } {
  for (const stack of world.stacks.values()) {
    const detection = stack.driftDetections.find((each) => each.id === id);
    if (detection !== undefined && stack.account === account && stack.region === region)
      return { stack, detection };
  }
  throw validationError(`Drift detection with id ${id} does not exist`);
}
