import { randomUUID } from 'node:crypto';
import type { Caller } from '../identity/caller.js';
import { AwsError, validationError } from '../wire/aws-error.js';
import type { World } from '../world.js';
import { buildStack } from './build-stack.js';
import { parameterValues } from './parameter.js';
import { made, plannedResource, prepareStack } from './prepare-stack.js';
import { makeScope, surroundingsOf } from './scope.js';
import { findStack, type OnFailure, type Stack, type StackResource, setStackStatus } from './stack.js';
import { parseTemplate } from './template.js';

export interface StackRequest {
  readonly name: string;
  readonly templateBody: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly capabilities: readonly string[];
  readonly onFailure: OnFailure;
  readonly tags: ReadonlyMap<string, string>;
  /** The stack that the new one is a resource of. */
  readonly parent?: Stack;
}

/** Creates a stack; its resources are made in the background. Throws what CloudFormation refuses at once. */
export function createStack(world: World, caller: Caller, request: StackRequest): Stack {
  const stack = openStack(world, caller, request);
  begin(world, stack);
  return stack;
}

/** Makes a stack without resources, which waits for one of its change sets to be executed. */
export function reviewStack(world: World, caller: Caller, request: StackRequest): Stack {
  const stack = openStack(world, caller, request);
  stack.resources = new Map();
  setStackStatus(stack, 'REVIEW_IN_PROGRESS', 'User Initiated');
  return stack;
}

/** Makes the resources of a stack that waited for this. Throws what CloudFormation refuses at once. */
export function buildReviewedStack(
  world: World,
  caller: Caller,
  stack: Stack,
  request: Omit<StackRequest, 'name'>,
): void {
  Object.assign(stack, contentOf(stack, request), { launcher: caller });
  begin(world, stack);
}

function openStack(world: World, caller: Caller, request: StackRequest): Stack {
  const { name } = request;
  checkName(name);
  if (findStack(world, caller.account, caller.region, name) !== undefined) {
    throw new AwsError('AlreadyExistsException', `Stack [${name}] already exists`);
  }
  const stack = draftStack(caller, request);
  world.stacks.set(stack.id, stack);
  return stack;
}

/** A stack of which nobody knows yet. Throws what CloudFormation refuses at once. */
export function draftStack(caller: Caller, request: StackRequest): Stack {
  const { name, parent } = request;
  const { account, region } = caller;
  const id = `arn:${account.partition}:cloudformation:${region}:${account.id}:stack/${name}/${randomUUID()}`;
  const place = { id, name, account, region };
  return {
    ...place,
    ...contentOf(place, request),
    parent,
    launcher: caller,
    createdAt: new Date(),
    updatedAt: undefined,
    deletedAt: undefined,
    status: '',
    statusReason: undefined,
    events: [],
    outputs: [],
    driftDetections: [],
    interrupt: new AbortController(),
    work: Promise.resolve(),
  };
}

function contentOf(
  place: Pick<Stack, 'id' | 'name' | 'account' | 'region'>,
  { templateBody, parameters, capabilities, onFailure, tags }: Omit<StackRequest, 'name'>,
) {
  const template = parseTemplate(templateBody);
  const values = parameterValues(template.parameters, parameters);
  const resources = new Map<string, StackResource>();
  for (const each of prepareStack(surroundingsOf({ ...place, template, parameters: values }), capabilities))
    resources.set(each.declaration.logicalId, plannedResource(each));
  return { template, parameters: values, capabilities, onFailure, tags, resources };
}

function begin(world: World, stack: Stack): void {
  setStackStatus(stack, 'CREATE_IN_PROGRESS', 'User Initiated');
  stack.work = buildStack(world, stack, makeScope(surroundingsOf(stack), made(stack.resources)));
  world.background.start(`stack ${stack.name}`, () => stack.work);
}

function checkName(name: string): void {
  const pattern = '[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*';
  if (!/^[a-zA-Z][-a-zA-Z0-9]*$/.test(name)) {
    throw validationError(
      `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`,
    );
  }
  if (name.length > 128) {
    throw validationError(
      `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: Member must have length less than or equal to 128`,
    );
  }
}
