import { createHash } from 'node:crypto';
import { type Arn, parseArn } from './arn.js';
import type { RequestType } from './stack.js';
import { parseStackId, type StackId } from './stack-id.js';

/** A request of CloudFormation's custom resource, as it came through the client's own topic or function. */
export interface StackEvent {
  readonly type: RequestType;
  readonly requestId: string;
  readonly stackId: StackId;
  readonly logicalResourceId: string;
  readonly physicalResourceId: string | null;
  readonly responseUrl: string;
  /** As the properties say; not yet known to be a role's. */
  readonly roleArn: string;
  /** The same of the role by which people enter; null where the template makes none. */
  readonly humanRoleArn: string | null;
  readonly templateVersion: string;
  /** The external ID that the stack was made with, for diagnosis: a role is never entered by it. */
  readonly externalId: string;
  /** A hash of all properties: what an Update that rolls back has in common with what was accepted before. */
  readonly properties: string;
  /** The same of the properties before an Update; null where it does not say. */
  readonly oldProperties: string | null;
  /** The topic or the function's role that has signed: its account is proven, the other fields are claims. */
  readonly source: Arn;
  readonly sourceArn: string;
  /** When it was signed. */
  readonly sentAt: number;
}

/** A message whose sender is proven by a signature: the client's topic, or the role of its function. */
export interface SignedMessage {
  readonly source: Arn;
  /** The topic's ARN, or `arn:…:sts::ACCOUNT:assumed-role/ROLE` without the session. */
  readonly sourceArn: string;
  readonly sentAt: number;
  readonly message: string;
}

/**
 * Reads CloudFormation's request out of a signed message.
 *
 * Returns the event, or a sentence that names the field at fault.
 * Source: CloudFormation User Guide, "Custom resource request objects" and their limits.
 */
export function parseStackEvent({ message, ...signed }: SignedMessage): StackEvent | string {
  const body = parseObject(message);
  if (body === null) return 'Message is not a JSON object';
  const type = body['RequestType'];
  if (type !== 'Create' && type !== 'Update' && type !== 'Delete')
    return 'RequestType must be Create, Update or Delete';
  const stackId = parseStackId(text(body['StackId'], 1024) ?? '');
  if (stackId === null) return 'StackId is not the ARN of a CloudFormation stack';
  const requestId = text(body['RequestId'], 128);
  if (requestId === null || !/^[\w-]+$/.test(requestId)) return 'RequestId must be a short identifier';
  const logicalResourceId = text(body['LogicalResourceId'], 255);
  if (logicalResourceId === null || !/^[A-Za-z0-9]+$/.test(logicalResourceId))
    return 'LogicalResourceId must be letters and digits';
  const responseUrl = text(body['ResponseURL'], 4096);
  if (responseUrl === null) return 'ResponseURL is missing or too long';
  const physicalResourceId = text(body['PhysicalResourceId'], 1024);
  if (type !== 'Create' && !isPhysicalResourceId(physicalResourceId))
    return 'PhysicalResourceId must be at most 1 KB of printable text';
  const properties = isObject(body['ResourceProperties']) ? body['ResourceProperties'] : {};
  const oldProperties = body['OldResourceProperties'];
  const hash = hashOf(properties);
  const oldHash = isObject(oldProperties) ? hashOf(oldProperties) : '';
  if (hash === null || oldHash === null) return 'ResourceProperties are nested too deeply';
  return {
    ...signed,
    type,
    requestId,
    stackId,
    logicalResourceId,
    physicalResourceId: type === 'Create' ? null : physicalResourceId,
    responseUrl,
    roleArn: text(properties['RoleArn'], 2048) ?? '',
    humanRoleArn: 'HumanRoleArn' in properties ? (text(properties['HumanRoleArn'], 2048) ?? '') : null,
    templateVersion: text(properties['TemplateVersion'], 64) ?? '',
    externalId: text(properties['ExternalId'], 1224) ?? '',
    properties: hash,
    oldProperties: oldHash || null,
  };
}

/** Reads a topic's ARN, or null: the service, a region and an account have to be there. */
export function parseTopicArn(textArn: string): Arn | null {
  const arn = parseArn(textArn);
  if (arn === null || arn.service !== 'sns' || arn.region === '' || arn.account === '') return null;
  return /^[\w-]{1,256}(\.fifo)?$/.test(arn.resource) ? arn : null;
}

/** Null where they are nested more deeply than can be written. */
function hashOf(properties: Readonly<Record<string, unknown>>): string | null {
  const sorted = Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1));
  try {
    return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url').slice(0, 16);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function parseObject(json: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** It is echoed in every answer, whose whole length is limited to 4096 bytes. */
function isPhysicalResourceId(id: string | null): boolean {
  return id !== null && Buffer.byteLength(id) <= 1024 && !/\p{Cc}/u.test(id);
}

function text(value: unknown, longest: number): string | null {
  return typeof value === 'string' && value !== '' && value.length <= longest ? value : null;
}
