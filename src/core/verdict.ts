import type { ExternalId } from './external-id.js';
import { type Failure, type FailureCode, failure } from './failure.js';
import { type Finding, isUnsafe } from './finding.js';

/** How one AssumeRole was answered. Only AWS's own AccessDenied is a denial; whatever else failed says nothing. */
export type Probe =
  | { readonly outcome: 'entered'; readonly accountId: string }
  | { readonly outcome: 'denied' }
  | { readonly outcome: 'inconclusive'; readonly error: string };

/** What a session of the role was told when it asked about itself; not every role may ask. */
export type Reading<Value> =
  | { readonly outcome: 'read'; readonly value: Value }
  | { readonly outcome: 'denied' }
  | { readonly outcome: 'inconclusive'; readonly error: string };

/** Which of a profile's actions the role may do. */
export interface Permissions {
  readonly granted: readonly string[];
  /** Not allowed by the role's policies. */
  readonly missing: readonly string[];
  /** Allowed by them, and denied by an organization's policy or a permissions boundary. */
  readonly denied: readonly string[];
  /** Could not be asked. */
  readonly unchecked: readonly string[];
}

/** What AWS Organizations says of the organization that an account is in. */
export interface Organization {
  readonly managementAccountId: string;
  /** Whether it has all features, and not consolidated billing alone. */
  readonly hasAllFeatures: boolean;
}

/** What was found out of the role by which people enter, and the service may not. */
export interface HumanRole {
  /** Whether it denied the service, with the client's external ID and without; null where AWS did not say. */
  readonly rejectsService: boolean | null;
  /** What its trust policy says that it should not; null where it could not be read. */
  readonly findings: readonly Finding[] | null;
}

/** What a verification found out. `null` says that a question was not reached or not answered. */
export interface Verdict {
  readonly assumable: boolean | null;
  readonly requiresExternalId: boolean | null;
  readonly rejectsWrongExternalId: boolean | null;
  readonly accountMatches: boolean | null;
  readonly permissions: Permissions;
  /** What the trust policy says that it should not, as read back from IAM; null where it could not be read. */
  readonly findings: readonly Finding[] | null;
  /** Null where there is no role for people, or it was not come to. */
  readonly humanRole: HumanRole | null;
  /** How often the role was tried with its own external ID. */
  readonly attempts: number;
  /** The status of the stack that made the role, where the role may ask for it. */
  readonly stackStatus: string | null;
  /** The external ID that let us in; null where none did. */
  readonly enteredBy: ExternalId | null;
  readonly failure: Failure | null;
}

export interface HumanRoleSeen {
  readonly probes: readonly Probe[];
  readonly trust: Reading<readonly Finding[]>;
}

export interface Probes {
  readonly expectedAccountId: string;
  readonly attempts: number;
  /** What is wrong with the service's own roles that prove the probes; null where they are as they should be. */
  readonly controls?: string | null;
  /** With the stored external ID, and which that was where there are two. */
  readonly own: Probe;
  readonly enteredBy?: ExternalId;
  /** Without and with a wrong one: asked only after `own` entered, since a denial proves nothing before. */
  readonly without?: Probe;
  readonly wrong?: Probe;
  readonly trust?: Reading<readonly Finding[]>;
  readonly permissions?: Reading<Permissions>;
  /** Attempts of the service to enter by the role for people, and that role's trust; null where there is none. */
  readonly humanRole?: HumanRoleSeen | null;
  readonly stackStatus?: string | null;
  /** What the profile asks to be proven, and whether an account is refused that lacks some of it. */
  readonly prove?: readonly string[];
  readonly refuseMissing?: boolean;
}

/** Judges what the probes saw. A verdict without failure is the only one that connects an account. */
export function judge(probes: Probes): Verdict {
  const { own, without, wrong, trust, permissions, prove = [] } = probes;
  const unchecked = { granted: [], missing: [], denied: [], unchecked: prove };
  const seen = {
    assumable: refuted(own, 'entered'),
    requiresExternalId: refuted(without, 'denied'),
    rejectsWrongExternalId: refuted(wrong, 'denied'),
    accountMatches: own.outcome === 'entered' ? own.accountId === probes.expectedAccountId : null,
    permissions: permissions?.outcome === 'read' ? permissions.value : unchecked,
    findings: trust?.outcome === 'read' ? trust.value : null,
    humanRole: probes.humanRole ? judgeHumanRole(probes.humanRole) : null,
    attempts: probes.attempts,
    stackStatus: probes.stackStatus ?? null,
    enteredBy: own.outcome === 'entered' ? (probes.enteredBy ?? null) : null,
  };
  return { ...seen, failure: fault(seen, probes) };
}

