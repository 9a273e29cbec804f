import { Type } from 'typebox';
import type { Invitation } from '../../onboarding/invite-client.js';
import type { Routes } from '../app.js';
import { ClientBody, clientBody } from '../representations/client.js';
import { AccountId, Id, problems, ref } from '../representations/fields.js';

const Name = Type.String({
  minLength: 1,
  maxLength: 200,
  // Something to see, and no control characters.
  pattern: '^(?=.*\\S)[^\\u0000-\\u001f\\u007f-\\u009f]+$',
  description: 'What people call the client. Shown on its launch page.',
});

const NewClient = Type.Object(
  {
    name: Name,
    reference: Type.Optional(
      Type.String({
        pattern: '^[\\x21-\\x7e]{1,128}$',
        description: 'Your own id for it, unique among clients.',
      }),
    ),
    profile: Type.Optional(
      Type.String({
        maxLength: 64,
        description: 'What to ask for. Default `security-audit`.',
      }),
    ),
    callback: Type.Optional(
      Type.Enum(['sns', 'lambda', 'none'], {
        description:
          'How the stack reports back: through a topic or a function of its own, or not at all. Default `sns`.',
      }),
    ),
    region: Type.Optional(
      Type.String({
        maxLength: 40,
        description: 'Where the stack is to be made.',
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
    allowSharedAccounts: Type.Optional(
      Type.Boolean({
        description: 'Whether an account may also be of another client that allows it.',
      }),
    ),
    metadata: Type.Optional(
      Type.Record(Type.String({ pattern: '^[\\w.-]{1,64}$' }), Type.String({ maxLength: 256 }), {
        maxProperties: 20,
        additionalProperties: false,
        description: 'Labels of your own.',
      }),
    ),
  },
  { additionalProperties: false },
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
        callback: body.callback ?? 'sns',
        region: body.region ?? defaults.region,
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
};
