import { requirePermission } from '../iam/permission.js';
import type { QueryService } from '../wire/query.js';
import { changeSetActions } from './change-set/actions.js';
import { createStack } from './create-stack.js';
import { deleteStack } from './delete-stack.js';
import {
  describeEvent,
  describeResource,
  describeStack,
  summarizeResource,
  summarizeStack,
} from './describe.js';
import { driftActions } from './drift/actions.js';
import { getTemplateSummary } from './get-template-summary.js';
import { liveStacks, lookUpStack, stackArnFor } from './stack.js';
import { openStack, readRequest, readTemplateSource, readUpdate, urlKey } from './stack-input.js';
import { tokenPage } from './token-page.js';
import { updateStack } from './update-stack.js';
import { validateTemplate } from './validate-template.js';

/** CloudFormation, as far as stacks go. */
export const cloudFormation: QueryService = {
  namespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
  actions: {
    CreateStack: (world, caller, input) => {
      const name = input.required('StackName');
      requirePermission(
        caller,
        'cloudformation:CreateStack',
        stackArnFor(world, caller, name),
        urlKey(input),
      );
      return { StackId: createStack(world, caller, readRequest(world, caller, input)).id };
    },
    UpdateStack: (world, caller, input) => {
      const stack = openStack(world, caller, input, 'cloudformation:UpdateStack');
      updateStack(world, caller, stack, readUpdate(world, caller, input));
      return { StackId: stack.id };
    },
    DeleteStack: (world, caller, input) => {
      const name = input.required('StackName');
      requirePermission(caller, 'cloudformation:DeleteStack', stackArnFor(world, caller, name));
      const stack = lookUpStack(world, caller, name);
      // AWS says nothing about a name that no stack has.
      if (stack !== undefined) deleteStack(world, caller, stack, input.texts('RetainResources'));
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
      return validateTemplate(readTemplateSource(world, caller, input));
    },
    GetTemplateSummary: (world, caller, input) => {
      requirePermission(caller, 'cloudformation:GetTemplateSummary', '*', urlKey(input));
      return getTemplateSummary(readTemplateSource(world, caller, input));
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
    ListStackResources: (world, caller, input) => {
      const stack = openStack(world, caller, input, 'cloudformation:ListStackResources');
      const resources = [...stack.resources.values()].filter(({ status }) => status !== 'PLANNED');
      return tokenPage(input, 'StackResourceSummaries', resources, (each) => summarizeResource(stack, each));
    },
    ...changeSetActions,
    ...driftActions,
  },
};
