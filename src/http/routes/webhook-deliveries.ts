import { Type } from 'typebox';
import type { Delivery } from '../../core/delivery.js';
import type { Remember } from '../../core/remembered-answer.js';
import type { Attempted } from '../../feed/attempt.js';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import { AttemptBody, attemptBody, DeliveryBody, deliveryBody } from '../representations/delivery.js';
import { Id, ref } from '../representations/fields.js';
import { linkNext, pageOf, pageQuery } from '../representations/page.js';

const access = { scope: 'webhooks:manage', allClients: true } as const;
const params = Type.Object({ webhookId: Id });

const DeliveryQuery = Type.Object(
  {
    ...pageQuery,
    status: Type.Optional(
      Type.Enum(['pending', 'failed'], {
        description: 'These alone; an index finds them, which may lag by a moment.',
      }),
    ),
  },
  { additionalProperties: false },
);

export const deliveryRoutes: Routes = async (app, { service, publicUrl }) => {
  app.post(
    '/v1/webhooks/:webhookId/test',
    {
      config: {
        access,
        repeats: 'by-key',
      },
      schema: {
        operationId: 'testWebhook',
        summary: 'Send a test event',
        description:
          'An event of type `webhook.test`, whatever types the webhook asks for, enabled or not. It is sent once and ' +
          'stands in no list. Answers what the receiver answered.',
        tags: ['Webhooks'],
        params,
        response: { 200: AttemptBody, ...problems('not-found') },
      },
    },
    async ({ params, actor }, reply) =>
      reply.once(
        (remember: Remember<Attempted>) => service.testWebhook(params.webhookId, actor, remember),
        (made) => ({ status: 200, body: attemptBody(made) }),
      ),
  );

  app.get(
    '/v1/webhooks/:webhookId/deliveries',
    {
      config: { access },
      schema: {
        operationId: 'listDeliveries',
        summary: 'See what became of events, the latest first',
        description:
          'From the first attempt on, for 30 days. What waits behind an earlier event of its account is not among them.',
        tags: ['Webhooks'],
        params,
        querystring: DeliveryQuery,
        response: { 200: pageOf(ref(DeliveryBody)), ...problems('not-found') },
      },
    },
    async (request, reply) => {
      const { params, query } = request;
      const { items, nextCursor } = await service.listDeliveries(params.webhookId, query);
      linkNext(request, reply, publicUrl, nextCursor);
      return { items: items.map(deliveryBody), nextCursor };
    },
  );

  app.post(
    '/v1/webhooks/:webhookId/deliveries/:deliveryId/redelivery',
    {
      config: {
        access,
        repeats: 'by-key',
      },
      schema: {
        operationId: 'redeliver',
        summary: 'Send an event once more',
        description:
          'Now and once, whatever became of it before. Where it gets through, the service does not try it again, and goes ' +
          'on with what waits behind it when its next attempt would have been due: to have all of that tried at once, ' +
          'disable the webhook and enable it.',
        tags: ['Webhooks'],
        params: Type.Object({ webhookId: Id, deliveryId: Id }),
        response: { 200: ref(DeliveryBody), ...problems('not-found') },
      },
    },
    async ({ params: { webhookId, deliveryId } }, reply) =>
      reply.once(
        (remember: Remember<Delivery>) => service.redeliver(webhookId, deliveryId, remember),
        (delivery) => ({ status: 200, body: deliveryBody(delivery) }),
      ),
  );
};
