import { Type } from 'typebox';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import { ref } from '../representations/fields.js';
import { linkNext, PageQuery, pageOf } from '../representations/page.js';
import { ProfileBody, profileBody } from '../representations/profile.js';
import { sendTemplate } from './send-template.js';

const access = { scope: 'clients:read' } as const;
const params = Type.Object({ name: Type.String({ maxLength: 64 }) });

export const profileRoutes: Routes = async (app, { service, publicUrl }) => {
  app.get(
    '/v1/profiles',
    {
      config: { access },
      schema: {
        operationId: 'listProfiles',
        summary: 'List what clients can be asked for',
        description: 'Each is a file of this deployment; they change by a restart only.',
        tags: ['Profiles'],
        querystring: PageQuery,
        response: {
          200: pageOf(ref(ProfileBody)),
          ...problems(),
        },
      },
    },
    async (request, reply) => {
      const { items, nextCursor } = await service.listProfiles(request.query);
      linkNext(request, reply, publicUrl, nextCursor);
      return { items: items.map(profileBody), nextCursor };
    },
  );

  app.get(
    '/v1/profiles/:name',
    {
      config: { access },
      schema: {
        operationId: 'getProfile',
        summary: 'Read a profile',
        description: 'Every permission that it asks for, in words and as actions.',
        tags: ['Profiles'],
        params,
        response: { 200: ref(ProfileBody), ...problems('not-found') },
      },
    },
    async ({ params }) => profileBody(service.profileNamed(params.name)),
  );

  app.get(
    '/v1/profiles/:name/template',
    {
      config: { access },
      schema: {
        operationId: 'getTemplate',
        summary: 'Read the template of a profile, byte for byte as clients get it',
        description: 'For a client’s reviewers, and for whoever deploys it by tools of their own.',
        tags: ['Profiles'],
        params,
        querystring: Type.Object(
          {
            callback: Type.Optional(Type.Enum(['sns', 'lambda', 'none'], { description: 'Default `sns`.' })),
            kind: Type.Optional(
              Type.Enum(['account', 'organization'], {
                description:
                  'Default `account`. `organization`: for the management account; not with the callback `none`.',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: {
          200: {
            description: 'CloudFormation, in YAML.',
            content: { 'application/yaml': { schema: Type.String() } },
          },
          304: { description: 'The one that If-None-Match names.', type: 'null' },
          ...problems('not-found'),
        },
      },
    },
    async (request, reply) => {
      const { callback = 'sns', kind = 'account' } = request.query;
      const template = service.templateOf(request.params.name, callback, kind);
      return sendTemplate(request, reply, template, 'application/yaml; charset=utf-8');
    },
  );
};
