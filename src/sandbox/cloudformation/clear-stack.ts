import type { World } from '../world.js';
import { resourceFailureReason } from './failure-reason.js';
import type { ResourceWork } from './resource-type.js';
import { findResourceType } from './resource-types.js';
import { type Stack, type StackResource, setResourceStatus } from './stack.js';

/**
 * Deletes resources of a stack, each as soon as those that need it are gone. Returns the logical IDs of those that
 * could not be deleted; what they need stays too.
 */
export async function deleteResources(
  world: World,
  stack: Stack,
  resources: readonly StackResource[],
  signal: AbortSignal,
  retain: readonly string[] = [],
): Promise<string[]> {
  const failed: string[] = [];
  const gone = new Map<string, Promise<boolean>>();
  for (const resource of resources.toReversed()) {
    const { logicalId } = resource.planned.declaration;
    const dependents = resources.filter(({ planned }) => planned.after.includes(logicalId));
    const clear = async (): Promise<boolean> => {
      const free = await Promise.all(dependents.map((each) => gone.get(each.planned.declaration.logicalId)));
      if (free.includes(false) || signal.aborted) return false;
      const deleted = await deleteResource({ world, stack, resource, signal }, retain);
      if (!deleted) failed.push(logicalId);
      return deleted;
    };
    gone.set(logicalId, clear());
  }
  await Promise.all(gone.values());
  return failed;
}

async function deleteResource(work: ResourceWork, retain: readonly string[]): Promise<boolean> {
  const { world, stack, resource, signal } = work;
  const { declaration } = resource.planned;
  if (resource.status === 'PLANNED' || resource.status === 'DELETE_COMPLETE') return true;
  if (declaration.retain || retain.includes(declaration.logicalId)) {
    setResourceStatus(stack, resource, 'DELETE_SKIPPED');
    return true;
  }
  try {
    if (resource.physicalId !== undefined) {
      setResourceStatus(stack, resource, 'DELETE_IN_PROGRESS');
      await world.background.sleep(world.settings.resourceDelayMs, signal);
      await findResourceType(declaration.type)?.delete(work);
    }
    setResourceStatus(stack, resource, 'DELETE_COMPLETE');
    return true;
  } catch (error) {
    if (signal.aborted || world.background.signal.aborted) return false;
    setResourceStatus(stack, resource, 'DELETE_FAILED', resourceFailureReason(error, declaration.type));
    return false;
  }
}
