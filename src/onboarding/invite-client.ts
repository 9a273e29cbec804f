import type { TellAccess } from '../core/access-change.js';
import type { Commit } from '../core/change.js';
import type { Actor } from '../core/event.js';
import { externalId } from '../core/external-id.js';
import { clientId } from '../core/id.js';
import type { Callback, LaunchKind } from '../core/launch.js';
import { type Remember, remembersNothing } from '../core/remembered-answer.js';
import { checkWish, type Draw, LAUNCH_LASTS, type MadeLaunch, newLaunch } from './make-launch.js';
import { entriesOf, newClient, referenceTaken } from './new-client.js';

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
  readonly tellAccess: TellAccess;
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
  remember: Remember<MadeLaunch> = remembersNothing,
): Promise<MadeLaunch> {
  const wish = { kind: 'account' as const, regionOpen: false, ...invitation, lasts: LAUNCH_LASTS };
  checkWish(wish);
  for (;;) {
    const now = ports.now();
    const id = clientId(ports.draw.uuid7());
    const { name } = invitation;
    const { launch, token } = newLaunch(ports.draw, { id, name }, wish, now);
    const drawn = externalId(ports.draw.uuid4());
    const client = newClient(invitation, { id, externalId: drawn, externalIdSource: 'generated' }, now, [
      launch,
    ]);
    const data = {
      name: client.name,
      profile: client.profile,
      launchId: launch.id,
    };
    const committed = await ports.commit({
      put: [client, ...entriesOf(client), ...remember({ client, launch, token })],
      events: [
        { type: 'client.invited', at: now, clientId: id, actor, data },
        ...ports.tellAccess(null, client, { at: now, actor }),
      ],
    });
    if (committed.ok) return { client, launch, token };
    if (committed.lost.some(({ kind }) => kind === 'reference')) throw referenceTaken(client);
    // The id or the external ID was drawn before, which chance alone will not do twice: draw again.
  }
}
