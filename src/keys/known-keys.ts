import type { ApiKey } from '../core/api-key.js';
import type { KeyId } from '../core/id.js';

export type KnownKeys = ReturnType<typeof makeKnownKeys>;

export interface KnownKeysPorts {
  readonly apiKey: (id: KeyId) => Promise<ApiKey | null>;
  /** Milliseconds that only go forwards, whatever becomes of the clock. */
  readonly stopwatch: () => number;
}

/** For how long a reading counts, in milliseconds: a key that is revoked is refused everywhere within 5 seconds. */
const GOOD_FOR = 4_000;
const MOST_KEYS = 1_000;

interface Reading {
  readonly key: ApiKey;
  /** When it was asked for, which is before anything that it can have missed. */
  readonly askedAt: number;
}

interface Asking {
  readonly answer: Promise<ApiKey | null>;
  readonly askedAt: number;
}

/**
 * The keys that were used here of late, so that the usual request costs no read. Requests at once share a reading.
 * A key that nobody has is not remembered: one that is made a moment later works at once.
 */
export function makeKnownKeys({ apiKey, stopwatch }: KnownKeysPorts) {
  const readings = new Map<KeyId, Reading>();
  const asking = new Map<KeyId, Asking>();
  const isGood = ({ askedAt }: { readonly askedAt: number }) => stopwatch() - askedAt < GOOD_FOR;

  const ask = (id: KeyId): Promise<ApiKey | null> => {
    const askedAt = stopwatch();
    const isLatest = () => asking.get(id)?.answer === answer;
    const answer = apiKey(id)
      .then((key) => {
        // An answer that was overtaken, by a later one or by a revocation here, counts for those who wait for it only.
        if (isLatest()) keep(id, key && { key, askedAt });
        return key;
      })
      .finally(() => isLatest() && asking.delete(id));
    asking.set(id, { answer, askedAt });
    return answer;
  };

  const keep = (id: KeyId, reading: Reading | null): void => {
    readings.delete(id);
    if (reading !== null) readings.set(id, reading);
    const [oldest] = readings.keys();
    if (readings.size > MOST_KEYS && oldest !== undefined) readings.delete(oldest);
  };

  return {
    has: (id: KeyId): boolean => readings.has(id),

    async read(id: KeyId): Promise<ApiKey | null> {
      const reading = readings.get(id);
      if (reading !== undefined && isGood(reading)) return reading.key;
      const others = asking.get(id);
      // An answer that is slow may be of before the key was revoked: nobody joins those who have waited too long.
      return others !== undefined && isGood(others) ? others.answer : ask(id);
    },

    /** Puts a newer version in the place of one, without making the reading any younger. */
    replace(old: ApiKey, key: ApiKey): void {
      const reading = readings.get(old.id);
      if (reading?.key === old) readings.set(old.id, { ...reading, key });
    },

    /** Forgets a key, so that it is read anew: this instance has revoked it. */
    forget(id: KeyId): void {
      readings.delete(id);
      asking.delete(id);
    },
  };
}
