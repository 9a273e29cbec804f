import { openCursor, sealCursor } from '../core/cursor.js';
import { Problem } from '../core/problem.js';
import { type Access, presentMember, type ReadAccessPorts, readAccess } from './read-access.js';

export interface AccessLinkPorts extends ReadAccessPorts {
  /** 32 bytes that all instances share. */
  readonly secret: () => Promise<Uint8Array>;
  readonly draw: { readonly bytes: (count: number) => Uint8Array };
  readonly now: () => number;
}

export interface AccessLink {
  readonly token: string;
  readonly expiresAt: number;
}

const SCOPE = { list: 'access-link', query: {} };

/**
 * When the platform hands a member the page of his accounts: a link that says whose it is, sealed, and is stored
 * nowhere. `lifetime` in milliseconds. Throws `not-found` and `member-unknown`.
 */
export async function makeAccessLink(
  ports: AccessLinkPorts,
  idText: string,
  wanted: string,
  lifetime: number,
): Promise<AccessLink> {
  const { group, user } = await presentMember(ports, idText, wanted);
  const expiresAt = ports.now() + lifetime;
  const place = [group.id, user, expiresAt].join(' ');
  return { token: sealCursor(await ports.secret(), SCOPE, place, ports.draw.bytes(12)), expiresAt };
}

/**
 * What the holder of a link sees, as it is now; null where the link is none, is over, or the group or its member is
 * gone: to whoever opens it, all of these are the same.
 */
export async function openAccessLink(ports: AccessLinkPorts, token: string): Promise<Access | null> {
  const [idText = '', user = '', end = ''] = openCursor(await ports.secret(), SCOPE, token)?.split(' ') ?? [];
  if (Number(end) <= ports.now()) return null;
  try {
    return await readAccess(ports, idText, user);
  } catch (error) {
    if (error instanceof Problem && ['not-found', 'member-unknown'].includes(error.code)) return null;
    throw error;
  }
}
