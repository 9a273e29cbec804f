import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Template } from '../../templates/render.js';

/**
 * Sends a template's bytes with its version as a strong ETag, or 304 where `If-None-Match` names that.
 * Source: RFC 9110, "If-None-Match": a list of tags, compared weakly.
 */
export function sendTemplate(
  { headers }: Pick<FastifyRequest, 'headers'>,
  reply: FastifyReply,
  { version, body }: Pick<Template, 'version' | 'body'>,
  type: string,
) {
  reply.header('etag', `"${version}"`);
  const known = (headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes('*') || known.includes(`"${version}"`)) return reply.code(304).send();
  return reply.type(type).send(body);
}
