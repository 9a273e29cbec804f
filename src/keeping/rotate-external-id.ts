import { type Account, isLive } from '../core/account.js';
import type { Client, ExternalIdEntry, Rotation } from '../core/client.js';
import type { Actor } from '../core/event.js';
import { externalId } from '../core/external-id.js';
import { openRotation } from '../core/external-ids.js';
import type { ClientId } from '../core/id.js';
import { Problem } from '../core/problem.js';
import { type Remember, remembersNothing } from '../core/remembered-answer.js';
import { hashToken, type PageToken, pageToken } from '../core/token.js';
import { type ChangeClientPorts, presentClient } from '../onboarding/change-client.js';
import { decideAnew } from '../onboarding/decide-anew.js';
import type { Draw } from '../onboarding/make-launch.js';
import { type RegisterPorts, relisted } from './register.js';

export interface RotatePorts extends ChangeClientPorts {
  readonly accountsOf: (id: ClientId) => Promise<readonly Account[]>;
  readonly draw: Draw;
}

/** A rotation as the platform sees it. */
export interface RotationView {
  readonly client: Client;
  readonly rotation: Rotation;
  readonly accounts: readonly { readonly account: Account; readonly rotated: boolean }[];
}

/** A rotation that has just begun, and the token of its page, which the store has a hash of. */
export interface BegunRotation extends RotationView {
  readonly token: PageToken;
}

/** How long the client's accounts have to go over, in milliseconds. */
const ROTATION_LASTS = 7 * 24 * 60 * 60_000;

/**
 * Begins to replace a client's external ID: draws a new one, puts it into the register of all IDs ever drawn, and
 * from then on tries both. Each account goes over when its stack is updated; until then the old one stays in force.
 *
 * Returns it with the token of the page that tells the client's administrator what to do. Throws `not-found` and
 * `rotation-open`.
 */
export async function beginRotation(
  ports: RotatePorts,
  id: ClientId,
  actor: Actor,
  remember: Remember<BegunRotation> = remembersNothing,
): Promise<BegunRotation> {
  const token = pageToken(id, ports.draw.bytes(32));
  let begun: BegunRotation | null = null;
  await decideAnew(ports, async () => {
    const client = await presentClient(ports, id);
    const now = ports.now();
    if (openRotation(client, now) !== null)
      throw new Problem('rotation-open', 'The client has a rotation open; see GET on the same address.');
    const next = externalId(ports.draw.uuid4());
    const rotation: Rotation = {
      externalId: next,
      pageTokenHash: hashToken(token),
      startedAt: now,
      expiresAt: now + ROTATION_LASTS,
    };
    const { profile } = client;
    // The client is listed by the entry of the ID that is in force.
    const register: ExternalIdEntry = {
      ...{ kind: 'external-id', rev: null, externalId: next, clientId: id, profile, listed: false },
    };
    const changed = { ...client, rotation, updatedAt: now };
    begun = { ...withAccounts(changed, rotation, await ports.accountsOf(id)), token };
    return {
      put: [changed, register, ...remember(begun)],
      events: [{ type: 'external_id.rotation_started', at: now, clientId: id, actor, data: {} }],
    };
  });
  if (begun === null) throw new Error('a rotation is begun or refused');
  return begun;
}

/** What has become of a client's open rotation. Throws `not-found` where there is none. */
export async function readRotation(ports: RotatePorts, id: ClientId): Promise<RotationView> {
  const client = await presentClient(ports, id);
  const { rotation } = client;
  if (rotation === null) throw new Problem('not-found', 'The client has no rotation under way.');
  return withAccounts(client, rotation, await ports.accountsOf(id));
}

function withAccounts(client: Client, rotation: Rotation, accounts: readonly Account[]): RotationView {
  const live = accounts.filter(isLive);
  return {
    client,
    rotation,
    accounts: live.map((account) => ({ account, rotated: account.rotatedTo === rotation.externalId })),
  };
}

/**
 * Cancels a rotation: the old external ID stays. Throws `not-found` where none is open, and `rotation-under-way`
 * where an account has gone over, whose role would be lost.
 */
export async function cancelRotation(ports: RotatePorts, id: ClientId, actor: Actor): Promise<void> {
  await decideAnew(ports, async () => {
    const { client, accounts } = await readRotation(ports, id);
    const over = accounts.filter(({ rotated }) => rotated);
    if (over.length > 0)
      throw new Problem(
        'rotation-under-way',
        `${over.length} of ${accounts.length} accounts have gone over.`,
      );
    const at = ports.now();
    return {
      put: [{ ...client, rotation: null, updatedAt: at }],
      events: [{ type: 'external_id.rotation_cancelled', at, clientId: id, actor, data: {} }],
    };
  });
}

/**
 * Replaces the client's external ID by the new one, at once and for good, when every live account has gone over. An
 * account that connects at the same time writes the client as well, so one of the two is decided anew.
 */
export async function completeRotation(
  ports: RotatePorts & Pick<RegisterPorts, 'externalId'>,
  id: ClientId,
): Promise<void> {
  await decideAnew(ports, async () => {
    const client = await ports.client(id);
    if (client === null || client.removedAt !== null || client.rotation === null) return null;
    const { externalId: next, pageTokenHash } = client.rotation;
    const live = (await ports.accountsOf(id)).filter(isLive);
    if (live.length === 0 || live.some(({ rotatedTo }) => rotatedTo !== next)) return null;
    const at = ports.now();
    const retiredExternalId = { externalId: client.externalId, at, pageTokenHash };
    const actor = { type: 'service' } as const;
    const data = { accounts: live.length };
    const rotated: Client = {
      ...client,
      ...{
        externalId: next,
        externalIdSource: 'generated',
        rotation: null,
        retiredExternalId,
        updatedAt: at,
      },
    };
    return {
      put: [
        rotated,
        ...(await relisted(ports, client.externalId, false)),
        ...(await relisted(ports, next, true)),
      ],
      events: [{ type: 'external_id.rotated', at, clientId: id, actor, data }],
    };
  });
}
