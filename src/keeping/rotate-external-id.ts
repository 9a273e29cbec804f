import { type Account, isLive } from '../core/account.js';
import type { Commit } from '../core/change.js';
import type { Client, ExternalIdEntry, Rotation } from '../core/client.js';
import type { Actor } from '../core/event.js';
import { externalId } from '../core/external-id.js';
import { openRotation } from '../core/external-ids.js';
import { type ClientId, clientNotFound } from '../core/id.js';
import { Problem } from '../core/problem.js';
import { hashToken, type PageToken, pageToken } from '../core/token.js';
import type { Draw } from '../onboarding/make-launch.js';

export interface RotatePorts {
  readonly client: (id: ClientId) => Promise<Client | null>;
  readonly accountsOf: (id: ClientId) => Promise<readonly Account[]>;
  readonly commit: Commit;
  readonly backoff: (conflicts: number) => Promise<void>;
  readonly now: () => number;
  readonly draw: Draw;
}

/** A rotation as the platform sees it. */
export interface RotationView {
  readonly client: Client;
  readonly rotation: Rotation;
  readonly accounts: readonly { readonly account: Account; readonly rotated: boolean }[];
}

/** How long the client's accounts have to go over, in milliseconds. */
const ROTATION_LASTS = 7 * 24 * 60 * 60_000;
const MOST_CONFLICTS = 20;

/**
 * Begins to replace a client's external ID: draws a new one, puts it into the register of all IDs ever drawn, and
 * from then on tries both. Each account goes over when its stack is updated; until then the old one stays in force.
 *
 * Returns the client and the token of the page that tells its administrator what to do. Throws `not-found` and
 * `rotation-open`.
 */
export async function beginRotation(
  ports: RotatePorts,
  id: ClientId,
  actor: Actor,
): Promise<{ client: Client; token: PageToken }> {
  for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts += 1) {
    const client = await present(ports, id);
    const now = ports.now();
    if (openRotation(client, now) !== null)
      throw new Problem('rotation-open', 'The client has a rotation open; see GET on the same address.');
    const token = pageToken(id, ports.draw.bytes(32));
    const rotation: Rotation = {
      externalId: externalId(ports.draw.uuid4()),
      pageTokenHash: hashToken(token),
      startedAt: now,
      expiresAt: now + ROTATION_LASTS,
    };
    const register: ExternalIdEntry = {
      kind: 'external-id',
      rev: null,
      externalId: rotation.externalId,
      clientId: id,
      profile: client.profile,
    };
    const committed = await ports.commit({
      put: [{ ...client, rotation, updatedAt: now }, register],
      events: [{ type: 'external_id.rotation_started', at: now, clientId: id, actor, data: {} }],
    });
    const written = committed.ok ? committed.written[0] : undefined;
    if (written?.kind === 'client') return { client: written, token };
    await ports.backoff(conflicts);
  }
  throw busy();
}

/** What has become of a client's open rotation. Throws `not-found` where there is none. */
export async function readRotation(ports: RotatePorts, id: ClientId): Promise<RotationView> {
  const client = await present(ports, id);
  const { rotation } = client;
  if (rotation === null) throw noRotation();
  const accounts = (await ports.accountsOf(id)).filter(isLive);
  return {
    client,
    rotation,
    accounts: accounts.map((account) => ({ account, rotated: account.rotatedTo === rotation.externalId })),
  };
}

/**
 * Cancels a rotation: the old external ID stays. Throws `not-found` where none is open, and `rotation-under-way`
 * where an account has gone over, whose role would be lost.
 */
export async function cancelRotation(ports: RotatePorts, id: ClientId, actor: Actor): Promise<void> {
  for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts += 1) {
    const client = await present(ports, id);
    const { accounts } = await readRotation(ports, id);
    const over = accounts.filter(({ rotated }) => rotated);
    if (over.length > 0)
      throw new Problem(
        'rotation-under-way',
        `${over.length} of ${accounts.length} accounts have gone over.`,
      );
    const at = ports.now();
    const committed = await ports.commit({
      put: [{ ...client, rotation: null, updatedAt: at }],
      events: [{ type: 'external_id.rotation_cancelled', at, clientId: id, actor, data: {} }],
    });
    if (committed.ok) return;
    await ports.backoff(conflicts);
  }
  throw busy();
}

/**
 * Replaces the client's external ID by the new one, at once and for good, when every live account has gone over. An
 * account that connects at the same time writes the client as well, so one of the two is decided anew.
 */
export async function completeRotation(ports: RotatePorts, id: ClientId): Promise<void> {
  for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts += 1) {
    const client = await ports.client(id);
    if (client === null || client.removedAt !== null || client.rotation === null) return;
    const { accounts } = await readRotation(ports, id);
    if (accounts.length === 0 || accounts.some(({ rotated }) => !rotated)) return;
    const at = ports.now();
    const { externalId: next } = client.rotation;
    const committed = await ports.commit({
      put: [
        {
          ...client,
          externalId: next,
          rotation: null,
          retiredExternalId: { externalId: client.externalId, at },
          updatedAt: at,
        },
      ],
      events: [
        {
          ...{ type: 'external_id.rotated', at, clientId: id },
          actor: { type: 'service' },
          data: { accounts: accounts.length },
        },
      ],
    });
    if (committed.ok) return;
    await ports.backoff(conflicts);
  }
  throw busy();
}

async function present(ports: RotatePorts, id: ClientId): Promise<Client> {
  const client = await ports.client(id);
  if (client === null || client.removedAt !== null) throw clientNotFound(id);
  return client;
}

function noRotation(): Problem {
  return new Problem('not-found', 'The client has no rotation under way.');
}

function busy(): Problem {
  return new Problem('unavailable', 'The client met too many other changes.');
}
