import { Type } from 'typebox';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import { EventBody, eventBody } from '../representations/event.js';
import { Id, PageOf, ref } from '../representations/fields.js';

const Page = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'Default 25.' })),
    cursor: Type.Optional(
      Type.String({
        pattern: '^evt_\\d{15}_\\d{2}$',
        description: '`nextCursor` of the page before.',
      }),
    ),
  },
  { additionalProperties: false },
);

export const eventRoutes: Routes = async (app, { service }) => {
  app.get(
    '/v1/clients/:clientId/events',
    {
      config: { access: { scope: 'events:read' } },
      schema: {
        operationId: 'listClientEvents',
        summary: 'Read a client’s history, oldest first',
        tags: ['Events'],
        params: Type.Object({ clientId: Id }),
        querystring: Page,
        response: {
          200: PageOf(ref(EventBody)),
          ...problems('not-found'),
        },
      },
    },
    async ({ params, query }) => {
      const limit = query.limit ?? 25;
      const events = await service.eventsOf(params.clientId, query.cursor ?? null, limit + 1);
      const items = events.slice(0, limit);
      const more = events.length > limit;
      return {
        items: items.map(eventBody),
        nextCursor: more ? (items.at(-1)?.id ?? null) : null,
      };
    },
  );
};
