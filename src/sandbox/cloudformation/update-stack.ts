import type { Caller } from '../identity/caller.js';
import { validationError } from '../wire/aws-error.js';
import type { World } from '../world.js';
import { parameterValues } from './parameter.js';
import type { PlannedResource } from './plan.js';
import { made, plannedResource, prepareStack } from './prepare-stack.js';
import { runUpdate } from './run-update.js';
import { makeScope, type Surroundings, surroundingsOf } from './scope.js';
import { type Stack, type StackResource, setStackStatus } from './stack.js';
import { changesAnything, type ResourceChange } from './stack-change.js';
import { parseTemplate } from './template.js';

export interface UpdateRequest {
  /** `undefined` keeps the template. */
  readonly templateBody: string | undefined;
  /** `undefined` as a value keeps the one that the parameter has. */
  readonly parameters: ReadonlyMap<string, string | undefined>;
  readonly capabilities: readonly string[];
  /** `undefined` keeps the tags. */
  readonly tags: ReadonlyMap<string, string> | undefined;
}

/** An update that CloudFormation would begin, with all that is evaluated. */
export interface PreparedUpdate {
  readonly surroundings: Surroundings;
  readonly planned: readonly PlannedResource[];
  readonly tags: ReadonlyMap<string, string>;
  /** Whether there is anything to do. */
  readonly changes: boolean;
}

/** Updates a stack; its resources are changed in the background. Throws what CloudFormation refuses at once. */
export function updateStack(world: World, caller: Caller, stack: Stack, request: UpdateRequest): void {
  const prepared = prepareUpdate(stack, request);
  if (!prepared.changes) throw validationError('No updates are to be performed.');
  begin(world, caller, stack, request, prepared);
}

/** Evaluates an update, and changes nothing. Throws what CloudFormation refuses at once. */
export function prepareUpdate(stack: Stack, request: UpdateRequest): PreparedUpdate {
  if (!/^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/.test(stack.status)) {
    throw validationError(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
  }
  const template = parseTemplate(request.templateBody ?? stack.template.body);
  const parameters = parameterValues(template.parameters, givenValues(stack, request));
  const surroundings = surroundingsOf({ ...stack, template, parameters });
  const planned = prepareStack(surroundings, request.capabilities);
  checkResourceTypes(stack, planned);
  const tags = request.tags ?? stack.tags;
  return { surroundings, planned, tags, changes: changesAnything(stack, surroundings, planned, tags) };
}

function begin(
  world: World,
  caller: Caller,
  stack: Stack,
  { capabilities }: UpdateRequest,
  { surroundings, planned, tags }: PreparedUpdate,
): void {
  const { template, parameters } = surroundings;
  const before = { ...stack };
  const changes = planned.map((each) => changeOf(stack, each));
  const resources = new Map(
    changes.map((each) => [each.resource.planned.declaration.logicalId, each.resource]),
  );
  const removed = [...stack.resources].filter(([logicalId]) => !resources.has(logicalId));
  Object.assign(stack, {
    template,
    parameters,
    capabilities,
    tags,
    launcher: caller,
    updatedAt: new Date(),
    resources: new Map([...resources, ...removed]),
    interrupt: new AbortController(),
  });
  setStackStatus(stack, 'UPDATE_IN_PROGRESS', 'User Initiated');
  const scope = makeScope(surroundings, made(resources));
  stack.work = runUpdate({ world, stack, before, changes, removed: removed.map(([, each]) => each) }, scope);
  world.background.start(`stack ${stack.name}`, () => stack.work);
}

function givenValues(stack: Stack, { parameters }: UpdateRequest): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of parameters) {
    const known = value ?? stack.parameters.get(name);
    if (known === undefined) {
      throw validationError(
        `Invalid input for parameter key ${name}. Cannot specify usePreviousValue as true for a parameter key not in the previous template`,
      );
    }
    values.set(name, known);
  }
  return values;
}

function checkResourceTypes(stack: Stack, planned: readonly PlannedResource[]): void {
  const changed = planned
    .map(({ declaration }) => declaration)
    .filter(({ logicalId, type }) => {
      const known = stack.resources.get(logicalId)?.planned.declaration.type;
      return known !== undefined && known !== type;
    });
  if (changed.length === 0) return;
  const names = changed.map(({ logicalId }) => logicalId).join(', ');
  throw validationError(
    `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${names}]`,
  );
}

function changeOf(stack: Stack, planned: PlannedResource): ResourceChange {
  const resource: StackResource | undefined = stack.resources.get(planned.declaration.logicalId);
  if (resource === undefined) {
    return { resource: plannedResource(planned), before: undefined, reached: 'nothing' };
  }
  const before = { ...resource };
  resource.planned = planned;
  return { resource, before, reached: 'nothing' };
}
