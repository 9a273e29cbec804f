import { Type } from 'typebox';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';

export const snsCallbackRoutes: Routes = async (app, { service }) => {
  // SNS sends JSON as text/plain; whatever the type says, what counts is the signature over the text.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, async (_: unknown, body: string) => body);

  app.post(
    '/callbacks/sns/:token',
    {
      config: {
        access: {
          open: 'The message carries the signature of the client’s own topic.',
        },
      },
      schema: {
        operationId: 'receiveSnsMessage',
        summary: 'A client’s stack calls back through its own SNS topic',
        description:
          'For SNS, which confirms the subscription here, too. Safe to repeat: a request of CloudFormation’s counts once.',
        tags: ['Callbacks'],
        params: Type.Object({ token: Type.String({ maxLength: 200 }) }),
        response: { 200: Type.Null(), ...problems('signature-invalid', 'token-unknown') },
      },
    },
    async (request, reply) => {
      const { params, body } = request;
      const text = typeof body === 'string' ? body : '';
      await service.receiveSnsMessage(params.token, text, request);
      return reply.code(200).send(null);
    },
  );
};
