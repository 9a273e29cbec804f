import { Type } from 'typebox';
import type { Remember } from '../../core/remembered-answer.js';
import type { Webhook } from '../../core/webhook.js';
import type { MadeWebhook } from '../../webhooks/make-webhook.js';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import { entityTag } from '../entity-tag.js';
import { expectationOf, IfMatch, IfNoneMatch, sendTagged, Unchanged } from '../preconditions.js';
import { Id, ref } from '../representations/fields.js';
import { linkNext, PageQuery, pageOf } from '../representations/page.js';
import { NewWebhookBody, WebhookBody, webhookBody, webhookFields } from '../representations/webhook.js';

const access = { scope: 'webhooks:manage', allClients: true } as const;
const params = Type.Object({ webhookId: Id });
const { url, events, description, status } = webhookFields;

const NewWebhook = Type.Object(
  { url, events: Type.Optional(events), description: Type.Optional(description) },
  { additionalProperties: false },
);

const WebhookChanges = Type.Partial(Type.Object({ url, events, description, status }), {
  additionalProperties: false,
  minProperties: 1,
});

export const webhookRoutes: Routes = async (app, { service, publicUrl }) => {
  const shown = (webhook: Webhook) => webhookBody(webhook, service.now());
  const made = ({ webhook, secret }: MadeWebhook) => ({
    status: 201,
    headers: { location: `/v1/webhooks/${webhook.id}`, etag: entityTag(shown(webhook)) },
    body: { ...shown(webhook), secret },
  });

  app.post(
    '/v1/webhooks',
    {
      config: { access, repeats: 'by-key' },
      schema: {
        operationId: 'makeWebhook',
        summary: 'Have events sent to you',
        description:
          'Each event from now on is posted, as the feed has it, until the receiver answers 2xx: at least once, an ' +
          'account’s one after another, for 3 days. Signed after [Standard Webhooks](https://www.standardwebhooks.com).',
        tags: ['Webhooks'],
        body: NewWebhook,
        response: { 201: NewWebhookBody, ...problems('too-many-webhooks') },
      },
    },
    async ({ body, actor }, reply) => {
      reply.header('cache-control', 'no-store');
      return reply.once(
        (remember: Remember<MadeWebhook>) => service.makeWebhook(body, actor, remember),
        made,
      );
    },
  );

  app.get(
    '/v1/webhooks',
    {
      config: { access },
      schema: {
        operationId: 'listWebhooks',
        summary: 'List webhooks, oldest first',
        tags: ['Webhooks'],
        querystring: PageQuery,
        response: { 200: pageOf(ref(WebhookBody)) },
      },
    },
    async (request, reply) => {
      const { items, nextCursor } = await service.listWebhooks(request.query);
      linkNext(request, reply, publicUrl, nextCursor);
      return { items: items.map(shown), nextCursor };
    },
  );

  app.get(
    '/v1/webhooks/:webhookId',
    {
      config: { access },
      schema: {
        operationId: 'getWebhook',
        summary: 'Read a webhook',
        tags: ['Webhooks'],
        params,
        headers: IfNoneMatch,
        response: { 200: ref(WebhookBody), 304: Unchanged, ...problems('not-found') },
      },
    },
    async (request, reply) =>
      sendTagged(request, reply, shown(await service.readWebhook(request.params.webhookId))),
  );

  app.patch(
    '/v1/webhooks/:webhookId',
    {
      config: { access },
      schema: {
        operationId: 'updateWebhook',
        summary: 'Change a webhook, or switch it off or on',
        description: 'Other instances follow within 3 seconds. Switched on again, it goes on where it was.',
        tags: ['Webhooks'],
        params,
        headers: IfMatch,
        body: WebhookChanges,
        response: { 200: ref(WebhookBody), ...problems('not-found') },
      },
    },
    async (request, reply) => {
      const { params, body, actor } = request;
      const expect = expectationOf(request);
      const changed = await service.updateWebhook(params.webhookId, body, actor, (webhook) =>
        expect(() => shown(webhook)),
      );
      const representation = shown(changed);
      return reply.header('etag', entityTag(representation)).send(representation);
    },
  );

  app.delete(
    '/v1/webhooks/:webhookId',
    {
      config: { access },
      schema: {
        operationId: 'removeWebhook',
        summary: 'Remove a webhook',
        description: 'What was not delivered is not sent any more.',
        tags: ['Webhooks'],
        params,
        headers: IfMatch,
        response: { 204: Type.Null(), ...problems('not-found') },
      },
    },
    async (request, reply) => {
      const expect = expectationOf(request);
      await service.removeWebhook(request.params.webhookId, request.actor, (webhook) =>
        expect(() => shown(webhook)),
      );
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/v1/webhooks/:webhookId/secret-rotation',
    {
      config: { access, repeats: 'by-key' },
      schema: {
        operationId: 'rotateWebhookSecret',
        summary: 'Replace a webhook’s secret',
        description:
          'For 24 hours messages are signed with both. Where the old one leaked, rotate twice: what the last but one ' +
          'was ends at once.',
        tags: ['Webhooks'],
        params,
        response: { 201: NewWebhookBody, ...problems('not-found') },
      },
    },
    async ({ params, actor }, reply) => {
      reply.header('cache-control', 'no-store');
      return reply.once(
        (remember: Remember<MadeWebhook>) => service.rotateSecret(params.webhookId, actor, remember),
        made,
      );
    },
  );
};
