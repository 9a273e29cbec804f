import { deleteResources } from './clear-stack.js';
import { keep, typeOf } from './create-resource.js';
import { resourceFailureReason } from './failure-reason.js';
import { type StackResource, setResourceStatus, setStackStatus } from './stack.js';
import type { ResourceChange, StackUpdate } from './stack-change.js';

/**
 * Undoes an update: what was changed is changed back, each resource after those that depend on it, and what was
 * made for the update is deleted. One that cannot be changed back leaves the stack in UPDATE_ROLLBACK_FAILED.
 */
export async function rollBackUpdate(update: StackUpdate, reason: string): Promise<void> {
  const { world, stack, before, changes } = update;
  const { signal } = stack.interrupt;
  setStackStatus(stack, 'UPDATE_ROLLBACK_IN_PROGRESS', reason);
  const leftOver: StackResource[] = [];
  const failed: string[] = [];
  const done = new Map<StackResource, Promise<void>>();
  for (const change of changes.toReversed()) {
    const { logicalId } = change.resource.planned.declaration;
    const dependents = changes.filter(({ resource }) => resource.planned.after.includes(logicalId));
    const begin = async (): Promise<void> => {
      await Promise.all(dependents.map(({ resource }) => done.get(resource)));
      if (failed.length > 0 || signal.aborted) return;
      if (!(await restore(update, change, leftOver))) failed.push(logicalId);
    };
    done.set(change.resource, begin());
  }
  await Promise.all(done.values());
  if (signal.aborted || world.background.signal.aborted) return;
  const { template, parameters, capabilities, tags, outputs } = before;
  Object.assign(stack, { template, parameters, capabilities, tags, outputs });
  if (failed.length > 0) {
    const fault = `The following resource(s) failed to update: [${failed.join(', ')}]. `;
    setStackStatus(stack, 'UPDATE_ROLLBACK_FAILED', fault);
    return;
  }
  setStackStatus(stack, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
  await deleteResources(world, stack, leftOver, signal);
  if (signal.aborted || world.background.signal.aborted) return;
  stack.resources = before.resources;
  setStackStatus(stack, 'UPDATE_ROLLBACK_COMPLETE');
}

/** Makes a resource what it was. Returns whether that went well. */
async function restore(
  update: StackUpdate,
  { resource, before, reached }: ResourceChange,
  leftOver: StackResource[],
): Promise<boolean> {
  const { world, stack } = update;
  const { signal } = stack.interrupt;
  const attempted = { ...resource };
  if (before === undefined) {
    leftOver.push(resource);
    return true;
  }
  const { planned, properties, physicalId, ref = null, attributes } = before;
  Object.assign(resource, { planned, properties });
  if (reached !== 'update') {
    keep(resource, { physicalId: physicalId ?? '', ref, attributes });
    if (attempted.physicalId !== physicalId) leftOver.push(attempted);
    if (attempted.status.startsWith('UPDATE_') && attempted.properties !== properties)
      setResourceStatus(stack, resource, 'UPDATE_COMPLETE');
    return true;
  }
  try {
    setResourceStatus(stack, resource, 'UPDATE_IN_PROGRESS');
    await world.background.sleep(world.settings.resourceDelayMs, signal);
    const work = { world, stack, resource, signal };
    keep(resource, await typeOf(planned.declaration).update(work, attempted.properties));
    if (resource.physicalId !== attempted.physicalId) leftOver.push(attempted);
    setResourceStatus(stack, resource, 'UPDATE_COMPLETE');
    return true;
  } catch (error) {
    if (signal.aborted || world.background.signal.aborted) return false;
    setResourceStatus(
      stack,
      resource,
      'UPDATE_FAILED',
      resourceFailureReason(error, planned.declaration.type),
    );
    return false;
  }
}
