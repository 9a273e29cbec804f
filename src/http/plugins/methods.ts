import type { FastifyInstance } from 'fastify';
import { Problem } from '../../core/problem.js';

/**
 * Tells an address that is known, but not for this method, from one that is unknown: 405 with `Allow`, and 204
 * with `Allow` for OPTIONS. Has to come before the routes; what it returns, after the last of them.
 * Source: RFC 9110, 9.3.7 and 15.5.6.
 */
export function tellMethods(app: FastifyInstance): () => void {
  const taken = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = taken.get(url) ?? new Set(['OPTIONS']);
    for (const one of [method].flat()) methods.add(one);
    taken.set(url, methods);
  });
  return () => {
    for (const [url, methods] of [...taken]) {
      const allow = [...methods].sort().join(', ');
      const others = app.supportedMethods.filter((method) => method === 'OPTIONS' || !methods.has(method));
      app.route({
        url,
        method: others,
        config: {
          access: { open: 'Says which methods the address takes.' },
          repeats: { ignored: 'It does nothing.' },
        },
        schema: { hide: true },
        // Before the body is looked at, which is of no interest any more.
        onRequest: async ({ method }, reply) => {
          reply.header('allow', allow);
          if (method === 'OPTIONS') return reply.code(204).send();
          throw new Problem('method-not-allowed', `The address takes ${allow}, not ${method}.`);
        },
        handler: async () => undefined,
      });
    }
  };
}
