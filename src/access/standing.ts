import type { Group } from '../core/group.js';
import { Problem } from '../core/problem.js';
import { type GroupClientsPorts, groupClients } from './group-clients.js';
import type { Standing } from './tell-clients.js';

/** Who may enter which clients' accounts by the group as it is; null where it has become too large to tell. */
export async function standing(ports: GroupClientsPorts, group: Group): Promise<Standing | null> {
  try {
    const clients = await groupClients(ports, group);
    return { clients: new Set(clients.map(({ id }) => id)), members: group.members };
  } catch (error) {
    // Such a group is still to be narrowed or removed; its own event tells of it.
    if (error instanceof Problem && error.code === 'group-too-large') return null;
    throw error;
  }
}
