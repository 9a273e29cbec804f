import type { Group } from '../core/group.js';
import type { GroupId } from '../core/id.js';
import type { EnterableAccountsPorts } from './enterable-accounts.js';
import { groupClients } from './group-clients.js';
import { type GroupPolicy, groupPolicies } from './group-policies.js';

export interface AllGroupsPorts extends EnterableAccountsPorts {
  readonly groups: (after: GroupId | null, limit: number) => Promise<readonly Group[]>;
}

export interface GroupWithPolicies {
  readonly group: Group;
  readonly policies: readonly GroupPolicy[];
}

/** Fewer are kept than this. */
const MOST_GROUPS = 1_000;

/**
 * Every group with its members and its policies, for the central account: oldest group first, members in alphabetical
 * order. Throws `group-too-large` for the first that does not fit.
 */
export async function allGroups(ports: AllGroupsPorts): Promise<readonly GroupWithPolicies[]> {
  const all: GroupWithPolicies[] = [];
  for (const group of await ports.groups(null, MOST_GROUPS)) {
    const members = [...group.members].sort();
    all.push({ group: { ...group, members }, policies: await readPolicies(ports, group) });
  }
  return all;
}

/** A group's policies for the accounts that it has now. */
export async function readPolicies(
  ports: EnterableAccountsPorts,
  group: Group,
): Promise<readonly GroupPolicy[]> {
  const clients = await groupClients(ports, group);
  return groupPolicies(group, await ports.peopleAccounts(clients.map(({ id }) => id)));
}
