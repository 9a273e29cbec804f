import { randomUUID } from 'node:crypto';
import type { AwsError } from '../wire/aws-error.js';
import { jsonReply, type Reply, type Request } from '../wire/exchange.js';
import type { Json } from '../wire/json.js';
import { queryErrorReply, queryReply } from '../wire/query-reply.js';
import { type XmlElements, xml } from '../wire/xml.js';
import type { ReadInput } from './input.js';
import type { ReadService } from './operation.js';

/** What there is to show, or the answer that there is nothing, in the service's protocol. */
export function readReply(
  service: ReadService,
  request: Request,
  { name, operation }: ReadInput,
  shown: Json | undefined,
): Reply {
  if (shown !== undefined) return jsonReply(shown);
  const lists = Object.fromEntries(operation.empty.map((list) => [list, []]));
  if (service.protocol === 'query') return queryReply(request, documentOf(service.version), name, lists);
  if (service.protocol !== 'ec2') return jsonReply(lists);
  const content = { requestId: randomUUID(), ...lists };
  return xmlReply(200, `${name}Response`, content, `http://ec2.amazonaws.com/doc/${service.version}/`);
}

/** An error as the service's protocol has it. */
export function readErrorReply(service: ReadService, request: Request, error: AwsError): Reply {
  switch (service.protocol) {
    case 'query':
      return queryErrorReply(request, error);
    case 'ec2':
      return ec2Error(error);
    default:
      return jsonError(service.protocol, error);
  }
}

/** EC2 has words of its own for who may not, and names no resource where there can be none. */
function ec2Error({ code, message, status }: AwsError): Reply {
  const denied = code === 'AccessDenied';
  const fault = {
    Code: denied ? 'UnauthorizedOperation' : status === 403 ? 'AuthFailure' : code,
    Message: denied
      ? `You are not authorized to perform this operation. ${message.replace(' on resource: *', '')}`
      : message,
  };
  const content = { Errors: { Error: fault }, RequestID: randomUUID() };
  return xmlReply(status, 'Response', content);
}

/** What the query protocol calls differently. Source: AWS API references, Common Errors. */
const jsonNames: Readonly<Record<string, string>> = {
  AccessDenied: 'AccessDeniedException',
  ExpiredToken: 'ExpiredTokenException',
  InvalidClientTokenId: 'UnrecognizedClientException',
  SignatureDoesNotMatch: 'InvalidSignatureException',
};

/** JSON 1.1 has the code in the body, after a name space, and few statuses; paths have it in a header. */
function jsonError(protocol: 'json' | 'rest', { code, message, status }: AwsError): Reply {
  const name = jsonNames[code] ?? code;
  if (protocol === 'json') {
    const fault = { __type: `com.amazon.coral.service#${name}`, Message: message };
    const reply = jsonReply(fault, status >= 500 ? 500 : 400);
    return { ...reply, headers: { 'content-type': 'application/x-amz-json-1.1' } };
  }
  const reply = jsonReply({ Message: message }, status);
  return { ...reply, headers: { ...reply.headers, 'x-amzn-errortype': name } };
}

function xmlReply(status: number, name: string, content: XmlElements, namespace?: string): Reply {
  const body = xml(name, content, namespace, 'item');
  return { status, headers: { 'content-type': 'text/xml;charset=UTF-8' }, body };
}

function documentOf(version: string): string {
  return `http://amazonaws.com/doc/${version}/`;
}
