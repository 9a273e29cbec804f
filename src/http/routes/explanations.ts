import { Type } from 'typebox';
import { Problem, type ProblemCode, problemCodes, problemRow } from '../../core/problem.js';
import type { Routes } from '../app.js';
import { failuresPage } from '../pages/failures.js';
import { letterhead } from '../pages/letterhead.js';
import { problems } from '../representations/fields.js';

const access = { open: 'Documentation.' };

/** Where the codes lead that answers carry: of a call that was refused, and of an account that was. */
export const explanationRoutes: Routes = async (app, { service }) => {
  app.get('/openapi.json', { config: { access }, schema: { hide: true } }, async () => app.swagger());

  app.get(
    '/problems/:code',
    {
      config: { access },
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
    '/failures',
    {
      config: { access },
      schema: {
        operationId: 'explainFailures',
        summary: 'What each failure of a verification means, and what to do (HTML)',
        description: 'A verdict’s `failure.documentation` leads to its code here.',
        tags: ['Operation'],
        response: { 200: { description: 'A page.', content: { 'text/html': { schema: Type.String() } } } },
      },
    },
    async (_, reply) => reply.type('text/html; charset=utf-8').send(failuresPage(letterhead(service))),
  );
};
