import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { Reply, Request } from '../wire/exchange.js';
import type { World } from '../world.js';
import { type Entry, enterAs } from './enter-as.js';
import { pageHeaders } from './page-headers.js';

/** Where a switch-role link leads. */
export const switchRolePath = '/switchrole';

const eta = new Eta({ views: fileURLToPath(new URL('.', import.meta.url)), cache: true });

/**
 * The page behind a switch-role link: it asks who the person is, because nobody signs in here, and shows what comes
 * of entering the role. The link's parameters are `account`, `roleName` with its path, `displayName` and `color`.
 */
export async function answerSwitchRole(world: World, request: Request): Promise<Reply> {
  const isSent = request.method === 'POST';
  const fields = isSent ? new URLSearchParams(request.body.toString('utf8')) : request.query;
  const field = (name: string): string => (fields.get(name) ?? '').trim();
  const role = {
    account: field('account'),
    // The console takes the name with its path, and with or without the slash before it.
    roleName: field('roleName').replace(/^\//, ''),
    displayName: field('displayName').slice(0, 64),
    color: /^#?([0-9a-f]{6})$/i.exec(field('color'))?.[1] ?? '',
  };
  const person = {
    userAccount: field('userAccount'),
    userName: field('userName'),
    tokenCode: field('tokenCode'),
    minutes: field('minutes') || '0',
  };
  const entry: Entry | undefined = isSent ? await enterAs(world, { ...role, ...person }) : undefined;
  const body = eta.render('./switch-role', { ...role, ...person, path: switchRolePath, entry });
  return {
    status: entry?.outcome === 'refused' ? 403 : 200,
    headers: { ...pageHeaders, 'content-type': 'text/html; charset=utf-8' },
    body,
  };
}
