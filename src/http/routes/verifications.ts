import { Type } from 'typebox';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import { VerdictBody, verdictBody } from '../representations/account.js';
import { Id, ref } from '../representations/fields.js';

export const verificationRoutes: Routes = async (app, { service, publicUrl }) => {
  app.post(
    '/v1/clients/:clientId/accounts/:accountId/verifications',
    {
      config: {
        access: { scope: 'accounts:verify' },
        repeats: { ignored: 'each call makes an attempt of its own, and answers what that found' },
      },
      schema: {
        operationId: 'verifyAccount',
        summary: 'Verify an AWS account now',
        description:
          'Makes one attempt and answers what it found; the account changes as it would at any other time.',
        tags: ['Accounts'],
        params: Type.Object({ clientId: Id, accountId: Id }),
        response: {
          200: ref(VerdictBody),
          ...problems('not-found', 'account-not-connected', 'too-many-requests'),
        },
      },
    },
    async ({ params, id }) =>
      verdictBody(await service.verifyNow(params.clientId, params.accountId, id), publicUrl),
  );
};
