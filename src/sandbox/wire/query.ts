import { randomUUID } from 'node:crypto';
import type { Caller } from '../identity/caller.js';
import type { World } from '../world.js';
import { AwsError } from './aws-error.js';
import type { Reply, Request } from './exchange.js';
import { QueryInput } from './query-input.js';
import { type XmlElements, xml } from './xml.js';

/** A service that speaks AWS's Query protocol: form parameters in, XML out. */
export interface QueryService {
  readonly namespace: string;
  readonly actions: Readonly<Record<string, QueryAction>>;
}

/** One operation; what it returns becomes the `<…Result>`. */
export type QueryAction = (
  world: World,
  caller: Caller,
  input: QueryInput,
) => XmlElements | Promise<XmlElements>;

/** Answers one signed request to a Query service. */
export async function answerQuery(
  world: World,
  service: QueryService,
  caller: Caller,
  request: Request,
): Promise<Reply> {
  const input = QueryInput.of(request);
  const name = input.text('Action') ?? '';
  const action = Object.hasOwn(service.actions, name) ? service.actions[name] : undefined;
  if (action === undefined) {
    throw new AwsError('InvalidAction', `Could not find operation ${name} in the Rolecall sandbox`);
  }
  return queryReply(service.namespace, name, await action(world, caller, input));
}

/** The answer to an operation that went well. */
export function queryReply(namespace: string, action: string, result: XmlElements): Reply {
  const requestId = randomUUID();
  const document = xml(
    `${action}Response`,
    { [`${action}Result`]: result, ResponseMetadata: { RequestId: requestId } },
    namespace,
  );
  return xmlReply(200, requestId, document);
}

/** The answer to an operation that failed. */
export function queryErrorReply(error: AwsError): Reply {
  const requestId = randomUUID();
  const fault = {
    Type: error.status >= 500 ? 'Receiver' : 'Sender',
    Code: error.code,
    Message: error.message,
  };
  return xmlReply(error.status, requestId, xml('ErrorResponse', { Error: fault, RequestId: requestId }));
}

function xmlReply(status: number, requestId: string, body: string): Reply {
  return { status, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }, body };
}
