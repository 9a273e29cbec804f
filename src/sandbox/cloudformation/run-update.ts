import { deleteResources } from './clear-stack.js';
import { inDependencyOrder } from './in-order.js';
import type { Scope } from './intrinsics.js';
import { evaluateOutputs } from './outputs.js';
import { rollBackUpdate } from './roll-back-update.js';
import { type StackResource, setStackStatus } from './stack.js';
import type { StackUpdate } from './stack-change.js';
import { updateResource } from './update-resource.js';

/** Changes a stack's resources in the order of their dependencies, then deletes what the update left behind. */
export async function runUpdate(update: StackUpdate, scope: Scope): Promise<void> {
  const { world, stack, changes, removed } = update;
  const { signal } = stack.interrupt;
  const byResource = new Map(changes.map((change) => [change.resource, change]));
  const failed = await inDependencyOrder(byResource.keys(), signal, async (resource, signal) => {
    const change = byResource.get(resource);
    if (change !== undefined) await updateResource({ world, stack, resource, signal }, change, scope);
  });
  if (signal.aborted || world.background.signal.aborted) return;
  const reason = failed.length > 0 ? failureReason(update, failed) : outputsFault(update, scope);
  if (reason !== undefined) {
    await rollBackUpdate(update, reason);
    return;
  }
  setStackStatus(stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
  const replaced = changes.flatMap(({ resource, before }) =>
    before === undefined || before.physicalId === resource.physicalId ? [] : [before],
  );
  await cleanUp(update, [...replaced, ...removed]);
  if (signal.aborted || world.background.signal.aborted) return;
  setStackStatus(stack, 'UPDATE_COMPLETE');
}

/** Deletes what is left over; what cannot be deleted is left to the account, and the stack is complete all the same. */
async function cleanUp({ world, stack, removed }: StackUpdate, leftOver: StackResource[]): Promise<void> {
  await deleteResources(world, stack, leftOver, stack.interrupt.signal);
  for (const { planned } of removed) stack.resources.delete(planned.declaration.logicalId);
}

function outputsFault({ stack }: StackUpdate, scope: Scope): string | undefined {
  try {
    stack.outputs = evaluateOutputs(stack.template, scope);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function failureReason({ changes }: StackUpdate, failed: readonly string[]): string {
  const added = changes.filter(({ before }) => before === undefined);
  const isAdded = (id: string): boolean =>
    added.some(({ resource }) => resource.planned.declaration.logicalId === id);
  const parts = [
    { verb: 'create', ids: failed.filter(isAdded) },
    { verb: 'update', ids: failed.filter((id) => !isAdded(id)) },
  ];
  return parts
    .filter(({ ids }) => ids.length > 0)
    .map(({ verb, ids }) => `The following resource(s) failed to ${verb}: [${ids.join(', ')}]. `)
    .join('');
}
