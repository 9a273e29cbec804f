import { validationError } from '../../wire/aws-error.js';
import { parameterValues } from '../parameter.js';
import { prepareStack } from '../prepare-stack.js';
import { surroundingsOf } from '../scope.js';
import type { Stack } from '../stack.js';
import { parseTemplate } from '../template.js';
import { type PreparedUpdate, prepareUpdate, type UpdateRequest } from '../update-stack.js';

/** Evaluates what a change set would make of its stack, and changes nothing. Throws what CloudFormation refuses at once. */
export function prepareChange(
  stack: Stack,
  type: 'CREATE' | 'UPDATE',
  request: UpdateRequest,
): PreparedUpdate {
  if (type === 'UPDATE') return prepareUpdate(stack, request);
  const { templateBody, capabilities, tags = new Map() } = request;
  if (templateBody === undefined)
    throw validationError('Either Template URL or Template Body must be specified.');
  const template = parseTemplate(templateBody);
  const parameters = parameterValues(template.parameters, givenParameters(request));
  const surroundings = surroundingsOf({ ...stack, template, parameters });
  return { surroundings, planned: prepareStack(surroundings, capabilities), tags, changes: true };
}

/** The parameters for a new stack, which has no values to keep. Throws `ValidationError`. */
export function givenParameters({ parameters }: UpdateRequest): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  for (const [name, value] of parameters) {
    if (value === undefined) {
      throw validationError(
        `Invalid input for parameter key ${name}. Cannot specify usePreviousValue as true for a parameter key not in the previous template`,
      );
    }
    given.set(name, value);
  }
  return given;
}
