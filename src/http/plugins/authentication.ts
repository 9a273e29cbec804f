import type { FastifyInstance } from 'fastify';
import { authorize, type Caller, type Demand } from '../../core/caller.js';
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
  interface FastifyInstance {
    /** Lets a request through by a key that did not come in its header, or throws why not; wrong ones count. */
    admit: (
      request: FastifyRequest,
      reply: FastifyReply,
      bearer: string | null,
      demand: Demand,
    ) => Promise<void>;
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

  const admit: FastifyInstance['admit'] = async (request, reply, bearer, demand) => {
    const barredFor = await attempts.barredFor(request.ip);
    const recognized = await recognize(options, bearer, barredFor === 0);
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
    authorize(recognized.caller, demand, clientIdIn(request.params));
    request.actor = { ...recognized.caller.actor, address: request.ip, requestId: request.id };
    request.caller = { ...recognized.caller, actor: request.actor };
  };
  app.decorate('admit', admit);

  app.addHook('onRequest', async (request, reply) => {
    const { access, browserKey } = request.routeOptions.config;
    if (access === undefined || 'open' in access) return;
    const sent = request.headers.authorization;
    const bearer = sent === undefined ? ((await browserKey?.(request)) ?? null) : bearerIn(sent);
    await admit(request, reply, bearer, access);
  });
}

async function recognize(
  options: AuthenticationOptions,
  bearer: string | null,
  mayLookUp: boolean,
): Promise<Recognition> {
  if (bearer !== null) return options.recognize(bearer, mayLookUp);
  const problem = new Problem('key-missing', 'The Authorization header holds no bearer key.');
  return { outcome: 'refused', problem };
}

function bearerIn(authorization: string): string | null {
  return /^Bearer ([\x21-\x7e]+)$/i.exec(authorization)?.[1] ?? null;
}

function tooMany(): Problem {
  return new Problem('too-many-requests', 'Too many wrong keys came from this address of late.');
}

function clientIdIn(params: unknown): string | null {
  const id: unknown =
    typeof params === 'object' && params !== null && 'clientId' in params ? params.clientId : null;
  return typeof id === 'string' ? id : null;
}
