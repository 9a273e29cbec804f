import type { Caller } from '../../identity/caller.js';
import { AwsError, validationError } from '../../wire/aws-error.js';
import type { World } from '../../world.js';
import { reviewStack } from '../create-stack.js';
import { findStack, type Stack } from '../stack.js';
import { type ChangeRequest, type ChangeSet, changeSetsOf } from './change-set.js';
import { computeChanges } from './compute-changes.js';
import { newChangeSet } from './new-change-set.js';
import { givenParameters } from './prepare-change.js';

/** What CreateChangeSet was asked for. */
export interface ChangeSetOrder {
  readonly stackName: string;
  readonly name: string;
  readonly type: ChangeSet['type'];
  readonly description: string | undefined;
  readonly request: ChangeRequest;
  readonly includesNested: boolean;
}

/** Makes a change set, which is computed in the background. Throws what CloudFormation refuses at once. */
export function createChangeSet(world: World, caller: Caller, order: ChangeSetOrder): ChangeSet {
  checkName(order.name);
  const set = newChangeSet(caller, { ...order, stack: findTarget(world, caller, order), parent: undefined });
  world.changeSets.set(set.id, set);
  world.background.start(`change set ${set.name}`, async () => {
    await world.background.sleep(world.settings.resourceDelayMs);
    set.status = 'CREATE_IN_PROGRESS';
    computeChanges(world, caller, set);
  });
  return set;
}

/** The stack to change, or one that is made for the change set and waits for its execution. */
function findTarget(world: World, caller: Caller, order: ChangeSetOrder): Stack {
  const { stackName, name, type, request } = order;
  const known = findStack(world, caller.account, caller.region, stackName.split('/')[1] ?? stackName);
  if (type === 'CREATE' && known === undefined) {
    const { templateBody = '', capabilities, onFailure, tags = new Map() } = request;
    const parameters = givenParameters(request);
    const content = { templateBody, parameters, capabilities, onFailure, tags };
    return reviewStack(world, caller, { name: stackName, ...content });
  }
  if (known === undefined) throw validationError(`Stack [${stackName}] does not exist`);
  if (type === 'CREATE' && known.status !== 'REVIEW_IN_PROGRESS') {
    throw validationError(
      `Stack [${stackName}] already exists and cannot be created again with the changeSet [${name}].`,
    );
  }
  if (changeSetsOf(world, known).some((each) => each.name === name))
    throw new AwsError('AlreadyExistsException', `ChangeSet [${name}] already exists`);
  return known;
}

function checkName(name: string): void {
  if (/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(name)) return;
  throw validationError(
    `1 validation error detected: Value '${name}' at 'changeSetName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
  );
}
