import type { AccountStatus } from './account.js';
import type { Entity, Revision } from './change.js';
import type { ClientStatus } from './client.js';

/** The letter of a client that was removed: it has no status any more. */
const REMOVED = 'x';

const ACCOUNTS: Readonly<Record<AccountStatus, string>> = {
  verifying: 'v',
  connected: 'c',
  rejected: 'r',
  degraded: 'g',
  disconnected: 'd',
};

const CLIENTS: Readonly<Record<ClientStatus, string>> = {
  invited: 'i',
  connected: 'c',
  attention: 'a',
  disconnected: 'd',
};

/**
 * A revision of 8 random letters. Those of accounts and clients begin with one more, for the status that was written:
 * what is read at a revision and written under it tells thereby what it was, though a decision has changed it.
 */
export function revisionFor(entity: Entity, random: string): Revision {
  return `${letterOf(entity)}${random}` as Revision;
}

/** The status at a revision; null where there was nothing, undefined where the revision is older than its letter. */
function statusAt<Status extends string>(
  rev: Revision | null,
  letters: Readonly<Record<Status, string>>,
): Status | null | undefined {
  if (rev === null) return null;
  if (rev.length !== 9) return undefined;
  if (rev.startsWith(REMOVED)) return null;
  const statuses = Object.keys(letters) as Status[];
  return statuses.find((status) => rev.startsWith(letters[status]));
}

export const accountStatusAt = (rev: Revision | null) => statusAt(rev, ACCOUNTS);
export const clientStatusAt = (rev: Revision | null) => statusAt(rev, CLIENTS);

function letterOf(entity: Entity): string {
  if (entity.kind === 'account') return ACCOUNTS[entity.status];
  if (entity.kind !== 'client') return '';
  return entity.removedAt === null ? CLIENTS[entity.status] : REMOVED;
}
