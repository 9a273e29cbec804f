import { Type } from 'typebox';
import type { Invitation } from '../../onboarding/invite-client.js';
import type { Routes } from '../app.js';
import { ClientBody, clientBody } from '../representations/client.js';
import { Id, problems, ref } from '../representations/fields.js';
import { launchWish } from './launches.js';

export const Name = Type.String({
  minLength: 1,
  maxLength: 200,
  // Something to see, and no control characters.
  pattern: '^(?=.*\\S)[^\\u0000-\\u001f\\u007f-\\u009f]+$',
  description: 'What people call the client. Shown on its launch page.',
});

export const Reference = Type.String({
  pattern: '^[\\x21-\\x7e]{1,128}$',
  description: 'Your own id for it, unique among clients.',
});

export const Metadata = Type.Record(
  Type.String({ pattern: '^[\\w.-]{1,64}$' }),
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
  app.post(
    '/v1/clients',
    {
      config: { access: { scope: 'clients:write' } },
      schema: {
        operationId: 'inviteClient',
        summary: 'Register a client and make its first launch link',
        tags: ['Clients'],
        body: NewClient,
        response: {
          201: ref(ClientBody),
          ...problems(400, 401, 403, 409, 413, 415, 422, 503),
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
      const { client, view } = await service.inviteClient(invitation, request.actor);
      reply.code(201).header('location', `/v1/clients/${client.id}`);
      return clientBody(client, view, service.now());
    },
  );

  app.get(
    '/v1/clients/:clientId',
    {
      config: { access: { scope: 'clients:read' } },
      schema: {
        operationId: 'getClient',
        summary: 'Read a client',
        tags: ['Clients'],
        params: Type.Object({ clientId: Id }),
        response: { 200: ref(ClientBody), ...problems(401, 403, 404, 503) },
      },
    },
    async ({ params }) => {
      const { client, view } = await service.readClient(params.clientId);
      return clientBody(client, view, service.now());
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
        body: ClientChanges,
        response: { 200: ref(ClientBody), ...problems(400, 401, 403, 404, 413, 415, 503) },
      },
    },
    async ({ params, body, actor }) => {
      const { client, view } = await service.updateClient(params.clientId, body, actor);
      return clientBody(client, view, service.now());
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
        response: { 204: Type.Null(), ...problems(400, 401, 403, 404, 503) },
      },
    },
    async ({ params, actor }, reply) => {
      await service.removeClient(params.clientId, actor);
      return reply.code(204).send(null);
    },
  );
};
