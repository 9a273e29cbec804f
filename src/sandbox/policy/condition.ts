import { asList, isObject, type Json } from '../wire/json.js';
import type { PolicyContext } from './context.js';
import { malformedPolicy } from './malformed.js';
import { type Operator, operators } from './operators.js';

/** One line of a Condition block: `"StringEquals": {"sts:ExternalId": […]}`. All lines must hold. */
export interface Condition {
  readonly key: string;
  readonly values: readonly string[];
  readonly quantifier: 'ForAnyValue' | 'ForAllValues' | undefined;
  readonly ifExists: boolean;
  /** `Null` asks whether the key is there at all. */
  readonly operator: Operator | 'Null';
}

/** Reads a Condition block. Throws `MalformedPolicyDocument`. */
export function parseConditions(source: Json | undefined): Condition[] {
  if (source === undefined) return [];
  if (!isObject(source)) throw malformedPolicy('Syntax errors in policy.');
  return Object.entries(source).flatMap(([name, keys]) => {
    if (!isObject(keys)) throw malformedPolicy('Syntax errors in policy.');
    return Object.entries(keys).map(([key, values]) => ({
      key: key.toLowerCase(),
      values: asList(values).map(String),
      ...parseOperator(name),
    }));
  });
}

/** Whether a condition holds for a request. */
export function holds(condition: Condition, context: PolicyContext): boolean {
  const { operator, quantifier, values: expected } = condition;
  const actual = context.get(condition.key) ?? [];
  const missing = actual.length === 0;
  if (operator === 'Null') return expected.some((value) => (value.toLowerCase() === 'true') === missing);
  if (missing) {
    if (condition.ifExists || quantifier === 'ForAllValues') return true;
    // A negated operator holds where there is nothing to compare; every other one fails.
    return quantifier === undefined && operator.negated;
  }
  const test = (value: string): boolean =>
    expected.some((each) => operator.compare(value, each, context)) !== operator.negated;
  return quantifier === 'ForAllValues' ? actual.every(test) : actual.some(test);
}

function parseOperator(name: string): Pick<Condition, 'quantifier' | 'ifExists' | 'operator'> {
  const parts = /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/.exec(name);
  const [, prefix, base = '', suffix] = parts ?? [];
  const operator = base === 'Null' ? base : operators.get(base);
  if (operator === undefined)
    throw malformedPolicy(`Syntax errors in policy. Invalid Condition type : ${name}`);
  const quantifier = prefix === 'ForAnyValue' || prefix === 'ForAllValues' ? prefix : undefined;
  return { quantifier, ifExists: suffix !== undefined, operator };
}
