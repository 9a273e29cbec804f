import { AwsError } from '../../wire/aws-error.js';
import { parameterValues } from '../parameter.js';
import type { ResourceWork } from '../resource-type.js';
import { parseTemplate } from '../template.js';
import type { StackSetDefinition } from './definition.js';
import { refused } from './refusal.js';

/** Throws what CloudFormation says to a template, parameters or capabilities that no account could have a stack of. */
export function checkDefinition({ world, stack }: ResourceWork, definition: StackSetDefinition): void {
  const { account, region, id, name } = stack;
  try {
    const template = parseTemplate(definition.templateBody);
    const parameters = parameterValues(template.parameters, definition.parameters);
    const surroundings = { template, parameters, account, region, stackId: id, stackName: name };
    world.engine.prepareStack(surroundings, definition.capabilities);
  } catch (error) {
    throw error instanceof AwsError ? refused(error.message) : error;
  }
}
