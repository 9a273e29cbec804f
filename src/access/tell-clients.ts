import { accessChange, type Told } from '../core/access-change.js';
import type { Commit } from '../core/change.js';
import type { NewEvent } from '../core/event.js';
import type { Group } from '../core/group.js';
import type { ClientId } from '../core/id.js';

/** Who may enter which clients' accounts by a group. */
export interface Standing {
  readonly clients: ReadonlySet<ClientId>;
  readonly members: readonly string[];
}

export const NOBODY: Standing = { clients: new Set(), members: [] };

/** So many clients' histories are written at once. */
const AT_ONCE = 10;

/** What has changed for each client, an event a client, in the order of their ids. */
export function clientChanges(
  group: Pick<Group, 'id' | 'name'>,
  before: Standing,
  after: Standing,
  told: Told,
): readonly NewEvent[] {
  const clients = [...new Set([...before.clients, ...after.clients])].sort();
  return clients.flatMap((id) =>
    accessChange(
      group,
      id,
      before.clients.has(id) ? before.members : [],
      after.clients.has(id) ? after.members : [],
      told,
    ),
  );
}

/**
 * Writes them into the clients' histories, each in a commit of its own, since a commit tells of one client. They follow
 * the group's own event, which says it all and is written with the group; where this breaks off, that is the record.
 */
export async function tellClients(commit: Commit, events: readonly NewEvent[]): Promise<void> {
  const left = [...events];
  const tell = async (): Promise<void> => {
    for (let event = left.shift(); event !== undefined; event = left.shift())
      await commit({ put: [], events: [event] });
  };
  await Promise.all(Array.from({ length: AT_ONCE }, tell));
}
