import { Type } from 'typebox';
import type { Routes } from '../app.js';
import { problems } from '../representations/fields.js';

const Health = Type.Object({ status: Type.String() });

export const healthRoutes: Routes = async (app, { service }) => {
  app.get(
    '/healthz',
    {
      config: { access: { open: 'Says nothing but that the process lives.' } },
      schema: {
        operationId: 'health',
        summary: 'The process lives',
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
        tags: ['Operation'],
        response: {
          200: Type.Object({
            status: Type.String(),
            warnings: Type.Array(Type.String()),
          }),
          ...problems(503),
        },
      },
    },
    async () => ({ status: 'ready', warnings: await service.readiness() }),
  );
};
