import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { Problem } from '../../core/problem.js';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import { launchPage, launchProgress, missingPage } from '../pages/launch.js';
import { isMoving } from '../pages/launch-state.js';
import { launchStream } from '../pages/launch-stream.js';
import { launchPageView } from '../pages/launch-view.js';
import { letterhead } from '../pages/letterhead.js';
import { regionIn } from '../pages/region-choice.js';
import { rotationPage } from '../pages/rotation.js';

import { launchAccountRoutes } from './launch-account.js';
import { access, HTML, params } from './launch-link.js';
import { launchRightsRoutes } from './launch-rights.js';
import { sendTemplate } from './send-template.js';

/** The client's own pages. Nothing of them is kept by browsers, proxies or search engines. */
export const launchRoutes: Routes = async (app, options) => {
  const { service } = options;
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
      if (open !== null) return launchPage(launchPageView(service, open, regionIn(request.query)));
      const rotation = await service.openRotationPage(request.params.token);
      if (rotation === null) return reply.code(404).send(missingPage(letterhead(service)));
      return rotationPage({ ...rotation, ...letterhead(service) });
    },
  );

  await app.register(launchAccountRoutes, options);
  await app.register(launchRightsRoutes, options);

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
        response: { 200: Type.String(), 304: Type.Null(), ...problems('not-found') },
      },
    },
    async (request, reply) => {
      const open = await service.readLaunch(request.params.token);
      if (open === null) throw new Problem('not-found', 'Nobody has such a link.');
      // As text, so that a browser shows it: the administrator is to read it, not to find it among downloads.
      const template = service.template(open.client, open.launch);
      if (template === null) throw new Problem('not-found', 'What this link asks for is no longer offered.');
      return sendTemplate(request, reply, template, 'text/plain; charset=utf-8');
    },
  );

  async function progressOf(token: string) {
    const open = await service.readLaunch(token);
    return open && { html: launchProgress(launchPageView(service, open)), isMoving: isMoving(open) };
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
