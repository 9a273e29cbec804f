import { randomUUID } from 'node:crypto';
import type { Caller } from '../identity/caller.js';
import { AwsError, validationError } from '../wire/aws-error.js';
import type { World } from '../world.js';
import { buildStack } from './build-stack.js';
import { parameterValues } from './parameter.js';
import { made, plannedResource, prepareStack } from './prepare-stack.js';
import { makeScope, type Surroundings } from './scope.js';
import { findStack, type OnFailure, type Stack, type StackResource, setStackStatus } from './stack.js';
import { parseTemplate } from './template.js';

export interface StackRequest {
  readonly name: string;
  readonly templateBody: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly capabilities: readonly string[];
  readonly onFailure: OnFailure;
  readonly tags: ReadonlyMap<string, string>;
}

/** Creates a stack; its resources are made in the background. Throws what CloudFormation refuses at once. */
export function createStack(world: World, caller: Caller, request: StackRequest): Stack {
  checkName(request.name);
  if (findStack(world, caller.account, caller.region, request.name) !== undefined) {
    throw new AwsError('AlreadyExistsException', `Stack [${request.name}] already exists`);
  }
  const { account, region } = caller;
  const template = parseTemplate(request.templateBody);
  const surroundings: Surroundings = {
    template,
    parameters: parameterValues(template.parameters, request.parameters),
    account,
    region,
    stackName: request.name,
    stackId: `arn:${account.partition}:cloudformation:${region}:${account.id}:stack/${request.name}/${randomUUID()}`,
  };
  const resources = new Map<string, StackResource>();
  for (const each of prepareStack(surroundings, request.capabilities))
    resources.set(each.declaration.logicalId, plannedResource(each));
  const stack: Stack = {
    ...surroundings,
    id: surroundings.stackId,
    name: request.name,
    capabilities: request.capabilities,
    tags: request.tags,
    launcher: caller,
    onFailure: request.onFailure,
    createdAt: new Date(),
    updatedAt: undefined,
    deletedAt: undefined,
    status: '',
    statusReason: undefined,
    resources,
    events: [],
    outputs: [],
    interrupt: new AbortController(),
    work: Promise.resolve(),
  };
  world.stacks.set(stack.id, stack);
  setStackStatus(stack, 'CREATE_IN_PROGRESS', 'User Initiated');
  stack.work = buildStack(world, stack, makeScope(surroundings, made(resources)));
  world.background.start(`stack ${stack.name}`, () => stack.work);
  return stack;
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
