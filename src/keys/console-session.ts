import { openCursor, sealCursor } from '../core/cursor.js';

export interface ConsoleSessionPorts {
  /** 32 bytes that all instances share. */
  readonly secret: () => Promise<Uint8Array>;
  readonly draw: { readonly bytes: (count: number) => Uint8Array };
  readonly now: () => number;
}

/** How long somebody stays signed in at most, in milliseconds. */
export const SESSION_LASTS = 8 * 3_600_000;

const SCOPE = { list: 'console-session', query: {} };

/**
 * Sessions of people who look at the console: the key that was entered, sealed with an end, and stored nowhere. The key
 * is asked for anew with each page, so that a session is worth nothing once it is revoked.
 */
export function makeConsoleSessions({ secret, draw, now }: ConsoleSessionPorts) {
  return {
    async openSession(bearer: string): Promise<string> {
      const place = `${now() + SESSION_LASTS} ${bearer}`;
      return sealCursor(await secret(), SCOPE, place, draw.bytes(12));
    },

    /** The key of a session; null where it is none, or over. */
    async bearerOf(session: string): Promise<string | null> {
      const [end, bearer] = openCursor(await secret(), SCOPE, session)?.split(' ') ?? [];
      return bearer === undefined || Number(end) <= now() ? null : bearer;
    },
  };
}
