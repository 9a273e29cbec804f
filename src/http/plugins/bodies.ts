import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type FieldError, Problem } from '../../core/problem.js';
import { parseJsonBody } from '../json-body.js';

/** JSON is parsed by us, strictly; nothing else is taken unless a route says so. */
export function takeJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async ({ routeOptions }: FastifyRequest, body: Buffer) => {
      // Many programs name the type in each request, also where there is no body and none is taken.
      const isNone = body.length === 0 && routeOptions.schema?.body === undefined;
      return isNone ? undefined : parseJsonBody(body);
    },
  );
}

/** A route without a schema for its body or its query takes none, where fields would be dropped in silence. */
export function refuseUnknownFields(app: FastifyInstance): void {
  app.addHook('preValidation', async ({ body, query, is404, routeOptions }) => {
    if (is404) return;
    const { schema, config } = routeOptions;
    if (schema?.body === undefined) refuse(body, 'field');
    // Pages are opened from mails and chats, which add parameters of their own.
    const keyed = config.access !== undefined && 'scope' in config.access;
    if (keyed && schema?.querystring === undefined) refuse(query, 'parameter');
  });
}

function refuse(given: unknown, what: string): void {
  if (typeof given !== 'object' || given === null) return;
  const message = `is not a ${what} that is known here`;
  const errors = Object.keys(given).map((field): FieldError => ({ field, message }));
  const [first] = errors;
  if (first !== undefined) throw new Problem('request-invalid', `${first.field} ${message}.`, errors);
}
