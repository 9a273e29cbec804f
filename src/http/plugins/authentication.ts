import type { FastifyInstance, FastifyRequest } from 'fastify';
import { authorize, type Caller } from '../../core/caller.js';
import type { Actor } from '../../core/event.js';
import { Problem, problemRow } from '../../core/problem.js';
import type { Recognition } from '../../keys/recognize-caller.js';
import { makeFailedAttempts } from '../failed-attempts.js';
import { makeRequestRate } from '../request-rate.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls and what that allows, on routes that ask for a scope. */
    caller: Caller;
    /** The caller as events name it. */
    actor: Actor;
  }
}

export interface AuthenticationOptions {
  readonly recognize: (bearer: string, mayLookUp: boolean) => Promise<Recognition>;
  readonly requestsPerMinute: number;
  readonly authFailuresPerMinute: number;
}

/**
 * Lets a call through that presents a bearer which is known, is not over its rate, and may do what the route asks.
 *
 * Who fails too often is told 429 instead of 401, and causes no more lookups; keys in use from the same address go on.
 */
export function authenticate(app: FastifyInstance, options: AuthenticationOptions): void {
  const attempts = makeFailedAttempts(options.authFailuresPerMinute);
  const rate = makeRequestRate(options.requestsPerMinute);
  app.decorateRequest('caller');
  app.decorateRequest('actor');

  app.addHook('onRequest', async (request, reply) => {
    const { access } = request.routeOptions.config;
    if (access === undefined || 'open' in access) return;
    const barredFor = await attempts.barredFor(request.ip);
    const recognized = await recognize(options, request, barredFor === 0);
    if (recognized.outcome === 'refused') {
      const { problem } = recognized;
      if (barredFor === 0) await attempts.count(request.ip);
      else reply.header('retry-after', barredFor);
      throw barredFor === 0 || problemRow(problem.code).status !== 401 ? problem : tooMany();
    }
    const { allowed, headers } = await rate(recognized.caller.id);
    reply.headers(headers);
    if (!allowed)
      throw new Problem(
        'too-many-requests',
        `The key has made ${options.requestsPerMinute} requests within a minute.`,
      );
    authorize(recognized.caller, access, clientIdIn(request.params));
    request.actor = { ...recognized.caller.actor, address: request.ip, requestId: request.id };
    request.caller = { ...recognized.caller, actor: request.actor };
  });
}

async function recognize(
  options: AuthenticationOptions,
  { headers }: FastifyRequest,
  mayLookUp: boolean,
): Promise<Recognition> {
  const [, bearer] = /^Bearer ([\x21-\x7e]+)$/i.exec(headers.authorization ?? '') ?? [];
  if (bearer !== undefined) return options.recognize(bearer, mayLookUp);
  const problem = new Problem('key-missing', 'The Authorization header holds no bearer key.');
  return { outcome: 'refused', problem };
}

function tooMany(): Problem {
  return new Problem('too-many-requests', 'Too many wrong keys came from this address of late.');
}

function clientIdIn(params: unknown): string | null {
  const id: unknown =
    typeof params === 'object' && params !== null && 'clientId' in params ? params.clientId : null;
  return typeof id === 'string' ? id : null;
}
