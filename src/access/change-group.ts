import type { Actor } from '../core/event.js';
import { type Expectation, expectsNothing } from '../core/expectation.js';
import { type Group, type GroupFields, groupNotFound } from '../core/group.js';
import { type GroupId, parseGroupId } from '../core/id.js';
import { type DecidePorts, decideAnew } from '../onboarding/decide-anew.js';
import { type CheckWishPorts, checkWish, type WrittenGroup } from './check-wish.js';
import { standing } from './standing.js';
import { clientChanges, tellClients } from './tell-clients.js';

export interface ChangeGroupPorts extends DecidePorts, CheckWishPorts {
  readonly group: (id: GroupId) => Promise<Group | null>;
  /** Hears of each group that was changed here, before any client's history does. */
  readonly reread: (id: GroupId) => Promise<void>;
  readonly now: () => number;
}

/**
 * When the platform changes a group; clients and members replace those that were there. Throws `not-found` where there
 * is none, what `expects` throws, and what `checkWish` throws.
 */
export async function changeGroup(
  ports: ChangeGroupPorts,
  idText: string,
  written: Partial<WrittenGroup>,
  actor: Actor,
  expects: Expectation<[Group]> = expectsNothing,
): Promise<Group> {
  const present = await presentGroup(ports, idText);
  expects(present);
  const wish = await checkWish(ports, written, present.clients);
  const at = ports.now();
  const replaced: Group[] = [];
  const changed: Group[] = [];
  await decideAnew(ports, async () => {
    const group = await presentGroup(ports, idText);
    expects(group);
    const next = { ...group, ...wish, updatedAt: at };
    replaced.push(group);
    changed.push(next);
    const data = {
      groupId: group.id,
      name: next.name,
      fields: Object.keys(wish).join(' '),
      ...moved(group, next),
    };
    return { put: [next], events: [{ type: 'group.updated', at, clientId: null, actor, data }] };
  });
  const [before, after] = [replaced.at(-1), changed.at(-1)];
  if (before === undefined || after === undefined) throw groupNotFound(idText);
  await ports.reread(after.id);
  if (wish.clients !== undefined || wish.selector !== undefined || wish.members !== undefined) {
    const [stood, stands] = [await standing(ports, before), await standing(ports, after)];
    if (stood !== null && stands !== null)
      await tellClients(ports.commit, clientChanges(after, stood, stands, { at, actor }));
  }
  return after;
}

/** Whom and what the group has now and had not before, and the other way round: the lists may be long. */
function moved(before: GroupFields, after: GroupFields) {
  const without = (those: readonly string[], these: readonly string[]) => {
    const known = new Set(these);
    return those.filter((one) => !known.has(one)).join(' ');
  };
  const [from, to] = [before.selector, after.selector].map(
    (selector) => selector && JSON.stringify(selector),
  );
  return {
    ...(before.clients !== after.clients && {
      clientsAdded: without(after.clients, before.clients),
      clientsRemoved: without(before.clients, after.clients),
    }),
    ...(before.members !== after.members && {
      membersAdded: without(after.members, before.members),
      membersRemoved: without(before.members, after.members),
    }),
    ...(from !== to && { selectorBefore: from ?? null, selector: to ?? null }),
  };
}

/** The group with this id; throws `not-found` where there is none. */
export async function presentGroup(
  { group: read }: Pick<ChangeGroupPorts, 'group'>,
  idText: string,
): Promise<Group> {
  const id = parseGroupId(idText);
  const group = id && (await read(id));
  if (group === null) throw groupNotFound(idText);
  return group;
}
