import { Type } from 'typebox';
import type { Client } from '../../core/client.js';
import type { Launch } from '../../core/launch.js';
import { Problem } from '../../core/problem.js';
import type { Remember } from '../../core/remembered-answer.js';
import type { MadeLaunch } from '../../onboarding/make-launch.js';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import { entityTag } from '../entity-tag.js';
import { expectationOf, IfMatch } from '../preconditions.js';
import { AccountId, Id, ref } from '../representations/fields.js';
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
  const shown = (client: Client, launch: Launch) =>
    launchBody(service.launchView(client, launch, null), service.now());
  /** A link that can be launched; thrown before it is stored. */
  const offered = (...made: Parameters<typeof service.launchView>) => {
    const view = service.launchView(...made);
    if (view.links === null)
      throw new Problem('profile-unknown', 'What the client was asked for is no longer offered here.');
    return view;
  };

  app.post(
    '/v1/clients/:clientId/launches',
    {
      config: { access: { scope: 'clients:write' }, repeats: 'by-key' },
      schema: {
        operationId: 'makeLaunch',
        summary: 'Make another launch link',
        description:
          'For another account, or because the one before ran out. The addresses that hold its token are in this ' +
          'answer only, and in its repetition under the same `Idempotency-Key`. At most ten are open at a time.',
        tags: ['Launches'],
        params: Type.Object({ clientId: Id }),
        body: NewLaunch,
        response: {
          201: ref(LaunchBody),
          ...problems(
            'not-found',
            'too-many-launches',
            'region-not-served',
            'link-too-long',
            'profile-unknown',
          ),
        },
      },
    },
    async ({ params, body, actor }, reply) =>
      reply.once(
        (remember: Remember<MadeLaunch>) => service.makeLaunch(params.clientId, body, actor, remember),
        ({ client, launch, token }) => ({
          status: 201,
          headers: { etag: entityTag(shown(client, launch)) },
          body: launchBody(offered(client, launch, token), service.now()),
        }),
      ),
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
        response: { 200: pageOf(ref(LaunchBody)), ...problems('not-found') },
      },
    },
    async (request, reply) => {
      const { client, page } = await service.listLaunches(request.params.clientId, request.query);
      linkNext(request, reply, publicUrl, page.nextCursor);
      return { items: page.items.map((launch) => shown(client, launch)), nextCursor: page.nextCursor };
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
        headers: IfMatch,
        response: { 204: Type.Null(), ...problems('not-found') },
      },
    },
    async (request, reply) => {
      const { params, actor } = request;
      const expect = expectationOf(request);
      await service.revokeLaunch(params.clientId, params.launchId, actor, (client, launch) =>
        expect(() => shown(client, launch)),
      );
      return reply.code(204).send(null);
    },
  );
};
