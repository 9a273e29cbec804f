import { Type } from 'typebox';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import { ref } from '../representations/fields.js';
import { OverviewBody, overviewBody } from '../representations/overview.js';

const OverviewQuery = Type.Object(
  {
    days: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 90,
        description: 'How many days, today (UTC) included. Default 30.',
      }),
    ),
  },
  { additionalProperties: false },
);

export const overviewRoutes: Routes = async (app, { service }) => {
  app.get(
    '/v1/overview',
    {
      config: { access: { scope: 'clients:read', allClients: true } },
      schema: {
        operationId: 'getOverview',
        summary: 'See how onboarding goes',
        description:
          'The way from invitation to connection, how long it takes, how all accounts stand, and what went wrong ' +
          'of late. It costs the same for ten clients as for a million. What was refused before a stack was let in, ' +
          'as by a link that had expired, is in no event and not here. `/console` shows the same as a page.',
        tags: ['Operation'],
        querystring: OverviewQuery,
        response: { 200: ref(OverviewBody), ...problems() },
      },
    },
    async ({ query: { days = 30 } }) => overviewBody(await service.readOverview(days)),
  );
};
