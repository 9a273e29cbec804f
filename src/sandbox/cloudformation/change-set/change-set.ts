import type { Caller } from '../../identity/caller.js';
import { AwsError, validationError } from '../../wire/aws-error.js';
import type { QueryInput } from '../../wire/query-input.js';
import type { World } from '../../world.js';
import { lookUpStack, type OnFailure, type Stack } from '../stack.js';
import type { PreparedUpdate, UpdateRequest } from '../update-stack.js';
import type { ResourceChange } from './changes.js';

/** What would become of a stack, computed and not yet done. */
export interface ChangeSet {
  /** An ARN. */
  readonly id: string;
  readonly name: string;
  readonly type: 'CREATE' | 'UPDATE';
  readonly stack: Stack;
  /** When the stack had last been updated; another update makes the change set obsolete. */
  readonly basis: Date | undefined;
  readonly description: string | undefined;
  readonly createdAt: Date;
  readonly request: ChangeRequest;
  /** The stack as it is to be. */
  readonly prepared: PreparedUpdate;
  readonly includesNested: boolean;
  /** The change set of the stack above, for that of a nested stack. */
  readonly parent: ChangeSet | undefined;
  status: 'CREATE_PENDING' | 'CREATE_IN_PROGRESS' | 'CREATE_COMPLETE' | 'FAILED';
  statusReason: string | undefined;
  changes: readonly ResourceChange[];
  execution: 'EXECUTE_IN_PROGRESS' | 'EXECUTE_COMPLETE' | 'EXECUTE_FAILED' | undefined;
}

export interface ChangeRequest extends UpdateRequest {
  /** What becomes of a new stack that cannot be made. */
  readonly onFailure: OnFailure;
}

/** Whether a change set can be executed, or what became of it. */
export function executionStatus({ execution, status, type, stack, basis }: ChangeSet): string {
  if (execution !== undefined) return execution;
  if (status !== 'CREATE_COMPLETE') return 'UNAVAILABLE';
  const stands = type === 'CREATE' ? stack.status === 'REVIEW_IN_PROGRESS' : stack.updatedAt === basis;
  return stands ? 'AVAILABLE' : 'OBSOLETE';
}

/** The change set that a request names, by its ARN or by its name and its stack's; `undefined` if there is none. */
export function lookUpChangeSet(world: World, caller: Caller, input: QueryInput): ChangeSet | undefined {
  const name = input.required('ChangeSetName');
  const stack = stackOfRequest(world, caller, input);
  if (stack === undefined && input.text('StackName') !== undefined) {
    throw validationError(`Stack [${input.text('StackName')}] does not exist`);
  }
  return changeSetsOf(world, stack).find((each) => each.id === name || each.name === name);
}

/** The same. Throws `ChangeSetNotFound`. */
export function getChangeSet(world: World, caller: Caller, input: QueryInput): ChangeSet {
  const found = lookUpChangeSet(world, caller, input);
  if (found !== undefined) return found;
  throw new AwsError(
    'ChangeSetNotFound',
    `ChangeSet [${input.required('ChangeSetName')}] does not exist`,
    404,
  );
}

/** The change sets of a stack; those of a deleted stack are gone with it. */
export function changeSetsOf(world: World, stack: Stack | undefined): ChangeSet[] {
  if (stack === undefined || stack.deletedAt !== undefined) return [];
  return [...world.changeSets.values()].filter((each) => each.stack === stack);
}

function stackOfRequest(world: World, caller: Caller, input: QueryInput): Stack | undefined {
  const name = input.text('StackName');
  if (name !== undefined) return lookUpStack(world, caller, name);
  const id = input.required('ChangeSetName');
  if (id.startsWith('arn:')) return world.changeSets.get(id)?.stack;
  throw validationError('StackName must be specified if ChangeSetName is not specified as an ARN.');
}
