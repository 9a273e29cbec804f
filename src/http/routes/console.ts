import { Type } from 'typebox';
import { Problem, problemRow } from '../../core/problem.js';
import { SESSION_LASTS } from '../../keys/console-session.js';
import type { Routes } from '../app.js';
import { consolePage, signInPage } from '../pages/console.js';
import { letterhead } from '../pages/letterhead.js';
import { toProblem } from '../plugins/problems.js';
import { sessionCookie, sessionIn } from '../session-cookie.js';
import { HTML } from './launch-link.js';

const demand = { scope: 'clients:read', allClients: true } as const;
const CONSOLE = '/console';
const page = { description: 'A page.', content: { 'text/html': { schema: Type.String() } } };
const signIn = { ...page, description: 'A page that asks for a key, and says what was wrong with the last.' };
/** Where it asks for a key; whatever else is wrong is a problem, as with any other call. */
const ASKING = [401, 403, 429];

const ConsoleQuery = Type.Object({
  days: Type.Optional(
    Type.Enum(['7', '30', '90'], { description: 'How many days, today (UTC) included. Default 30.' }),
  ),
});

/** The overview as a page, by a key: in the header, or entered on the page and kept sealed in a cookie. */
export const consoleRoutes: Routes = async (app, { service, publicUrl }) => {
  const { openSession, bearerOf } = service.consoleSessions;
  const isHttps = publicUrl.startsWith('https:');
  const browserKey = async (request: Parameters<typeof sessionIn>[0]) => {
    const session = sessionIn(request);
    return session && bearerOf(session);
  };

  // The form's own; the key is in its body, so that it is in no address, history or log.
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 8_192 },
    async (_: unknown, body: string) => Object.fromEntries(new URLSearchParams(body)),
  );
  app.addHook('onSend', async (_, reply) => {
    reply.header('cache-control', 'no-store');
  });
  app.setErrorHandler((error: Parameters<typeof toProblem>[0], request, reply) => {
    const problem = toProblem(error);
    const { status } = problemRow(problem.code);
    if (!ASKING.includes(status)) throw error;
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    // Whoever has entered nothing yet has done nothing wrong.
    const told = problem.code === 'key-missing' && request.method === 'GET' ? null : problem;
    return reply
      .code(status)
      .type(HTML)
      .send(signInPage(letterhead(service), told));
  });

  app.get(
    CONSOLE,
    {
      config: { access: demand, browserKey },
      schema: {
        operationId: 'showConsole',
        summary: 'See how onboarding goes (HTML)',
        description:
          'The overview as a page. A browser that sends no key is asked for one, and keeps it sealed in a cookie for ' +
          '8 hours at most; it is worth nothing once the key is revoked.',
        tags: ['Operation'],
        querystring: ConsoleQuery,
        response: { 200: page, ...Object.fromEntries(ASKING.map((status) => [status, signIn])) },
      },
    },
    async ({ query: { days = '30' }, headers }, reply) => {
      const report = await service.readOverview(Number(days));
      const signedIn = headers.authorization === undefined;
      return reply.type(HTML).send(consolePage(letterhead(service), report, { signedIn }));
    },
  );

  app.post(
    CONSOLE,
    {
      config: { access: { open: 'Whoever presents a key is let in by it, as by any other call.' } },
      schema: { hide: true, body: Type.Object({ key: Type.String({ maxLength: 4_000 }) }) },
    },
    async (request, reply) => {
      refuseStrangers(request.headers['sec-fetch-site']);
      const key = request.body.key.trim();
      await app.admit(request, reply, /^[\x21-\x7e]+$/.test(key) ? key : null, demand);
      const session = await openSession(key);
      return reply
        .header('set-cookie', sessionCookie(session, SESSION_LASTS, isHttps))
        .redirect(CONSOLE, 303);
    },
  );

  app.post(
    `${CONSOLE}/sign-out`,
    {
      config: { access: { open: 'It takes a cookie away.' } },
      schema: { hide: true, body: Type.Object({}) },
    },
    async (request, reply) => {
      refuseStrangers(request.headers['sec-fetch-site']);
      return reply.header('set-cookie', sessionCookie('', 0, isHttps)).redirect(CONSOLE, 303);
    },
  );
};

/** A form of another site would sign somebody in by a key of its own. Browsers say where a form stands. */
function refuseStrangers(site: string | string[] | undefined): void {
  if (site === undefined || site === 'same-origin' || site === 'none') return;
  throw new Problem('request-invalid', 'The form was sent by another site.');
}
