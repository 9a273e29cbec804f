import { Type } from 'typebox';
import { Problem, type ProblemCode, problemCodes } from '../../core/problem.js';
import type { Routes } from '../app.js';
import { operationsThatAnswer } from '../documentation/answering.js';
import { problems } from '../documentation/problem-responses.js';
import { failuresPage } from '../pages/failures.js';
import { guidePage } from '../pages/guide.js';
import { letterhead } from '../pages/letterhead.js';
import { problemPage, problemsPage } from '../pages/problems.js';

import { HTML } from './launch-link.js';

const access = { open: 'Documentation.' };

/** Where the codes lead that answers carry: of a call that was refused, and of an account that was. */
export const explanationRoutes: Routes = async (app, { service, publicUrl }) => {
  app.get('/openapi.json', { config: { access }, schema: { hide: true } }, async () => app.swagger());

  const page = { 200: { description: 'A page.', content: { 'text/html': { schema: Type.String() } } } };

  app.get('/docs/getting-started', { config: { access }, schema: { hide: true } }, async (_, reply) =>
    reply.type(HTML).send(guidePage(letterhead(service), publicUrl)),
  );

  app.get(
    '/problems',
    {
      config: { access },
      schema: {
        operationId: 'explainProblems',
        summary: 'Every problem that an answer can have, and what to do (HTML)',
        description: 'A problem’s `type` leads to its own page below.',
        tags: ['Operation'],
        response: page,
      },
    },
    async (_, reply) => reply.type(HTML).send(problemsPage(letterhead(service))),
  );

  app.get(
    '/problems/:code',
    {
      config: { access },
      schema: {
        operationId: 'explainProblem',
        summary: 'What a problem’s code means and what to do (HTML)',
        description: 'Where a problem’s `type` leads.',
        tags: ['Operation'],
        params: Type.Object({ code: Type.String({ maxLength: 64 }) }),
        response: { ...page, ...problems('not-found') },
      },
    },
    async ({ params: { code } }, reply) => {
      const known = problemCodes().find((one): one is ProblemCode => one === code);
      if (known === undefined) throw new Problem('not-found', 'There is no problem with this code.');
      const operations = operationsThatAnswer(app.swagger(), known);
      return reply.type(HTML).send(problemPage(letterhead(service), known, publicUrl, operations));
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
        response: page,
      },
    },
    async (_, reply) => reply.type(HTML).send(failuresPage(letterhead(service))),
  );
};
