import { randomUUID } from 'node:crypto';
import { requirePermission } from '../../iam/permission.js';
import type { Caller } from '../../identity/caller.js';
import { AwsError } from '../../wire/aws-error.js';
import type { World } from '../../world.js';
import { type Stack, stackArnFor } from '../stack.js';
import { settle } from './settle.js';
import type { StackInstance, StackSet } from './stack-set.js';

/** Makes the stack of an instance, by the same engine as any other. Returns why it failed, if it did. */
export async function makeStack(
  world: World,
  set: StackSet,
  instance: StackInstance,
  caller: Caller,
): Promise<string | undefined> {
  const name = `StackSet-${set.name}-${randomUUID()}`;
  requirePermission(caller, 'cloudformation:CreateStack', stackArnFor(world, caller, name));
  const { templateBody, parameters, capabilities, tags } = set.definition;
  const request = { name, templateBody, parameters, capabilities, onFailure: 'ROLLBACK' as const, tags };
  const stack = world.engine.createStack(world, caller, request);
  instance.stack = stack;
  return settle(world, stack, 'CREATE_COMPLETE', 0);
}

/** Brings a stack up to date. Returns why it failed, if it did; where nothing changes, all is well. */
export async function renewStack(
  world: World,
  set: StackSet,
  stack: Stack,
  caller: Caller,
): Promise<string | undefined> {
  requirePermission(caller, 'cloudformation:UpdateStack', stack.id);
  const from = stack.events.length;
  try {
    world.engine.updateStack(world, caller, stack, set.definition);
  } catch (error) {
    if (error instanceof AwsError && error.message === 'No updates are to be performed.') return undefined;
    throw error;
  }
  return settle(world, stack, 'UPDATE_COMPLETE', from);
}

/** Deletes a stack. Returns why it failed, if it did. */
export async function removeStack(world: World, stack: Stack, caller: Caller): Promise<string | undefined> {
  requirePermission(caller, 'cloudformation:DeleteStack', stack.id);
  const from = stack.events.length;
  world.engine.deleteStack(world, caller, stack);
  return settle(world, stack, 'DELETE_COMPLETE', from);
}
