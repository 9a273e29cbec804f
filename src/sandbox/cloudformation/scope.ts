import { partitionById } from '../../core/partition.js';
import type { Account } from '../identity/account.js';
import { validationError } from '../wire/aws-error.js';
import type { Json } from '../wire/json.js';
import { evaluateCondition, type Scope } from './intrinsics.js';
import { parameterRef } from './parameter.js';
import { templateError } from './read-template.js';
import type { Stack } from './stack.js';
import type { Template } from './template.js';

/** Where and what a template is evaluated for. */
export interface Surroundings {
  readonly template: Template;
  readonly parameters: ReadonlyMap<string, string>;
  readonly account: Account;
  readonly region: string;
  readonly stackName: string;
  readonly stackId: string;
}

/** What a stack's template is evaluated for, or another one in its place. */
export function surroundingsOf(
  stack: Pick<Stack, 'id' | 'name' | 'account' | 'region' | 'template' | 'parameters'>,
): Surroundings {
  const { id, name, account, region, template, parameters } = stack;
  return { template, parameters, account, region, stackName: name, stackId: id };
}

/** The resources that exist so far, by logical ID. */
export interface ResourceValues {
  ref(logicalId: string): Json | undefined;
  attribute(logicalId: string, attribute: string): Json | undefined;
}

/** Makes the scope in which a stack's values are evaluated. */
export function makeScope(surroundings: Surroundings, resources: ResourceValues): Scope {
  const { template } = surroundings;
  const pseudo = pseudoParameters(surroundings);
  const conditions = new Map<string, boolean>();
  const evaluating = new Set<string>();
  const scope: Scope = {
    mappings: template.mappings,
    ref(name) {
      if (name === 'AWS::NoValue') return undefined;
      const parameter = template.parameters.get(name);
      if (parameter !== undefined) return parameterRef(parameter, surroundings.parameters.get(name) ?? '');
      const value = pseudo.get(name) ?? resources.ref(name);
      if (value === undefined)
        throw templateError(`Unresolved resource dependencies [${name}] in the template`);
      return value;
    },
    getAtt(logicalId, attribute) {
      const value = resources.attribute(logicalId, attribute);
      if (value === undefined) {
        throw validationError(
          `Template error: resource ${logicalId} does not support attribute type ${attribute} in Fn::GetAtt`,
        );
      }
      return value;
    },
    condition(name) {
      const known = conditions.get(name);
      if (known !== undefined) return known;
      const expression = template.conditions[name];
      if (expression === undefined)
        throw templateError(`Unresolved condition dependency ${name} in the template`);
      if (evaluating.has(name)) throw templateError(`Circular dependency between conditions: [${name}]`);
      evaluating.add(name);
      const result = evaluateCondition(expression, scope);
      conditions.set(name, result);
      return result;
    },
  };
  return scope;
}

function pseudoParameters({ account, region, stackName, stackId }: Surroundings): ReadonlyMap<string, Json> {
  return new Map<string, Json>([
    ['AWS::AccountId', account.id],
    ['AWS::NotificationARNs', []],
    ['AWS::Partition', account.partition],
    ['AWS::Region', region],
    ['AWS::StackId', stackId],
    ['AWS::StackName', stackName],
    ['AWS::URLSuffix', partitionById(account.partition)?.dnsSuffix ?? 'amazonaws.com'],
  ]);
}
