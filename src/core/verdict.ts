import { type Failure, failure } from './failure.js';

/** How one AssumeRole was answered. Only AWS's own AccessDenied is a denial; whatever else failed says nothing. */
export type Probe =
  | { readonly outcome: 'entered'; readonly accountId: string }
  | { readonly outcome: 'denied' }
  | { readonly outcome: 'inconclusive'; readonly error: string };

/** What a verification found out. `null` says that a question was not reached or not answered. */
export interface Verdict {
  readonly assumable: boolean | null;
  readonly requiresExternalId: boolean | null;
  readonly rejectsWrongExternalId: boolean | null;
  readonly accountMatches: boolean | null;
  readonly permissions: {
    readonly granted: readonly string[];
    readonly missing: readonly string[];
    readonly denied: readonly string[];
  };
  /** How often the role was tried with its own external ID. */
  readonly attempts: number;
  readonly failure: Failure | null;
}

export interface Probes {
  readonly expectedAccountId: string;
  readonly attempts: number;
  /** With the stored external ID. */
  readonly own: Probe;
  /** Without and with a wrong one: asked only after `own` entered, since a denial proves nothing before. */
  readonly without?: Probe;
  readonly wrong?: Probe;
}

/** Judges what the probes saw. A verdict without failure is the only one that connects an account. */
export function judge(probes: Probes): Verdict {
  const { own, without, wrong } = probes;
  const seen = {
    assumable: refuted(own, 'entered'),
    requiresExternalId: refuted(without, 'denied'),
    rejectsWrongExternalId: refuted(wrong, 'denied'),
    accountMatches: own.outcome === 'entered' ? own.accountId === probes.expectedAccountId : null,
    permissions: { granted: [], missing: [], denied: [] },
    attempts: probes.attempts,
  };
  return { ...seen, failure: fault(seen, probes) };
}

/** Whether asking again may end otherwise: the role may not have propagated, or AWS could not be asked. */
export function isWorthRetrying(verdict: Verdict): boolean {
  const code = verdict.failure?.code;
  return code === 'role-not-assumable' || code === 'verification-inconclusive';
}

function refuted(probe: Probe | undefined, wanted: Probe['outcome']): boolean | null {
  if (probe === undefined || probe.outcome === 'inconclusive') return null;
  return probe.outcome === wanted;
}

function fault(seen: Omit<Verdict, 'failure'>, { own, expectedAccountId }: Probes): Failure | null {
  if (seen.assumable === false) return failure('role-not-assumable');
  if (seen.accountMatches === false && own.outcome === 'entered')
    return failure('account-mismatch', `Expected ${expectedAccountId}, entered ${own.accountId}.`);
  if (seen.requiresExternalId === false) return failure('trust-without-external-id');
  if (seen.rejectsWrongExternalId === false) return failure('trust-accepts-any-external-id');
  const proven =
    seen.assumable && seen.accountMatches && seen.requiresExternalId && seen.rejectsWrongExternalId;
  return proven === true ? null : failure('verification-inconclusive');
}
