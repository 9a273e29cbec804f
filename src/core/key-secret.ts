import { createHash, timingSafeEqual } from 'node:crypto';
import { type Branded, type KeyId, keyId } from './id.js';

/** What the holder of an API key sends. */
export type KeySecret = Branded<'KeySecret'>;
/** SHA-256 of a secret, base64url: all of it that is ever stored. */
export type KeyHash = Branded<'KeyHash'>;

const PREFIX = 'rc_';
const ID_BYTES = 16;
const SECRET_BYTES = 32;
/** 48 bytes in base 62. */
const BODY_DIGITS = 65;
/** 32 bits in base 62. */
const CHECK_DIGITS = 6;
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * The secret of a key: `rc_`, then base 62 of the key's id and 32 fresh random bytes, then the CRC-32 of all that.
 * The prefix and the checksum are for secret scanners and for typing errors; the id lets one read find the key.
 */
export function keySecret(id: KeyId, random: Uint8Array): KeySecret {
  if (random.length !== SECRET_BYTES) throw new TypeError(`a key takes ${SECRET_BYTES} random bytes`);
  const hex = id.slice('key_'.length).replaceAll('-', '') + Buffer.from(random).toString('hex');
  const body = PREFIX + base62(BigInt(`0x${hex}`), BODY_DIGITS);
  return `${body}${checksum(body)}` as KeySecret;
}

/** Whether somebody meant to write a key of this service's making, rightly or not. */
export function looksLikeKey(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** Reads a secret and says whose it would be, or null where it is not as it was made. */
export function parseKeySecret(text: string): { readonly secret: KeySecret; readonly id: KeyId } | null {
  if (text.length !== PREFIX.length + BODY_DIGITS + CHECK_DIGITS || !/^rc_[0-9A-Za-z]+$/.test(text))
    return null;
  const body = text.slice(0, -CHECK_DIGITS);
  if (text.slice(-CHECK_DIGITS) !== checksum(body)) return null;
  let number = 0n;
  for (const digit of body.slice(PREFIX.length)) number = number * 62n + BigInt(DIGITS.indexOf(digit));
  const hex = number.toString(16).padStart(2 * (ID_BYTES + SECRET_BYTES), '0');
  const uuid = hex.slice(0, 2 * ID_BYTES).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { secret: text as KeySecret, id: keyId(uuid) };
}

export function hashKey(secret: string): KeyHash {
  return createHash('sha256').update(secret).digest('base64url') as KeyHash;
}

/** Compares in constant time; the hashes are of one length by construction. */
export function sameKey(a: KeyHash, b: KeyHash): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function base62(number: bigint, length: number): string {
  let text = '';
  for (let rest = number; rest > 0n; rest /= 62n) text = DIGITS.charAt(Number(rest % 62n)) + text;
  return text.padStart(length, '0');
}

function checksum(text: string): string {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return base62(BigInt((crc ^ 0xffffffff) >>> 0), CHECK_DIGITS);
}
