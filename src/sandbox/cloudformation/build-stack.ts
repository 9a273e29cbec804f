import type { World } from '../world.js';
import { deleteResources } from './clear-stack.js';
import { createResource } from './create-resource.js';
import { inDependencyOrder } from './in-order.js';
import type { Scope } from './intrinsics.js';
import { evaluateOutputs } from './outputs.js';
import { type Stack, setStackStatus } from './stack.js';

/** Makes a new stack's resources, each as soon as those before it are there, and rolls back if one fails. */
export async function buildStack(world: World, stack: Stack, scope: Scope): Promise<void> {
  const { signal } = stack.interrupt;
  const failed = await inDependencyOrder(stack.resources.values(), signal, (resource, signal) =>
    createResource({ world, stack, resource, signal }, scope),
  );
  // Whoever interrupted decides what becomes of the stack.
  if (signal.aborted || world.background.signal.aborted) return;
  if (failed.length === 0) finish(stack, scope);
  else await rollBack(world, stack, failed, signal);
}

function finish(stack: Stack, scope: Scope): void {
  try {
    stack.outputs = evaluateOutputs(stack.template, scope);
    setStackStatus(stack, 'CREATE_COMPLETE');
  } catch (error) {
    setStackStatus(stack, 'CREATE_FAILED', error instanceof Error ? error.message : String(error));
  }
}

async function rollBack(
  world: World,
  stack: Stack,
  failed: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const reason = `The following resource(s) failed to create: [${failed.join(', ')}].`;
  if (stack.onFailure === 'DO_NOTHING') {
    setStackStatus(stack, 'CREATE_FAILED', reason);
    return;
  }
  const deletes = stack.onFailure === 'DELETE';
  setStackStatus(
    stack,
    deletes ? 'DELETE_IN_PROGRESS' : 'ROLLBACK_IN_PROGRESS',
    `${reason} ${deletes ? 'Delete' : 'Rollback'} requested by user.`,
  );
  const left = await deleteResources(world, stack, [...stack.resources.values()], signal);
  if (signal.aborted || world.background.signal.aborted) return;
  if (left.length > 0) {
    const fault = `The following resource(s) failed to delete: [${left.join(', ')}].`;
    setStackStatus(stack, deletes ? 'DELETE_FAILED' : 'ROLLBACK_FAILED', fault);
    return;
  }
  if (deletes) stack.deletedAt = new Date();
  setStackStatus(stack, deletes ? 'DELETE_COMPLETE' : 'ROLLBACK_COMPLETE');
}
