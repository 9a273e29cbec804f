import { Type } from 'typebox';
import { Problem } from '../../core/problem.js';
import type { Remember } from '../../core/remembered-answer.js';
import type { MadeKey } from '../../keys/make-api-key.js';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import { ApiKeyBody, apiKeyBody, NewApiKeyBody, Scopes } from '../representations/api-key.js';
import { At, Id, ref } from '../representations/fields.js';
import { linkNext, PageQuery, pageOf } from '../representations/page.js';
import { pattern } from '../representations/patterns.js';

const access = { scope: 'keys:manage', allClients: true } as const;

const NewKey = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 64,
      pattern: pattern('visible'),
      description:
        'Who uses it. Stands in events, and in clients’ CloudTrail as the source identity where AWS can take it: ' +
        '2 to 64 letters, digits or any of + = , . @ _ -',
    }),
    scopes: Scopes,
    clients: Type.Optional(
      Type.Array(Id, {
        minItems: 1,
        maxItems: 100,
        uniqueItems: true,
        description: 'Limits it to these clients: no other exists for it. Default all.',
      }),
    ),
    maxDurationSeconds: Type.Optional(
      Type.Integer({
        minimum: 900,
        maximum: 3_600,
        description: 'How long credentials may last that are issued to it. Default as for the key in use.',
      }),
    ),
    expiresAt: Type.Optional(At('When it ends. Default as for the key in use.')),
  },
  { additionalProperties: false },
);

export const apiKeyRoutes: Routes = async (app, { service, publicUrl }) => {
  app.post(
    '/v1/api-keys',
    {
      config: { access, repeats: 'by-key' },
      schema: {
        operationId: 'makeApiKey',
        summary: 'Make an API key',
        description:
          'It cannot be allowed more than the key that makes it, in scopes, clients, duration or life.',
        tags: ['Keys'],
        body: NewKey,
        response: { 201: NewApiKeyBody, ...problems('key-exceeds-maker') },
      },
    },
    async ({ body: { expiresAt, ...body }, caller }, reply) => {
      reply.header('cache-control', 'no-store');
      const wish = { ...body, ...(expiresAt !== undefined && { expiresAt: instantOf(expiresAt) }) };
      return reply.once(
        (remember: Remember<MadeKey>) => service.makeApiKey(wish, caller, remember),
        ({ key, secret }) => ({ status: 201, body: { ...apiKeyBody(key), secret } }),
      );
    },
  );

  app.get(
    '/v1/api-keys',
    {
      config: { access },
      schema: {
        operationId: 'listApiKeys',
        summary: 'List API keys, oldest first',
        description:
          'Without their secrets, which nobody has but their holders. Expired ones stay until revoked.',
        tags: ['Keys'],
        querystring: PageQuery,
        response: {
          200: pageOf(ref(ApiKeyBody)),
        },
      },
    },
    async (request, reply) => {
      const { items, nextCursor } = await service.listApiKeys(request.query);
      linkNext(request, reply, publicUrl, nextCursor);
      return { items: items.map(apiKeyBody), nextCursor };
    },
  );

  app.delete(
    '/v1/api-keys/:keyId',
    {
      config: { access },
      schema: {
        operationId: 'revokeApiKey',
        summary: 'Revoke an API key',
        description:
          'Within 5 seconds nobody takes it any more. What it has made stays, other keys among it.',
        tags: ['Keys'],
        params: Type.Object({ keyId: Id }),
        response: { 204: Type.Null(), ...problems('not-found') },
      },
    },
    async ({ params, actor }, reply) => {
      await service.revokeApiKey(params.keyId, actor);
      return reply.code(204).send(null);
    },
  );
};

/** RFC 3339 has leap seconds, and some programs add a zone's name: neither is a moment that a key could end at. */
function instantOf(text: string): number {
  const instant = Date.parse(text);
  if (!Number.isNaN(instant)) return instant;
  const message = 'has to be a time like 2030-01-31T12:00:00Z';
  throw new Problem('request-invalid', `expiresAt ${message}.`, [{ field: 'expiresAt', message }]);
}
