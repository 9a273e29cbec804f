import { Type } from 'typebox';
import type { Routes } from '../app.js';
import { AccountBody, accountBody } from '../representations/account.js';
import { Id, Nullable, problems, ref } from '../representations/fields.js';

export const accountRoutes: Routes = async (app, { service }) => {
  app.get(
    '/v1/clients/:clientId/accounts',
    {
      config: { access: { scope: 'clients:read' } },
      schema: {
        operationId: 'listAccounts',
        summary: 'List a client’s AWS accounts',
        tags: ['Accounts'],
        params: Type.Object({ clientId: Id }),
        response: {
          200: Type.Object({
            items: Type.Array(ref(AccountBody)),
            nextCursor: Nullable(Type.String()),
          }),
          ...problems(401, 403, 404, 503),
        },
      },
    },
    async ({ params }) => {
      const { client } = await service.readClient(params.clientId);
      const accounts = await service.accountsOf(client.id);
      return { items: accounts.map(accountBody), nextCursor: null };
    },
  );
};
