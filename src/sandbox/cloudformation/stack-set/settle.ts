import type { World } from '../../world.js';
import type { Stack } from '../stack.js';

/**
 * Waits until nothing is being done to a stack. Returns why it is not what it was to become, in the words of a stack
 * instance's reason; `undefined` where it is. `from` is the number of events that it had before.
 */
export async function settle(
  world: World,
  stack: Stack,
  expected: string,
  from: number,
): Promise<string | undefined> {
  let work: Promise<void> | undefined;
  // Somebody in the account may begin something else with the stack meanwhile.
  while (work !== stack.work) {
    work = stack.work;
    await work;
  }
  world.background.signal.throwIfAborted();
  if (stack.status === expected) return undefined;
  const cause = stack.events
    .slice(from)
    .find(({ type, status }) => type !== 'AWS::CloudFormation::Stack' && status.endsWith('_FAILED'));
  if (cause === undefined) return stack.statusReason ?? `Stack ${stack.id} is in ${stack.status} state`;
  const { logicalId, type, reason } = cause;
  return `ResourceLogicalId:${logicalId}, ResourceType:${type}, ResourceStatusReason:${reason}.`;
}
