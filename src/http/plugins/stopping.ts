import type { FastifyInstance } from 'fastify';

/**
 * Has an instance that stops close each connection with the answer under way on it. Fastify closes those that are idle
 * when it begins to stop; one that is answered after that would be kept for the next request, and the stop with it.
 */
export function closeWhenStopping(app: FastifyInstance): void {
  let stopping = false;
  app.addHook('preClose', async () => {
    stopping = true;
  });
  app.addHook('onSend', async (_, reply) => {
    if (stopping) reply.header('connection', 'close');
  });
}
