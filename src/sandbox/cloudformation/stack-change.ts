import { isDeepStrictEqual } from 'node:util';
import type { World } from '../world.js';
import { evaluateProperties, typeOf } from './create-resource.js';
import { evaluateOutputs } from './outputs.js';
import type { PlannedResource } from './plan.js';
import { made, unmade } from './prepare-stack.js';
import { makeScope, type ResourceValues, type Surroundings } from './scope.js';
import type { Stack, StackResource } from './stack.js';

/** An update of a stack, with all that is needed to undo it. */
export interface StackUpdate {
  readonly world: World;
  readonly stack: Stack;
  /** The stack as it was. */
  readonly before: Stack;
  /** In the order of the new template. */
  readonly changes: readonly ResourceChange[];
  /** Resources that the new template has no more. */
  readonly removed: readonly StackResource[];
}

/** What an update does to one resource. */
export interface ResourceChange {
  readonly resource: StackResource;
  /** The resource as it was; missing for one that is added. */
  readonly before: StackResource | undefined;
  /** How far it came: an update in place that failed may still have changed something. */
  reached: 'nothing' | 'update' | 'replacement';
}

/** Whether an update changes a resource, an output or a tag; a parameter that nothing uses is no change. */
export function changesAnything(
  stack: Stack,
  surroundings: Surroundings,
  planned: readonly PlannedResource[],
  tags: ReadonlyMap<string, string>,
): boolean {
  const scope = makeScope(surroundings, withAdded(made(stack.resources), stack));
  const isChanged = ({ declaration }: PlannedResource): boolean => {
    const known = stack.resources.get(declaration.logicalId);
    return (
      known === undefined ||
      typeOf(declaration).alwaysUpdated === true ||
      !isDeepStrictEqual(evaluateProperties(declaration, scope), known.properties)
    );
  };
  try {
    return (
      planned.length !== stack.resources.size ||
      planned.some(isChanged) ||
      changesBesideResources(stack, surroundings, tags)
    );
  } catch {
    // What cannot be evaluated is different from what could be; the update will tell what is wrong with it.
    return true;
  }
}

/** Whether an update changes an output or a tag. Throws `ValidationError` where that cannot be evaluated. */
export function changesBesideResources(
  stack: Stack,
  surroundings: Surroundings,
  tags: ReadonlyMap<string, string>,
): boolean {
  const scope = makeScope(surroundings, withAdded(made(stack.resources), stack));
  return (
    !isDeepStrictEqual(evaluateOutputs(surroundings.template, scope), stack.outputs) ||
    !isDeepStrictEqual(tags, stack.tags)
  );
}

/** Resources that are added have no values yet; any will do to see that something changes. */
function withAdded(values: ResourceValues, stack: Stack): ResourceValues {
  return {
    ref: (logicalId) => (stack.resources.has(logicalId) ? values : unmade).ref(logicalId),
    attribute: (logicalId, attribute) =>
      (stack.resources.has(logicalId) ? values : unmade).attribute(logicalId, attribute),
  };
}
