import { Type } from 'typebox';
import type { Routes } from '../app.js';
import { problems } from '../representations/fields.js';

const Header = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '^[\\x20-\\x7e]+$' });

const FunctionCallBody = Type.Object(
  {
    event: Type.String({
      minLength: 2,
      description: 'CloudFormation’s event, as the JSON text whose SHA-256 was signed.',
    }),
    identity: Type.Object(
      {
        authorization: Header(2_000),
        'x-amz-date': Header(32),
        'x-amz-security-token': Header(8_192),
      },
      {
        additionalProperties: false,
        description: 'Headers of an sts:GetCallerIdentity request that was signed and not sent.',
      },
    ),
  },
  { additionalProperties: false },
);

export const lambdaCallbackRoutes: Routes = async (app, { service }) => {
  app.post(
    '/callbacks/lambda/:token',
    {
      config: {
        access: {
          open: 'The call carries a request to STS, signed by the role of the client’s own function.',
        },
      },
      schema: {
        operationId: 'receiveFunctionCall',
        summary: 'A client’s stack calls back through its own Lambda function',
        tags: ['Callbacks'],
        params: Type.Object({ token: Type.String({ maxLength: 200 }) }),
        body: FunctionCallBody,
        response: { 200: Type.Null(), ...problems(400, 403, 404, 413, 415, 503) },
      },
    },
    async ({ params, body }, reply) => {
      await service.receiveFunctionCall(params.token, body);
      return reply.code(200).send(null);
    },
  );
};
