import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import type { Answer } from './remembered-answer.js';

/** What only the caller has, and has to present again: nobody reads the table without it. */
export interface Secrets {
  readonly bearer: string;
  readonly idempotencyKey: string;
}

/** An answer, and a digest of the request that it was given to. */
export interface AnsweredRequest {
  readonly request: string;
  readonly answer: Answer;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts an answer under a key that is derived from the caller's secrets and stored nowhere: an answer may hold a
 * launch's token or a key's secret, of which the table otherwise has hashes only. AES-256-GCM; `place` is where it
 * will be stored, so that it opens nowhere else; `nonce` is 12 random bytes. Returns base64url.
 */
export function seal(secrets: Secrets, place: string, content: AnsweredRequest, nonce: Uint8Array): string {
  if (nonce.length !== NONCE_BYTES) throw new TypeError(`a nonce takes ${NONCE_BYTES} random bytes`);
  const cipher = createCipheriv('aes-256-gcm', keyFrom(secrets), nonce).setAAD(Buffer.from(place));
  const text = Buffer.concat([cipher.update(JSON.stringify(content)), cipher.final()]);
  return Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url');
}

/** Reads what `seal` made; null where these are not the secrets or this is not the place. */
export function unseal(secrets: Secrets, place: string, sealed: string): AnsweredRequest | null {
  const bytes = Buffer.from(sealed, 'base64url');
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', keyFrom(secrets), nonce, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(place))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    return JSON.parse(text.toString()) as AnsweredRequest;
  } catch {
    return null;
  }
}

function keyFrom({ bearer, idempotencyKey }: Secrets): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', bearer, idempotencyKey, 'rolecall remembered answer', 32));
}
