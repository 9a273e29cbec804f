import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Type } from 'typebox';
import { Problem } from '../../core/problem.js';
import type { OpenLaunch } from '../../onboarding/open-launch.js';
import type { Routes } from '../app.js';
import { launchPage, launchProgress, missingPage } from '../pages/launch.js';
import { problems } from '../representations/fields.js';

const access = {
  open: 'Whoever holds the link is the client; it shows and changes nothing else.',
};
const params = Type.Object({ token: Type.String({ maxLength: 200 }) });
const ASK_AGAIN = 1_000;

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
      reply.type('text/html; charset=utf-8');
      if (open === null) return reply.code(404).send(missingPage());
      return launchPage(view(open));
    },
  );

  app.get(
    '/launch/:token/events',
    { config: { access }, schema: { hide: true, params } },
    async (request, reply) => {
      const first = await service.readLaunch(request.params.token);
      if (first === null) throw new Problem('not-found', 'Nobody has such a link.');
      const gone = AbortSignal.any([streams.signal, closed(request.raw)]);
      reply.type('text/event-stream');
      return reply.send(Readable.from(progress(first, lastEventId(request.headers), gone)));
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

  /** The page's progress whenever it differs from what was sent; the id is the content, so nothing comes twice. */
  async function* progress(first: OpenLaunch, lastId: string | undefined, gone: AbortSignal) {
    let sent = lastId;
    let woken = new AbortController();
    const end = service.onClientEvent(first.client.id, () => woken.abort());
    try {
      while (!gone.aborted) {
        woken = new AbortController();
        const open = await service.readLaunch(first.token);
        if (open === null) return;
        const html = launchProgress(view(open));
        const id = createHash('sha256').update(html).digest('base64url').slice(0, 12);
        if (id !== sent) yield `id: ${id}\nevent: progress\ndata: ${JSON.stringify(html)}\n\n`;
        sent = id;
        // Another instance's commits wake nobody here, so the store is asked again as well.
        await sleep(ASK_AGAIN, null, {
          signal: AbortSignal.any([gone, woken.signal]),
        }).catch(() => null);
      }
    } finally {
      end();
    }
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
