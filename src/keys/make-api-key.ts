import type { ApiKey } from '../core/api-key.js';
import type { Caller } from '../core/caller.js';
import type { Commit } from '../core/change.js';
import type { Client } from '../core/client.js';
import { decideKey, type KeyWish } from '../core/decide-key.js';
import { type ClientId, keyId, parseClientId } from '../core/id.js';
import { hashKey, type KeySecret, keySecret } from '../core/key-secret.js';
import { type FieldError, Problem } from '../core/problem.js';
import { type Remember, remembersNothing } from '../core/remembered-answer.js';

/** The one moment at which there is a secret to be shown. */
export interface MadeKey {
  readonly key: ApiKey;
  readonly secret: KeySecret;
}

/** A wish as it was written: `clients` may hold what is no client's id. */
export type WrittenKeyWish = Omit<KeyWish, 'clients'> & { readonly clients?: readonly string[] };

export interface MakeKeyPorts {
  readonly client: (id: ClientId) => Promise<Client | null>;
  readonly commit: Commit;
  readonly now: () => number;
  readonly draw: {
    readonly uuid7: () => string;
    readonly bytes: (count: number) => Uint8Array;
  };
}

/**
 * When the platform makes a key for a program of its own. Returns the key and its secret, which is stored nowhere.
 * Throws `request-invalid` where `clients` names one that is not there or the end has passed, and `key-exceeds-maker`.
 */
export async function makeApiKey(
  ports: MakeKeyPorts,
  { clients: written, ...wish }: WrittenKeyWish,
  maker: Caller,
  remember: Remember<MadeKey> = remembersNothing,
): Promise<MadeKey> {
  const { now, draw, commit } = ports;
  const clients = written && (await presentClients(ports, written));
  const at = now();
  const decision = decideKey(maker, { ...wish, ...(clients && { clients }) }, at);
  if (decision.outcome !== 'granted')
    throw refusal(decision.outcome === 'exceeds' ? 'key-exceeds-maker' : 'request-invalid', decision.errors);
  const id = keyId(draw.uuid7());
  const secret = keySecret(id, draw.bytes(32));
  const key: ApiKey = {
    ...{ kind: 'api-key', rev: null, id, ...decision.grant },
    ...{ secretHash: hashKey(secret), createdAt: at, lastUsedAt: null },
  };
  const { name, scopes, maxDurationSeconds, expiresAt } = key;
  const data = {
    ...{ keyId: id, name, scopes: scopes.join(' '), maxDurationSeconds },
    ...{ clients: key.clients?.join(' ') ?? null, expiresAt: expiresAt && new Date(expiresAt).toISOString() },
  };
  const committed = await commit({
    put: [key, ...remember({ key, secret })],
    events: [{ type: 'key.created', at, clientId: null, actor: maker.actor, data }],
  });
  if (!committed.ok) throw new Problem('unavailable', 'The key was not made; try again.');
  return { key, secret };
}

async function presentClients(
  { client: read }: MakeKeyPorts,
  written: readonly string[],
): Promise<readonly ClientId[]> {
  const found = await Promise.all(
    written.map(async (text) => {
      const id = parseClientId(text);
      const client = id && (await read(id));
      return client !== null && client.removedAt === null ? client.id : null;
    }),
  );
  const errors = found.flatMap((id, place) =>
    id === null ? [{ field: `clients.${place}`, message: 'is not the id of a client' }] : [],
  );
  if (errors.length > 0) throw refusal('request-invalid', errors);
  return found.filter((id) => id !== null);
}

function refusal(code: 'request-invalid' | 'key-exceeds-maker', errors: readonly FieldError[]): Problem {
  const [first] = errors;
  return new Problem(
    code,
    first === undefined ? 'The key was refused.' : `${first.field} ${first.message}.`,
    errors,
  );
}
