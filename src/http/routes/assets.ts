import { readFile } from 'node:fs/promises';
import { Type } from 'typebox';
import type { Routes } from '../app.js';

const CSS = 'text/css; charset=utf-8';
const ASSETS = [
  ['base.css', CSS],
  ['access.css', CSS],
  ['cards.css', CSS],
  ['charts.css', CSS],
  ['console.css', CSS],
  ['launch.css', CSS],
  ['panel.css', CSS],
  ['progress.css', CSS],
  ['sign-in.css', CSS],
  ['terms.css', CSS],
  ['access.js', 'text/javascript; charset=utf-8'],
  ['launch.js', 'text/javascript; charset=utf-8'],
] as const;

/** Style and script of the pages, read once. Browsers ask each time, so a page never meets an older style. */
export const assetRoutes: Routes = async (app) => {
  for (const [name, type] of ASSETS) {
    const body = await readFile(new URL(`../pages/assets/${name}`, import.meta.url), 'utf8');
    app.get(
      `/assets/${name}`,
      {
        config: { access: { open: 'Style and script of the pages.' } },
        schema: { hide: true, response: { 200: Type.String() } },
      },
      async (_, reply) => {
        reply.type(type).header('cache-control', 'no-cache');
        return body;
      },
    );
  }
};
