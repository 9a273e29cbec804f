import type { Commit } from '../core/change.js';
import type { Client, ExternalIdEntry, ReferenceLock } from '../core/client.js';
import type { Actor } from '../core/event.js';
import { externalId } from '../core/external-id.js';
import { type ClientId, clientId, launchId } from '../core/id.js';
import { type Callback, type Launch, stackNameFor } from '../core/launch.js';
import { Problem } from '../core/problem.js';
import { callbackToken, hashToken, type PageToken, pageToken } from '../core/token.js';

export interface Invitation {
  readonly name: string;
  readonly reference: string | null;
  readonly profile: string;
  readonly callback: Callback;
  readonly region: string;
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

/** The randomness of the service, in one place. */
export interface Draw {
  readonly uuid4: () => string;
  readonly uuid7: () => string;
  readonly bytes: (count: number) => Uint8Array;
}

export interface Invited {
  readonly client: Client;
  readonly launch: Launch;
  /** Shown to the caller once; the store has its hash. */
  readonly token: PageToken;
}

const LAUNCH_LASTS = 7 * 24 * 60 * 60_000;

/**
 * When the platform registers a client: draws its external ID, makes its first launch, and stores them with
 * the ID's entry in the register of all IDs ever drawn, at once or not at all.
 *
 * Throws `reference-taken` where another client has the reference.
 */
export async function inviteClient(
  ports: InvitePorts,
  invitation: Invitation,
  actor: Actor,
): Promise<Invited> {
  for (;;) {
    const now = ports.now();
    const id = clientId(ports.draw.uuid7());
    const token = pageToken(id, ports.draw.bytes(32));
    const launch = newLaunch(ports, invitation, token, now);
    const client = newClient(ports, invitation, id, launch, now);
    const register: ExternalIdEntry = {
      kind: 'external-id',
      rev: null,
      externalId: client.externalId,
      clientId: id,
      profile: client.profile,
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

function newLaunch({ draw }: InvitePorts, invitation: Invitation, token: PageToken, now: number): Launch {
  const id = launchId(draw.uuid7());
  return {
    id,
    pageTokenHash: hashToken(token),
    callbackTokenHash: hashToken(callbackToken(token)),
    callback: invitation.callback,
    region: invitation.region,
    stackName: stackNameFor(invitation.name, id),
    expectedAccountIds: invitation.expectedAccountIds,
    maxAccounts: invitation.maxAccounts,
    createdAt: now,
    expiresAt: now + LAUNCH_LASTS,
    openedAt: null,
    revokedAt: null,
    accounts: [],
  };
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
    ...{
      name,
      reference,
      profile,
      callback,
      region,
      allowSharedAccounts,
      metadata,
    },
    status: 'invited',
    createdAt: now,
    updatedAt: now,
    removedAt: null,
    launches: [launch],
  };
}

function referenceLock({ reference, id }: Client): readonly ReferenceLock[] {
  return reference === null ? [] : [{ kind: 'reference', rev: null, reference, clientId: id }];
}
