import type { ExternalId } from '../core/external-id.js';
import { finding } from '../core/finding.js';
import type { ExpectedPeople } from '../core/people-trust.js';
import { judgeTrustPolicy } from '../core/trust-policy.js';
import {
  isBadProbe,
  isWorthRetrying,
  judge,
  type Organization,
  type Permissions,
  PROBED_AGAIN,
  type Probe,
  type Reading,
  type Verdict,
} from '../core/verdict.js';
import { seeHumanRole } from './see-human-role.js';

/** Tries to enter a role. On success the caller's account can be asked for with the session's credentials. */
export type EnterRole = (attempt: {
  readonly roleArn: string;
  readonly externalId: string | null;
}) => Promise<Session | Exclude<Probe, { outcome: 'entered' }>>;

/** A session of the client's role, and what may be asked by it. Its credentials stay inside. */
export interface Session {
  readonly outcome: 'entered';
  /** Which account was really entered. */
  callerAccount(): Promise<Probe>;
  /** The role's own trust policy, as JSON. */
  trustPolicy(roleArn: string): Promise<Reading<string>>;
  /** Which of these actions the role may do; in `region`, or in the service's own, where that has to be tried. */
  permissions(
    roleArn: string,
    actions: readonly string[],
    region: string | null,
  ): Promise<Reading<Permissions>>;
  /** A stack's status as CloudFormation tells it; null where it does not tell. Deleted stacks have one, too. */
  stackStatus(stackId: string): Promise<string | null>;
  /** The organization that the account is in; null where it is in none. */
  organization(): Promise<Reading<Organization | null>>;
  /** The accounts that the organization lists as active; its management account's role alone may ask. */
  activeAccounts(): Promise<Reading<ReadonlySet<string>>>;
}

export interface VerifyPorts {
  readonly enterRole: EnterRole;
  /** A fresh UUIDv4, for an external ID that nobody has. */
  readonly uuid: () => string;
  /** What is wrong with the roles of our own that prove the probes; null where they are as they should be. */
  readonly controls: () => Promise<string | null>;
  /** Whom clients' roles ought to trust. */
  readonly principalArn: string;
  readonly providerAccountId: string;
  /** Hears of each attempt, and how many milliseconds it took. */
  readonly noteVerification: (verdict: Verdict, milliseconds: number) => void;
  /** What a profile asks to be proven. */
  readonly proofOf: (profile: string) => { readonly actions: readonly string[]; readonly refuse: boolean };
  /** Which people a profile has enter by a role of their own; null where there are none. */
  readonly peopleOf: (profile: string) => ExpectedPeople | null;
}

/** A role, and what it is held against: all of it stored, nothing as an event claims. */
export interface Subject {
  readonly accountId: string;
  readonly roleArn: string;
  /** The role by which people enter, and this service may not; null where there is none. */
  readonly humanRoleArn?: string | null;
  /** By any of which the role may be entered, tried in this order. */
  readonly externalIds: readonly [ExternalId, ...ExternalId[]];
  /** The stack that made the role, where its status is of interest. */
  readonly stackId?: string | null;
  /** Where that stack is: a region that the client uses, while its organization may forbid others. */
  readonly region?: string | null;
  /** By which it may not be entered any more. */
  readonly retired?: ExternalId | null;
  /** Of a role that had another trust policy a moment ago: a bad probe is repeated before it counts. */
  readonly patient?: boolean;
  readonly profile: string;
}

/** Waits between attempts while IAM propagates a new role, in milliseconds; the last one repeats. */
const WAITS = [1_000, 2_000, 3_000, 5_000, 8_000];
/** A policy is not in force at once either: so often a role is tried that may not look at itself, or lacks actions. */
const READING_ATTEMPTS = 3;

/**
 * Verifies that a role can be entered with the client's external ID, leads into the right account, and cannot
 * be entered without the ID or with another; and that its trust policy and permissions are what they should be.
 *
 * The order is what makes it mean something: a denial proves that the ID is required only once the role is
 * known to be there. `pause` waits between attempts and says whether there is time and cause for another;
 * it hears of the verdict that stood so far. `once` makes one attempt. Returns the last verdict.
 */
