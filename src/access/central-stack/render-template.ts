import { createHash } from 'node:crypto';
import type { Group } from '../../core/group.js';
import type { Partition } from '../../core/partition.js';
import { Problem } from '../../core/problem.js';
import type { GroupWithPolicies } from '../all-groups.js';
import { selfServicePolicy } from './self-service-policy.js';

/** The central account's stack as CloudFormation gets it. */
export interface CentralTemplate {
  /** Of its content: the same groups, members and accounts give the same. */
  readonly version: string;
  readonly body: string;
  /** Templates of nested stacks, by the address that the body names. */
  readonly nested: ReadonlyMap<string, string>;
  readonly isNested: boolean;
  /** Members that are no users of the central account. */
  readonly unknownMembers: readonly string[];
}

export interface TemplateWish {
  readonly groups: readonly GroupWithPolicies[];
  /** Names of the users that there are. */
  readonly users: readonly string[];
  readonly partition: Pick<Partition, 'id'>;
  /** Whether groups go to nested stacks; a stack stays the one or the other. */
  readonly isNested: boolean;
  /** Where a nested template will stand, by its content's hash; null where there is no place for any. */
  readonly addressOf: ((hash: string) => string) | null;
}

type Resources = Readonly<Record<string, { readonly Type: string; readonly Properties: object }>>;

/** Source: AWS CloudFormation quotas, "Resources" in a template. */
const MOST_RESOURCES = 500;
/** Source: the same, "Template body size in an Amazon S3 object", in bytes. */
const LARGEST_TEMPLATE = 1_048_576;
/** Room for 500 groups, which is as many as IAM lets an account have, with all the policies that a group can have. */
const SHARDS = 20;
/** Source: IAM quotas, "Groups an IAM user can be a member of". */
const MOST_GROUPS_OF_A_USER = 10;

/**
 * Renders groups, who is in them and what they may enter as one template, to the same bytes for the same groups.
 *
 * In a stack of nested ones there are twenty, and each group is in one by its id for ever. Throws
 * `central-stack-too-large` where the templates do not hold all, and `group-too-large` where a user is in more groups
 * than IAM lets him.
 */
export function renderCentralTemplate(wish: TemplateWish): CentralTemplate {
  const users = new Map(wish.users.map((user) => [user.toLowerCase(), user]));
  const unknownMembers = new Set<string>();
  for (const { group } of wish.groups)
    for (const member of group.members) if (!users.has(member.toLowerCase())) unknownMembers.add(member);
  refuseCrowds(wish.groups, users);

  const resourcesOf = (each: GroupWithPolicies) => groupResources(each, users, wish.partition);
  const { isNested, addressOf } = wish;
  const known = { isNested, unknownMembers: [...unknownMembers].sort() };
  if (!isNested) {
    const single = merged(wish.groups.map(resourcesOf));
    const count = Object.keys(single).length;
    if (count > MOST_RESOURCES)
      throw tooLarge(
        `${count} resources are more than the ${MOST_RESOURCES} of a single stack, and one that is there cannot become ` +
          'several: with a bucket set, delete the stack and deploy it anew.',
      );
    return { ...known, ...written(single, isNested), nested: new Map() };
  }

  if (addressOf === null) throw tooLarge('The stack was made of nested ones, whose templates need a bucket.');
  const nested = new Map<string, string>();
  const stacks: Record<string, Resources[string]> = {};
  for (let shard = 0; shard < SHARDS; shard += 1) {
    const own = wish.groups.filter(({ group }) => shardOf(group) === shard);
    if (own.length === 0) continue;
    const resources = merged(own.map(resourcesOf));
    const count = Object.keys(resources).length;
    if (count > MOST_RESOURCES)
      throw tooLarge(
        `${count} resources would be in one of its nested stacks, which takes ${MOST_RESOURCES}.`,
      );
    const body = JSON.stringify({ ...head('The groups of a nested stack'), Resources: resources });
    refuseLength(body);
    const address = addressOf(hashOf(body));
    nested.set(address, body);
    stacks[`Groups${twoDigits(shard)}`] = {
      Type: 'AWS::CloudFormation::Stack',
      Properties: { TemplateURL: address },
    };
  }
  return { ...known, ...written(stacks, isNested), nested };
}

