import type { Client } from './client.js';
import type { Actor, NewEvent } from './event.js';
import { type Group, takesIn } from './group.js';
import type { ClientId } from './id.js';

/** When and by whom it was changed who may enter. */
export interface Told {
  readonly at: number;
  readonly actor: Actor;
}

/**
 * What a client's history says where the client itself has changed: null stands for one that is not there yet, or not
 * there any more.
 */
export type TellAccess = (before: Client | null, after: Client | null, told: Told) => readonly NewEvent[];

/** All of it goes into one item of the feed, which DynamoDB limits to 400 KB. */
const MOST_GROUPS = 200;
const MOST_CHARACTERS = 20_000;

/** An event for each of the groups that take the client in and did not, or the other way round. */
export function accessChanges(
  groups: readonly Group[],
  before: Client | null,
  after: Client | null,
  told: Told,
): readonly NewEvent[] {
  const clientId = (after ?? before)?.id;
  if (clientId === undefined) return [];
  let left = MOST_CHARACTERS;
  return groups.slice(0, MOST_GROUPS).flatMap((group) => {
    const could = before !== null && takesIn(group, before) ? group.members : [];
    const can = after !== null && takesIn(group, after) ? group.members : [];
    const events = accessChange(group, clientId, could, can, told, left);
    left -= JSON.stringify(events).length;
    return events;
  });
}

/**
 * The event that says who may enter a client's accounts by a group and could not before, and the other way round; none
 * where these are the same. Names beyond `room` characters are not said, which a last … shows: the group's own event
 * has them all.
 */
export function accessChange(
  { id, name }: Pick<Group, 'id' | 'name'>,
  clientId: ClientId,
  could: readonly string[],
  can: readonly string[],
  { at, actor }: Told,
  room = Number.POSITIVE_INFINITY,
): readonly NewEvent[] {
  const [before, after] = [new Set(could), new Set(can)];
  const mayEnter = can.filter((member) => !before.has(member));
  const mayNoLonger = could.filter((member) => !after.has(member));
  if (mayEnter.length + mayNoLonger.length === 0) return [];
  const data = {
    ...{ groupId: id, group: name },
    mayEnter: listed(mayEnter, room),
    mayNoLonger: listed(mayNoLonger, room),
  };
  return [{ type: 'access.changed', at, actor, clientId, data }];
}

function listed(members: readonly string[], room: number): string {
  const names: string[] = [];
  let length = 0;
  for (const member of members) {
    length += member.length + 1;
    if (length > room) return [...names, '…'].join(' ');
    names.push(member);
  }
  return names.join(' ');
}
