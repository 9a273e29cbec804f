import { asList, isObject, type Json, type JsonObject } from '../wire/json.js';
import { type Condition, parseConditions } from './condition.js';
import { malformedPolicy } from './malformed.js';

/** A policy that was read and found well formed. */
export interface PolicyDocument {
  readonly statements: readonly Statement[];
  /** The document as it was given. */
  readonly source: JsonObject;
}

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  /** Missing in identity policies. Services read `Service:name`, identity providers `Federated:name`. */
  readonly principals: Patterns | undefined;
  readonly actions: Patterns;
  /** Missing in trust policies. */
  readonly resources: Patterns | undefined;
  readonly conditions: readonly Condition[];
}

/** The values of an element, or of its `Not…` form. */
export interface Patterns {
  readonly not: boolean;
  readonly values: readonly string[];
}

export type PolicyKind = 'trust' | 'identity' | 'resource';

const elements = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);

/** Reads a policy. Throws `MalformedPolicyDocument` in IAM's words. */
export function parsePolicy(source: Json, kind: PolicyKind): PolicyDocument {
  if (!isObject(source)) throw malformedPolicy('Syntax errors in policy.');
  const version = source['Version'];
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17') {
    throw malformedPolicy('The policy is not in the valid JSON format. Unknown Version.');
  }
  const statements = asList(source['Statement']).map((each) => parseStatement(each, kind));
  if (statements.length === 0)
    throw malformedPolicy('Syntax errors in policy. Missing required field Statement');
  return { statements, source };
}

function parseStatement(source: Json, kind: PolicyKind): Statement {
  if (!isObject(source)) throw malformedPolicy('Syntax errors in policy.');
  for (const name of Object.keys(source)) {
    if (!elements.has(name)) throw malformedPolicy(`Syntax errors in policy. Unknown element ${name}`);
  }
  const effect = source['Effect'];
  if (effect !== 'Allow' && effect !== 'Deny')
    throw malformedPolicy('Syntax errors in policy. Invalid Effect');
  const principals = parsePrincipals(source);
  const actions = parsePatterns(source, 'Action');
  const resources = parsePatterns(source, 'Resource');
  if (actions === undefined) throw malformedPolicy('Missing required field Action');
  if (kind === 'trust') checkTrustActions(actions);
  if (kind === 'trust' && resources !== undefined) throw malformedPolicy('Has prohibited field Resource');
  if (kind === 'identity' && principals !== undefined)
    throw malformedPolicy('Policy document should not specify a principal.');
  if (kind === 'identity' && resources === undefined)
    throw malformedPolicy('Missing required field Resource');
  if (kind !== 'identity' && principals === undefined)
    throw malformedPolicy('Missing required field Principal');
  if (principals?.not && effect === 'Allow') throw malformedPolicy('Allow with NotPrincipal is not allowed.');
  return { effect, principals, actions, resources, conditions: parseConditions(source['Condition']) };
}

function parsePatterns(source: JsonObject, name: string): Patterns | undefined {
  const not = source[`Not${name}`];
  if (source[name] === undefined && not === undefined) return undefined;
  if (source[name] !== undefined && not !== undefined) {
    throw malformedPolicy(`Syntax errors in policy. ${name} and Not${name} exclude each other`);
  }
  return { not: not !== undefined, values: texts(source[name] ?? not) };
}

function parsePrincipals(source: JsonObject): Patterns | undefined {
  const not = source['NotPrincipal'];
  const given = source['Principal'] ?? not;
  if (given === undefined) return undefined;
  if (given === '*') return { not: not !== undefined, values: ['*'] };
  if (!isObject(given)) throw malformedPolicy('Invalid principal in policy.');
  const values = Object.entries(given).flatMap(([type, names]) =>
    texts(names).map((name) => (type === 'AWS' ? name : `${type}:${name}`)),
  );
  return { not: not !== undefined, values };
}

function checkTrustActions(actions: Patterns): void {
  const foreign = actions.values.some((action) => !/^(sts:.*|\*)$/i.test(action));
  if (foreign || actions.not)
    throw malformedPolicy('AssumeRole policy may only specify STS AssumeRole actions.');
}

function texts(value: Json | undefined): string[] {
  return asList(value).map((each) => {
    if (typeof each !== 'string') throw malformedPolicy('Syntax errors in policy.');
    return each;
  });
}
