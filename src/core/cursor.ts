import { createCipheriv, createDecipheriv } from 'node:crypto';

/** What a cursor goes on: a list, and the filters by which it was asked for. */
export interface CursorScope {
  readonly list: string;
  readonly query: Readonly<Record<string, string | undefined>>;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * A place in a list, sealed (AES-256-GCM): whoever holds the cursor can neither read it nor make one, nor go on with
 * it in another list or under other filters. `nonce` is 12 fresh random bytes.
 */
export function sealCursor(key: Uint8Array, scope: CursorScope, place: string, nonce: Uint8Array): string {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(bound(scope));
  const sealed = Buffer.concat([cipher.update(place, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
}

/** The place that was sealed under this scope; null for anything else. */
export function openCursor(key: Uint8Array, scope: CursorScope, cursor: string): string | null {
  const bytes = Buffer.from(cursor, 'base64url');
  // Decoding skips what it does not know: only the one spelling is taken.
  if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== cursor) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(bound(scope));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const opened = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([opened, decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}

function bound({ list, query }: CursorScope): Buffer {
  const asked = Object.entries(query).filter(([, value]) => value !== undefined);
  return Buffer.from(JSON.stringify([list, asked.sort(([a], [b]) => (a < b ? -1 : 1))]));
}
