import { Readable } from 'node:stream';
import type { FastifyError, FastifyReply } from 'fastify';
import { type Static, Type } from 'typebox';
import { Problem, problemRow } from '../../core/problem.js';
import type { OpenLaunch } from '../../onboarding/open-launch.js';
import type { Routes } from '../app.js';
import { claimIn, claimOf, faultOf } from '../pages/account-entry.js';
import { launchPage, launchProgress, missingPage } from '../pages/launch.js';
import { isMoving } from '../pages/launch-state.js';
import { launchStream } from '../pages/launch-stream.js';
import { rotationPage } from '../pages/rotation.js';
import { toProblem } from '../plugins/problems.js';
import { AccountBody } from '../representations/account.js';
import { AccountId, problems } from '../representations/fields.js';

const access = {
  open: 'Whoever holds the link is the client; it shows and changes nothing else.',
};
const params = Type.Object({ token: Type.String({ maxLength: 200 }) });

const EnteredAccount = Type.Object(
  {
    accountId: Type.Optional(
      Type.String({
        maxLength: 100,
        description:
          'The account that the stack is in: 12 digits; blanks and hyphens between them are forgiven.',
      }),
    ),
    roleArn: Type.Optional(
      Type.String({
        maxLength: 2_048,
        description: 'The role that the stack made, where its name or path was changed.',
      }),
    ),
  },
  { additionalProperties: false, description: 'Exactly one of the two.' },
);
/** What the page's own form sends: either of the two, in one field. */
const EntryForm = Type.Object({ account: Type.String() }, { additionalProperties: false });
const NamedAccount = Type.Object({
  accountId: AccountId,
  roleArn: Type.String(),
  status: AccountBody.properties.status,
});
const HTML = 'text/html; charset=utf-8';
const LARGEST_FORM = 16 * 1024;

/** The client's own pages. Nothing of them is kept by browsers, proxies or search engines. */
export const launchRoutes: Routes = async (app, { service }) => {
  const streams = new AbortController();
  app.addHook('preClose', async () => streams.abort());
  app.addHook('onSend', async (_, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex, nofollow',
    });
  });

  app.get(
    '/launch/:token',
    { config: { access }, schema: { hide: true, params } },
    async (request, reply) => {
      const open = await service.openLaunch(request.params.token);
      reply.type(HTML);
      if (open !== null) return launchPage(view(open));
      const rotation = await service.openRotationPage(request.params.token);
      if (rotation === null) return reply.code(404).send(missingPage());
      return rotationPage({ ...rotation, operatorName: service.operator.name });
    },
  );

  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: LARGEST_FORM },
    async (_: unknown, body: string) => Object.fromEntries(new URLSearchParams(body)),
  );

  app.post(
    '/launch/:token/account',
    {
      config: { access },
      schema: {
        operationId: 'nameAccount',
        summary: 'A client says which account its stack is in',
        description:
          'For links whose stack does not call back (`callback: none`). The role is tried at once and from then ' +
          'on until the link expires, so that the account may be named before its stack is there. Naming another ' +
          'replaces the one before once the link lets in no more. The launch page sends its form here as well, ' +
          'and is answered with the page.',
        tags: ['Callbacks'],
        params,
        body: {
          content: {
            'application/json': { schema: EnteredAccount },
            'application/x-www-form-urlencoded': { schema: EntryForm },
          },
        },
        response: {
          202: NamedAccount,
          303: { description: 'Back to the page, where it was a form.', type: 'null' },
          ...problems(400, 404, 413, 415, 422, 503),
        },
      },
    },
    async (request, reply) => {
      const { token } = request.params;
      // Each content type has its schema, which the types of Fastify do not follow.
      const body = request.body as Static<typeof EnteredAccount> | Static<typeof EntryForm>;
      if ('account' in body) {
        await takeForm(token, body.account, reply);
        return reply;
      }
      const { accountId, roleArn, status } = await service.nameAccount(token, claimOf(body));
      return reply.code(202).send({ accountId, roleArn, status });
    },
  );

  // Where a form was refused, the browser stands at this address, and may ask for it again.
  app.get(
    '/launch/:token/account',
    { config: { access }, schema: { hide: true, params } },
    async ({ params: { token } }, reply) => reply.redirect(`/launch/${encodeURIComponent(token)}`, 303),
  );

  app.get(
    '/launch/:token/events',
    { config: { access }, schema: { hide: true, params } },
    async (request, reply) => {
      const first = await service.readLaunch(request.params.token);
      if (first === null) throw new Problem('not-found', 'Nobody has such a link.');
      const gone = AbortSignal.any([streams.signal, closed(request.raw)]);
      const ports = {
        read: () => progressOf(first.token),
        onEvent: (listener: () => void) => service.onClientEvent(first.client.id, listener),
      };
      reply.type('text/event-stream').header('x-accel-buffering', 'no');
      return reply.send(Readable.from(launchStream(ports, lastEventId(request.headers), gone)));
    },
  );

  app.get(
    '/launch/:token/template.yaml',
    {
      config: { access },
      schema: {
        hide: true,
        params,
        response: { 200: Type.String(), ...problems(404) },
      },
    },
    async (request, reply) => {
      const open = await service.readLaunch(request.params.token);
      if (open === null) throw new Problem('not-found', 'Nobody has such a link.');
      // As text, so that a browser shows it: the administrator is to read it, not to find it among downloads.
      reply.type('text/plain; charset=utf-8');
      return service.template(open.client, open.launch).body;
    },
  );

  /** Leads back to the page; with what was entered, and why it was refused, where it was. */
  async function takeForm(token: string, text: string, reply: FastifyReply): Promise<void> {
    try {
      await service.nameAccount(token, claimIn(text));
      reply.redirect(`/launch/${token}`, 303);
    } catch (error) {
      const problem = toProblem(error as FastifyError);
      if (problem.code === 'internal-error') throw error;
      const open = await service.readLaunch(token);
      const page = open && launchPage(view(open), { text, fault: faultOf(problem) });
      reply
        .code(problemRow(problem.code).status)
        .type(HTML)
        .send(page ?? missingPage());
    }
  }

  function view(open: OpenLaunch) {
    const { links, templateUrl } = service.launchView(open.client, open.launch, open.token);
    const { name: operatorName, accountId: trustedAccountId } = service.operator;
    const profile = service.profile(open.client);
    return {
      ...open,
      links,
      templateUrl,
      profile,
      operatorName,
      trustedAccountId,
      now: service.now(),
    };
  }

  async function progressOf(token: string) {
    const open = await service.readLaunch(token);
    return open && { html: launchProgress(view(open)), isMoving: isMoving(open) };
  }
};

function closed(request: { once: (event: 'close', listener: () => void) => unknown }): AbortSignal {
  const controller = new AbortController();
  request.once('close', () => controller.abort());
  return controller.signal;
}

function lastEventId(headers: {
  readonly [name: string]: string | readonly string[] | undefined;
}): string | undefined {
  const id = headers['last-event-id'];
  return typeof id === 'string' ? id : undefined;
}
