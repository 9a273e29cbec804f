import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Problem } from '../core/problem.js';
import { entityTag, isAmong, parseTags, type Tags } from './entity-tag.js';

type Header = 'If-Match' | 'If-None-Match';
type Asked = Pick<FastifyRequest, 'headers'>;

/** For the schema of a route that changes what has an entity tag. */
export const IfMatch = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      description: 'The `ETag` that it was read with: 412 where it has changed since.',
    }),
  ),
});

/** For the schema of a route that reads what has one. */
export const IfNoneMatch = Type.Object({
  'if-none-match': Type.Optional(
    Type.String({ description: 'The `ETag` of what you have: 304 where it still stands.' }),
  ),
});

/** The answer where it does, for the same schema. */
export const Unchanged = Type.Null({ description: 'What you have still stands.' });

/**
 * Answers a GET with a representation and its tag, or says that what the caller has still stands.
 * Source: RFC 9110, 13.2.2.
 */
export function sendTagged(request: FastifyRequest, reply: FastifyReply, representation: object) {
  const tag = entityTag(representation);
  requireMatch(conditionIn(request, 'If-Match'), tag);
  reply.header('etag', tag);
  const had = conditionIn(request, 'If-None-Match');
  return had !== null && isAmong(tag, had, 'weak') ? reply.code(304).send() : reply.send(representation);
}

/**
 * What a request that changes something expects of it. The result throws `precondition-failed` where a thing does not
 * look like that. Throws `request-invalid` where the header cannot be read: to pass it over would change what the
 * caller meant to spare.
 */
export function expectationOf(request: Asked): (representation: () => object) => void {
  const wanted = conditionIn(request, 'If-Match');
  const unwanted = conditionIn(request, 'If-None-Match');
  return (representation) => {
    if (wanted === null && unwanted === null) return;
    const tag = entityTag(representation());
    requireMatch(wanted, tag);
    if (unwanted !== null && isAmong(tag, unwanted, 'weak')) throw failed('If-None-Match');
  };
}

function requireMatch(wanted: Tags | null, tag: string): void {
  if (wanted !== null && !isAmong(tag, wanted, 'strong')) throw failed('If-Match');
}

function conditionIn({ headers }: Asked, header: Header): Tags | null {
  const value = header === 'If-Match' ? headers['if-match'] : headers['if-none-match'];
  if (value === undefined) return null;
  const tags = parseTags(value);
  if (tags !== null) return tags;
  const message = 'has to be * or a list of entity tags in double quotes, as ETag has them';
  throw new Problem('request-invalid', `${header} ${message}.`, [{ field: header, message }]);
}

function failed(header: Header): Problem {
  return new Problem('precondition-failed', `It does not stand as ${header} has it.`);
}