export async function verifyAccount(
  ports: VerifyPorts,
  subject: Subject,
  pause: (soFar: Verdict, milliseconds: number) => Promise<boolean>,
  once = verifyOnce,
): Promise<Verdict> {
  let bad = 0;
  for (let attempts = 1; ; attempts += 1) {
    const verdict = await once(ports, subject, attempts);
    const again = subject.patient === true && isBadProbe(verdict) ? PROBED_AGAIN[bad] : undefined;
    if (again !== undefined) {
      bad += 1;
      if (!(await pause(verdict, again))) return verdict;
      continue;
    }
    const early = attempts < READING_ATTEMPTS && isEarly(verdict);
    if (!isWorthRetrying(verdict) && !early) return verdict;
    if (!(await pause(verdict, waitAfter(attempts)))) return verdict;
  }
}

/** How long to wait after so many attempts while IAM makes a role or its policies known, in milliseconds. */
export function waitAfter(attempts: number): number {
  return WAITS[Math.min(attempts, WAITS.length) - 1] ?? 0;
}

/** Whether a verdict may come from policies that are not in force yet. */
function isEarly({ failure, findings, humanRole }: Verdict): boolean {
  const unread = findings === null || humanRole?.findings === null;
  return failure === null ? unread : failure.code === 'permissions-missing';
}

/** One attempt, `attempts` being its number. */
export async function verifyOnce(ports: VerifyPorts, subject: Subject, attempts: number): Promise<Verdict> {
  const begun = performance.now();
  const verdict = await see(ports, subject, attempts);
  ports.noteVerification(verdict, performance.now() - begun);
  return verdict;
}

async function see(ports: VerifyPorts, subject: Subject, attempts: number): Promise<Verdict> {
  const { enterRole, uuid, principalArn, providerAccountId } = ports;
  const {
    roleArn,
    humanRoleArn = null,
    externalIds,
    retired = null,
    stackId = null,
    region = null,
  } = subject;
  const { accountId: expectedAccountId } = subject;
  const [controls, [enteredBy, session]] = await Promise.all([
    ports.controls(),
    enterByAny(enterRole, roleArn, externalIds),
  ]);
  const own = session.outcome === 'entered' ? await session.callerAccount() : session;
  // A session that does not work yet says as little as a role that is not there yet.
  if (session.outcome !== 'entered' || own.outcome !== 'entered')
    return judge({ expectedAccountId, attempts, controls, own });
  const { actions: prove, refuse: refuseMissing } = ports.proofOf(subject.profile);
  const [without, wrong, policy, permissions, humanRole, old, stackStatus] = await Promise.all([
    probe(enterRole, roleArn, null),
    probe(enterRole, roleArn, uuid()),
    session.trustPolicy(roleArn),
    session.permissions(roleArn, prove, region),
    humanRoleArn === null
      ? null
      : seeHumanRole(
          {
            probe: (externalId) => probe(enterRole, humanRoleArn, externalId),
            trustPolicy: () => session.trustPolicy(humanRoleArn),
          },
          ...([enteredBy, ports.peopleOf(subject.profile), own.accountId] as const),
        ),
    retired === null ? null : probe(enterRole, roleArn, retired),
    stackId === null ? null : session.stackStatus(stackId),
  ]);
  const expected = { principalArn, providerAccountId, clientAccountId: own.accountId, externalIds };
  const findings = policy.outcome === 'read' ? judgeTrustPolicy(policy.value, expected) : [];
  const stale = old?.outcome === 'entered' ? [finding('retired-external-id')] : [];
  const read = { outcome: 'read', value: [...findings, ...stale] } as const;
  const trust = policy.outcome === 'read' || stale.length > 0 ? read : policy;
  return judge({
    ...{ expectedAccountId, attempts, controls, own, without, wrong, trust, permissions, humanRole },
    ...{ prove, refuseMissing, enteredBy, stackStatus },
  });
}

/** Tries one external ID after the other as long as AWS denies them; the last answer is the one that counts. */
async function enterByAny(
  enterRole: EnterRole,
  roleArn: string,
  [externalId, ...others]: Subject['externalIds'],
): Promise<[ExternalId, Awaited<ReturnType<EnterRole>>]> {
  const answer = await enterRole({ roleArn, externalId });
  const [next, ...rest] = others;
  if (answer.outcome !== 'denied' || next === undefined) return [externalId, answer];
  return enterByAny(enterRole, roleArn, [next, ...rest]);
}

/** A probe that ought to be denied. Where it is not, its session is dropped unused. */
async function probe(enterRole: EnterRole, roleArn: string, externalId: string | null): Promise<Probe> {
  const answer = await enterRole({ roleArn, externalId });
  return answer.outcome === 'entered' ? { outcome: 'entered', accountId: '' } : answer;
}
