import { Type } from 'typebox';
import type { Remember } from '../../core/remembered-answer.js';
import type { ShownRotation } from '../../keeping/show-rotation.js';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import { AccountId, At, Id, Nullable, time } from '../representations/fields.js';

const RotationBody = Type.Object(
  {
    status: Type.Enum(['open', 'expired'], {
      description: 'Whether the page still shows the new external ID.',
    }),
    externalId: Type.String({
      description: 'The new one. The client’s own stays until every account has it.',
    }),
    startedAt: At('When it was begun.'),
    expiresAt: At('From when on the page no longer shows it.'),
    pageUrl: Type.Optional(
      Type.String({ description: 'Tells the client’s administrator what to do. Shown once.' }),
    ),
    accounts: Type.Array(
      Type.Object({
        accountId: AccountId,
        rotated: Type.Boolean({ description: 'Whether it has gone over to the new external ID.' }),
        command: Nullable(Type.String({ description: 'Updates the stack; null where none is known.' })),
      }),
      { description: 'How far each connected account has come.' },
    ),
  },
  { title: 'Rotation' },
);

const path = '/v1/clients/:clientId/external-id-rotation';
const params = Type.Object({ clientId: Id });

export const rotationRoutes: Routes = async (app, { service }) => {
  app.post(
    path,
    {
      config: { access: { scope: 'clients:write' }, repeats: 'by-key' },
      schema: {
        operationId: 'beginRotation',
        summary: 'Begin to replace a client’s external ID',
        description:
          'Both are tried until every connected account has gone over to the new one, at its own pace, by an ' +
          'update of its stack; access goes on all the while.',
        tags: ['Clients'],
        params,
        response: { 201: RotationBody, ...problems('not-found', 'rotation-open') },
      },
    },
    async ({ params, actor }, reply) =>
      reply.once(
        (remember: Remember<ShownRotation>) => service.beginRotation(params.clientId, actor, remember),
        (begun) => ({ status: 201, body: body(begun, service.now()) }),
      ),
  );

  app.get(
    path,
    {
      config: { access: { scope: 'clients:read' } },
      schema: {
        operationId: 'getRotation',
        summary: 'See how far a client’s accounts have come',
        description: '404 where none is under way: the client’s external ID is the one that counts.',
        tags: ['Clients'],
        params,
        response: { 200: RotationBody, ...problems('not-found') },
      },
    },
    async ({ params }) => body(await service.readRotation(params.clientId), service.now()),
  );

  app.delete(
    path,
    {
      config: { access: { scope: 'clients:write' } },
      schema: {
        operationId: 'cancelRotation',
        summary: 'Cancel the replacement of an external ID',
        description: 'The old one stays in force. Refused where an account has gone over already.',
        tags: ['Clients'],
        params,
        response: { 204: Type.Null(), ...problems('not-found', 'rotation-under-way') },
      },
    },
    async ({ params, actor }, reply) => {
      await service.cancelRotation(params.clientId, actor);
      return reply.code(204).send(null);
    },
  );
};

function body(view: ShownRotation, now: number) {
  const { externalId, startedAt, expiresAt, pageUrl, accounts } = view;
  return {
    status: expiresAt > now ? ('open' as const) : ('expired' as const),
    externalId,
    startedAt: time(startedAt),
    expiresAt: time(expiresAt),
    ...(pageUrl !== null && { pageUrl }),
    accounts: accounts.map(({ accountId, rotated, command }) => ({ accountId, rotated, command })),
  };
}
