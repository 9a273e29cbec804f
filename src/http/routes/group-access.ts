import { Type } from 'typebox';
import { accepted } from '../accepted.js';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import { accessPage } from '../pages/access.js';
import { letterhead } from '../pages/letterhead.js';
import { Id } from '../representations/fields.js';
import {
  EnterableAccountBody,
  enterableAccountBody,
  LeftOutBody,
  leftOutBody,
  PolicyBody,
} from '../representations/group.js';
import { pattern } from '../representations/patterns.js';
import { HTML } from './launch-link.js';

const access = { scope: 'groups:manage', allClients: true } as const;
const params = Type.Object({ groupId: Id });

const AccessQuery = Type.Object(
  {
    user: Type.String({ minLength: 1, maxLength: 64, description: 'The member who wants to get in.' }),
    sourceProfile: Type.Optional(
      Type.String({
        pattern: pattern('cliProfile'),
        description: 'For the config file: the profile that has the user’s access key. Default `default`.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** What a group's policies are, and how its members get in. */
export const groupAccessRoutes: Routes = async (app, { service }) => {
  app.get(
    '/v1/groups/:groupId/policies',
    {
      config: { access },
      schema: {
        operationId: 'getGroupPolicies',
        summary: 'The managed policies that let a group’s members in',
        description:
          'They allow `sts:AssumeRole` on exactly the roles for people in the group’s connected accounts, with MFA. ' +
          'The same accounts give the same policies; as few as IAM’s quotas allow.',
        tags: ['Groups'],
        params,
        response: {
          200: Type.Object({ items: Type.Array(PolicyBody, { description: 'At most 10.' }) }),
          ...problems('not-found', 'group-too-large'),
        },
      },
    },
    async ({ params: { groupId } }) => ({
      items: (await service.groupPolicies(groupId)).map(({ name, document }) => ({
        name,
        document: {
          Version: document.Version,
          Statement: document.Statement.map((statement) => ({ ...statement })),
        },
      })),
    }),
  );

  app.get(
    '/v1/groups/:groupId/access',
    {
      config: { access },
      schema: {
        operationId: 'getGroupAccess',
        summary: 'How a member gets into each of the group’s accounts',
        description:
          'By the console and by the CLI. With `Accept: text/plain` the answer is an AWS config file with a profile ' +
          'for each account; with `Accept: text/html` it is a page to look at. A browser gets to that page by a link from ' +
          '`access-links`.',
        tags: ['Groups'],
        params,
        querystring: AccessQuery,
        response: {
          200: {
            description: 'The accounts, the clients in the order in which they were invited.',
            content: {
              'application/json': {
                schema: Type.Object({
                  items: Type.Array(EnterableAccountBody, { description: 'All of them.' }),
                  leftOut: Type.Array(LeftOutBody, {
                    description: 'What of the group’s clients is not among them, and why.',
                  }),
                }),
              },
              'text/plain': { schema: Type.String() },
              'text/html': { schema: Type.String() },
            },
          },
          ...problems('not-found', 'member-unknown', 'central-account-missing', 'group-too-large'),
        },
      },
    },
    async (request, reply) => {
      const { user, sourceProfile = 'default' } = request.query;
      const granted = await service.readAccess(request.params.groupId, user);
      reply.headers({ vary: 'accept', 'cache-control': 'no-store' });
      const type = accepted(request.headers.accept, ['application/json', 'text/plain', 'text/html']);
      if (type === 'text/html')
        return reply.type(HTML).send(
          accessPage(letterhead(service), granted, {
            configUrl: null,
            isSecret: false,
            centralAccountId: service.centralAccountId,
          }),
        );
      if (type === 'text/plain')
        return reply.type('text/plain; charset=utf-8').send(service.configFile(granted, sourceProfile));
      return reply.type('application/json; charset=utf-8').send({
        items: granted.accounts.map(enterableAccountBody),
        leftOut: granted.leftOut.map(leftOutBody),
      });
    },
  );
};
