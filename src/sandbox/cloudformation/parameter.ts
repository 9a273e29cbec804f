import { validationError } from '../wire/aws-error.js';
import { asList, isObject, type Json, type JsonObject } from '../wire/json.js';
import { templateError } from './read-template.js';

/** A parameter as the template declares it. */
export interface ParameterDeclaration {
  readonly name: string;
  readonly type: ParameterType;
  readonly description: string | undefined;
  readonly default: string | undefined;
  readonly noEcho: boolean;
  readonly allowedValues: readonly string[] | undefined;
  readonly allowedPattern: string | undefined;
  readonly constraintDescription: string | undefined;
  readonly minLength: number | undefined;
  readonly maxLength: number | undefined;
  readonly minValue: number | undefined;
  readonly maxValue: number | undefined;
}

type ParameterType = 'String' | 'Number' | 'CommaDelimitedList' | 'List<Number>';

/** Reads the Parameters section. Throws `ValidationError`. */
export function parseParameters(source: JsonObject): ReadonlyMap<string, ParameterDeclaration> {
  return new Map(Object.entries(source).map(([name, value]) => [name, parseParameter(name, value)]));
}

/** The values that a stack's parameters have: what was given, or else the defaults. Throws `ValidationError`. */
export function parameterValues(
  declared: ReadonlyMap<string, ParameterDeclaration>,
  given: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const unknown = [...given.keys()].filter((name) => !declared.has(name));
  if (unknown.length > 0) {
    throw validationError(`Parameters: [${unknown.join(', ')}] do not exist in the template`);
  }
  const values = new Map<string, string>();
  const missing: string[] = [];
  for (const parameter of declared.values()) {
    const value = given.get(parameter.name) ?? parameter.default;
    if (value === undefined) missing.push(parameter.name);
    else values.set(parameter.name, value);
  }
  if (missing.length > 0) throw validationError(`Parameters: [${missing.join(', ')}] must have values`);
  for (const [name, value] of values) checkValue(declared.get(name), value);
  return values;
}

/** What `Ref` gives for a parameter: a text, or for the list types a list of texts. */
export function parameterRef(parameter: ParameterDeclaration, value: string): Json {
  const isList = parameter.type === 'CommaDelimitedList' || parameter.type === 'List<Number>';
  return isList ? value.split(',').map((item) => item.trim()) : value;
}

function checkValue(parameter: ParameterDeclaration | undefined, value: string): void {
  if (parameter === undefined) return;
  const rule = brokenRule(parameter, value);
  if (rule === undefined) return;
  const { name, constraintDescription } = parameter;
  throw validationError(
    constraintDescription === undefined
      ? `Parameter '${name}' ${rule}`
      : `Parameter ${name} failed to satisfy constraint: ${constraintDescription}`,
  );
}

function brokenRule(parameter: ParameterDeclaration, value: string): string | undefined {
  const { type, allowedValues, allowedPattern, minLength, maxLength, minValue, maxValue } = parameter;
  if (type === 'Number' && (value.trim() === '' || Number.isNaN(Number(value)))) return 'must be a number.';
  // In a list each value is held against these rules.
  const each = type === 'CommaDelimitedList' ? value.split(',').map((item) => item.trim()) : [value];
  if (allowedValues !== undefined && !each.every((item) => allowedValues.includes(item))) {
    return 'must be one of AllowedValues';
  }
  if (minLength !== undefined && value.length < minLength)
    return `must contain at least ${minLength} characters`;
  if (maxLength !== undefined && value.length > maxLength)
    return `must contain at most ${maxLength} characters`;
  if (minValue !== undefined && Number(value) < minValue) return `must be a number not less than ${minValue}`;
  if (maxValue !== undefined && Number(value) > maxValue)
    return `must be a number not greater than ${maxValue}`;
  // The pattern is for the whole of a value.
  const pattern = new RegExp(`^(?:${allowedPattern})$`);
  if (allowedPattern !== undefined && !each.every((item) => pattern.test(item))) {
    return `must match pattern ${allowedPattern}`;
  }
  return undefined;
}

function parseParameter(name: string, source: Json): ParameterDeclaration {
  if (!/^[A-Za-z0-9]+$/.test(name)) throw templateError(`Parameter name ${name} is non alphanumeric.`);
  if (!isObject(source)) throw templateError('Every Parameters member must be an object.');
  const unknown = Object.keys(source).filter((field) => !fields.has(field));
  if (unknown.length > 0) {
    throw validationError(`Invalid template parameter property '${unknown.join(', ')}'`);
  }
  return {
    name,
    type: parseType(source['Type']),
    description: text(source['Description']),
    default: text(source['Default']),
    noEcho: String(source['NoEcho'] ?? false) === 'true',
    allowedValues:
      source['AllowedValues'] === undefined ? undefined : asList(source['AllowedValues']).map(String),
    allowedPattern: text(source['AllowedPattern']),
    constraintDescription: text(source['ConstraintDescription']),
    minLength: number(source['MinLength']),
    maxLength: number(source['MaxLength']),
    minValue: number(source['MinValue']),
    maxValue: number(source['MaxValue']),
  };
}

const fields = new Set([
  'Type',
  'Description',
  'Default',
  'NoEcho',
  'AllowedValues',
  'AllowedPattern',
  'ConstraintDescription',
  'MinLength',
  'MaxLength',
  'MinValue',
  'MaxValue',
]);

function parseType(value: Json | undefined): ParameterType {
  if (
    value === 'String' ||
    value === 'Number' ||
    value === 'CommaDelimitedList' ||
    value === 'List<Number>'
  ) {
    return value;
  }
  throw templateError(`Unrecognized parameter type: ${String(value)}`);
}

function text(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

function number(value: Json | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}
