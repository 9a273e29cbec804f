import { Type } from 'typebox';
import type { Client } from '../../core/client.js';
import type { Remember } from '../../core/remembered-answer.js';
import type { Invitation } from '../../onboarding/invite-client.js';
import type { MadeLaunch } from '../../onboarding/make-launch.js';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import { entityTag } from '../entity-tag.js';
import { expectationOf, IfMatch, IfNoneMatch, sendTagged, Unchanged } from '../preconditions.js';
import { ClientBody, clientBody } from '../representations/client.js';
import { Id, ref } from '../representations/fields.js';
import { pattern } from '../representations/patterns.js';
import { launchWish } from './launches.js';

export const Name = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: pattern('visible'),
  description: 'What people call the client. Shown on its launch page.',
});

export const Reference = Type.String({
  pattern: pattern('reference'),
  description: 'Your own id for it, unique among clients.',
});

export const Metadata = Type.Record(
  Type.String({ pattern: pattern('label') }),
  Type.String({ maxLength: 256 }),
  {
    maxProperties: 20,
    additionalProperties: false,
    description: 'Labels of your own.',
  },
);

const NewClient = Type.Object(
  {
    name: Name,
    reference: Type.Optional(Reference),
    profile: Type.Optional(
      Type.String({
        maxLength: 64,
        description: 'What to ask for. Default `security-audit`.',
      }),
    ),
    ...launchWish,
    allowSharedAccounts: Type.Optional(
      Type.Boolean({
        description: 'Whether an account may also be of another client that allows it.',
      }),
    ),
    metadata: Type.Optional(Metadata),
  },
  { additionalProperties: false },
);

const ClientChanges = Type.Object(
  { name: Type.Optional(Name), metadata: Type.Optional(Metadata) },
  { additionalProperties: false, minProperties: 1 },
);

export const clientRoutes: Routes = async (app, { service, defaults }) => {
  const shown = (client: Client) => clientBody(client, service.latestLaunch(client), service.now());

  app.post(
    '/v1/clients',
    {
      config: { access: { scope: 'clients:write', allClients: true }, repeats: 'by-key' },
      schema: {
        operationId: 'inviteClient',
        summary: 'Register a client and make its first launch link',
        description:
          'Draws the client’s external ID. Hand `launch.pageUrl` to the client’s administrator: it is shown in this ' +
          'answer only, and in its repetition under the same `Idempotency-Key`. Not by a key that is limited to some ' +
          'clients.',
        tags: ['Clients'],
        body: NewClient,
        response: {
          201: ref(ClientBody),
          ...problems('reference-taken', 'profile-unknown', 'region-not-served', 'link-too-long'),
        },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const invitation: Invitation = {
        name: body.name,
        reference: body.reference ?? null,
        profile: body.profile ?? defaults.profile,
        kind: body.kind ?? 'account',
        callback: body.callback ?? 'sns',
        region: body.region ?? defaults.region,
        regionOpen: body.region === undefined,
        expectedAccountIds: body.expectedAccountIds ?? [],
        maxAccounts: body.maxAccounts ?? 1,
        allowSharedAccounts: body.allowSharedAccounts ?? false,
        metadata: body.metadata ?? {},
      };
      return reply.once(
        (remember: Remember<MadeLaunch>) => service.inviteClient(invitation, request.actor, remember),
        ({ client, launch, token }) => {
          request.about.clientId = client.id;
          return {
            status: 201,
            headers: { location: `/v1/clients/${client.id}`, etag: entityTag(shown(client)) },
            body: clientBody(client, service.launchView(client, launch, token), service.now()),
          };
        },
      );
    },
  );

  app.get(
    '/v1/clients/:clientId',
    {
      config: { access: { scope: 'clients:read' } },
      schema: {
        operationId: 'getClient',
        summary: 'Read a client',
        description: 'With its latest launch link, without the addresses that hold its token.',
        tags: ['Clients'],
        params: Type.Object({ clientId: Id }),
        headers: IfNoneMatch,
        response: { 200: ref(ClientBody), 304: Unchanged, ...problems('not-found') },
      },
    },
    async (request, reply) => {
      const { client } = await service.readClient(request.params.clientId);
      return sendTagged(request, reply, shown(client));
    },
  );

  app.patch(
    '/v1/clients/:clientId',
    {
      config: { access: { scope: 'clients:write' } },
      schema: {
        operationId: 'updateClient',
        summary: 'Change a client’s name or labels',
        description: '`metadata` replaces all labels.',
        tags: ['Clients'],
        params: Type.Object({ clientId: Id }),
        headers: IfMatch,
        body: ClientChanges,
        response: { 200: ref(ClientBody), ...problems('not-found') },
      },
    },
    async (request, reply) => {
      const { params, body, actor } = request;
      const expect = expectationOf(request);
      const changed = await service.updateClient(params.clientId, body, actor, (client) =>
        expect(() => shown(client)),
      );
      const representation = shown(changed);
      return reply.header('etag', entityTag(representation)).send(representation);
    },
  );

  app.delete(
    '/v1/clients/:clientId',
    {
      config: { access: { scope: 'clients:write' } },
      schema: {
        operationId: 'removeClient',
        summary: 'Remove a client',
        description:
          'Its links are dead and its accounts are let go. Their roles trust this service until their stacks are ' +
          'deleted: `account.disconnected` says `trustRemains`, and `account.updated` when it is over.',
        tags: ['Clients'],
        params: Type.Object({ clientId: Id }),
        headers: IfMatch,
        response: { 204: Type.Null(), ...problems('not-found') },
      },
    },
    async (request, reply) => {
      const expect = expectationOf(request);
      await service.removeClient(request.params.clientId, request.actor, (client) =>
        expect(() => shown(client)),
      );
      return reply.code(204).send(null);
    },
  );
};
