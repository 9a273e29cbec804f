import type { FastifyReply, FastifyRequest } from 'fastify';
import { type TSchema, Type } from 'typebox';
import { Nullable } from './fields.js';

/** What every list takes. */
export const pageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'Default 25.' })),
  cursor: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 4_096,
      description: '`nextCursor` of the page before; it goes with the same list and the same filters only.',
    }),
  ),
};

export const PageQuery = Type.Object(pageQuery, { additionalProperties: false });

/** What every list answers. */
export function pageOf<Item extends TSchema>(item: Item) {
  return Type.Object({
    items: Type.Array(item, { description: 'At most `limit` of them.' }),
    nextCursor: NextCursor,
  });
}

export const NextCursor = Nullable(
  Type.String({
    description: 'Goes on with the next page, as `Link` with rel="next" does; null at the end.',
  }),
);

/**
 * Names the next page in a Link header.
 * Source: RFC 8288.
 */
export function linkNext(
  request: FastifyRequest,
  reply: FastifyReply,
  publicUrl: string,
  nextCursor: string | null,
): void {
  if (nextCursor === null) return;
  const { pathname, searchParams } = new URL(request.url, publicUrl);
  searchParams.delete('after');
  searchParams.set('cursor', nextCursor);
  reply.header('link', `<${publicUrl}${pathname}?${searchParams}>; rel="next"`);
}
