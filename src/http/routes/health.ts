import { Type } from 'typebox';
import { Problem } from '../../core/problem.js';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';

const Health = Type.Object({ status: Type.String({ description: '`ok`.' }) });

export const healthRoutes: Routes = async (app, { service }) => {
  let stopping = false;
  app.addHook('preClose', async () => {
    stopping = true;
  });

  app.get(
    '/healthz',
    {
      config: { access: { open: 'Says nothing but that the process lives.' } },
      schema: {
        operationId: 'health',
        summary: 'The process lives',
        description: 'For whatever restarts it where it does not.',
        tags: ['Operation'],
        response: { 200: Health },
      },
    },
    async () => ({ status: 'ok' }),
  );

  app.get(
    '/readyz',
    {
      config: {
        access: {
          open: 'Load balancers ask without a key; it names no secret.',
        },
      },
      schema: {
        operationId: 'readiness',
        summary: 'The service can do its work',
        description: 'For load balancers: 503 while its table does not answer, and while it stops.',
        tags: ['Operation'],
        response: {
          200: Type.Object({
            status: Type.String({ description: '`ready`.' }),
            warnings: Type.Array(Type.String(), {
              description: 'What is not as it should be, though it works.',
            }),
          }),
          ...problems('unavailable'),
        },
      },
    },
    async () => {
      if (stopping) throw new Problem('unavailable', 'This instance is stopping.');
      return { status: 'ready', warnings: await service.readiness() };
    },
  );
};
