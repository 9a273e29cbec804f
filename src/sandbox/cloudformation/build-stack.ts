import { requirePermission } from '../iam/permission.js';
import { AwsError } from '../wire/aws-error.js';
import { isObject, type JsonObject } from '../wire/json.js';
import type { World } from '../world.js';
import { deleteResources } from './clear-stack.js';
import { resourceFailureReason } from './failure-reason.js';
import { evaluate, type Scope } from './intrinsics.js';
import { checkProperties } from './properties.js';
import { findResourceType } from './resource-types.js';
import { type Output, type Stack, type StackResource, setResourceStatus, setStackStatus } from './stack.js';

/** Makes a new stack's resources, each as soon as those before it are there, and rolls back if one fails. */
export async function buildStack(world: World, stack: Stack, scope: Scope): Promise<void> {
  const { signal } = stack.interrupt;
  const failed: string[] = [];
  const made = new Map<string, Promise<void>>();
  // A failure stops what is under way as well.
  const stop = new AbortController();
  for (const resource of stack.resources.values()) {
    const { declaration, after } = resource.planned;
    const build = async (): Promise<void> => {
      await Promise.all(after.map((id) => made.get(id)));
      stop.signal.throwIfAborted();
      signal.throwIfAborted();
      await buildResource(world, stack, resource, scope, AbortSignal.any([signal, stop.signal])).catch(
        (error) => {
          failed.push(declaration.logicalId);
          stop.abort();
          throw error;
        },
      );
    };
    made.set(declaration.logicalId, build());
  }
  await Promise.allSettled(made.values());
  // Whoever interrupted decides what becomes of the stack.
  if (signal.aborted || world.background.signal.aborted) return;
  if (failed.length === 0) finish(stack, scope);
  else await rollBack(world, stack, failed, signal);
}

async function buildResource(
  world: World,
  stack: Stack,
  resource: StackResource,
  scope: Scope,
  signal: AbortSignal,
): Promise<void> {
  const { declaration } = resource.planned;
  const { logicalId } = declaration;
  try {
    const type = findResourceType(declaration.type);
    if (type === undefined)
      throw new AwsError('ValidationError', `Unrecognized resource types: [${declaration.type}]`);
    resource.properties = asObject(evaluate(declaration.properties, scope));
    setResourceStatus(stack, resource, 'CREATE_IN_PROGRESS');
    checkProperties(type, logicalId, resource.properties);
    requirePermission(stack.launcher, type.permission, '*');
    await world.background.sleep(world.settings.resourceDelayMs, signal);
    const created = await type.create({ world, stack, resource, signal });
    resource.physicalId = created.physicalId;
    resource.ref = created.ref ?? created.physicalId;
    resource.attributes = created.attributes;
    setResourceStatus(stack, resource, 'CREATE_IN_PROGRESS', 'Resource creation Initiated');
    setResourceStatus(stack, resource, 'CREATE_COMPLETE');
  } catch (error) {
    const reason = signal.aborted
      ? 'Resource creation cancelled'
      : resourceFailureReason(error, declaration.type);
    setResourceStatus(stack, resource, 'CREATE_FAILED', reason);
    throw error;
  }
}

function finish(stack: Stack, scope: Scope): void {
  try {
    stack.outputs = evaluateOutputs(stack, scope);
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
  const left = await deleteResources(world, stack, signal);
  if (signal.aborted || world.background.signal.aborted) return;
  if (left.length > 0) {
    const fault = `The following resource(s) failed to delete: [${left.join(', ')}].`;
    setStackStatus(stack, deletes ? 'DELETE_FAILED' : 'ROLLBACK_FAILED', fault);
    return;
  }
  if (deletes) stack.deletedAt = new Date();
  setStackStatus(stack, deletes ? 'DELETE_COMPLETE' : 'ROLLBACK_COMPLETE');
}

function evaluateOutputs(stack: Stack, scope: Scope): Output[] {
  return [...stack.template.outputs].flatMap(([key, output]) => {
    if (output.condition !== undefined && !scope.condition(output.condition)) return [];
    const value = evaluate(output.value, scope);
    return [{ key, value: String(value ?? ''), description: output.description }];
  });
}

function asObject(value: ReturnType<typeof evaluate>): JsonObject {
  return isObject(value) ? value : {};
}
