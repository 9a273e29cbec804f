import type { FastifyInstance } from 'fastify';
import { Problem } from '../../core/problem.js';
import { parseJsonBody } from '../json-body.js';

/** JSON is parsed by us, strictly; nothing else is taken unless a route says so. */
export function takeJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_: unknown, body: Buffer) =>
    parseJsonBody(body),
  );
  // A route without a schema for its body takes no field, which would be dropped in silence otherwise.
  app.addHook('preValidation', async ({ body, is404, routeOptions }) => {
    if (is404 || routeOptions.schema?.body !== undefined || typeof body !== 'object' || body === null) return;
    const errors = Object.keys(body).map((field) => ({
      field,
      message: 'is not a field that is known here',
    }));
    const [first] = errors;
    if (first !== undefined) throw new Problem('request-invalid', `${first.field} ${first.message}.`, errors);
  });
}
