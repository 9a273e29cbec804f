import type { TellAccess } from '../core/access-change.js';
import type { Account } from '../core/account.js';
import type { Change, Commit } from '../core/change.js';
import type { Client } from '../core/client.js';
import { decideRegistration } from '../core/decide-registration.js';
import type { Actor } from '../core/event.js';
import { parseExternalId } from '../core/external-id.js';
import { clientId } from '../core/id.js';
import { Problem } from '../core/problem.js';
import type { Remember } from '../core/remembered-answer.js';
import type { Draw } from './make-launch.js';
import { entriesOf, newClient, referenceTaken } from './new-client.js';
import { namedRole, refused } from './register-role.js';
import type { ReadAround } from './surroundings.js';

/** A role that was there before this service, and whose it is. */
export interface ImportWish {
  readonly name: string;
  readonly externalId: string;
  readonly roleArn: string;
  readonly reference: string | null;
  readonly profile: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ImportPorts {
  readonly commit: Commit;
  readonly around: ReadAround;
  readonly now: () => number;
  readonly draw: Draw;
  readonly tellAccess: TellAccess;
  readonly providerAccountId: string;
  readonly partitionId: string;
  readonly profiles: readonly string[];
  /** Where later links of such a client lead unless somebody says otherwise. */
  readonly region: string;
  /** Hears of what is wrong with this service and not with the wish. */
  readonly failed: (error: unknown) => void;
}

export interface Imported {
  readonly client: Client;
  readonly account: Account;
}

/** Carries out the wish at a place, unless it was before, and resolves to what it is told to have become. */
export type ImportEach<Result> = (
  place: number,
  run: (remember: Remember<Imported>) => Promise<unknown>,
) => Promise<Result>;

/** How long a role is tried, in milliseconds: it is there already, so nothing has to propagate. */
const TRY_FOR = 90_000;

/**
 * When an adopter brings roles along: each becomes a client with its account, in order, each on its own.
 *
 * The one way in which an external ID comes from outside. It goes into the register of all IDs, so that none is ever
 * a second client's, a removed one's included, and is marked as imported. What the role is worth is found out as for
 * any other: its account is due at once, and is verified by the schedule's own budget.
 */
export async function importClients<Result>(
  ports: ImportPorts,
  wishes: readonly ImportWish[],
  actor: Actor,
  each: ImportEach<Result>,
): Promise<readonly (Result | Problem)[]> {
  const results: (Result | Problem)[] = [];
  for (const [place, wish] of wishes.entries())
    results.push(
      await each(place, (remember) => importClient(ports, wish, actor, remember)).catch((error: unknown) => {
        if (error instanceof Problem && error.code !== 'request-in-progress') return error;
        if (error instanceof Problem) throw error;
        ports.failed(error);
        return new Problem('unavailable', 'It could not be recorded; send it again.');
      }),
    );
  return results;
}

/**
 * Throws `request-invalid` where a field is not what it says, `profile-unknown`, `external-id-taken`,
 * `reference-taken`, and `account-refused` where the account cannot be this client's.
 */
async function importClient(
  ports: ImportPorts,
  wish: ImportWish,
  actor: Actor,
  remember: Remember<Imported>,
): Promise<Imported> {
  const role = namedRole(wish.roleArn);
  const externalId = parseExternalId(wish.externalId);
  if (externalId === null) throw invalidExternalId();
  if (!ports.profiles.includes(wish.profile))
    throw new Problem('profile-unknown', `There are: ${ports.profiles.join(', ')}.`, [
      { field: 'profile', message: 'is not a profile of this service' },
    ]);
  for (;;) {
    const now = ports.now();
    const id = clientId(ports.draw.uuid7());
    const invited = newClient(
      { ...wish, callback: 'none', region: ports.region, regionOpen: true, allowSharedAccounts: false },
      { id, externalId, externalIdSource: 'imported' },
      now,
      [],
    );
    const found = await ports.around.everything({ clientId: id, accountId: role.account });
    const { providerAccountId, partitionId } = ports;
    const registration = { role, peopleEnter: false, launch: null, until: now + TRY_FOR, actor, now };
    const decided = decideRegistration({ ...registration, providerAccountId, partitionId }, invited, found);
    if ('code' in decided) throw refused(decided);
    const { change, client, account } = asOne(decided, invited, actor, now, ports.tellAccess);
    const committed = await ports.commit({
      ...change,
      put: [...change.put, ...remember({ client, account })],
    });
    if (committed.ok) return { client, account };
    const lost = new Set(committed.lost.map(({ kind }) => kind));
    if (lost.has('external-id')) throw taken();
    if (lost.has('reference')) throw referenceTaken(client);
    // The client's id was drawn before, which chance alone will not do twice: draw again.
  }
}

/** The client, its entries and its account in one change, so that none is there without the others. */
function asOne(decided: Change, invited: Client, actor: Actor, now: number, tellAccess: TellAccess) {
  const [verifying, moved] = decided.put;
  if (verifying?.kind !== 'account' || moved?.kind !== 'client')
    throw new Error('a new client’s role is verified or refused');
  const account: Account = { ...verifying, nextVerificationAt: now };
  const { name, profile, id } = invited;
  const data = { name, profile, externalIdSource: 'imported' };
  const change: Change = {
    put: [moved, account, ...entriesOf(moved)],
    events: [
      { type: 'client.invited', at: now, clientId: id, actor, data },
      ...tellAccess(null, invited, { at: now, actor }),
      ...(decided.events ?? []),
    ],
  };
  return { change, client: moved, account };
}

function invalidExternalId(): Problem {
  const message = 'has to be 2 to 1224 letters, digits or any of _ + = , . @ : / -';
  return new Problem('request-invalid', `externalId ${message}.`, [{ field: 'externalId', message }]);
}

function taken(): Problem {
  return new Problem('external-id-taken', 'A client has this external ID, or a removed one had it.', [
    { field: 'externalId', message: 'is in the register of all external IDs' },
  ]);
}
