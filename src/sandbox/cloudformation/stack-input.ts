import { requirePermission } from '../iam/permission.js';
import type { Caller } from '../identity/caller.js';
import { validationError } from '../wire/aws-error.js';
import type { QueryInput } from '../wire/query-input.js';
import type { World } from '../world.js';
import type { StackRequest } from './create-stack.js';
import { getStack, type OnFailure, type Stack, stackArnFor } from './stack.js';
import { templateSource } from './template-source.js';
import type { UpdateRequest } from './update-stack.js';

/** By this key a policy can allow one template alone. */
export function urlKey(input: QueryInput) {
  return { 'cloudformation:TemplateUrl': input.text('TemplateURL') };
}

/** The stack that a request names, if the caller may do this to it. Throws `AccessDenied` and `ValidationError`. */
export function openStack(world: World, caller: Caller, input: QueryInput, action: string): Stack {
  const name = input.required('StackName');
  requirePermission(caller, action, stackArnFor(world, caller, name));
  return getStack(world, caller, name);
}

/** What CreateStack was asked for. */
export function readRequest(world: World, caller: Caller, input: QueryInput): StackRequest {
  return {
    name: input.required('StackName'),
    templateBody: readTemplateSource(world, caller, input),
    parameters: new Map(
      input
        .list('Parameters')
        .map((each) => [each.required('ParameterKey'), each.text('ParameterValue') ?? '']),
    ),
    capabilities: input.texts('Capabilities'),
    onFailure: readOnFailure(input, 'OnFailure'),
    tags: readTags(input),
  };
}

/** What UpdateStack, or a change set, was asked for. */
export function readUpdate(world: World, caller: Caller, input: QueryInput): UpdateRequest {
  const tags = readTags(input);
  return {
    templateBody: input.flag('UsePreviousTemplate') ? undefined : readTemplateSource(world, caller, input),
    parameters: new Map(
      input
        .list('Parameters')
        .map((each) => [
          each.required('ParameterKey'),
          each.flag('UsePreviousValue') ? undefined : (each.text('ParameterValue') ?? ''),
        ]),
    ),
    capabilities: input.texts('Capabilities'),
    tags: tags.size > 0 ? tags : undefined,
  };
}

/** The text of the template that a request brings or names. */
export function readTemplateSource(world: World, caller: Caller, input: QueryInput): string {
  const given = { body: input.text('TemplateBody'), url: input.text('TemplateURL') };
  return templateSource(world, given, caller);
}

function readTags(input: QueryInput): Map<string, string> {
  return new Map(input.list('Tags').map((each) => [each.required('Key'), each.text('Value') ?? '']));
}

/** What becomes of a new stack that cannot be made, under the name that the operation has for it. */
export function readOnFailure(input: QueryInput, name: 'OnFailure' | 'OnStackFailure'): OnFailure {
  const value = input.text(name);
  if (value === undefined) return input.flag('DisableRollback') ? 'DO_NOTHING' : 'ROLLBACK';
  if (value === 'ROLLBACK' || value === 'DELETE' || value === 'DO_NOTHING') return value;
  throw validationError(`${name} must be one of ROLLBACK, DELETE, DO_NOTHING`);
}
