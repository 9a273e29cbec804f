import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { Access } from '../../access/read-access.js';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import { accessPage, noAccessPage } from '../pages/access.js';
import { letterhead } from '../pages/letterhead.js';
import { At, Id, time } from '../representations/fields.js';
import { HTML } from './launch-link.js';

const access = { scope: 'groups:manage', allClients: true } as const;
const open = {
  open: 'Whoever holds the link is the member it was made for; it shows and changes nothing else.',
};
const token = Type.Object({ token: Type.String({ maxLength: 300 }) });

const NewAccessLink = Type.Object(
  {
    user: Type.String({ minLength: 1, maxLength: 64, description: 'The member it is for.' }),
    expiresIn: Type.Optional(
      Type.Integer({
        minimum: 300,
        maximum: 43_200,
        description: 'For how many seconds it is good. Default 3600.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** The page of a member's accounts, by a link that a browser can open: it sends no API key. */
export const accessLinkRoutes: Routes = async (app, { service, publicUrl }) => {
  const { centralAccountId } = service;
  const addressOf = (text: string) => `${publicUrl}/access/${text}`;

  app.post(
    '/v1/groups/:groupId/access-links',
    {
      config: { access, repeats: { ignored: 'Nothing is stored: each call makes a link.' } },
      schema: {
        operationId: 'makeAccessLink',
        summary: 'Make a link to the page of a member’s accounts',
        description:
          'The page has the accounts as they are whenever it is opened, and nothing once the user is no member any more.',
        tags: ['Groups'],
        params: Type.Object({ groupId: Id }),
        body: NewAccessLink,
        response: {
          201: Type.Object({
            url: Type.String({ description: 'Hand it to the member, and to nobody else.' }),
            expiresAt: At('When it ends.'),
          }),
          ...problems('not-found', 'member-unknown'),
        },
      },
    },
    async ({ params, body: { user, expiresIn = 3_600 } }, reply) => {
      const link = await service.makeAccessLink(params.groupId, user, expiresIn * 1_000);
      reply.code(201).header('cache-control', 'no-store');
      return { url: addressOf(link.token), expiresAt: time(link.expiresAt) };
    },
  );

  const send = async (
    reply: FastifyReply,
    text: string,
    type: string,
    shown: (granted: Access) => string,
  ): Promise<FastifyReply> => {
    const granted = await service.openAccessLink(text);
    reply.header('cache-control', 'no-store');
    if (granted === null)
      return reply
        .code(404)
        .type(HTML)
        .send(noAccessPage(letterhead(service)));
    return reply.type(type).send(shown(granted));
  };

  app.get(
    '/access/:token',
    { config: { access: open }, schema: { hide: true, params: token } },
    async ({ params }, reply) =>
      send(reply, params.token, HTML, (granted) =>
        accessPage(letterhead(service), granted, {
          // It names the MFA device, which is in the central account.
          configUrl: centralAccountId && `${addressOf(params.token)}/config`,
          centralAccountId,
          isSecret: true,
        }),
      ),
  );

  app.get(
    '/access/:token/config',
    { config: { access: open }, schema: { hide: true, params: token } },
    async ({ params }, reply) =>
      send(reply, params.token, 'text/plain; charset=utf-8', (granted) => {
        reply.header('content-disposition', 'attachment; filename="config"');
        return service.configFile(granted, 'default');
      }),
  );
};
