import type { Actor } from '../core/event.js';
import { type Expectation, expectsNothing } from '../core/expectation.js';
import type { Group } from '../core/group.js';
import { Problem } from '../core/problem.js';
import { type ChangeGroupPorts, presentGroup } from './change-group.js';
import { standing } from './standing.js';
import { clientChanges, NOBODY, tellClients } from './tell-clients.js';

const MOST_CONFLICTS = 20;

/**
 * When the platform removes a group. Throws `not-found` where there is none, and what `expects` throws.
 */
export async function removeGroup(
  ports: Omit<ChangeGroupPorts, 'profiles'>,
  idText: string,
  actor: Actor,
  expects: Expectation<[Group]> = expectsNothing,
): Promise<void> {
  for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts += 1) {
    const group = await presentGroup(ports, idText);
    expects(group);
    const stood = await standing(ports, group);
    const at = ports.now();
    const { id, name, members } = group;
    const data = { groupId: id, name, clients: group.clients.join(' '), members: members.join(' ') };
    const event = { type: 'group.removed', at, clientId: null, actor, data } as const;
    const { ok } = await ports.commit({ put: [], remove: [group], events: [event] });
    if (!ok) {
      await ports.backoff(conflicts);
      continue;
    }
    await ports.reread(id);
    if (stood !== null) await tellClients(ports.commit, clientChanges(group, stood, NOBODY, { at, actor }));
    return;
  }
  throw new Problem('unavailable', 'This met too many other changes; try again.');
}
