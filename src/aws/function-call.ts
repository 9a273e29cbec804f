import { createHash } from 'node:crypto';
import { formatArn, parseArn } from '../core/arn.js';
import { isRegionOf } from '../core/partition.js';
import { Problem } from '../core/problem.js';
import { parseStackId, type StackId } from '../core/stack-id.js';
import type { Outgoing, OutgoingResponse } from '../net/outgoing.js';
import type { ProveFunctionCall } from '../onboarding/receive-function-call.js';

/** What the function signs; nothing of it is its choice. */
const BODY = 'Action=GetCallerIdentity&Version=2011-06-15';
const CONTENT_TYPE = 'application/x-www-form-urlencoded; charset=utf-8';
const SIGNED = 'content-type;host;x-amz-date;x-amz-security-token;x-rolecall-event;x-rolecall-token';
const AUTHORIZATION = new RegExp(
  '^AWS4-HMAC-SHA256 Credential=[A-Z0-9]{12,128}/\\d{8}/([a-z0-9-]{1,40})/sts/aws4_request, ?' +
    `SignedHeaders=${SIGNED}, ?Signature=[0-9a-f]{64}$`,
);
const MOST_SKEW = 15 * 60_000;

/**
 * Proves whose function has called: it signed a GetCallerIdentity request over the event's hash and the token's,
 * which is sent on to the STS of the stack's own region, and there alone. The hashes are ours, of what was
 * received, so a signature over anything else does not fit.
 *
 * Source: STS API Reference, GetCallerIdentity, which needs no permission; the way is that of AWS IAM
 * authentication in other services, with the event bound into it.
 */
export function makeProveFunctionCall(ports: {
  readonly send: Outgoing;
  readonly now: () => number;
  readonly simulatorOrigin: string | null;
}): ProveFunctionCall {
  return async ({ event, identity }, token) => {
    const stack = stackOf(event);
    const [, region] = AUTHORIZATION.exec(identity.authorization) ?? [];
    if (region !== stack.region) throw refuse('the signature is not for the STS of the stack’s region');
    const sentAt = parseAmzDate(identity['x-amz-date']);
    if (!(Math.abs(ports.now() - sentAt) < MOST_SKEW)) throw refuse('it is too old, or lies ahead');
    const host = `sts.${stack.region}.${stack.partition.dnsSuffix}`;
    const answer = await ports
      .send({
        url: new URL(ports.simulatorOrigin ?? `https://${host}`),
        method: 'POST',
        headers: {
          host,
          'content-type': CONTENT_TYPE,
          'x-amz-date': identity['x-amz-date'],
          'x-amz-security-token': identity['x-amz-security-token'],
          'x-rolecall-event': sha256(event),
          'x-rolecall-token': sha256(token),
          authorization: identity.authorization,
        },
        body: Buffer.from(BODY),
        timeout: 5_000,
      })
      .catch((error: Error) => error);
    if (answer instanceof Error || answer.status >= 500 || isThrottled(answer))
      throw new Problem('unavailable', 'STS could not be asked whose function has called.');
    if (answer.status !== 200) throw refuse('STS does not take its signature');
    return { ...roleOf(answer.body.toString()), sentAt, message: event };
  };
}

/** Throttling comes as a 400. Source: STS API Reference, "Common Error Types", ThrottlingException. */
function isThrottled({ status, body }: OutgoingResponse): boolean {
  return status === 429 || /<Code>Throttling(Exception)?<\/Code>/.test(body.toString());
}

function stackOf(event: string): StackId {
  const stack = parseStackId(stackIdIn(event));
  if (stack === null || !isRegionOf(stack.partition, stack.region))
    throw new Problem('request-invalid', 'event has no StackId of a CloudFormation stack.', [
      { field: 'event', message: 'has to be CloudFormation’s event, as JSON text' },
    ]);
  return stack;
}

function stackIdIn(event: string): string {
  try {
    const { StackId }: { StackId?: unknown } = Object(JSON.parse(event));
    return typeof StackId === 'string' ? StackId : '';
  } catch {
    return '';
  }
}

/** The role in STS's answer, without the name of its session. */
function roleOf(xml: string) {
  const [, text = ''] = /<Arn>([^<]{1,2048})<\/Arn>/.exec(xml) ?? [];
  const session = parseArn(text);
  const [, role] = /^assumed-role\/([\w+=,.@-]{1,64})\/[\w+=,.@-]{2,64}$/.exec(session?.resource ?? '') ?? [];
  if (session === null || session.service !== 'sts' || session.account === '' || role === undefined)
    throw refuse('it was not signed by the role of a function');
  const source = { ...session, resource: `assumed-role/${role}` };
  return { source, sourceArn: formatArn(source) };
}

/** `20261124T101112Z`, in milliseconds, or NaN. */
function parseAmzDate(text: string): number {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const [year, month, day, hour, minute, second] = parts;
  return parts.length === 0 ? Number.NaN : Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function refuse(detail: string): Problem {
  return new Problem('signature-invalid', `Not a call of a client’s function: ${detail}.`);
}
