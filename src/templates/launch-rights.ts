import { readFile } from 'node:fs/promises';
import type { Callback, Launch, LaunchKind } from '../core/launch.js';
import type { Partition } from '../core/partition.js';
import { parseTemplateAddress } from '../core/template-address.js';
import type { Profile } from './profiles.js';

/** A policy's statements, with `${…}` where a launch's own values go. */
export type RightsSource = unknown;

const FOLDER = new URL('../../templates/launch-rights/', import.meta.url);

/** CloudFormation cuts a stack's name where it makes up names of at most 64 characters, never before this many. */
const KEPT_OF_STACK_NAME = 24;

/** What a launch's policy is filled in with. */
export interface LaunchRightsFacts {
  readonly launch: Pick<Launch, 'region' | 'stackName'> & { readonly callback: Callback };
  readonly partition: Partition;
  readonly templateUrl: string;
  readonly simulatorOrigin: string | null;
  readonly profile: Pick<Profile, 'managedPolicies' | 'humanAccess'>;
}

/**
 * Reads the statements for such a launch: those that every stack takes, its callback's, its kind's, and those for a
 * role by which people enter.
 */
export async function readLaunchRights(
  callback: Callback,
  kind: LaunchKind,
  peopleEnter: boolean,
): Promise<RightsSource> {
  const names = [
    'every',
    ...(callback === 'none' ? [] : [callback]),
    ...(kind === 'organization' ? [kind] : []),
    ...(peopleEnter ? ['human-role'] : []),
  ];
  const read = async (name: string) => JSON.parse(await readFile(new URL(`${name}.json`, FOLDER), 'utf8'));
  return (await Promise.all(names.map(read))).flat();
}

/**
 * The least that a person's own policies have to allow to make and delete the stack of one launch, as the text of
 * an IAM policy. What the stack makes is allowed by way of CloudFormation alone, and CloudFormation is allowed this
 * one template alone, so whoever has these rights can give away no others. Where role name, role path or permissions
 * boundary are filled in by hand, it has to be changed accordingly.
 */
export function launchRights(statements: RightsSource, facts: LaunchRightsFacts): string {
  const { launch, partition, templateUrl, simulatorOrigin, profile } = facts;
  const address = parseTemplateAddress(new URL(templateUrl), simulatorOrigin);
  if (address === null) throw new Error(`${templateUrl} is not in a bucket`);
  const prefix = launch.stackName.slice(0, KEPT_OF_STACK_NAME);
  const arnsOf = (names: readonly string[]) =>
    names.map((name) => `arn:${partition.id}:iam::aws:policy/${name}`);
  const people = profile.humanAccess;
  const values: Readonly<Record<string, string | readonly string[]>> = {
    Partition: partition.id,
    Region: launch.region,
    StackName: launch.stackName,
    NamePrefix: prefix,
    // Without a callback the service finds the role by its name, which the launch chose.
    RoleName: launch.callback === 'none' ? launch.stackName : `${prefix}*`,
    TemplateUrl: templateUrl,
    TemplateObject: `${address.bucket}/${address.key}`,
    ManagedPolicyArns: arnsOf(profile.managedPolicies),
    ...(people && {
      HumanRoleName: people.roleName,
      HumanManagedPolicyArns: arnsOf(people.managedPolicies),
    }),
  };
  const policy = { Version: '2012-10-17', Statement: statements };
  return `${JSON.stringify(filled(policy, values), null, 2)}\n`;
}

function filled(value: unknown, values: Readonly<Record<string, string | readonly string[]>>): unknown {
  if (Array.isArray(value)) return value.flatMap((each) => filled(each, values));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, filled(each, values)]));
  if (typeof value !== 'string') return value;
  const [, whole] = /^\$\{(\w+)\}$/.exec(value) ?? [];
  if (whole !== undefined) return known(whole, values);
  return value.replace(/\$\{(\w+)\}/g, (_, name: string) => String(known(name, values)));
}

function known(name: string, values: Readonly<Record<string, string | readonly string[]>>) {
  const value = values[name];
  if (value === undefined) throw new Error(`launch rights: nobody knows ${name}`);
  return value;
}
