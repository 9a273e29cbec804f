import { Type } from 'typebox';
import { Problem } from '../../core/problem.js';
import type { Readiness } from '../../readiness/finding.js';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';

const Health = Type.Object({ status: Type.String({ description: '`ok`.' }) });

export const healthRoutes: Routes = async (app, { service }) => {
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
        description:
          'For load balancers: 503 while its table cannot be used, its credentials are not those that clients’ roles ' +
          'trust, or its clock is five minutes off; `detail` says which, and what to do.',
        tags: ['Operation'],
        response: {
          200: Type.Object({
            status: Type.String({ description: '`ready`.' }),
            warnings: Type.Array(Type.String(), {
              description: 'What is not as it should be, though it works.',
            }),
            checks: Type.Array(
              Type.Object({
                name: Type.String({
                  description: '`table`, `credentials`, `clock`, `templates` or `probes`.',
                }),
                status: Type.String({ description: '`ok` or `warning`.' }),
              }),
              { description: 'What was looked at, a few seconds ago at most.' },
            ),
          }),
          ...problems('unavailable'),
        },
      },
    },
    async () => readyOrNot(await service.readiness()),
  );
};

/** Throws `unavailable` where the service cannot do its work, with every reason there is. */
function readyOrNot({ checks }: Readiness) {
  const details = (wanted: string) =>
    checks.flatMap(({ status, detail }) => (status === wanted && detail !== null ? [detail] : []));
  const failures = details('failed');
  if (failures.length > 0) throw new Problem('unavailable', failures.join(' '));
  return {
    status: 'ready',
    warnings: details('warning'),
    checks: checks.map(({ name, status }) => ({ name, status })),
  };
}
