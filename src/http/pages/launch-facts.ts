import type { Account } from '../../core/account.js';
import { isUnsafe } from '../../core/finding.js';
import type { HumanRole, Verdict } from '../../core/verdict.js';
import type { Profile, ProfileStatement } from '../../templates/profiles.js';
import { isReading, readingPolicy } from '../../templates/reading.js';

/** What a profile's policies allow and, where all of them are known here, what they do not. */
export interface Permissions {
  readonly policies: readonly {
    readonly name: string;
    readonly url: string;
    readonly words: string;
  }[];
  readonly statements: readonly ProfileStatement[];
  readonly denials: readonly ProfileStatement[];
  /** Why more than reading is asked for; null where it is not. */
  readonly broadReason: string | null;
  /** Whether each policy is known to change nothing. */
  readonly readsOnly: boolean;
  /** Whether each policy is known to leave the data in the services alone. */
  readonly sparesData: boolean;
}

/** What a profile asks for, for the service or for people. */
type AskedPermissions = Pick<Profile, 'managedPolicies' | 'statements' | 'denials'> &
  Partial<Pick<Profile, 'broadReason'>>;

/** What is claimed about a role's permissions: nothing that does not follow from its policies. */
export function permissionsOf(asked: AskedPermissions | null): Permissions {
  const { managedPolicies = [], statements = [], denials = [], broadReason = null } = asked ?? {};
  const known = managedPolicies.map(readingPolicy);
  const reads = statements.every(({ actions }) => actions.every(isReading));
  const some = managedPolicies.length + statements.length > 0;
  return {
    policies: managedPolicies.map((path, at) => {
      const name = path.split('/').at(-1) ?? path;
      return {
        name,
        url: `https://docs.aws.amazon.com/aws-managed-policy/latest/reference/${encodeURIComponent(name)}.html`,
        words: known[at]?.words ?? 'AWS’s own page about this policy lists what it allows.',
      };
    }),
    ...{ statements, denials, broadReason },
    readsOnly: some && reads && known.every((policy) => policy !== undefined),
    // Statements are an operator's own: which of them read data, their words say.
    sparesData: some && statements.length === 0 && known.every((policy) => policy?.readsData === false),
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
    ...(verdict.humanRole === null ? [] : checksOfHumanRole(verdict.humanRole)),
    ...(granted.length + lacking.length === 0
      ? []
      : [check(`Has the permissions asked for${promised}`, lacking.length === 0)]),
  ];
}

function checksOfHumanRole({ rejectsService, findings }: HumanRole): readonly Check[] {
  const trust = 'It trusts the people that were agreed, and nobody else';
  return [
    check('The role for people refuses the service', rejectsService),
    ...(findings === null ? [] : [check(trust, !findings.some(isUnsafe))]),
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
