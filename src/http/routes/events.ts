import { Type } from 'typebox';
import { Problem } from '../../core/problem.js';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import { EventBody, eventBody } from '../representations/event.js';
import { linesContent, sendLines, wantsLines } from '../representations/event-lines.js';
import { Id, ref } from '../representations/fields.js';
import { linkNext, NextCursor, PageQuery, pageOf, pageQuery } from '../representations/page.js';
import { pattern } from '../representations/patterns.js';

const FeedQuery = Type.Object(
  {
    ...pageQuery,
    after: Type.Optional(
      Type.String({
        pattern: pattern('feedPlace'),
        description: 'The `position` of an answer, or the id of the last event you have seen.',
      }),
    ),
    types: Type.Optional(
      Type.String({ minLength: 1, maxLength: 1_000, description: 'These types of events alone, by commas.' }),
    ),
    wait: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 20,
        description: 'For how many seconds to wait for an event where there is none yet.',
      }),
    ),
  },
  { additionalProperties: false },
);

const FeedPage = Type.Object({
  items: Type.Array(ref(EventBody), { description: 'At most `limit` of them.' }),
  nextCursor: NextCursor,
  position: Type.String({
    description:
      'Everything up to here is known. Ask for what comes `after` it; it moves on without events, too.',
  }),
});

export const eventRoutes: Routes = async (app, { service, publicUrl }) => {
  // An instance that stops lets go of whoever waits, and has them ask another.
  const waiting = new Set<AbortController>();
  let stopping = false;
  app.addHook('preClose', async () => {
    stopping = true;
    for (const one of waiting) one.abort();
  });

  app.get(
    '/v1/events',
    {
      config: { access: { scope: 'events:read' } },
      schema: {
        operationId: 'listEvents',
        summary: 'Read everything that happened, in order',
        description:
          'Complete and strictly ordered: whoever goes on at `position` misses nothing and sees nothing twice. With ' +
          '`Accept: application/x-ndjson` everything from there to the end, one event a line. Without `after` it ' +
          'begins with the oldest that is kept. A key that is limited to some clients reads of those alone. 410 where ' +
          'what comes after a position may be gone.',
        tags: ['Events'],
        querystring: FeedQuery,
        response: {
          200: {
            description: 'Events, oldest first.',
            content: { 'application/json': { schema: FeedPage }, ...linesContent },
          },
          ...problems('position-expired'),
        },
      },
    },
    async (request, reply) => {
      const { wait = 0, ...query } = request.query;
      apart(request.query, 'after', 'cursor');
      if (wantsLines(request)) {
        refuse(request.query, ['limit', 'wait'], 'does not go with an export');
        return sendLines(reply, await service.exportFeed(query, request.caller));
      }
      const ending = new AbortController();
      waiting.add(ending);
      if (stopping) ending.abort();
      reply.raw.once('close', () => {
        ending.abort();
        waiting.delete(ending);
      });
      const read = service.readFeed(query, request.caller, wait * 1_000, ending.signal);
      const { items, nextCursor, position } = await read;
      linkNext(request, reply, publicUrl, nextCursor);
      return { items: items.map(eventBody), nextCursor, position };
    },
  );

  app.get(
    '/v1/clients/:clientId/events',
    {
      config: { access: { scope: 'events:read' } },
      schema: {
        operationId: 'listClientEvents',
        summary: 'Read a client’s history, oldest first',
        description:
          'Who did what, for as long as events are kept; of a removed client, too. Nothing in it is ever changed. ' +
          'With `Accept: application/x-ndjson` all of it, one event a line.',
        tags: ['Events'],
        params: Type.Object({ clientId: Id }),
        querystring: PageQuery,
        response: {
          200: {
            description: 'Events, oldest first.',
            content: { 'application/json': { schema: pageOf(ref(EventBody)) }, ...linesContent },
          },
          ...problems('not-found'),
        },
      },
    },
    async (request, reply) => {
      const { params, query } = request;
      if (wantsLines(request)) {
        refuse(query, ['limit', 'cursor'], 'does not go with an export');
        return sendLines(reply, await service.exportClientEvents(params.clientId));
      }
      const { items, nextCursor } = await service.listClientEvents(params.clientId, query);
      linkNext(request, reply, publicUrl, nextCursor);
      return { items: items.map(eventBody), nextCursor };
    },
  );
};

function apart(query: object, field: string, other: string): void {
  if (Object.hasOwn(query, other)) refuse(query, [field], `does not go with ${other}`);
}

function refuse(query: object, fields: readonly string[], message: string): void {
  const errors = fields.filter((field) => Object.hasOwn(query, field)).map((field) => ({ field, message }));
  const [first] = errors;
  if (first !== undefined) throw new Problem('request-invalid', `${first.field} ${message}.`, errors);
}
