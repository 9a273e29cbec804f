import { AwsError } from '../wire/aws-error.js';
import { isObject, type JsonObject } from '../wire/json.js';
import { resourceFailureReason } from './failure-reason.js';
import { evaluate, type Scope } from './intrinsics.js';
import { checkProperties } from './properties.js';
import type { Created, ResourceType, ResourceWork } from './resource-type.js';
import { findResourceType } from './resource-types.js';
import { type StackResource, setResourceStatus } from './stack.js';
import type { ResourceDeclaration } from './template.js';

/** Makes one resource of a stack, with its events. */
export async function createResource(work: ResourceWork, scope: Scope): Promise<void> {
  const { world, stack, resource, signal } = work;
  const { declaration } = resource.planned;
  try {
    const type = typeOf(declaration);
    resource.properties = evaluateProperties(declaration, scope);
    setResourceStatus(stack, resource, 'CREATE_IN_PROGRESS');
    checkProperties(type, declaration.logicalId, resource.properties);
    await world.background.sleep(world.settings.resourceDelayMs, signal);
    keep(resource, await type.create(work));
    setResourceStatus(stack, resource, 'CREATE_IN_PROGRESS', 'Resource creation Initiated');
    setResourceStatus(stack, resource, 'CREATE_COMPLETE');
  } catch (error) {
    const reason = signal.aborted
      ? 'Resource creation cancelled'
      : resourceFailureReason(error, declaration.type);
    setResourceStatus(stack, resource, 'CREATE_FAILED', reason);
    throw error;
  }
}

/** Remembers what a resource is now. */
export function keep(resource: StackResource, { physicalId, ref, attributes }: Created): void {
  resource.physicalId = physicalId;
  resource.ref = ref ?? physicalId;
  resource.attributes = attributes;
}

/** The properties of a resource with all intrinsics evaluated. */
export function evaluateProperties(declaration: ResourceDeclaration, scope: Scope): JsonObject {
  const value = evaluate(declaration.properties, scope);
  return isObject(value) ? value : {};
}

/** The type of a resource. Throws `ValidationError`. */
export function typeOf({ type }: ResourceDeclaration): ResourceType {
  const found = findResourceType(type);
  if (found === undefined) throw new AwsError('ValidationError', `Unrecognized resource types: [${type}]`);
  return found;
}
