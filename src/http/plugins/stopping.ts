import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** For how long requests are still taken in, in milliseconds: one may be on its way on a connection that is open. */
const LAST_REQUESTS = 250;
/** How long requests under way have, in milliseconds. Then connections that idle or dribble are cut. */
const REQUESTS_WITHIN = 12_000;

/**
 * Has an instance that stops close each connection with the answer under way on it. Fastify closes those that are idle
 * when it begins to stop; one that is answered after that would be kept for the next request, and the stop with it.
 */
export function closeWhenStopping(app: FastifyInstance): void {
  let stopping = false;
  app.addHook('preClose', async () => {
    stopping = true;
    setTimeout(() => app.server.closeAllConnections(), REQUESTS_WITHIN).unref();
    await sleep(LAST_REQUESTS);
  });
  app.addHook('onSend', async (_, reply) => {
    if (stopping) reply.header('connection', 'close');
  });
}
