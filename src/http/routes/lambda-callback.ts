import { Type } from 'typebox';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import { pattern } from '../representations/patterns.js';

const Header = (maxLength: number, description: string) =>
  Type.String({ minLength: 1, maxLength, pattern: pattern('header'), description });

const FunctionCallBody = Type.Object(
  {
    event: Type.String({
      minLength: 2,
      description: 'CloudFormation’s event, as the JSON text whose SHA-256 was signed.',
    }),
    identity: Type.Object(
      {
        authorization: Header(2_000, 'The signature, of version 4.'),
        'x-amz-date': Header(32, 'When it was signed.'),
        'x-amz-security-token': Header(8_192, 'The session of the function’s role.'),
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
        description:
          'For the function that the template makes. Safe to repeat: a request of CloudFormation’s counts once.',
        tags: ['Callbacks'],
        params: Type.Object({ token: Type.String({ maxLength: 200 }) }),
        body: FunctionCallBody,
        response: { 200: Type.Null(), ...problems('signature-invalid', 'token-unknown', 'not-found') },
      },
    },
    async (request, reply) => {
      await service.receiveFunctionCall(request.params.token, request.body, request);
      return reply.code(200).send(null);
    },
  );
};
