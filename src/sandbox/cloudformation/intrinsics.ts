import { validationError } from '../wire/aws-error.js';
import { isList, isObject, type Json, type JsonObject } from '../wire/json.js';
import { substitute } from './substitution.js';

/** What the intrinsic functions of a template can look up. */
export interface Scope {
  /** The value of a parameter, pseudo parameter or resource; `undefined` is `AWS::NoValue`. */
  ref(name: string): Json | undefined;
  getAtt(logicalId: string, attribute: string): Json;
  condition(name: string): boolean;
  readonly mappings: JsonObject;
}

/** Evaluates a value of a template; `undefined` means that it is to be left out. Throws `ValidationError`. */
export function evaluate(value: Json, scope: Scope): Json | undefined {
  if (isList(value)) return value.flatMap((item) => keep(evaluate(item, scope)));
  if (!isObject(value)) return value;
  const [name = '', ...others] = Object.keys(value);
  const intrinsic = others.length === 0 ? functions.get(name) : undefined;
  // In a policy document "Condition" is a word of IAM's and holds an object.
  if (name === 'Condition' && isObject(value[name])) return evaluateFields(value, scope);
  if (intrinsic !== undefined) return intrinsic(value[name] ?? null, scope);
  if (name.startsWith('Fn::') && others.length === 0) {
    throw validationError(`Template error: the sandbox does not know the function ${name}`);
  }
  return evaluateFields(value, scope);
}

function evaluateFields(value: JsonObject, scope: Scope): JsonObject {
  const entries = Object.entries(value).flatMap(([key, each]) => {
    const result = evaluate(each, scope);
    return result === undefined ? [] : [[key, result] as const];
  });
  return Object.fromEntries(entries);
}

/** Evaluates a condition's expression. */
export function evaluateCondition(value: Json, scope: Scope): boolean {
  const result = evaluate(value, scope);
  if (result === true || result === 'true') return true;
  if (result === false || result === 'false') return false;
  throw validationError('Template error: every Conditions member must evaluate to a boolean');
}

type Intrinsic = (argument: Json, scope: Scope) => Json | undefined;

const functions: ReadonlyMap<string, Intrinsic> = new Map<string, Intrinsic>([
  ['Ref', (argument, scope) => scope.ref(text(argument, 'Ref'))],
  ['Condition', (argument, scope) => scope.condition(text(argument, 'Condition'))],
  ['Fn::GetAtt', (argument, scope) => getAtt(argument, scope)],
  ['Fn::Sub', (argument, scope) => sub(argument, scope)],
  [
    'Fn::If',
    (argument, scope) => {
      const [name = null, yes = null, no = null] = list(argument, 'Fn::If', 3);
      return evaluate(scope.condition(text(name, 'Fn::If')) ? yes : no, scope);
    },
  ],
  [
    'Fn::Equals',
    (argument, scope) => {
      const [a, b] = list(argument, 'Fn::Equals', 2).map((each) => evaluate(each, scope));
      return JSON.stringify(asTexts(a)) === JSON.stringify(asTexts(b));
    },
  ],
  [
    'Fn::Not',
    (argument, scope) => !list(argument, 'Fn::Not', 1).some((each) => evaluateCondition(each, scope)),
  ],
  ['Fn::And', (argument, scope) => list(argument, 'Fn::And').every((each) => evaluateCondition(each, scope))],
  ['Fn::Or', (argument, scope) => list(argument, 'Fn::Or').some((each) => evaluateCondition(each, scope))],
  [
    'Fn::Join',
    (argument, scope) => {
      const [delimiter = null, items = null] = list(argument, 'Fn::Join', 2);
      const texts = list(evaluate(items, scope) ?? null, 'Fn::Join').map((each) => text(each, 'Fn::Join'));
      return texts.join(text(delimiter, 'Fn::Join'));
    },
  ],
  [
    'Fn::Split',
    (argument, scope) => {
      const [delimiter = null, source = null] = list(argument, 'Fn::Split', 2);
      return text(evaluate(source, scope) ?? null, 'Fn::Split').split(text(delimiter, 'Fn::Split'));
    },
  ],
  [
    'Fn::Select',
    (argument, scope) => {
      const [index = null, items = null] = list(argument, 'Fn::Select', 2);
      const at = Number(evaluate(index, scope));
      const item = list(evaluate(items, scope) ?? null, 'Fn::Select')[at];
      if (item === undefined) {
        throw validationError(`Template error: Fn::Select cannot select nonexistent value at index ${at}`);
      }
      return item;
    },
  ],
  ['Fn::FindInMap', (argument, scope) => findInMap(argument, scope)],
  [
    'Fn::Base64',
    (argument, scope) =>
      Buffer.from(text(evaluate(argument, scope) ?? null, 'Fn::Base64')).toString('base64'),
  ],
]);

function getAtt(argument: Json, scope: Scope): Json {
  const { logicalId, attribute } = attributeReference(argument);
  return scope.getAtt(logicalId, attribute);
}

/** Takes `A.B` or `["A", "B"]` apart. */
export function attributeReference(argument: Json): { logicalId: string; attribute: string } {
  const [logicalId = '', ...rest] = isList(argument)
    ? argument.map((each) => text(each, 'Fn::GetAtt'))
    : text(argument, 'Fn::GetAtt').split('.');
  return { logicalId, attribute: rest.join('.') };
}

function sub(argument: Json, scope: Scope): string {
  const [source = null, variables = {}] = isList(argument) ? argument : [argument];
  if (!isObject(variables)) throw misuse('Fn::Sub');
  return substitute(text(source, 'Fn::Sub'), (name) => {
    const own = variables[name];
    if (own !== undefined) return text(evaluate(own, scope) ?? null, 'Fn::Sub');
    const at = name.indexOf('.');
    const value = at < 0 ? scope.ref(name) : scope.getAtt(name.slice(0, at), name.slice(at + 1));
    return text(value ?? null, 'Fn::Sub');
  });
}

function findInMap(argument: Json, scope: Scope): Json {
  const keys = list(argument, 'Fn::FindInMap', 3).map((key) =>
    text(evaluate(key, scope) ?? null, 'Fn::FindInMap'),
  );
  let found: Json | undefined = scope.mappings;
  for (const key of keys) found = isObject(found) ? found[key] : undefined;
  if (found === undefined) {
    throw validationError(`Template error: Unable to get mapping for ${keys.join('::')}`);
  }
  return found;
}

/** CloudFormation compares texts: 1 equals "1". */
function asTexts(value: Json | undefined): Json {
  if (isList(value)) return value.map((each) => asTexts(each));
  return isObject(value) ? value : String(value ?? '');
}

function keep(value: Json | undefined): Json[] {
  return value === undefined ? [] : [value];
}

function text(value: Json, name: string): string {
  if (typeof value === 'object') throw misuse(name);
  return String(value);
}

function list(value: Json, name: string, length?: number): readonly Json[] {
  if (!isList(value) || (length !== undefined && value.length !== length)) throw misuse(name);
  return value;
}

function misuse(name: string): Error {
  return validationError(
    `Template error: every ${name} object requires arguments of the right number and kind`,
  );
}
