import { createHash } from 'node:crypto';
import { type Account, isLive } from '../core/account.js';
import type { Group } from '../core/group.js';
import { Problem } from '../core/problem.js';
import { parseRoleArn, type RoleArn } from '../core/role-arn.js';

/** A managed policy for a group of the central account. */
export interface GroupPolicy {
  readonly name: string;
  readonly document: PolicyDocument;
}

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly [
    {
      readonly Sid: 'EnterAccounts';
      readonly Effect: 'Allow';
      readonly Action: 'sts:AssumeRole';
      readonly Resource: readonly string[];
      readonly Condition: { readonly Bool: { readonly 'aws:MultiFactorAuthPresent': 'true' } };
    },
  ];
}

/** Characters without white space. Source: IAM quotas, "Managed policy size". */
const LARGEST_POLICY = 6_144;
/** Source: IAM quotas, "Managed policies attached to an IAM group". */
const MOST_POLICIES = 10;

/**
 * The policies that let a group's members into these accounts, with MFA, and nowhere else: `sts:AssumeRole` on the
 * role for people of each account that is connected or degraded, and of no other.
 *
 * The same accounts give the same policies, in whatever order they come. Each role has its own order of preference
 * among the policies (rendezvous hashing) and goes to the first with room, so that an account that comes or goes
 * changes few of them; they are as few as hold all roles. Throws `group-too-large` where ten do not.
 */
export function groupPolicies(
  group: Pick<Group, 'id' | 'name'>,
  accounts: readonly Account[],
): readonly GroupPolicy[] {
  const roles = rolesForPeople(accounts);
  const entries = roles.map(entryOf).sort((a, b) => b.length - a.length || (a.text < b.text ? -1 : 1));
  const total = entries.reduce((sum, { length }) => sum + length, 0);
  for (let count = Math.ceil(total / ROOM); count <= MOST_POLICIES; count += 1) {
    const placed = place(entries, count);
    if (placed === null) continue;
    return placed.flatMap((resources, slot) =>
      resources.length === 0
        ? []
        : [{ name: `rolecall-${group.id}-${slot + 1}`, document: documentOf(resources) }],
    );
  }
  throw tooLarge(group, roles);
}

/** Each role for people once. One that is of another account than the one it came with was not made by our template. */
export function rolesForPeople(accounts: readonly Account[]): readonly RoleArn[] {
  const roles = accounts.flatMap((account) => {
    const role = isLive(account) && account.humanRoleArn !== null ? parseRoleArn(account.humanRoleArn) : null;
    return role?.account === account.accountId && role.partition.id === account.partition ? [role] : [];
  });
  return [...new Map(roles.map((role) => [role.text, role])).values()];
}

interface Entry {
  readonly text: string;
  /** Of the entry in the list, with its quotes and a comma. */
  readonly length: number;
  readonly scores: Buffer;
}

function entryOf({ text: arn }: RoleArn): Entry {
  // In a policy `${…}` is a variable, and a path may have a dollar sign. Source: IAM User Guide, policy variables.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as IAM has it
  const text = arn.replaceAll('$', '${$}');
  return { text, length: JSON.stringify(text).length + 1, scores: createHash('sha512').update(arn).digest() };
}

/** The resources of each policy; null where so many do not hold them. */
function place(entries: readonly Entry[], count: number): readonly (readonly string[])[] | null {
  const slots = Array.from({ length: count }, () => ({ left: ROOM, resources: [] as string[] }));
  for (const { text, length, scores } of entries) {
    const score = (slot: number) => scores.readUInt32BE(slot * 4);
    const [best] = [...slots.keys()]
      .filter((slot) => (slots[slot]?.left ?? 0) >= length)
      .sort((a, b) => score(b) - score(a) || a - b);
    const slot = best === undefined ? undefined : slots[best];
    if (slot === undefined) return null;
    slot.left -= length;
    slot.resources.push(text);
  }
  return slots.map(({ resources }) => resources.sort());
}

function documentOf(resources: readonly string[]): PolicyDocument {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'EnterAccounts',
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Resource: resources,
        // Not BoolIfExists: the key is missing where somebody comes by an access key without MFA.
        Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
      },
    ],
  };
}

/** What a policy has for entries; the first has no comma. */
const ROOM = LARGEST_POLICY - JSON.stringify(documentOf([])).length + 1;

function tooLarge({ name }: Pick<Group, 'name'>, roles: readonly RoleArn[]): Problem {
  const forms = new Set(
    roles.map(({ partition, path, name: role }) => `arn:${partition.id}:iam::*:role${path}${role}`),
  );
  const [form] = forms;
  const pattern =
    forms.size === 1
      ? `All of these roles are called alike: one policy on ${form} would hold them all`
      : 'Were all of these roles called alike, one policy on arn:aws:iam::*:role/NAME would hold them all';
  return new Problem(
    'group-too-large',
    `The ${roles.length} roles of the group ${JSON.stringify(name)} do not fit into ${MOST_POLICIES} managed policies, ` +
      `which is as many as an IAM group takes. Split the group. ${pattern}, but it gives away that the group decides: ` +
      'its members may then enter every account whose role of that name trusts them, of clients outside of the group too.',
  );
}
