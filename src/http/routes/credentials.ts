import { Type } from 'typebox';
import { durationFor } from '../../core/caller.js';
import { LONGEST_SESSION_POLICY } from '../../core/session-policy.js';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import { AccountId, At, Id, time } from '../representations/fields.js';
import { pattern } from '../representations/patterns.js';

const Wish = Type.Object(
  {
    durationSeconds: Type.Optional(
      Type.Integer({
        minimum: 900,
        maximum: 3_600,
        description: 'Default 900; at most what the key allows.',
      }),
    ),
    sessionName: Type.String({
      pattern: pattern('sessionName'),
      description: 'Stands in the client’s CloudTrail as the role session name, as it is.',
    }),
    policy: Type.Optional(
      Type.String({
        maxLength: LONGEST_SESSION_POLICY,
        description:
          'The JSON text of a session policy. The credentials may do what both the role and this policy allow.',
      }),
    ),
  },
  { additionalProperties: false },
);

const CredentialsBody = Type.Object({
  accessKeyId: Type.String({ description: 'AWS_ACCESS_KEY_ID.' }),
  secretAccessKey: Type.String({ description: 'AWS_SECRET_ACCESS_KEY.' }),
  sessionToken: Type.String({ description: 'AWS_SESSION_TOKEN.' }),
  expiration: At('Until when they are good for.'),
  roleArn: Type.String({ description: 'The role whose session it is.' }),
  accountId: AccountId,
});

export const credentialRoutes: Routes = async (app, { service }) => {
  app.post(
    '/v1/clients/:clientId/accounts/:accountId/credentials',
    {
      config: {
        access: { scope: 'credentials:issue' },
        repeats: { ignored: 'nothing is stored, and credentials least of all' },
      },
      schema: {
        operationId: 'issueCredentials',
        summary: 'Get short-lived credentials of an account',
        description:
          'For a `connected` account only. Nothing is stored, and `Idempotency-Key` is ignored: the same request ' +
          'by the same key may be given the same session again, for as long as 5 minutes of it are left. The ' +
          'event `credentials.issued` is told once for each session, not for each answer. The key’s name goes ' +
          'along as the source identity, wherever the role’s trust policy lets one be set.',
        tags: ['Accounts'],
        params: Type.Object({ clientId: Id, accountId: Id }),
        body: Wish,
        response: {
          200: CredentialsBody,
          ...problems(
            'not-found',
            'account-not-connected',
            'account-not-enterable',
            'duration-too-long',
            'session-policy-refused',
            'aws-refused',
            'aws-throttled',
            'aws-unavailable',
          ),
        },
      },
    },
    async ({ params, body, actor, caller }, reply) => {
      reply.header('cache-control', 'no-store');
      const { sessionName, policy = null } = body;
      const wish = { durationSeconds: durationFor(caller, body.durationSeconds), sessionName, policy };
      const issued = await service.issueCredentials(params.clientId, params.accountId, wish, actor);
      return { ...issued, expiration: time(issued.expiration) };
    },
  );
};
