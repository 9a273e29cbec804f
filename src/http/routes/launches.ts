import { Type } from 'typebox';
import type { Routes } from '../app.js';
import { AccountId, Id, problems, ref } from '../representations/fields.js';
import { LaunchBody, launchBody } from '../representations/launch.js';
import { linkNext, PageQuery, pageOf } from '../representations/page.js';

/** What a client's first link and every later one can be asked to be. */
export const launchWish = {
  kind: Type.Optional(
    Type.Enum(['account', 'organization'], {
      description:
        'What the link connects: accounts, each by a stack of its own (the default), or an organization: its ' +
        'management account, and then each member by the stack that the management account rolls out.',
    }),
  ),
  callback: Type.Optional(
    Type.Enum(['sns', 'lambda', 'none'], {
      description:
        'How the stack reports back: by a topic or a function of its own, or not at all. Default `sns`.',
    }),
  ),
  region: Type.Optional(
    Type.String({
      maxLength: 40,
      description:
        'Where the stack is to be made. Where it is left out for the client and for the link, the client may ' +
        'choose on the launch page.',
    }),
  ),
  expectedAccountIds: Type.Optional(
    Type.Array(AccountId, {
      maxItems: 50,
      uniqueItems: true,
      description: 'Let these accounts in alone.',
    }),
  ),
  maxAccounts: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1000,
      description: 'How many accounts the link lets in. Default 1.',
    }),
  ),
};

const NewLaunch = Type.Object(
  {
    ...launchWish,
    expiresIn: Type.Optional(
      Type.Integer({
        minimum: 3_600,
        maximum: 30 * 24 * 3_600,
        description: 'For how many seconds it lets accounts in: an hour to 30 days. Default 7 days.',
      }),
    ),
  },
  { additionalProperties: false },
);

export const launchesRoutes: Routes = async (app, { service, publicUrl }) => {
  app.post(
    '/v1/clients/:clientId/launches',
    {
      config: { access: { scope: 'clients:write' } },
      schema: {
        operationId: 'makeLaunch',
        summary: 'Make another launch link',
        tags: ['Launches'],
        params: Type.Object({ clientId: Id }),
        body: NewLaunch,
        response: { 201: ref(LaunchBody), ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503) },
      },
    },
    async ({ params, body, actor }, reply) => {
      const view = await service.makeLaunch(params.clientId, body, actor);
      return reply.code(201).send(launchBody(view, service.now()));
    },
  );

  app.get(
    '/v1/clients/:clientId/launches',
    {
      config: { access: { scope: 'clients:read' } },
      schema: {
        operationId: 'listLaunches',
        summary: 'List a client’s launch links',
        description: 'The open ones and the latest of the others, newest first.',
        tags: ['Launches'],
        params: Type.Object({ clientId: Id }),
        querystring: PageQuery,
        response: { 200: pageOf(ref(LaunchBody)), ...problems(400, 401, 403, 404, 503) },
      },
    },
    async (request, reply) => {
      const { client, page } = await service.listLaunches(request.params.clientId, request.query);
      linkNext(request, reply, publicUrl, page.nextCursor);
      const views = page.items.map((launch) => service.launchView(client, launch, null));
      return { items: views.map((view) => launchBody(view, service.now())), nextCursor: page.nextCursor };
    },
  );

  app.delete(
    '/v1/clients/:clientId/launches/:launchId',
    {
      config: { access: { scope: 'clients:write' } },
      schema: {
        operationId: 'revokeLaunch',
        summary: 'Withdraw a launch link',
        description: 'It lets nobody in any more. What it has connected stays connected.',
        tags: ['Launches'],
        params: Type.Object({ clientId: Id, launchId: Id }),
        response: { 204: Type.Null(), ...problems(400, 401, 403, 404, 503) },
      },
    },
    async ({ params, actor }, reply) => {
      await service.revokeLaunch(params.clientId, params.launchId, actor);
      return reply.code(204).send(null);
    },
  );
};
