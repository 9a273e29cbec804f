import { cloudFormation } from './cloudformation/service.js';
import { answerConsole, consolePath } from './console/routes.js';
import { answerSwitchRole, switchRolePath } from './console/switch-role.js';
import { answerControl } from './control/routes.js';
import { iam } from './iam/service.js';
import { authenticate } from './identity/authenticate.js';
import { answerRead } from './reads/answer.js';
import { readErrorReply } from './reads/reply.js';
import { readServices } from './reads/services.js';
import { answerS3, s3ErrorReply } from './s3/service.js';
import { isStackAnswer, takeStackAnswer } from './s3/stack-answers.js';
import { openActions, sns } from './sns/service.js';
import { sts } from './sts/service.js';
import { AwsError } from './wire/aws-error.js';
import { jsonReply, type Reply, type Request } from './wire/exchange.js';
import { answerQuery, type QueryService } from './wire/query.js';
import { QueryInput } from './wire/query-input.js';
import { queryErrorReply, queryReply } from './wire/query-reply.js';
import { endpointOf } from './wire/scope-check.js';
import { readSignature, type Signature } from './wire/signature.js';
import type { World } from './world.js';

const queryServices: ReadonlyMap<string, QueryService> = new Map([
  ['sts', sts],
  ['iam', iam],
  ['sns', sns],
  ['cloudformation', cloudFormation],
]);

/** Finds out which service a request is for, and has it answered, errors too in that service's form. */
export async function dispatch(world: World, request: Request): Promise<Reply> {
  const { path } = request;
  if (path === world.certificate.path) {
    return {
      status: 200,
      headers: { 'content-type': 'application/x-pem-file' },
      body: world.certificate.pem,
    };
  }
  if (path.startsWith('/_sandbox/')) {
    return answered(world, () => control(world, request, answerControl), jsonErrorReply);
  }
  if (path === consolePath || path.startsWith(`${consolePath}/`)) {
    return answered(world, () => control(world, request, answerConsole), jsonErrorReply);
  }
  if (path === switchRolePath) {
    return answered(world, () => control(world, request, answerSwitchRole), jsonErrorReply);
  }
  const signature = readSignature(request);
  const queryError = (error: AwsError): Reply => queryErrorReply(request, error);
  if (signature === undefined && isQuery(request)) {
    return answered(world, () => openQuery(world, request), queryError);
  }
  // A request forwarded with the Host of an AWS endpoint is for that service, whatever its signature says.
  const name = endpointOf(request)?.service ?? signature?.service ?? '';
  const service = queryServices.get(name);
  if (signature !== undefined && service !== undefined) {
    const answer = () => answerQuery(world, service, authenticate(world, request, signature), request);
    return answered(world, answer, queryError);
  }
  const read = readServices.get(name);
  if (signature !== undefined && read !== undefined) {
    const answer = () => answerRead(world, read, authenticate(world, request, signature), request);
    return answered(world, answer, (error) => readErrorReply(read, request, error));
  }
  return answered(
    world,
    () => s3(world, request, signature),
    (error) => s3ErrorReply(error, request),
  );
}

/** Neither the control API nor the console's pages ask who calls, so pages of other origins may not call them. */
function control(
  world: World,
  request: Request,
  answer: (world: World, request: Request) => Reply | Promise<Reply>,
): Reply | Promise<Reply> {
  const origin = request.headers.get('origin');
  if (origin !== undefined && origin !== `http://${request.headers.get('host')}`) {
    throw new AwsError('AccessDenied', 'Requests from other origins are refused', 403);
  }
  return answer(world, request);
}

/** A request without a signature that is none for S3, which has nothing to be posted at its root. */
function isQuery(request: Request): boolean {
  return request.path === '/' && (request.query.has('Action') || request.method === 'POST');
}

function openQuery(world: World, request: Request): Reply {
  const input = QueryInput.of(request);
  const name = input.text('Action') ?? '';
  const action = Object.hasOwn(openActions, name) ? openActions[name] : undefined;
  if (action === undefined) {
    throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
  }
  return queryReply(request, sns.namespace, name, action(world, input));
}

function s3(world: World, request: Request, signature: Signature | undefined): Reply {
  if (isStackAnswer(request.path)) return takeStackAnswer(world, request, signature);
  const caller = signature === undefined ? undefined : authenticate(world, request, signature);
  return answerS3(world, caller, request);
}

async function answered(
  world: World,
  answer: () => Reply | Promise<Reply>,
  onError: (error: AwsError) => Reply,
): Promise<Reply> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof AwsError) return onError(error);
    world.log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return onError(new AwsError('InternalFailure', 'The sandbox failed; its log says why', 500));
  }
}

function jsonErrorReply(error: AwsError): Reply {
  return jsonReply({ code: error.code, message: error.message }, error.status);
}
