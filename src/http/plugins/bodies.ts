import type { FastifyInstance } from 'fastify';
import { parseJsonBody } from '../json-body.js';

/** JSON is parsed by us, strictly; nothing else is taken unless a route says so. */
export function takeJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_: unknown, body: Buffer) =>
    parseJsonBody(body),
  );
}
