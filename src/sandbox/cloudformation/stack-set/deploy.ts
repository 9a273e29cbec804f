import type { Caller } from '../../identity/caller.js';
import { AwsError } from '../../wire/aws-error.js';
import type { World } from '../../world.js';
import { executionCaller } from './execution-role.js';
import { makeStack, removeStack, renewStack } from './instance-stack.js';
import { openInstance, type Place, placeKey, type StackInstance, type StackSet } from './stack-set.js';

/** How a place's turn in an operation ended: why it failed, if it did. One that was passed over did not. */
export interface Outcome {
  readonly failure: string | undefined;
}

/** Makes the stack at a place, or brings it up to date; one whose making failed is deleted and made anew. */
export async function deploy(world: World, set: StackSet, place: Place): Promise<Outcome> {
  const instance = openInstance(set, place);
  if (isClosed(world, place)) return passOver(instance);
  const failure = await attempt(world, set, instance, async (caller) => {
    const { stack } = instance;
    if (stack === undefined || stack.deletedAt !== undefined) return makeStack(world, set, instance, caller);
    if (/^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/.test(stack.status)) {
      return renewStack(world, set, stack, caller);
    }
    return (await removeStack(world, stack, caller)) ?? makeStack(world, set, instance, caller);
  });
  instance.status = failure === undefined ? 'CURRENT' : 'OUTDATED';
  instance.detailedStatus = failure === undefined ? 'SUCCEEDED' : 'FAILED';
  return { failure };
}

/** Deletes the stack at a place and forgets the place; where the stack is retained, it is only forgotten. */
export async function withdraw(
  world: World,
  set: StackSet,
  instance: StackInstance,
  retains = false,
): Promise<Outcome> {
  const { stack } = instance;
  const isThere = stack !== undefined && stack.deletedAt === undefined;
  if (isThere && !retains) {
    if (isClosed(world, instance)) return passOver(instance);
    const failure = await attempt(world, set, instance, (caller) => removeStack(world, stack, caller));
    if (failure !== undefined) {
      instance.status = 'INOPERABLE';
      instance.detailedStatus = 'INOPERABLE';
      return { failure };
    }
  }
  set.instances.delete(placeKey(instance));
  return { failure: undefined };
}

/** Stack sets do nothing in accounts that are suspended, and do not count them as failed. */
function isClosed(world: World, { account }: Place): boolean {
  const member = world.organizations.of(account)?.members.get(account);
  return member !== undefined && member.status !== 'ACTIVE';
}

function passOver(instance: StackInstance): Outcome {
  instance.status = 'OUTDATED';
  instance.detailedStatus = 'SKIPPED_SUSPENDED_ACCOUNT';
  instance.reason =
    'This account is suspended. To remove this instance from the stack set, run DeleteStackInstances with the RetainStacks parameter.';
  return { failure: undefined };
}

/** Returns why it failed, if it did; what CloudFormation refuses in the account is a failure like any other. */
async function attempt(
  world: World,
  set: StackSet,
  instance: StackInstance,
  work: (caller: Caller) => Promise<string | undefined>,
): Promise<string | undefined> {
  const { account, region } = instance;
  instance.detailedStatus = 'RUNNING';
  const caller = executionCaller(world, set, world.accounts.open(account, region), region);
  try {
    instance.reason = await work(caller);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    instance.reason = error.message;
  }
  return instance.reason;
}