function written(resources: Resources, isNested: boolean): Pick<CentralTemplate, 'version' | 'body'> {
  // A template has a resource at least.
  const Resources =
    Object.keys(resources).length > 0
      ? resources
      : { NoGroups: { Type: 'AWS::CloudFormation::WaitConditionHandle', Properties: {} } };
  const version = hashOf(JSON.stringify(Resources));
  const Outputs = { Version: { Value: version }, Layout: { Value: isNested ? 'nested' : 'single' } };
  const body = JSON.stringify({ ...head('Who may enter clients’ accounts'), Resources, Outputs }, null, 1);
  refuseLength(body);
  return { version, body };
}

function refuseLength(body: string): void {
  const bytes = Buffer.byteLength(body);
  if (bytes > LARGEST_TEMPLATE)
    throw tooLarge(
      `One of its templates would have ${bytes} bytes, and CloudFormation takes ${LARGEST_TEMPLATE}.`,
    );
}

function head(what: string) {
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `${what}. Made by Rolecall from its groups: change them there, not here.`,
  };
}

function merged(all: readonly Resources[]): Resources {
  return Object.assign({}, ...all);
}

function groupResources(
  { group, policies }: GroupWithPolicies,
  users: ReadonlyMap<string, string>,
  partition: Pick<Partition, 'id'>,
): Resources {
  const id = `Group${group.id.replace(/^grp_/, '').replaceAll('-', '')}`;
  const members = group.members.flatMap((member) => users.get(member.toLowerCase()) ?? []).sort();
  const policyResources = policies.map(({ name, document }) => [
    // The number in the policy's name stays with it when others come and go.
    `${id}Policy${name.slice(name.lastIndexOf('-') + 1)}`,
    {
      Type: 'AWS::IAM::ManagedPolicy',
      // Without a description: one that is changed would have to be made anew under the same name, which cannot be.
      Properties: {
        ...{ ManagedPolicyName: name, Path: PATH, Groups: [{ Ref: id }] },
        PolicyDocument: document,
      },
    },
  ]);
  return {
    [id]: {
      Type: 'AWS::IAM::Group',
      Properties: {
        ...{ GroupName: groupName(group), Path: PATH },
        Policies: [{ PolicyName: 'own-credentials-and-mfa', PolicyDocument: selfServicePolicy(partition) }],
      },
    },
    ...Object.fromEntries(policyResources),
    ...(members.length > 0 && {
      [`${id}Members`]: {
        Type: 'AWS::IAM::UserToGroupAddition',
        Properties: { GroupName: { Ref: id }, Users: members },
      },
    }),
  };
}

/** Everything of the stack's is below it, so that whoever deploys needs rights to nothing else. */
export const PATH = '/rolecall/';

/** To be read by people: what the group is called, as far as IAM takes it, and the end of its id. */
function groupName({ id, name }: Pick<Group, 'id' | 'name'>): string {
  const plain = name.normalize('NFKD').replace(/[^A-Za-z0-9]+/g, '-');
  const readable = plain.replace(/^-|-$/g, '').slice(0, 80) || 'group';
  return `${readable}-${id.slice(-8)}`;
}

function refuseCrowds(groups: readonly GroupWithPolicies[], users: ReadonlyMap<string, string>): void {
  const counts = new Map<string, number>();
  for (const { group } of groups)
    for (const member of group.members) {
      const user = member.toLowerCase();
      counts.set(user, (counts.get(user) ?? 0) + 1);
    }
  const crowded = [...counts].find(([user, count]) => users.has(user) && count > MOST_GROUPS_OF_A_USER);
  if (crowded === undefined) return;
  const [user, count] = crowded;
  throw new Problem(
    'group-too-large',
    `The user ${users.get(user)} is in ${count} groups, and IAM lets a user be in ${MOST_GROUPS_OF_A_USER}. Take the user ` +
      'out of some, or make one group of several.',
  );
}

function tooLarge(detail: string): Problem {
  return new Problem('central-stack-too-large', detail);
}

/** Ids are from UUIDv7, whose last digits are drawn at random. */
function shardOf({ id }: Pick<Group, 'id'>): number {
  return Number.parseInt(id.slice(-8), 16) % SHARDS;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 40);
}
