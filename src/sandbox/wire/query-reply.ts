import { randomUUID } from 'node:crypto';
import type { AwsError } from './aws-error.js';
import type { Reply, Request } from './exchange.js';
import { type XmlElements, type XmlValue, xml } from './xml.js';

/** The answer to an operation that went well: XML, or JSON for whoever accepts nothing else. */
export function queryReply(request: Request, namespace: string, action: string, result: XmlElements): Reply {
  const requestId = randomUUID();
  const content = { [`${action}Result`]: result, ResponseMetadata: { RequestId: requestId } };
  return reply(request, 200, requestId, `${action}Response`, content, namespace);
}

/** The answer to an operation that failed. */
export function queryErrorReply(request: Request, error: AwsError): Reply {
  const requestId = randomUUID();
  const fault = {
    Type: error.status >= 500 ? 'Receiver' : 'Sender',
    Code: error.code,
    Message: error.message,
  };
  const content = { Error: fault, RequestId: requestId };
  return reply(request, error.status, requestId, 'ErrorResponse', content);
}

function reply(
  request: Request,
  status: number,
  requestId: string,
  name: string,
  content: XmlElements,
  namespace?: string,
): Reply {
  const headers = { 'x-amzn-requestid': requestId };
  if (request.headers.get('accept') !== 'application/json') {
    const body = xml(name, content, namespace);
    return { status, headers: { ...headers, 'content-type': 'text/xml' }, body };
  }
  // An error has no outer name in JSON.
  const body = JSON.stringify(toJson(status === 200 ? { [name]: content } : content));
  return { status, headers: { ...headers, 'content-type': 'application/json' }, body };
}

/** JSON has times as seconds since 1970. */
function toJson(value: XmlValue): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, toJson(each)]));
}
