import { randomUUID } from 'node:crypto';
import type { Account } from '../identity/account.js';
import type { Caller } from '../identity/caller.js';
import { validationError } from '../wire/aws-error.js';
import type { Json, JsonObject } from '../wire/json.js';
import type { World } from '../world.js';
import type { DriftDetection } from './drift/drift.js';
import type { PlannedResource } from './plan.js';
import type { Template } from './template.js';

/** A stack, with all that happened to it. */
export interface Stack {
  readonly id: string;
  readonly name: string;
  readonly account: Account;
  readonly region: string;
  template: Template;
  parameters: ReadonlyMap<string, string>;
  capabilities: readonly string[];
  tags: ReadonlyMap<string, string>;
  /** Resources are made with the rights of whoever launched the stack, updates it or deletes it. */
  launcher: Caller;
  onFailure: OnFailure;
  /** The stack that this one is a resource of. */
  readonly parent: Stack | undefined;
  readonly createdAt: Date;
  updatedAt: Date | undefined;
  deletedAt: Date | undefined;
  status: string;
  statusReason: string | undefined;
  /** In the order of their making. */
  resources: Map<string, StackResource>;
  readonly events: StackEvent[];
  outputs: readonly Output[];
  readonly driftDetections: DriftDetection[];
  /** Stops what is being done to the stack now. */
  interrupt: AbortController;
  /** Ends when nothing is being done to the stack. */
  work: Promise<void>;
}

export type OnFailure = 'ROLLBACK' | 'DELETE' | 'DO_NOTHING';

export interface StackResource {
  planned: PlannedResource;
  /** Missing until something exists, or may exist, that has to be deleted. */
  physicalId: string | undefined;
  status: string;
  statusReason: string | undefined;
  changedAt: Date;
  /** The evaluated properties it was made with. */
  properties: JsonObject;
  ref: Json | undefined;
  attributes: JsonObject;
}

export interface StackEvent {
  readonly id: string;
  readonly at: Date;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: string;
  readonly reason: string | undefined;
  readonly properties: JsonObject | undefined;
}

export interface Output {
  readonly key: string;
  readonly value: string;
  readonly description: string | undefined;
}

/** Sets a stack's status, with its event. */
export function setStackStatus(stack: Stack, status: string, reason?: string): void {
  stack.status = status;
  stack.statusReason = reason;
  stack.events.push({
    id: randomUUID(),
    at: new Date(),
    logicalId: stack.name,
    physicalId: stack.id,
    type: 'AWS::CloudFormation::Stack',
    status,
    reason,
    properties: undefined,
  });
}

/** Sets a resource's status, with its event. */
export function setResourceStatus(
  stack: Stack,
  resource: StackResource,
  status: string,
  reason?: string,
): void {
  const { logicalId, type } = resource.planned.declaration;
  resource.status = status;
  resource.statusReason = reason;
  resource.changedAt = new Date();
  stack.events.push({
    id: `${logicalId}-${status}-${resource.changedAt.toISOString()}`,
    at: resource.changedAt,
    logicalId,
    physicalId: resource.physicalId ?? '',
    type,
    status,
    reason,
    properties: resource.properties,
  });
}

/**
 * The stack with this name, or with this ID even if it is deleted, as far as it is of the caller's account and region.
 * Throws `ValidationError`.
 */
export function getStack(world: World, caller: Caller, nameOrId: string): Stack {
  const stack = lookUpStack(world, caller, nameOrId);
  if (stack === undefined) throw validationError(`Stack with id ${nameOrId} does not exist`);
  return stack;
}

/** The ARN that policies know a stack by, which may not exist. */
export function stackArnFor(world: World, caller: Caller, nameOrId: string): string {
  if (nameOrId.startsWith('arn:')) return nameOrId;
  const { account, region } = caller;
  const any = `arn:${account.partition}:cloudformation:${region}:${account.id}:stack/${nameOrId}/*`;
  return lookUpStack(world, caller, nameOrId)?.id ?? any;
}

/** The same, or `undefined`. */
export function lookUpStack(world: World, { account, region }: Caller, nameOrId: string): Stack | undefined {
  if (!nameOrId.startsWith('arn:')) return findStack(world, account, region, nameOrId);
  const stack = world.stacks.get(nameOrId);
  return stack?.account === account && stack.region === region ? stack : undefined;
}

/** The live stack with this name, if there is one. */
export function findStack(world: World, account: Account, region: string, name: string): Stack | undefined {
  return liveStacks(world, account, region).find((stack) => stack.name === name);
}

/** The stacks of an account and region that are not deleted. */
export function liveStacks(world: World, account: Account, region: string): Stack[] {
  return [...world.stacks.values()].filter(
    (stack) => stack.account === account && stack.region === region && stack.deletedAt === undefined,
  );
}
