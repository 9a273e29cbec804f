import { Type } from 'typebox';
import type { Remember } from '../../core/remembered-answer.js';
import type { Registered } from '../../onboarding/register-role.js';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import { AccountBody, accountBody } from '../representations/account.js';
import { Id, Nullable, ref } from '../representations/fields.js';
import { linkNext, PageQuery, pageOf } from '../representations/page.js';

const NewAccount = Type.Object(
  {
    roleArn: Type.String({ maxLength: 2_048, description: 'The role that trusts the client’s external ID.' }),
    humanRoleArn: Type.Optional(
      Nullable(
        Type.String({
          maxLength: 2_048,
          description:
            'The role by which people enter, where the profile has them do so. For an account that is connected by ' +
            '`roleArn` already, another one replaces it and is verified at once; null takes it away.',
        }),
      ),
    ),
  },
  { additionalProperties: false },
);

export const accountRoutes: Routes = async (app, { service, publicUrl }) => {
  app.get(
    '/v1/clients/:clientId/accounts',
    {
      config: { access: { scope: 'clients:read' } },
      schema: {
        operationId: 'listAccounts',
        summary: 'List a client’s AWS accounts',
        description: 'Also those that were refused or let go.',
        tags: ['Accounts'],
        params: Type.Object({ clientId: Id }),
        querystring: PageQuery,
        response: { 200: pageOf(ref(AccountBody)), ...problems('not-found') },
      },
    },
    async (request, reply) => {
      const { client, page } = await service.listAccounts(request.params.clientId, request.query);
      linkNext(request, reply, publicUrl, page.nextCursor);
      const views = page.items.map((account) => service.accountView(client, account));
      return { items: views.map((view) => accountBody(view, publicUrl)), nextCursor: page.nextCursor };
    },
  );

  app.get(
    '/v1/clients/:clientId/accounts/:accountId',
    {
      config: { access: { scope: 'clients:read' } },
      schema: {
        operationId: 'getAccount',
        summary: 'Read an AWS account of a client',
        description: 'With the verdict of its last verification.',
        tags: ['Accounts'],
        params: Type.Object({ clientId: Id, accountId: Id }),
        response: { 200: ref(AccountBody), ...problems('not-found') },
      },
    },
    async ({ params }) => {
      const { client, account } = await service.readAccount(params.clientId, params.accountId);
      return accountBody(service.accountView(client, account), publicUrl);
    },
  );

  app.delete(
    '/v1/clients/:clientId/accounts/:accountId',
    {
      config: { access: { scope: 'clients:write' } },
      schema: {
        operationId: 'disconnectAccount',
        summary: 'Let an AWS account go',
        description:
          'Credentials are refused from then on. The role trusts this service until its stack is deleted.',
        tags: ['Accounts'],
        params: Type.Object({ clientId: Id, accountId: Id }),
        response: { 204: Type.Null(), ...problems('not-found') },
      },
    },
    async ({ params, actor }, reply) => {
      await service.disconnectAccount(params.clientId, params.accountId, actor);
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/v1/clients/:clientId/accounts',
    {
      config: { access: { scope: 'clients:write' }, repeats: 'by-key' },
      schema: {
        operationId: 'registerRole',
        summary: 'Register a role by hand',
        description:
          'For clients whose stack does not call back. The role is tried at once and from then on: until the ' +
          'client’s open link without a callback runs out, or for 90 seconds where it has none; for up to an hour ' +
          'longer while AWS cannot be asked.',
        tags: ['Accounts'],
        params: Type.Object({ clientId: Id }),
        body: NewAccount,
        response: { 202: ref(AccountBody), ...problems('not-found', 'account-refused') },
      },
    },
    async ({ params, body, actor }, reply) =>
      reply.once(
        (remember: Remember<Registered>) => service.registerRole(params.clientId, body, actor, remember),
        ({ client, account }) => ({
          status: 202,
          body: accountBody(service.accountView(client, account), publicUrl),
        }),
      ),
  );
};
