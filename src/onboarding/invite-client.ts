import type { Commit } from '../core/change.js';
import type { Client, ExternalIdEntry, ReferenceLock } from '../core/client.js';
import type { Actor } from '../core/event.js';
import { externalId } from '../core/external-id.js';
import { type ClientId, clientId } from '../core/id.js';
import type { Callback, Launch, LaunchKind } from '../core/launch.js';
import { Problem } from '../core/problem.js';
import { checkWish, type Draw, LAUNCH_LASTS, type MadeLaunch, newLaunch } from './make-launch.js';

export interface Invitation {
  readonly name: string;
  readonly reference: string | null;
  readonly profile: string;
  /** Default `account`. */
  readonly kind?: LaunchKind;
  readonly callback: Callback;
  readonly region: string;
  /** Whether that is only where it goes unless the client chooses another. */
  readonly regionOpen?: boolean;
  readonly expectedAccountIds: readonly string[];
  readonly maxAccounts: number;
  readonly allowSharedAccounts: boolean;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface InvitePorts {
  readonly commit: Commit;
  readonly now: () => number;
  readonly draw: Draw;
}

/**
 * When the platform registers a client: draws its external ID, makes its first launch, and stores them with
 * the ID's entry in the register of all IDs ever drawn, at once or not at all.
 *
 * Throws `reference-taken` where another client has the reference, `request-invalid` where its first link cannot be.
 */
export async function inviteClient(
  ports: InvitePorts,
  invitation: Invitation,
  actor: Actor,
): Promise<MadeLaunch> {
  const wish = { kind: 'account' as const, regionOpen: false, ...invitation, lasts: LAUNCH_LASTS };
  checkWish(wish);
  for (;;) {
    const now = ports.now();
    const id = clientId(ports.draw.uuid7());
    const { name } = invitation;
    const { launch, token } = newLaunch(ports.draw, { id, name }, wish, now);
    const client = newClient(ports, invitation, id, launch, now);
    const register: ExternalIdEntry = {
      kind: 'external-id',
      rev: null,
      externalId: client.externalId,
      clientId: id,
      profile: client.profile,
      listed: true,
    };
    const data = {
      name: client.name,
      profile: client.profile,
      launchId: launch.id,
    };
    const committed = await ports.commit({
      put: [client, register, ...referenceLock(client)],
      events: [{ type: 'client.invited', at: now, clientId: id, actor, data }],
    });
    if (committed.ok) return { client, launch, token };
    if (committed.lost.some(({ kind }) => kind === 'reference'))
      throw new Problem(
        'reference-taken',
        `Another client has the reference ${JSON.stringify(client.reference)}.`,
        [{ field: 'reference', message: 'is taken by another client' }],
      );
    // The id or the external ID was drawn before, which chance alone will not do twice: draw again.
  }
}

function newClient(
  { draw }: InvitePorts,
  invitation: Invitation,
  id: ClientId,
  launch: Launch,
  now: number,
): Client {
  const { name, reference, profile, callback, region, allowSharedAccounts, metadata } = invitation;
  return {
    kind: 'client',
    rev: null,
    id,
    externalId: externalId(draw.uuid4()),
    externalIdSource: 'generated',
    ...{
      name,
      reference,
      profile,
      callback,
      region,
      allowSharedAccounts,
      metadata,
    },
    ...(invitation.regionOpen && { regionOpen: true }),
    status: 'invited',
    createdAt: now,
    updatedAt: now,
    removedAt: null,
    launches: [launch],
    retired: [],
    rotation: null,
    retiredExternalId: null,
  };
}

function referenceLock({ reference, id }: Client): readonly ReferenceLock[] {
  return reference === null ? [] : [{ kind: 'reference', rev: null, reference, clientId: id }];
}
