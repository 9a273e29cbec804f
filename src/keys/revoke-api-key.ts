import type { ApiKey } from '../core/api-key.js';
import type { Commit } from '../core/change.js';
import type { Actor } from '../core/event.js';
import { type KeyId, parseKeyId } from '../core/id.js';
import { Problem } from '../core/problem.js';
import type { KnownKeys } from './known-keys.js';

export interface RevokeKeyPorts {
  readonly apiKey: (id: KeyId) => Promise<ApiKey | null>;
  readonly known: KnownKeys;
  readonly commit: Commit;
  readonly backoff: (conflicts: number) => Promise<void>;
  readonly now: () => number;
}

const MOST_CONFLICTS = 20;

/**
 * When the platform takes a key back: here at once, elsewhere as soon as what is known of it there is 4 seconds old.
 * What the key has made, other keys among it, stays. Throws `not-found` where there is no such key, or none any more.
 */
export async function revokeApiKey(ports: RevokeKeyPorts, idText: string, actor: Actor): Promise<void> {
  const id = parseKeyId(idText);
  for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts += 1) {
    const key = id && (await ports.apiKey(id));
    // Gone after a try of ours: that try went through and its reply was lost, or somebody else did the same.
    if (key === null && conflicts > 0) return;
    if (key === null) throw new Problem('not-found', `There is no API key ${JSON.stringify(idText)}.`);
    const data = { keyId: key.id, name: key.name };
    const event = { type: 'key.revoked', at: ports.now(), clientId: null, actor, data } as const;
    // That it was used may be written at the same moment.
    const { ok } = await ports.commit({ put: [], remove: [key], events: [event] });
    ports.known.forget(key.id);
    if (ok) return;
    await ports.backoff(conflicts);
  }
  throw new Problem('unavailable', 'This met too many other changes; try again.');
}
