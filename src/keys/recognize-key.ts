import { type ApiKey, withUse } from '../core/api-key.js';
import { type Caller, callerOf } from '../core/caller.js';
import type { Commit } from '../core/change.js';
import type { KeyId } from '../core/id.js';
import { hashKey, parseKeySecret, sameKey } from '../core/key-secret.js';
import type { KnownKeys } from './known-keys.js';

export interface RecognizeKeyPorts {
  readonly known: KnownKeys;
  readonly commit: Commit;
  readonly now: () => number;
  /** Told of a use that could not be noted. */
  readonly failed: (error: unknown) => void;
}

export type KeyRecognition =
  | { readonly outcome: 'known'; readonly caller: Caller }
  | { readonly outcome: 'malformed' | 'unknown' | 'expired' }
  /** It would have to be looked up, which this caller is not worth. */
  | { readonly outcome: 'not-looked-up' };

/**
 * When somebody calls with a key. One whose checksum is wrong is refused without a lookup, and so is one that has not
 * been used here of late where `mayLookUp` is false.
 *
 * That it was used is written at most once a minute, by whichever instance comes first, and no request waits for it.
 * Returns the verb, with its memory; it throws what the table throws where the key has to be read.
 */
export function makeRecognizeKey({ known, commit, now, failed }: RecognizeKeyPorts) {
  const beingNoted = new Set<KeyId>();

  const noteUse = (key: ApiKey): void => {
    const used = withUse(key, now());
    if (used === null || beingNoted.has(key.id)) return;
    beingNoted.add(key.id);
    // Under the revision at which it was read: where another instance was faster, or it was revoked, nothing happens.
    commit({ put: [used] })
      .then((committed) => {
        const [written] = committed.ok ? committed.written : [];
        if (written?.kind === 'api-key') known.replace(key, written);
      })
      .catch(failed)
      .finally(() => beingNoted.delete(key.id));
  };

  return async (text: string, mayLookUp: boolean): Promise<KeyRecognition> => {
    const parsed = parseKeySecret(text);
    if (parsed === null) return { outcome: 'malformed' };
    if (!mayLookUp && !known.has(parsed.id)) return { outcome: 'not-looked-up' };
    const key = await known.read(parsed.id);
    if (key === null || !sameKey(key.secretHash, hashKey(parsed.secret))) return { outcome: 'unknown' };
    if (key.expiresAt !== null && key.expiresAt <= now()) return { outcome: 'expired' };
    noteUse(key);
    return { outcome: 'known', caller: callerOf(key) };
  };
}
