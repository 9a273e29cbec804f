import type { Account } from './account.js';
import type { Client } from './client.js';
import type { ExternalId } from './external-id.js';
import type { Verdict } from './verdict.js';

/** Where an external ID that an event shows comes from; it is never used to enter a role. */
export type Echo = 'current' | 'next' | 'other';

/** When an account that has gone over to a new external ID is looked at for the old one, in milliseconds. */
export const RETIRED_CHECKED_AFTER = 10 * 60_000;

/** Whether an external ID is being replaced, and the new one is taken. */
export function openRotation({ rotation }: Pick<Client, 'rotation'>, now: number): Client['rotation'] {
  return rotation !== null && rotation.expiresAt > now ? rotation : null;
}

/**
 * The external IDs by which an account's role may be entered, the newest first: the one that replaces the client's
 * while a rotation is open, the one that this account has gone over to, and the client's.
 */
export function externalIdsFor(
  client: Pick<Client, 'externalId' | 'rotation'>,
  account: Pick<Account, 'rotatedTo'> | null,
  now: number,
): readonly [ExternalId, ...ExternalId[]] {
  const newer = [openRotation(client, now)?.externalId, account?.rotatedTo].filter(
    (id) => id !== undefined && id !== null && id !== client.externalId,
  );
  const [first = client.externalId, ...rest] = new Set([...newer, client.externalId]);
  return [first, ...rest] as readonly [ExternalId, ...ExternalId[]];
}

/** The newer external ID that an account has gone over to, as its verdict shows; null where it is the client's. */
export function rotatedTo(
  { enteredBy }: Pick<Verdict, 'enteredBy'>,
  { externalId }: Pick<Client, 'externalId'>,
): ExternalId | null {
  return enteredBy === externalId ? null : enteredBy;
}

/** What an event's external ID says about the stack's parameter. */
export function echoOf(
  claimed: string,
  client: Client | null,
  account: Pick<Account, 'rotatedTo'> | null,
  now: number,
): Echo {
  if (claimed === '' || client === null) return 'current';
  // An account that went over in a rotation that ran out has kept the newer one.
  if (claimed === client.externalId || claimed === account?.rotatedTo) return 'current';
  return claimed === openRotation(client, now)?.externalId ? 'next' : 'other';
}
