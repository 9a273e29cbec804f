import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { type Branded, type ClientId, clientId, parseClientId } from './id.js';

/** Opens the launch page; only whoever holds the link has it. */
export type PageToken = Branded<'PageToken'>;
/** Names a launch to the callback; stands in the client's stack, where many can read it, so it proves nothing. */
export type CallbackToken = Branded<'CallbackToken'>;
/** SHA-256 of a token, base64url: all of a token that is ever stored. */
export type TokenHash = Branded<'TokenHash'>;

const ID_BYTES = 16;
const SECRET_BYTES = 32;

/** A page token: base64url of the client's id and 32 fresh random bytes. */
export function pageToken(id: ClientId, random: Uint8Array): PageToken {
  if (random.length !== SECRET_BYTES) throw new TypeError(`a token takes ${SECRET_BYTES} random bytes`);
  return encode(id, random) as PageToken;
}

/** The callback token that belongs to a page token: the client's id and HMAC-SHA256(page token, "callback"). */
export function callbackToken(token: PageToken): CallbackToken {
  const secret = createHmac('sha256', token).update('callback').digest();
  return encode(clientIdOf(token), secret) as CallbackToken;
}

/** Reads either kind of token and says whose it would be, or null where its form is wrong. */
export function parseToken<Token extends PageToken | CallbackToken>(
  text: string,
): { token: Token; clientId: ClientId } | null {
  if (!/^[A-Za-z0-9_-]{64}$/.test(text)) return null;
  const id = parseClientId(clientIdOf(text));
  return id === null ? null : { token: text as Token, clientId: id };
}

export function hashToken(token: PageToken | CallbackToken): TokenHash {
  return createHash('sha256').update(token).digest('base64url') as TokenHash;
}

/** Compares in constant time; the hashes are of one length by construction. */
export function sameHash(a: TokenHash, b: TokenHash): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function encode(id: ClientId, secret: Uint8Array): string {
  const idBytes = Buffer.from(id.slice(4).replaceAll('-', ''), 'hex');
  return Buffer.concat([idBytes, secret]).toString('base64url');
}

function clientIdOf(token: string): ClientId {
  const hex = Buffer.from(token, 'base64url').subarray(0, ID_BYTES).toString('hex');
  return clientId(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'));
}
