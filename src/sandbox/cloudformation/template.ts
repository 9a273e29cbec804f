import { validationError } from '../wire/aws-error.js';
import { asList, isObject, type Json, type JsonObject } from '../wire/json.js';
import { type ParameterDeclaration, parseParameters } from './parameter.js';
import { readTemplate, templateError } from './read-template.js';

/** A template, taken apart. Nothing in it is evaluated yet. */
export interface Template {
  readonly body: string;
  readonly description: string | undefined;
  readonly parameters: ReadonlyMap<string, ParameterDeclaration>;
  readonly mappings: JsonObject;
  readonly conditions: JsonObject;
  readonly resources: ReadonlyMap<string, ResourceDeclaration>;
  readonly outputs: ReadonlyMap<string, OutputDeclaration>;
}

export interface ResourceDeclaration {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: JsonObject;
  readonly dependsOn: readonly string[];
  readonly condition: string | undefined;
  readonly retain: boolean;
}

export interface OutputDeclaration {
  readonly value: Json;
  readonly description: string | undefined;
  readonly condition: string | undefined;
}

const sections = new Set([
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Mappings',
  'Conditions',
  'Resources',
  'Outputs',
]);

const resourceFields = new Set([
  'Type',
  'Properties',
  'DependsOn',
  'Condition',
  'DeletionPolicy',
  'UpdateReplacePolicy',
  'Metadata',
]);

/** Source: CloudFormation User Guide, "Understand CloudFormation quotas". */
const maxResources = 500;

/** Parses a template. Throws `ValidationError` in CloudFormation's words. */
export function parseTemplate(body: string): Template {
  const source = readTemplate(body);
  if (!isObject(source)) throw templateError('unsupported structure.');
  const unknown = Object.keys(source).filter((name) => !sections.has(name));
  if (unknown.length > 0) {
    throw validationError(`Invalid template property or properties [${unknown.join(', ')}]`);
  }
  const resources = section(source, 'Resources');
  if (Object.keys(resources).length === 0) {
    throw templateError('At least one Resources member must be defined.');
  }
  const count = Object.keys(resources).length;
  if (count > maxResources) {
    throw templateError(`Number of resources, ${count}, is greater than maximum allowed, ${maxResources}`);
  }
  const description = source['Description'];
  return {
    body,
    description: typeof description === 'string' ? description : undefined,
    parameters: parseParameters(section(source, 'Parameters')),
    mappings: section(source, 'Mappings'),
    conditions: section(source, 'Conditions'),
    resources: mapSection(resources, parseResource),
    outputs: mapSection(section(source, 'Outputs'), parseOutput),
  };
}

function parseResource(logicalId: string, source: Json): ResourceDeclaration {
  if (!/^[A-Za-z0-9]+$/.test(logicalId)) {
    throw templateError(`Resource name ${logicalId} is non alphanumeric.`);
  }
  if (!isObject(source)) throw templateError(`Every Resources member must be an object.`);
  const unknown = Object.keys(source).find((name) => !resourceFields.has(name));
  if (unknown !== undefined) throw validationError(`Invalid template resource property '${unknown}'`);
  const { Type: type, Properties: properties = {}, Condition: condition, DeletionPolicy: policy } = source;
  if (typeof type !== 'string') {
    throw templateError(`[/Resources/${logicalId}] Every Resources object must contain a Type member.`);
  }
  if (!isObject(properties))
    throw templateError(`[/Resources/${logicalId}/Properties] 'null' values are not allowed`);
  return {
    logicalId,
    type,
    properties,
    dependsOn: asList(source['DependsOn']).map(String),
    condition: typeof condition === 'string' ? condition : undefined,
    retain: policy === 'Retain',
  };
}

function parseOutput(name: string, source: Json): OutputDeclaration {
  const value = isObject(source) ? source['Value'] : undefined;
  if (!isObject(source) || value === undefined) {
    throw templateError(
      `Output ${name} is malformed. The Value field of every Outputs member must be specified.`,
    );
  }
  const { Description: description, Condition: condition } = source;
  return {
    value,
    description: typeof description === 'string' ? description : undefined,
    condition: typeof condition === 'string' ? condition : undefined,
  };
}

function section(source: JsonObject, name: string): JsonObject {
  const value = source[name] ?? {};
  if (!isObject(value)) throw templateError(`${name} section must be an object.`);
  return value;
}

function mapSection<T>(source: JsonObject, parse: (name: string, value: Json) => T): ReadonlyMap<string, T> {
  return new Map(Object.entries(source).map(([name, value]) => [name, parse(name, value)]));
}
