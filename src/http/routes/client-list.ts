import { Type } from 'typebox';
import { clientStatuses } from '../../core/client.js';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import { ClientBody, clientBody } from '../representations/client.js';
import { AccountId, ref } from '../representations/fields.js';
import { linkNext, pageOf, pageQuery } from '../representations/page.js';

const Query = Type.Object(
  {
    ...pageQuery,
    status: Type.Optional(Type.Enum([...clientStatuses], { description: 'Clients of this status.' })),
    reference: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, description: 'The client with this reference.' }),
    ),
    awsAccountId: Type.Optional({
      ...AccountId,
      description: 'The clients with this AWS account, as long as it is connected or degraded.',
    }),
    profile: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: 'Clients that were asked for this.' }),
    ),
    namePrefix: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'How the name begins, in whatever case. These come by name, all others oldest first.',
      }),
    ),
  },
  { additionalProperties: false },
);

export const clientListRoutes: Routes = async (app, { service, publicUrl }) => {
  app.get(
    '/v1/clients',
    {
      config: { access: { scope: 'clients:read' } },
      schema: {
        operationId: 'listClients',
        summary: 'List clients',
        description:
          'One filter at once. For a key that is limited to some clients there are no others. A client that belongs ' +
          'to the list all the while it is read is in exactly one page, whoever else comes and goes; a page is ' +
          'shorter than asked for where clients have just moved away from it.',
        tags: ['Clients'],
        querystring: Query,
        response: { 200: pageOf(ref(ClientBody)), ...problems() },
      },
    },
    async (request, reply) => {
      const { items, nextCursor } = await service.listClients(request.query, request.caller);
      linkNext(request, reply, publicUrl, nextCursor);
      const now = service.now();
      return {
        items: items.map((client) => clientBody(client, service.latestLaunch(client), now)),
        nextCursor,
      };
    },
  );
};
