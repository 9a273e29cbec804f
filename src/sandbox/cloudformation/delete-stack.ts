import type { Caller } from '../identity/caller.js';
import { validationError } from '../wire/aws-error.js';
import type { World } from '../world.js';
import { deleteResources } from './clear-stack.js';
import { type Stack, setStackStatus } from './stack.js';

/** Deletes a stack in the background, also one that is still being made. `retain` only helps after DELETE_FAILED. */
export function deleteStack(
  world: World,
  caller: Caller,
  stack: Stack,
  retain: readonly string[] = [],
): void {
  if (stack.deletedAt !== undefined || stack.status === 'DELETE_IN_PROGRESS') return;
  if (/^UPDATE_.*IN_PROGRESS$/.test(stack.status)) {
    throw validationError(`Stack [${stack.name}] cannot be deleted while in status ${stack.status}`);
  }
  if (retain.length > 0 && stack.status !== 'DELETE_FAILED') {
    throw validationError(
      `Invalid operation on stack [${stack.id}]. RetainResources can only be used on stacks in DELETE_FAILED`,
    );
  }
  const before = stack.work;
  stack.interrupt.abort();
  stack.interrupt = new AbortController();
  stack.launcher = caller;
  const { signal } = stack.interrupt;
  setStackStatus(stack, 'DELETE_IN_PROGRESS', 'User Initiated');
  stack.work = before.then(() => clear(world, stack, signal, retain));
  world.background.start(`stack ${stack.name}`, () => stack.work);
}

async function clear(
  world: World,
  stack: Stack,
  signal: AbortSignal,
  retain: readonly string[],
): Promise<void> {
  const left = await deleteResources(world, stack, [...stack.resources.values()], signal, retain);
  if (signal.aborted || world.background.signal.aborted) return;
  if (left.length > 0) {
    setStackStatus(
      stack,
      'DELETE_FAILED',
      `The following resource(s) failed to delete: [${left.join(', ')}].`,
    );
    return;
  }
  stack.deletedAt = new Date();
  setStackStatus(stack, 'DELETE_COMPLETE');
}
