import type { Caller } from '../../identity/caller.js';
import { AwsError, validationError } from '../../wire/aws-error.js';
import type { World } from '../../world.js';
import { evaluateProperties } from '../create-resource.js';
import { draftStack } from '../create-stack.js';
import { plannedResource } from '../prepare-stack.js';
import { generatedName } from '../properties.js';
import { ResourceFailure } from '../resource-type.js';
import { nestedContent } from '../resources/nested-stack.js';
import { changesBesideResources } from '../stack-change.js';
import type { ChangeSet } from './change-set.js';
import { changesOf, type LookInto } from './changes.js';
import { newChangeSet } from './new-change-set.js';

/** What CloudFormation says of a change set that would change nothing; it can be read back, but not executed. */
const nothing =
  "The submitted information didn't contain changes. Submit different information to create a change set.";

/** Finds out what a change set changes, and whether that can be told at all. */
export function computeChanges(world: World, caller: Caller, set: ChangeSet): void {
  const { stack, prepared, type } = set;
  const { surroundings, planned, tags } = prepared;
  const lookInto = set.includesNested ? nestedChanges(world, caller, set) : () => ({ changes: true });
  try {
    set.changes = changesOf(stack, surroundings, planned, lookInto);
    const isEmpty = type === 'UPDATE' && set.changes.length === 0;
    if (isEmpty && !changesBesideResources(stack, surroundings, tags)) throw validationError(nothing);
    set.status = 'CREATE_COMPLETE';
  } catch (error) {
    if (!(error instanceof AwsError || error instanceof ResourceFailure)) throw error;
    set.status = 'FAILED';
    set.statusReason = error.message;
  }
}

/**
 * Looks into nested stacks, each of which gets a change set of its own. One that does not change is left out, so that
 * where nothing changes anywhere the whole is empty. A stack that is to be added has none of its resources yet, and
 * gets its ID when it is made.
 */
function nestedChanges(world: World, caller: Caller, set: ChangeSet): LookInto {
  return (planned, scope) => {
    const { declaration } = planned;
    const properties = evaluateProperties(declaration, scope);
    const content = nestedContent(world, caller, { ...plannedResource(planned), properties });
    const request = { ...content, capabilities: set.request.capabilities, onFailure: 'DO_NOTHING' as const };
    const known = world.stacks.get(set.stack.resources.get(declaration.logicalId)?.physicalId ?? '');
    const name = generatedName(set.stack, declaration.logicalId, 128);
    const stack = known ?? {
      ...draftStack(caller, { name, ...request, parent: set.stack }),
      resources: new Map(),
    };
    const nested = newChangeSet(caller, {
      name: set.name,
      type: known === undefined ? 'CREATE' : 'UPDATE',
      stack,
      description: undefined,
      request,
      includesNested: true,
      parent: set,
    });
    computeChanges(world, caller, nested);
    if (nested.statusReason === nothing) return { changes: false };
    world.changeSets.set(nested.id, nested);
    if (nested.status === 'CREATE_COMPLETE') return { changes: true, changeSetId: nested.id };
    throw validationError(
      `Nested change set ${nested.id} was not successfully created: Currently in ${nested.status}.`,
    );
  };
}
