import { type FindingCode, finding } from '../core/finding.js';
import type { HumanRole, Verdict } from '../core/verdict.js';

/**
 * A verdict as an account's item holds it, which is kept under the 1 KB that a write unit covers: a letter for each
 * answer, and of lists only those that have something in them.
 */
export interface VerdictDocument {
  /** `y`, `n` or `-` for assumable, requiresExternalId, rejectsWrongExternalId, accountMatches. */
  readonly a: string;
  readonly k: number;
  readonly g?: readonly string[];
  readonly m?: readonly string[];
  readonly d?: readonly string[];
  readonly u?: readonly string[];
  /** Left out where the trust policy was not read. */
  readonly t?: readonly FindingCode[];
  /** Of the role for people: `y`, `n` or `-` for whether it rejects the service, and its findings where it was read. */
  readonly h?: readonly [rejectsService: string, ...findings: FindingCode[][]];
  readonly s?: string;
  readonly x?: NonNullable<Verdict['failure']>;
}

export function shortVerdict(verdict: Verdict): VerdictDocument {
  const { granted, missing, denied, unchecked } = verdict.permissions;
  return {
    a: [verdict.assumable, verdict.requiresExternalId, verdict.rejectsWrongExternalId, verdict.accountMatches]
      .map(letterOf)
      .join(''),
    k: verdict.attempts,
    ...(granted.length > 0 && { g: granted }),
    ...(missing.length > 0 && { m: missing }),
    ...(denied.length > 0 && { d: denied }),
    ...(unchecked.length > 0 && { u: unchecked }),
    ...(verdict.findings && { t: verdict.findings.map(({ code }) => code) }),
    ...(verdict.humanRole && { h: shortHumanRole(verdict.humanRole) }),
    ...(verdict.stackStatus && { s: verdict.stackStatus }),
    ...(verdict.failure && { x: verdict.failure }),
  };
}

/** Gives back what `shortVerdict` was given; the words of findings are those of today. */
export function longVerdict({ a, k, g = [], m = [], d = [], u = [], t, h, s, x }: VerdictDocument): Verdict {
  const [assumable = null, requiresExternalId = null, rejectsWrongExternalId = null, accountMatches = null] =
    [...a].map(answerOf);
  return {
    ...{ assumable, requiresExternalId, rejectsWrongExternalId, accountMatches },
    permissions: { granted: g, missing: m, denied: d, unchecked: u },
    findings: t?.map(finding) ?? null,
    humanRole: h ? longHumanRole(h) : null,
    attempts: k,
    stackStatus: s ?? null,
    // Told by the account itself, once it was decided on.
    enteredBy: null,
    failure: x ?? null,
  };
}

function shortHumanRole({ rejectsService, findings }: HumanRole): NonNullable<VerdictDocument['h']> {
  return [letterOf(rejectsService), ...(findings === null ? [] : [findings.map(({ code }) => code)])];
}

function longHumanRole([letter, codes]: NonNullable<VerdictDocument['h']>): HumanRole {
  return { rejectsService: answerOf(letter), findings: codes?.map(finding) ?? null };
}

function letterOf(answer: boolean | null): string {
  return answer === null ? '-' : answer ? 'y' : 'n';
}

function answerOf(letter: string): boolean | null {
  return letter === '-' ? null : letter === 'y';
}
