import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Actor } from '../../core/event.js';
import { Problem } from '../../core/problem.js';
import type { Scope } from '../../core/scope.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key has to allow, or why the route is open to anybody. Every route says one of them. */
    readonly access?: { readonly scope: Scope } | { readonly open: string };
  }
  interface FastifyRequest {
    /** Who calls, on routes that ask for a key. */
    actor: Actor;
  }
}

/** Bearer keys. A route that does not declare its access stops the start. */
export function authenticate(app: FastifyInstance, adminApiKey: string | null): void {
  const admin = adminApiKey === null ? null : digest(adminApiKey);
  app.decorateRequest('actor');

  app.addHook('onRoute', ({ url, method, config }) => {
    if (config?.access === undefined) throw new Error(`${method} ${url} does not declare its access`);
  });

  app.addHook('onRequest', async (request) => {
    const { access } = request.routeOptions.config;
    if (access === undefined || 'open' in access) return;
    const [, key] = /^Bearer ([\x21-\x7e]+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (key === undefined) throw new Problem('key-missing', 'The Authorization header holds no bearer key.');
    if (admin === null || !timingSafeEqual(digest(key), admin))
      throw new Problem('key-unknown', 'No key like the one sent is known here.');
    request.actor = { type: 'api-key', name: 'admin' };
  });
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
