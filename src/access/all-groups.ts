import type { Account } from '../core/account.js';
import type { Group } from '../core/group.js';
import type { ClientId } from '../core/id.js';
import { type GroupClientsPorts, groupClients } from './group-clients.js';
import { type GroupPolicy, groupPolicies } from './group-policies.js';

export interface PoliciesPorts extends GroupClientsPorts {
  /** The connected accounts of these clients that have a role for people. */
  readonly peopleAccounts: (ids: readonly ClientId[]) => Promise<readonly Account[]>;
}

export interface AllGroupsPorts extends PoliciesPorts {
  readonly allGroups: () => Promise<readonly Group[]>;
}

export interface GroupWithPolicies {
  readonly group: Group;
  readonly policies: readonly GroupPolicy[];
}

/**
 * Every group with its members and its policies, for the central account: oldest group first, members in alphabetical
 * order. Throws `group-too-large` for the first that does not fit.
 */
export async function allGroups(ports: AllGroupsPorts): Promise<readonly GroupWithPolicies[]> {
  const all: GroupWithPolicies[] = [];
  for (const group of await ports.allGroups()) {
    const members = [...group.members].sort();
    all.push({ group: { ...group, members }, policies: await readPolicies(ports, group) });
  }
  return all;
}

/** A group's policies for the accounts that it has now. */
export async function readPolicies(ports: PoliciesPorts, group: Group): Promise<readonly GroupPolicy[]> {
  const clients = await groupClients(ports, group);
  return groupPolicies(group, await ports.peopleAccounts(clients.map(({ id }) => id)));
}
