import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem, type ProblemCode, problemRow } from '../../core/problem.js';
import { refusal } from '../representations/refusal.js';

/** Every error leaves as an RFC 9457 document; what is not ours to explain leaves as `internal-error`. */
export function answerProblems(app: FastifyInstance, publicUrl: string): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = toProblem(error);
    if (problem.code === 'internal-error') request.log.error({ err: error }, 'request failed');
    else request.log.debug({ code: problem.code, detail: problem.message }, 'refused');
    request.about.code = problem.code;
    return sendProblem(request, reply, publicUrl, problem);
  });
  app.setNotFoundHandler((request, reply) => {
    const detail = `There is nothing at ${request.method} ${request.url.split('?', 1)[0]}.`;
    return sendProblem(request, reply, publicUrl, new Problem('not-found', detail));
  });
}

/** Sends a problem as RFC 9457 has it. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  publicUrl: string,
  problem: Problem,
) {
  const { status } = problemRow(problem.code);
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  if ((status === 503 || status === 429) && !reply.hasHeader('retry-after')) reply.header('retry-after', '5');
  if (problem.code === 'request-in-progress') reply.header('retry-after', '1');
  return reply
    .code(status)
    .type('application/problem+json')
    .send(problemBody(publicUrl, problem, request.id));
}

/** A problem as RFC 9457 has it, with its stable code, the remedy and the id to report. */
export function problemBody(publicUrl: string, { code, message, errors }: Problem, requestId: string) {
  const { status, title, remedy } = problemRow(code);
  return {
    ...{ type: `${publicUrl}/problems/${code}`, title, status, detail: message, code, remedy, requestId },
    ...(errors.length > 0 && { errors }),
  };
}

const FASTIFY_CODES: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'content-type-unsupported',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'body-malformed',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'body-malformed',
  FST_ERR_BAD_URL: 'not-found',
  FST_ERR_MAX_PARAM_LENGTH: 'not-found',
};

/** The problem that stands behind whatever was thrown. */
export function toProblem(error: FastifyError): Problem {
  if (error instanceof Problem) return error;
  if (error.validation) return refusal(error.validation, error.validationContext);
  const code = FASTIFY_CODES[error.code];
  if (code === 'not-found') return new Problem(code, 'The address cannot be read.');
  if (code !== undefined)
    return new Problem(code, `${error.message}.`, [{ field: 'body', message: error.message }]);
  if (isOutage(error)) return new Problem('unavailable', 'A service that this one rests on does not answer.');
  return new Problem('internal-error', 'The request could not be carried out.');
}

/** DynamoDB or STS did not answer, or asked to slow down. */
function isOutage(error: Error): boolean {
  const metadata = '$metadata' in error ? (error.$metadata as { httpStatusCode?: number }) : undefined;
  const code = 'code' in error ? String(error.code) : '';
  return metadata?.httpStatusCode === undefined
    ? /^(ECONN|EPIPE|ETIMEDOUT|EAI_)/.test(code) || error.name === 'TimeoutError'
    : metadata.httpStatusCode >= 500 || /Throttl|Throughput|Transaction(Conflict|Canceled)/.test(error.name);
}
