import { Type } from 'typebox';
import type { Group } from '../../core/group.js';
import type { Remember } from '../../core/remembered-answer.js';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import { entityTag } from '../entity-tag.js';
import { expectationOf, IfMatch, IfNoneMatch, sendTagged, Unchanged } from '../preconditions.js';
import { Id, Nullable, ref } from '../representations/fields.js';
import { GroupBody, groupBody, Selector } from '../representations/group.js';
import { linkNext, PageQuery, pageOf } from '../representations/page.js';
import { pattern } from '../representations/patterns.js';

const access = { scope: 'groups:manage', allClients: true } as const;
const params = Type.Object({ groupId: Id });

const Name = Type.String({
  minLength: 1,
  maxLength: 128,
  pattern: pattern('visible'),
  description: 'What people call it, as `Security-Audit`. Other groups may be called the same.',
});

const fields = {
  description: Type.Optional(Nullable(Type.String({ maxLength: 500, description: 'What it is for.' }))),
  color: Type.Optional(
    Nullable(
      Type.String({
        pattern: pattern('color'),
        description:
          'In which the console shows its roles, as RRGGBB. The console offers F2B0A9 (red), FBBF93 (orange), FAD791 ' +
          '(yellow), B7CA9D (green) and 99BCE3 (blue).',
      }),
    ),
  ),
  clients: Type.Optional(
    Type.Array(Id, {
      maxItems: 1_000,
      uniqueItems: true,
      description: 'The ids of its clients. Replaces the list.',
    }),
  ),
  selector: Type.Optional(Nullable(Selector)),
  members: Type.Optional(
    Type.Array(
      Type.String({
        pattern: pattern('userName'),
        description: 'The name of an IAM user of the central account.',
      }),
      {
        maxItems: 500,
        description: 'Who is in it. Replaces the list. Two names that differ by case are one user.',
      },
    ),
  ),
  sessionDurationSeconds: Type.Optional(
    Type.Integer({
      minimum: 900,
      maximum: 43_200,
      description: 'How long a session of the CLI lasts: no longer than the roles allow. Default 3600.',
    }),
  ),
};

const NewGroup = Type.Object({ name: Name, ...fields }, { additionalProperties: false });
const GroupChanges = Type.Object(
  { name: Type.Optional(Name), ...fields },
  { additionalProperties: false, minProperties: 1 },
);

export const groupRoutes: Routes = async (app, { service, publicUrl }) => {
  app.post(
    '/v1/groups',
    {
      config: { access, repeats: 'by-key' },
      schema: {
        operationId: 'makeGroup',
        summary: 'Make a group of auditors',
        description:
          'Its members may switch into the accounts of its clients, as far as `policies` are in force in the central ' +
          'account. Each client’s history tells who may enter from now on.',
        tags: ['Groups'],
        body: NewGroup,
        response: { 201: ref(GroupBody), ...problems('profile-unknown', 'group-too-large') },
      },
    },
    async ({ body, actor }, reply) =>
      reply.once(
        (remember: Remember<Group>) => service.makeGroup(body, actor, remember),
        (group) => ({
          status: 201,
          headers: { location: `/v1/groups/${group.id}`, etag: entityTag(groupBody(group)) },
          body: groupBody(group),
        }),
      ),
  );

  app.get(
    '/v1/groups',
    {
      config: { access },
      schema: {
        operationId: 'listGroups',
        summary: 'List groups, oldest first',
        description: 'Each with all of its clients and members.',
        tags: ['Groups'],
        querystring: PageQuery,
        response: { 200: pageOf(ref(GroupBody)) },
      },
    },
    async (request, reply) => {
      const { items, nextCursor } = await service.listGroups(request.query);
      linkNext(request, reply, publicUrl, nextCursor);
      return { items: items.map(groupBody), nextCursor };
    },
  );

  app.get(
    '/v1/groups/:groupId',
    {
      config: { access },
      schema: {
        operationId: 'getGroup',
        summary: 'Read a group',
        description: 'As it was made or changed last; whom its selector takes in is seen in `access`.',
        tags: ['Groups'],
        params,
        headers: IfNoneMatch,
        response: { 200: ref(GroupBody), 304: Unchanged, ...problems('not-found') },
      },
    },
    async (request, reply) =>
      sendTagged(request, reply, groupBody(await service.readGroup(request.params.groupId))),
  );

  app.patch(
    '/v1/groups/:groupId',
    {
      config: { access },
      schema: {
        operationId: 'changeGroup',
        summary: 'Change a group',
        description: '`clients` and `members` replace the lists that were there.',
        tags: ['Groups'],
        params,
        headers: IfMatch,
        body: GroupChanges,
        response: { 200: ref(GroupBody), ...problems('not-found', 'profile-unknown', 'group-too-large') },
      },
    },
    async (request, reply) => {
      const expect = expectationOf(request);
      const changed = await service.changeGroup(
        request.params.groupId,
        request.body,
        request.actor,
        (group) => expect(() => groupBody(group)),
      );
      const representation = groupBody(changed);
      return reply.header('etag', entityTag(representation)).send(representation);
    },
  );

  app.delete(
    '/v1/groups/:groupId',
    {
      config: { access },
      schema: {
        operationId: 'removeGroup',
        summary: 'Remove a group',
        description:
          'Its members keep what the central account still allows them, until its policies are gone there.',
        tags: ['Groups'],
        params,
        headers: IfMatch,
        response: { 204: Type.Null(), ...problems('not-found') },
      },
    },
    async (request, reply) => {
      const expect = expectationOf(request);
      await service.removeGroup(request.params.groupId, request.actor, (group) =>
        expect(() => groupBody(group)),
      );
      return reply.code(204).send(null);
    },
  );
};