function judgeHumanRole({ probes, trust }: HumanRoleSeen): HumanRole {
  const denied = probes.map((probe) => refuted(probe, 'denied'));
  return {
    rejectsService: denied.includes(false) ? false : denied.includes(null) ? null : true,
    findings: trust.outcome === 'read' ? trust.value : null,
  };
}

/** Whether asking again may end otherwise: the role may not have propagated, or AWS could not be asked. */
export function isWorthRetrying(verdict: Verdict): boolean {
  const code = verdict.failure?.code;
  return code === 'role-not-assumable' || isInconclusive(verdict);
}

/** When a role that was entered as it ought not to be is tried again, before that counts: in milliseconds. */
export const PROBED_AGAIN: readonly number[] = [10_000, 20_000];

/** Whether a probe that has to be denied was not. */
export function isBadProbe({ failure: why }: Verdict): boolean {
  return why !== null && BAD_PROBES.has(why.code);
}

const BAD_PROBES: ReadonlySet<FailureCode> = new Set([
  'trust-without-external-id',
  'trust-accepts-any-external-id',
  'human-role-open',
]);

/** Whether nothing was found out about the role: AWS could not be asked, or the service is at fault itself. */
export function isInconclusive({ failure: why }: Verdict): boolean {
  return why !== null && INCONCLUSIVE.has(why.code);
}

const INCONCLUSIVE: ReadonlySet<FailureCode> = new Set([
  'verification-inconclusive',
  'throttled',
  'region-disabled',
  'service-at-fault',
]);

/** Why AWS could not be asked, by the name of its error. Source: STS API Reference, Errors; Common Errors. */
function unanswered({ own, without, wrong, trust, permissions, humanRole }: Probes): Failure {
  const people = [...(humanRole?.probes ?? []), humanRole?.trust];
  const errors = [own, without, wrong, trust, permissions, ...people].flatMap((answer) =>
    answer?.outcome === 'inconclusive' ? [answer.error] : [],
  );
  if (errors.includes('RegionDisabledException')) return failure('region-disabled');
  const throttled = errors.some((error) => /Throttl|RequestLimitExceeded|TooManyRequests/.test(error));
  return failure(throttled ? 'throttled' : 'verification-inconclusive');
}

function refuted(probe: Probe | undefined, wanted: Probe['outcome']): boolean | null {
  if (probe === undefined || probe.outcome === 'inconclusive') return null;
  return probe.outcome === wanted;
}

function fault(seen: Omit<Verdict, 'failure'>, probes: Probes): Failure | null {
  const { own, expectedAccountId, controls } = probes;
  // While our own roles do not answer as they must, neither a denial nor an entry of another role says anything.
  if (controls) return failure('service-at-fault', controls);
  if (seen.assumable === false) return failure('role-not-assumable');
  if (seen.accountMatches === false && own.outcome === 'entered')
    return failure('account-mismatch', `Expected ${expectedAccountId}, entered ${own.accountId}.`);
  if (seen.requiresExternalId === false) return failure('trust-without-external-id');
  if (seen.rejectsWrongExternalId === false) return failure('trust-accepts-any-external-id');
  if (seen.humanRole?.rejectsService === false) return failure('human-role-open');
  const proven =
    seen.assumable && seen.accountMatches && seen.requiresExternalId && seen.rejectsWrongExternalId;
  if (proven !== true || isUnanswered(probes)) return unanswered(probes);
  const unsafe = wordsOfUnsafe(seen.findings);
  if (unsafe !== '') return failure('trust-policy-unsafe', unsafe);
  const unsafePeople = wordsOfUnsafe(seen.humanRole?.findings);
  if (unsafePeople !== '') return failure('human-role-unsafe', unsafePeople);
  const { missing, denied } = seen.permissions;
  const lacking = [...missing, ...denied];
  if (!probes.refuseMissing || lacking.length === 0) return null;
  return failure(missing.length > 0 ? 'permissions-missing' : 'permissions-denied', lacking.join(', '));
}

/** Whether AWS could not be asked what the role is, where that counts: a denial is an answer, a silence is none. */
function isUnanswered({ trust, permissions, humanRole }: Probes): boolean {
  return [trust, permissions, humanRole?.trust, ...(humanRole?.probes ?? [])].some(
    (answer) => answer?.outcome === 'inconclusive',
  );
}

function wordsOfUnsafe(findings: readonly Finding[] | null = null): string {
  const unsafe = (findings ?? []).filter(isUnsafe);
  return unsafe.map(({ message, code }) => `${message} (${code})`).join(' ');
}
