import { createHash, timingSafeEqual } from 'node:crypto';
import type { Caller } from '../core/caller.js';
import { looksLikeKey } from '../core/key-secret.js';
import { Problem } from '../core/problem.js';
import { scopes } from '../core/scope.js';
import type { KeyRecognition } from './recognize-key.js';

export interface RecognizeCallerPorts {
  readonly adminApiKey: string | null;
  readonly recognizeKey: (text: string, mayLookUp: boolean) => Promise<KeyRecognition>;
  /** Null where no issuer of access tokens is configured. */
  readonly verifyToken: VerifyToken | null;
}

/** Checks an access token of the configured issuer. Throws `unavailable` where the issuer's keys cannot be read. */
export type VerifyToken = (
  token: string,
) => Promise<
  | { readonly outcome: 'known'; readonly caller: Caller }
  | { readonly outcome: 'refused'; readonly detail: string }
>;

export type Recognition =
  | { readonly outcome: 'known'; readonly caller: Caller }
  | { readonly outcome: 'refused'; readonly problem: Problem };

/** What the key of the environment may do: everything. */
const ADMIN: Caller = {
  id: 'admin',
  actor: { type: 'api-key', name: 'admin' },
  scopes,
  ...{ clients: null, maxDurationSeconds: null, expiresAt: null },
};

const WORDS = {
  unknown: ['key-unknown', 'No key like the one sent is known here.'],
  malformed: [
    'key-malformed',
    'The key’s checksum does not fit: a character is missing, changed or too many.',
  ],
  expired: ['key-expired', 'The time for which the key was made is over.'],
  'not-looked-up': ['too-many-requests', 'Too many wrong keys came from this address of late.'],
} as const;

/**
 * When a call presents a bearer: the key of the environment, one that was made here, or an access token of the issuer.
 * `mayLookUp` is false for an address that has presented too much that was wrong: only keys known here count for it.
 *
 * Returns the verb. It throws `unavailable` and what the table throws.
 */
export function makeRecognizeCaller({ adminApiKey, recognizeKey, verifyToken }: RecognizeCallerPorts) {
  const admin = adminApiKey === null ? null : digest(adminApiKey);
  return async (bearer: string, mayLookUp: boolean): Promise<Recognition> => {
    if (admin !== null && timingSafeEqual(digest(bearer), admin)) return { outcome: 'known', caller: ADMIN };
    if (verifyToken !== null && /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/.test(bearer)) {
      const verified = await verifyToken(bearer);
      return verified.outcome === 'known'
        ? verified
        : { outcome: 'refused', problem: new Problem('token-invalid', verified.detail) };
    }
    const recognized = looksLikeKey(bearer)
      ? await recognizeKey(bearer, mayLookUp)
      : ({ outcome: 'unknown' } as const);
    if (recognized.outcome === 'known') return recognized;
    const [code, detail] = WORDS[recognized.outcome];
    return { outcome: 'refused', problem: new Problem(code, detail) };
  };
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
