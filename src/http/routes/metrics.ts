import { Type } from 'typebox';
import type { Routes } from '../app.js';

export const metricsRoutes: Routes = async (app, { service }) => {
  app.get(
    '/metrics',
    {
      config: { access: { open: 'Says counts and times only; no label names a client or an account.' } },
      schema: {
        operationId: 'metrics',
        summary: 'What is counted',
        description:
          'In the text format of Prometheus, of this copy alone. It asks for no key, as programs that collect ' +
          'metrics expect: keep it from the internet.',
        tags: ['Operation'],
        response: {
          200: {
            description: 'Metrics in the text format.',
            content: { 'text/plain': { schema: Type.String() } },
          },
        },
      },
    },
    async (request, reply) => {
      // What keeps it from the internet is a rule of a proxy, which reads the path as it was sent: a path that means the
      // same and is spelled otherwise, such as /%6detrics, would get past it.
      if (!/^\/metrics(\?|$)/.test(request.raw.url ?? '')) return reply.callNotFound();
      return reply.type(service.metricsType).send(await service.readMetrics());
    },
  );
};
