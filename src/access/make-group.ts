import type { Commit } from '../core/change.js';
import type { Actor } from '../core/event.js';
import type { Group } from '../core/group.js';
import { type GroupId, groupId } from '../core/id.js';
import { Problem } from '../core/problem.js';
import { type Remember, remembersNothing } from '../core/remembered-answer.js';
import { type CheckWishPorts, checkWish, type WrittenGroup } from './check-wish.js';
import { standing } from './standing.js';
import { clientChanges, NOBODY, tellClients } from './tell-clients.js';

export interface MakeGroupPorts extends CheckWishPorts {
  readonly commit: Commit;
  /** Hears of each group that was changed here, before any client's history does. */
  readonly reread: (id: GroupId) => Promise<void>;
  readonly now: () => number;
  readonly draw: { readonly uuid7: () => string };
}

/** What is left out of a wish. An hour is what a role allows where nobody says more. */
const USUAL = {
  ...{ description: null, color: null, clients: [], selector: null, members: [] },
  sessionDurationSeconds: 3_600,
} as const;

/** When the platform makes a group. Throws what `checkWish` throws. */
export async function makeGroup(
  ports: MakeGroupPorts,
  { name, ...written }: Pick<WrittenGroup, 'name'> & Partial<WrittenGroup>,
  actor: Actor,
  remember: Remember<Group> = remembersNothing,
): Promise<Group> {
  const wish = await checkWish(ports, written);
  const at = ports.now();
  const id = groupId(ports.draw.uuid7());
  const group: Group = {
    ...{ kind: 'group', rev: null, id, name, ...USUAL, ...wish },
    ...{ createdAt: at, updatedAt: at },
  };
  const data = {
    ...{ groupId: id, name, clients: group.clients.join(' '), members: group.members.join(' ') },
    selector: group.selector && JSON.stringify(group.selector),
  };
  const { ok } = await ports.commit({
    put: [group, ...remember(group)],
    events: [{ type: 'group.created', at, clientId: null, actor, data }],
  });
  if (!ok) throw new Problem('unavailable', 'The group was not made; try again.');
  await ports.reread(id);
  const after = await standing(ports, group);
  if (after !== null) await tellClients(ports.commit, clientChanges(group, NOBODY, after, { at, actor }));
  return group;
}
