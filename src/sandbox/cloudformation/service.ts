import { requirePermission } from '../iam/permission.js';
import type { Caller } from '../identity/caller.js';
import { validationError } from '../wire/aws-error.js';
import type { QueryService } from '../wire/query.js';
import type { QueryInput } from '../wire/query-input.js';
import type { World } from '../world.js';
import { createStack, type StackRequest } from './create-stack.js';
import { deleteStack } from './delete-stack.js';
import { describeEvent, describeResource, describeStack, summarizeStack } from './describe.js';
import { getStack, liveStacks, lookUpStack, type OnFailure, type Stack, stackArnFor } from './stack.js';
import { templateSource } from './template-source.js';
import { type UpdateRequest, updateStack } from './update-stack.js';
import { validateTemplate } from './validate-template.js';

/** CloudFormation, as far as stacks go. */
export const cloudFormation: QueryService = {
  namespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
  actions: {
    CreateStack: (world, caller, input) => {
      const name = input.required('StackName');
      requirePermission(caller, 'cloudformation:CreateStack', stackArnFor(world, caller, name));
      return { StackId: createStack(world, caller, readRequest(world, input)).id };
    },
    UpdateStack: (world, caller, input) => {
      const stack = openStack(world, caller, input, 'cloudformation:UpdateStack');
      updateStack(world, caller, stack, readUpdate(world, input));
      return { StackId: stack.id };
    },
    DeleteStack: (world, caller, input) => {
      const name = input.required('StackName');
      requirePermission(caller, 'cloudformation:DeleteStack', stackArnFor(world, caller, name));
      const stack = lookUpStack(world, caller, name);
      // AWS says nothing about a name that no stack has.
      if (stack !== undefined) deleteStack(world, stack, input.texts('RetainResources'));
      return {};
    },
    DescribeStacks: (world, caller, input) => {
      const action = 'cloudformation:DescribeStacks';
      if (input.text('StackName') !== undefined) {
        return { Stacks: [describeStack(openStack(world, caller, input, action))] };
      }
      requirePermission(caller, action, stackArnFor(world, caller, '*'));
      return { Stacks: liveStacks(world, caller.account, caller.region).map(describeStack) };
    },
    ListStacks: (world, caller) => {
      requirePermission(caller, 'cloudformation:ListStacks', '*');
      const stacks = [...world.stacks.values()].filter(
        ({ account, region }) => account === caller.account && region === caller.region,
      );
      return { StackSummaries: stacks.map(summarizeStack) };
    },
    ValidateTemplate: (world, caller, input) => {
      requirePermission(caller, 'cloudformation:ValidateTemplate', '*');
      return validateTemplate(readTemplateSource(world, input));
    },
    DescribeStackEvents: (world, caller, input) => {
      const stack = openStack(world, caller, input, 'cloudformation:DescribeStackEvents');
      return { StackEvents: stack.events.map((event) => describeEvent(stack, event)).reverse() };
    },
    DescribeStackResources: (world, caller, input) => {
      const stack = openStack(world, caller, input, 'cloudformation:DescribeStackResources');
      const wanted = input.text('LogicalResourceId');
      const resources = [...stack.resources.values()].filter(
        ({ status, planned }) =>
          status !== 'PLANNED' && (wanted === undefined || wanted === planned.declaration.logicalId),
      );
      return { StackResources: resources.map((resource) => describeResource(stack, resource)) };
    },
    GetTemplate: (world, caller, input) => ({
      TemplateBody: openStack(world, caller, input, 'cloudformation:GetTemplate').template.body,
      StagesAvailable: ['Original'],
    }),
  },
};

function openStack(world: World, caller: Caller, input: QueryInput, action: string): Stack {
  const name = input.required('StackName');
  requirePermission(caller, action, stackArnFor(world, caller, name));
  return getStack(world, caller, name);
}

function readRequest(world: World, input: QueryInput): StackRequest {
  return {
    name: input.required('StackName'),
    templateBody: readTemplateSource(world, input),
    parameters: new Map(
      input
        .list('Parameters')
        .map((each) => [each.required('ParameterKey'), each.text('ParameterValue') ?? '']),
    ),
    capabilities: input.texts('Capabilities'),
    onFailure: readOnFailure(input),
    tags: readTags(input),
  };
}

function readUpdate(world: World, input: QueryInput): UpdateRequest {
  const tags = readTags(input);
  return {
    templateBody: input.flag('UsePreviousTemplate') ? undefined : readTemplateSource(world, input),
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

function readTemplateSource(world: World, input: QueryInput): string {
  return templateSource(world, { body: input.text('TemplateBody'), url: input.text('TemplateURL') });
}

function readTags(input: QueryInput): Map<string, string> {
  return new Map(input.list('Tags').map((each) => [each.required('Key'), each.text('Value') ?? '']));
}

function readOnFailure(input: QueryInput): OnFailure {
  const value = input.text('OnFailure');
  if (value === undefined) return input.flag('DisableRollback') ? 'DO_NOTHING' : 'ROLLBACK';
  if (value === 'ROLLBACK' || value === 'DELETE' || value === 'DO_NOTHING') return value;
  throw validationError(`OnFailure must be one of ROLLBACK, DELETE, DO_NOTHING`);
}
