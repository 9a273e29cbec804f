import type { Account } from '../../core/account.js';
import { isUnsafe } from '../../core/finding.js';
import type { Verdict } from '../../core/verdict.js';
import type { Profile } from '../../templates/profiles.js';

/** What a profile's policies allow and, where all of them are known here, what they do not. */
export interface Permissions {
  readonly policies: readonly {
    readonly name: string;
    readonly url: string;
    readonly words: string;
  }[];
  /** Whether each policy is known to change nothing. */
  readonly readsOnly: boolean;
  /** Whether each policy is known to leave the data in the services alone. */
  readonly sparesData: boolean;
}

interface KnownPolicy {
  readonly words: string;
  readonly readsData: boolean;
}

/** AWS's managed policies that only read. Source: AWS Managed Policy Reference, a page for each. */
const readingPolicies: ReadonlyMap<string, KnownPolicy> = new Map([
  [
    'SecurityAudit',
    {
      words:
        'Look at how your services are set up: names, settings, tags and policies of users and roles, networks, storage, databases, logs and the like.',
      readsData: false,
    },
  ],
  [
    'ViewOnlyAccess',
    {
      words: 'List what there is in your services, with names and basic settings.',
      readsData: false,
    },
  ],
  [
    'AWSBillingReadOnlyAccess',
    {
      words: 'See your bills, costs, budgets and payment settings.',
      readsData: false,
    },
  ],
  [
    'ReadOnlyAccess',
    {
      words: 'Read everything in your services: settings, and the data in them as well.',
      readsData: true,
    },
  ],
]);

/** What is claimed about a profile's permissions: nothing that does not follow from its policies. */
export function permissionsOf(profile: Profile | null): Permissions {
  const names = (profile?.managedPolicies ?? []).map((path) => path.split('/').at(-1) ?? path);
  const known = names.map((name) => readingPolicies.get(name));
  return {
    policies: names.map((name, at) => ({
      name,
      url: `https://docs.aws.amazon.com/aws-managed-policy/latest/reference/${encodeURIComponent(name)}.html`,
      words: known[at]?.words ?? 'AWS’s own page about this policy lists what it allows.',
    })),
    readsOnly: names.length > 0 && known.every((policy) => policy !== undefined),
    sparesData: names.length > 0 && known.every((policy) => policy?.readsData === false),
  };
}

/** One thing that a verification looks at, and how it came out. */
export interface Check {
  readonly label: string;
  readonly outcome: 'done' | 'failed' | 'unknown';
  readonly words: string;
}

/** What a verdict rests on, as a list for people; empty where no role was tried. */
export function checksOf(verdict: Verdict, { stackId }: Pick<Account, 'stackId'>): readonly Check[] {
  if (verdict.attempts === 0) return [];
  const { findings } = verdict;
  const { granted, missing, denied } = verdict.permissions;
  const lacking = [...missing, ...denied];
  const promised = lacking.length === 0 ? '' : `; it lacks ${lacking.join(', ')}`;
  return [
    check('Entered with your external ID', verdict.assumable),
    check('Refused without it', verdict.requiresExternalId),
    check('Refused with another one', verdict.rejectsWrongExternalId),
    check(
      `In the account that ${stackId === null ? 'was entered' : 'made the stack'}`,
      verdict.accountMatches,
    ),
    ...(findings === null ? [] : [check('Its trust policy names nobody else', !findings.some(isUnsafe))]),
    ...(granted.length + lacking.length === 0
      ? []
      : [check(`Has the permissions asked for${promised}`, lacking.length === 0)]),
  ];
}

function check(label: string, answer: boolean | null): Check {
  if (answer === null) return { label, outcome: 'unknown', words: 'not reached' };
  return answer ? { label, outcome: 'done', words: 'yes' } : { label, outcome: 'failed', words: 'no' };
}

const clock = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'medium',
  timeZone: 'UTC',
});

/** A time, in milliseconds since the epoch, as people write it: `24 Nov 2026, 09:41:07 UTC`. */
export function utc(at: number): string {
  return `${clock.format(at)} UTC`;
}

/** A command with each option on a line of its own, still one command to a POSIX shell. */
export function readableCommand(command: string): string {
  return command.replaceAll(' --', ' \\\n  --');
}

/** The name in a stack's ARN, `arn:…:stack/NAME/UUID`, or null where it has none. */
export function stackNameOf(stackId: string): string | null {
  return stackId.split('/')[1] || null;
}
