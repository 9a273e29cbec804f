import { type Group, memberNamed } from '../core/group.js';
import { Problem } from '../core/problem.js';
import { type ChangeGroupPorts, presentGroup } from './change-group.js';
import { type Reach, type ReachPorts, readReach } from './reach.js';

export interface ReadAccessPorts extends ReachPorts, Pick<ChangeGroupPorts, 'group'> {
  readonly simulatorOrigin: string | null;
}

/** What a member of a group may enter. */
export interface Access extends Reach {
  readonly group: Group;
  /** As the group has the name. */
  readonly user: string;
}

/** Throws `not-found` where there is no such group, and `member-unknown` where the user is none of its members. */
export async function readAccess(ports: ReadAccessPorts, idText: string, user: string): Promise<Access> {
  const { group, user: member } = await presentMember(ports, idText, user);
  return { group, user: member, ...(await readReach(ports, group, ports.simulatorOrigin)) };
}

/** The group and its member, without a look at the accounts. Throws the same. */
export async function presentMember(ports: Pick<ReadAccessPorts, 'group'>, idText: string, user: string) {
  const group = await presentGroup(ports, idText);
  const member = memberNamed(group, user);
  if (member !== null) return { group, user: member };
  const message = `is no member of the group ${JSON.stringify(group.name)}`;
  throw new Problem('member-unknown', `${user} ${message}.`, [{ field: 'user', message }]);
}
