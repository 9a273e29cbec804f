import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { parseClientId } from '../../core/id.js';
import { parseToken } from '../../core/token.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the request turned out to be about, for its line in the log. */
    about: About;
  }
}

interface About {
  clientId?: string;
  accountId?: string;
  stackId?: string;
  /** Of the problem that it was answered with. */
  code?: string;
}

/** Asked by machines every few seconds; worth a line only where the answer is not as it should be. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/** Whether a route is one of those. */
export function isProbe(route: string): boolean {
  return PROBES.has(route);
}

/**
 * One line a request. It names the route and never the address, which may hold a token, and of what stands in the
 * address the ids alone.
 */
export function tellAnswers(app: FastifyInstance, log: Logger, count: Count): void {
  app.decorateRequest('about');
  app.addHook('onRequest', (request, _, done) => {
    request.about = idsIn(request.params);
    done();
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request;
    const route = routeOptions.url ?? 'none';
    count({ method, route, status: reply.statusCode, milliseconds: reply.elapsedTime });
    const level = isProbe(route) && reply.statusCode < 400 ? 'debug' : 'info';
    if (log.isLevelEnabled(level)) request.log[level](answered(request, reply, route), 'answered');
  });
}

/** Told of each request beside the log. */
type Count = (request: {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly milliseconds: number;
}) => void;

function answered({ method, caller, about }: FastifyRequest, reply: FastifyReply, route: string) {
  const ms = Math.round(reply.elapsedTime);
  const by = caller?.id;
  return { method, route, status: reply.statusCode, ms, by, ...about };
}

/** The ids in an address, as far as they are such: somebody may have put a secret in their place. */
function idsIn(params: unknown): About {
  if (typeof params !== 'object' || params === null) return {};
  const { clientId, accountId, token } = params as Record<string, string | undefined>;
  const client = (clientId && parseClientId(clientId)) || (token && parseToken(token)?.clientId);
  return {
    ...(client && { clientId: client }),
    ...(accountId !== undefined && /^\d{12}$/.test(accountId) && { accountId }),
  };
}
