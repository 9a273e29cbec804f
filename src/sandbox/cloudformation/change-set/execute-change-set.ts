import type { Caller } from '../../identity/caller.js';
import { AwsError, validationError } from '../../wire/aws-error.js';
import type { World } from '../../world.js';
import { buildReviewedStack } from '../create-stack.js';
import { updateStack } from '../update-stack.js';
import { type ChangeSet, executionStatus } from './change-set.js';
import { givenParameters } from './prepare-change.js';

/** Does what a change set says, in the background. Throws `InvalidChangeSetStatus`. */
export function executeChangeSet(world: World, caller: Caller, set: ChangeSet): void {
  checkRoot(set);
  const { stack, type, request, status } = set;
  if (status !== 'CREATE_COMPLETE') throw invalid(set, `executed in its current status of [${status}]`);
  const execution = executionStatus(set);
  if (execution !== 'AVAILABLE')
    throw invalid(set, `executed in its current execution status of [${execution}]`);
  if (type === 'CREATE') {
    const { templateBody = '', capabilities, onFailure, tags = new Map() } = request;
    const content = { templateBody, parameters: givenParameters(request), capabilities, onFailure, tags };
    buildReviewedStack(world, caller, stack, content);
  } else {
    updateStack(world, caller, stack, request);
  }
  const all = [set, ...nestedIn(world, set)];
  for (const each of all) each.execution = 'EXECUTE_IN_PROGRESS';
  world.background.start(`change set ${set.name}`, async () => {
    await stack.work;
    const isDone = stack.status === `${type}_COMPLETE`;
    for (const each of all) each.execution = isDone ? 'EXECUTE_COMPLETE' : 'EXECUTE_FAILED';
  });
}

/** Deletes a change set, with those of nested stacks. Throws `InvalidChangeSetStatus` while it is executed. */
export function deleteChangeSet(world: World, set: ChangeSet): void {
  checkRoot(set);
  if (set.execution === 'EXECUTE_IN_PROGRESS')
    throw invalid(set, `deleted in its current execution status of [${set.execution}]`);
  for (const each of [set, ...nestedIn(world, set)]) world.changeSets.delete(each.id);
}

function nestedIn(world: World, set: ChangeSet): ChangeSet[] {
  const children = [...world.changeSets.values()].filter(({ parent }) => parent === set);
  return children.flatMap((each) => [each, ...nestedIn(world, each)]);
}

/** Change sets of nested stacks are executed and deleted with the one at the root. */
function checkRoot({ id, parent }: ChangeSet): void {
  if (parent === undefined) return;
  throw validationError(`ChangeSet [${id}] is nested; execute or delete the root change set [${parent.id}]`);
}

function invalid({ id }: ChangeSet, how: string): AwsError {
  return new AwsError('InvalidChangeSetStatus', `ChangeSet [${id}] cannot be ${how}`);
}
