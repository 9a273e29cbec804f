import { Type } from 'typebox';
import { Problem } from '../../core/problem.js';
import type { Imported } from '../../onboarding/import-client.js';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import { problemBody } from '../plugins/problems.js';
import { AccountId, Nullable, ProblemBody, ref } from '../representations/fields.js';
import { Metadata, Name, Reference } from './clients.js';

const NewImports = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          name: Name,
          externalId: Type.String({
            maxLength: 2_048,
            description: 'The one that the role’s trust policy asks for: 2 to 1224 characters.',
          }),
          roleArn: Type.String({ maxLength: 2_048, description: 'The role that trusts it.' }),
          reference: Type.Optional(Reference),
          profile: Type.Optional(
            Type.String({
              maxLength: 64,
              description: 'What the role is to allow. Default `security-audit`.',
            }),
          ),
          metadata: Type.Optional(Metadata),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 100, description: 'One for each client.' },
    ),
  },
  { additionalProperties: false },
);

const refusals = [
  ...['request-invalid', 'profile-unknown', 'external-id-taken', 'reference-taken', 'account-refused'],
  'unavailable',
];

const Result = Type.Object({
  clientId: Nullable(Type.String({ description: 'The client that was made; null where none was.' })),
  accountId: Nullable(AccountId),
  status: Type.Enum(['verifying', 'refused'], { description: 'What became of it.' }),
  proposal: Nullable(
    Type.Object(
      {
        action: Type.String({ description: '`rotate-external-id`.' }),
        method: Type.String({ description: 'Of the call to make.' }),
        path: Type.String({ description: 'Where to make it.' }),
        reason: Type.String({ description: 'Why.' }),
      },
      { description: 'What to do next: replace the external ID by one that this service has drawn.' },
    ),
  ),
  problem: Nullable(
    Type.Intersect([ref(ProblemBody), Type.Object({ code: Type.String({ enum: [...refusals] }) })], {
      description: 'Why it was not taken over.',
    }),
  ),
});

const REASON =
  'The external ID was not drawn here: it may be known to others or easy to guess. Replace it once the account is connected.';

export const importRoutes: Routes = async (app, { service, publicUrl, defaults }) => {
  app.post(
    '/v1/imports',
    {
      config: {
        access: { scope: 'clients:import' },
        repeats: 'by-key',
      },
      schema: {
        operationId: 'importClients',
        summary: 'Take over roles that clients have made before',
        description:
          'Each item becomes a client with its account, which is verified like any other, and gets a result of its ' +
          'own, in the same place. Off unless the service runs with `ALLOW_IMPORT=true`: it is the one way in which ' +
          'an external ID comes from outside. Sent again under its `Idempotency-Key`, what was taken over is answered ' +
          'as before, and what was refused is tried again.',
        tags: ['Clients'],
        body: NewImports,
        response: {
          202: Type.Object({ items: Type.Array(Result, { description: 'In the order of the request.' }) }),
          ...problems('import-not-allowed'),
        },
      },
    },
    async (request, reply) => {
      const wishes = request.body.items.map(({ reference, profile, metadata, ...rest }) => ({
        ...rest,
        reference: reference ?? null,
        profile: profile ?? defaults.profile,
        metadata: metadata ?? {},
      }));
      const each = await reply.onceEach(wishes.length, takenOver);
      const results = await service.importClients(wishes, request.actor, each);
      const items = results.map((result, place) =>
        result instanceof Problem ? refused(result, place, publicUrl, request.id) : result,
      );
      return reply.code(202).send({ items });
    },
  );
};

function takenOver({ client, account }: Imported) {
  return {
    ...{ clientId: client.id, accountId: account.accountId, status: 'verifying' as const },
    proposal: {
      ...{ action: 'rotate-external-id', method: 'POST', reason: REASON },
      path: `/v1/clients/${client.id}/external-id-rotation`,
    },
    problem: null,
  };
}

function refused(why: Problem, place: number, publicUrl: string, requestId: string) {
  const { errors = [], ...problem } = problemBody(publicUrl, why, requestId);
  const placed = errors.map(({ field, message }) => ({ field: `items.${place}.${field}`, message }));
  return {
    ...{ clientId: null, accountId: null, status: 'refused' as const, proposal: null },
    problem: { ...problem, ...(placed.length > 0 && { errors: placed }) },
  };
}
