import { requireCalls } from '../require-calls.js';
import type { ResourceWork } from '../resource-type.js';
import { parseTemplate } from '../template.js';
import type { StackSetDefinition } from './definition.js';

/** What is asked about a stack set and about its operations. */
const reading = [
  'DescribeStackSet',
  'DescribeStackSetOperation',
  'ListStackInstances',
  'ListStackSetOperationResults',
];

/**
 * The calls of the type's handlers, without iam:PassRole, which is for roles of one's own: `of` what they are about,
 * which is nothing, the stack set, or the targets with the template's types as well. Source: AWS's schema of the
 * type; Service Authorization Reference, CloudFormation.
 */
const calls = {
  create: {
    ofNothing: ['GetTemplateSummary', 'CreateStackSet'],
    ofSet: reading,
    ofTargets: ['CreateStackInstances'],
  },
  update: {
    ofNothing: ['GetTemplateSummary'],
    ofSet: reading,
    ofTargets: ['UpdateStackSet', 'CreateStackInstances', 'DeleteStackInstances', 'UpdateStackInstances'],
  },
  delete: {
    ofNothing: [],
    ofSet: [...reading, 'DeleteStackSet'],
    ofTargets: ['DeleteStackInstances'],
  },
};

/** Throws `AccessDenied` unless the launcher may make all calls of a handler. */
export function requireStackSetCalls(
  work: ResourceWork,
  handler: keyof typeof calls,
  setId: string,
  definition: StackSetDefinition,
): void {
  const { account, region } = work.stack;
  const within = `arn:${account.partition}:cloudformation:${region}`;
  const set = `${within}:${account.id}:stackset/${setId}`;
  const { ofNothing, ofSet, ofTargets } = calls[handler];
  const ask = (names: readonly string[], resource: string, regions?: readonly string[]): void =>
    requireCalls(
      work,
      names.map((name) => `cloudformation:${name}`),
      resource,
      regions === undefined ? {} : { 'cloudformation:TargetRegion': regions },
    );
  ask(ofNothing, '*');
  ask(ofSet, set);
  if (handler !== 'delete' && definition.tags.size > 0) ask(['TagResource'], set);
  const regions = definition.groups.flatMap((group) => group.regions);
  const units = definition.groups.flatMap(({ unitIds }) => unitIds);
  const targets = units.map((id) => `${within}:${account.id}:stackset-target/${setId}/${id}`);
  const types = typesOf(definition).map((type) => `${within}::type/resource/${type}`);
  for (const resource of [set, ...targets, ...types]) ask(ofTargets, resource, regions);
}

/** The types of AWS that the template has, as ARNs name them. */
function typesOf({ templateBody }: StackSetDefinition): string[] {
  const types = [...parseTemplate(templateBody).resources.values()].map(({ type }) => type);
  return [...new Set(types)]
    .filter((type) => type.startsWith('AWS::'))
    .map((type) => type.replaceAll('::', '-'));
}
