import { Problem } from '../../core/problem.js';
import type { Routes } from '../app.js';

/** The operator's logo, so that the pages show it and still load nothing from anybody else. */
export const operatorLogoRoutes: Routes = async (app, { service }) => {
  const { logo } = service.operator;
  app.get(
    '/assets/operator-logo',
    { config: { access: { open: 'A part of the pages.' } }, schema: { hide: true } },
    async (_, reply) => {
      if (logo === null) throw new Problem('not-found', 'This deployment has no logo.');
      // An SVG that is opened by itself is a document, and could hold a script.
      reply.headers({
        'content-security-policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'",
        'cache-control': 'no-cache',
      });
      return reply.type(logo.type).send(logo.bytes);
    },
  );
};
