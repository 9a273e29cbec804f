import { type PolicyDocument, parsePolicy } from '../policy/document.js';
import { malformedPolicy } from '../policy/malformed.js';
import { validationError } from '../wire/aws-error.js';
import { type Json, parseJson } from '../wire/json.js';
import { memberName, type QueryInput } from '../wire/query-input.js';

/** What AssumeRole was asked for, within the bounds of AWS's model. */
export interface AssumeRoleInput {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly externalId: string | undefined;
  readonly sourceIdentity: string | undefined;
  readonly seconds: number;
  readonly policies: readonly PolicyDocument[];
  /** In percent of what is allowed; 0 without a session policy. */
  readonly packedPolicySize: number;
  readonly tags: ReadonlyMap<string, string>;
  readonly transitiveTagKeys: readonly string[];
  /** The MFA device, and the code that it shows. */
  readonly serialNumber: string | undefined;
  readonly tokenCode: string | undefined;
}

const name = /^[\w+=,.@-]*$/;

/** Reads the parameters. Throws `ValidationError` and `MalformedPolicyDocument`. */
export function readAssumeRole(query: QueryInput): AssumeRoleInput {
  query.required('RoleArn');
  query.required('RoleSessionName');
  const roleArn = bounded(query, 'RoleArn', 20, 2048, /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd]+$/) ?? '';
  const seconds = query.integer('DurationSeconds') ?? 3600;
  if (!/^arn:[\w-]+:iam::\d{12}:role\/.+$/.test(roleArn)) throw validationError(`${roleArn} is invalid`);
  checkRange('DurationSeconds', seconds, 900, 43200);
  const policy = bounded(query, 'Policy', 1, 2048, /^[\t\n\r\u0020-\u00ff]+$/);
  const tags = query.list('Tags');
  if (tags.length > 50) throw validationError('The number of tags exceeds 50');
  return {
    roleArn,
    sessionName: bounded(query, 'RoleSessionName', 2, 64, name) ?? '',
    externalId: bounded(query, 'ExternalId', 2, 1224, /^[\w+=,.@:/-]*$/),
    sourceIdentity: bounded(query, 'SourceIdentity', 2, 64, name),
    seconds,
    policies: policy === undefined ? [] : [parsePolicy(readJson(policy), 'identity')],
    packedPolicySize: policy === undefined ? 0 : Math.ceil((policy.length / 2048) * 100),
    tags: new Map(tags.map((tag) => [tag.required('Key'), tag.text('Value') ?? ''])),
    transitiveTagKeys: query.texts('TransitiveTagKeys'),
    ...readMfa(query),
  };
}

/** Reads the device and its code. Throws `ValidationError`. */
export function readMfa(query: QueryInput): Pick<AssumeRoleInput, 'serialNumber' | 'tokenCode'> {
  return {
    serialNumber: bounded(query, 'SerialNumber', 9, 256, /^[\w+=/:,.@-]*$/),
    tokenCode: bounded(query, 'TokenCode', 6, 6, /^[\d]*$/),
  };
}

function bounded(
  query: QueryInput,
  field: string,
  min: number,
  max: number,
  pattern: RegExp,
): string | undefined {
  const value = query.text(field);
  if (value === undefined) return undefined;
  const fail = (rule: string): Error => violation(value, field, rule);
  if (value.length < min) throw fail(`Member must have length greater than or equal to ${min}`);
  if (value.length > max) throw fail(`Member must have length less than or equal to ${max}`);
  if (!pattern.test(value)) throw fail(`Member must satisfy regular expression pattern: ${pattern.source}`);
  return value;
}

/** Throws `ValidationError` where a number is out of bounds. */
export function checkRange(field: string, value: number, min: number, max: number): void {
  if (value < min) throw violation(value, field, `Member must have value greater than or equal to ${min}`);
  if (value > max) throw violation(value, field, `Member must have value less than or equal to ${max}`);
}

function violation(value: string | number, field: string, rule: string): Error {
  return validationError(
    `1 validation error detected: Value '${value}' at '${memberName(field)}' failed to satisfy constraint: ${rule}`,
  );
}

function readJson(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    throw malformedPolicy('Syntax errors in policy.');
  }
}
