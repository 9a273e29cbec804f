import type { Stored } from './change.js';
import type { Client } from './client.js';
import type { ClientId, GroupId } from './id.js';
import { type FieldError, Problem } from './problem.js';

/** People of the third party's who may switch into the accounts of certain clients. */
export interface Group extends Stored {
  readonly kind: 'group';
  readonly id: GroupId;
  /** What people call it; the id is what tells it from others. */
  readonly name: string;
  readonly description: string | null;
  /** In which the console shows a role of this group, as RRGGBB; null for the console's own choice. */
  readonly color: string | null;
  /** Those named one by one; one that was removed since stays named, and counts for nothing. */
  readonly clients: readonly ClientId[];
  /** All those that it fits, today and later, beside those that are named; null where there is none. */
  readonly selector: Selector | null;
  /** IAM user names of the central account. */
  readonly members: readonly string[];
  readonly sessionDurationSeconds: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Clients by what they are: of this profile, and with all of these labels. It says at least one of the two. */
export interface Selector {
  readonly profile?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What somebody may say of a group. */
export type GroupFields = Omit<Group, 'kind' | 'rev' | 'id' | 'createdAt' | 'updatedAt'>;

export function selects({ profile, metadata = {} }: Selector, client: Client): boolean {
  return (
    (profile === undefined || client.profile === profile) &&
    Object.entries(metadata).every(([name, value]) => client.metadata[name] === value)
  );
}

/** Whether the group stands for the client, named or selected. */
export function takesIn({ clients, selector }: Pick<Group, 'clients' | 'selector'>, client: Client): boolean {
  return clients.includes(client.id) || (selector !== null && selects(selector, client));
}

/** The member as the group has it, however the user writes the name: to IAM, case makes no other user. */
export function memberNamed({ members }: Pick<Group, 'members'>, user: string): string | null {
  const wanted = user.toLowerCase();
  return members.find((member) => member.toLowerCase() === wanted) ?? null;
}

/** The members that are another once more. */
export function faultsOfMembers(members: readonly string[]): readonly FieldError[] {
  const seen = new Set<string>();
  return members.flatMap((member, place) => {
    const known = seen.has(member.toLowerCase());
    seen.add(member.toLowerCase());
    return known ? [{ field: `members.${place}`, message: 'names a user for the second time' }] : [];
  });
}

export function groupNotFound(text: string): Problem {
  return new Problem('not-found', `There is no group ${JSON.stringify(text)}.`);
}
