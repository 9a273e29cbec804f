import type { FastifyRequest } from 'fastify';

const NAME = 'rolecall_console';
/** Sent to these addresses alone. */
const PATH = '/console';

/** The session that a browser presents; null where it has none. */
export function sessionIn({ headers }: Pick<FastifyRequest, 'headers'>): string | null {
  const pairs = (headers.cookie ?? '').split(/; */);
  const found = pairs.find((pair) => pair.startsWith(`${NAME}=`));
  return found === undefined ? null : found.slice(NAME.length + 1);
}

/** A cookie that no script reads and no other site sends. `lasts` in milliseconds; 0 takes it away. */
export function sessionCookie(session: string, lasts: number, isHttps: boolean): string {
  const secure = isHttps ? '; Secure' : '';
  return `${NAME}=${session}; Path=${PATH}; Max-Age=${lasts / 1_000}; HttpOnly; SameSite=Strict${secure}`;
}
