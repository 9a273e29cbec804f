import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../wire/json.js';
import { createResource, evaluateProperties, keep, typeOf } from './create-resource.js';
import { resourceFailureReason } from './failure-reason.js';
import type { Scope } from './intrinsics.js';
import { checkProperties } from './properties.js';
import { ResourceFailure, type ResourceType, type ResourceWork } from './resource-type.js';
import { type StackResource, setResourceStatus } from './stack.js';
import type { ResourceChange } from './stack-change.js';

/** Makes, changes or replaces one resource, with its events; does nothing where no property changed. */
export async function updateResource(
  work: ResourceWork,
  change: ResourceChange,
  scope: Scope,
): Promise<void> {
  const { world, stack, resource, signal } = work;
  const { before } = change;
  const { declaration } = resource.planned;
  if (before === undefined) {
    await createResource(work, scope);
    return;
  }
  try {
    const type = typeOf(declaration);
    const properties = evaluateProperties(declaration, scope);
    if (type.alwaysUpdated !== true && isDeepStrictEqual(properties, before.properties)) return;
    const replaces = type.createOnly.some((name) => differs(name, properties, before.properties));
    resource.properties = properties;
    setResourceStatus(stack, resource, 'UPDATE_IN_PROGRESS', replaces ? replacing : undefined);
    checkProperties(type, declaration.logicalId, properties);
    refuse(type, properties, before, replaces);
    await world.background.sleep(world.settings.resourceDelayMs, signal);
    change.reached = replaces ? 'replacement' : 'update';
    keep(resource, await (replaces ? type.create(work) : type.update(work, before.properties)));
    setResourceStatus(stack, resource, 'UPDATE_COMPLETE');
  } catch (error) {
    const reason = signal.aborted
      ? 'Resource update cancelled'
      : resourceFailureReason(error, declaration.type);
    setResourceStatus(stack, resource, 'UPDATE_FAILED', reason);
    throw error;
  }
}

const replacing = 'Requested update requires the creation of a new physical resource; hence creating one.';

function refuse(
  { fixed, nameProperty }: ResourceType,
  properties: JsonObject,
  before: StackResource,
  replaces: boolean,
): void {
  if (fixed !== undefined && differs(fixed.property, properties, before.properties)) {
    throw new ResourceFailure(fixed.refusal);
  }
  const named = nameProperty !== undefined && properties[nameProperty] !== undefined;
  if (replaces && named && !differs(nameProperty, properties, before.properties)) {
    throw new ResourceFailure(
      `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${before.physicalId} and update the stack again.`,
    );
  }
}

function differs(name: string, one: JsonObject, other: JsonObject): boolean {
  return !isDeepStrictEqual(one[name], other[name]);
}
