import { Type } from 'typebox';
import { failure, failureCodes } from '../../core/failure.js';
import { Problem, type ProblemCode, problemCodes, problemRow } from '../../core/problem.js';
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

  app.get(
    '/problems/:code',
    {
      config: { access: { open: 'Documentation.' } },
      schema: {
        operationId: 'explainProblem',
        summary: 'What a problem’s code means and what to do',
        tags: ['Operation'],
        params: Type.Object({ code: Type.String({ maxLength: 64 }) }),
        response: {
          200: Type.Object({
            ...{
              code: Type.String(),
              status: Type.Integer(),
              title: Type.String(),
              remedy: Type.String(),
            },
          }),
          ...problems(404),
        },
      },
    },
    async ({ params: { code } }) => {
      const known = problemCodes().find((one): one is ProblemCode => one === code);
      if (known === undefined) throw new Problem('not-found', 'There is no problem with this code.');
      return { code: known, ...problemRow(known) };
    },
  );

  app.get(
    '/failures/:code',
    {
      config: { access: { open: 'Documentation.' } },
      schema: {
        operationId: 'explainFailure',
        summary: 'What a verdict’s failure means and what the client can do',
        tags: ['Operation'],
        params: Type.Object({ code: Type.String({ maxLength: 64 }) }),
        response: {
          200: Type.Object({ code: Type.String(), message: Type.String(), remedy: Type.String() }),
          ...problems(404),
        },
      },
    },
    async ({ params: { code } }) => {
      const known = failureCodes().find((one) => one === code);
      if (known === undefined) throw new Problem('not-found', 'There is no failure with this code.');
      return failure(known);
    },
  );
};
