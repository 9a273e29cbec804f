import { type Finding, type FindingCode, finding, isUnsafe } from './finding.js';
import {
  type Condition,
  conditionsOf,
  letsIn,
  type Principal,
  principalsOf,
  type Statement,
  statementsOf,
  texts,
} from './policy-document.js';

/** Whom and what a role ought to trust. */
export interface ExpectedTrust {
  /** The one role or user of the service. */
  readonly principalArn: string;
  /** The service's own account, and the client's. */
  readonly providerAccountId: string;
  readonly clientAccountId: string;
  /** The client's external ID; two while one is being replaced. */
  readonly externalIds: readonly string[];
}

/**
 * Judges a role's trust policy as IAM returns it, in JSON. Statements that deny, and the template's own for
 * SetSourceIdentity and TagSession, are no findings; each code is told once.
 *
 * Source: IAM User Guide, "Policy elements" and "How to use an external ID"; the defaults of a missing key in
 * "Condition operators" (IfExists, ForAllValues).
 */
export function judgeTrustPolicy(json: string, expected: ExpectedTrust): readonly Finding[] {
  const statements = statementsOf(json);
  if (statements === null) return [finding('policy-unreadable')];
  const codes = statements
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap((statement) => codesOf(statement, expected));
  return [...new Set(codes)].map(finding);
}

function codesOf(statement: Statement, expected: ExpectedTrust): FindingCode[] {
  if ('NotPrincipal' in statement) return ['not-principal'];
  if ('NotAction' in statement) return ['not-action'];
  const entering = texts(statement['Action']).some(letsIn);
  const conditions = conditionsOf(statement['Condition']);
  const narrowed = conditions.some((condition) => isNarrowedTo(condition, expected.principalArn));
  const who = principalsOf(statement['Principal']).map((one) =>
    isOpenProvider(one, conditions) ? 'principal-anyone' : codeOfPrincipal(one, narrowed, expected),
  );
  const principals = who.flatMap((code) => (code === null ? [] : [code]));
  // Whoever may only name a source or tag a session cannot enter by this statement.
  if (!entering) return principals.filter((code) => code !== 'principal-account-wide');
  // Principals of the client's own account are the client's business, and ask for no external ID.
  const fromOutside = who.some((code) => code !== 'principal-own-account' && code !== 'principal-service');
  return [...principals, ...(fromOutside ? codesOfExternalId(conditions, expected.externalIds) : [])];
}

function codeOfPrincipal(
  { type, value }: Principal,
  narrowed: boolean,
  expected: ExpectedTrust,
): FindingCode | null {
  if (type === '*' || (type === 'AWS' && value === '*')) return narrowed ? null : 'principal-anyone';
  if (type !== 'AWS') return 'principal-service';
  if (value === expected.principalArn) return null;
  const [, account = value, root] = /^arn:[\w-]+:(?:iam|sts)::(\d{12}):(root$)?/.exec(value) ?? [];
  if (account === expected.clientAccountId) return 'principal-own-account';
  if (account !== expected.providerAccountId) return narrowed ? null : 'principal-other-account';
  const whole = root !== undefined || value === account;
  return whole && narrowed ? null : 'principal-account-wide';
}

/**
 * Whether it is an identity provider whose tokens are to be had by anybody, and nothing says whose are meant: one that
 * AWS knows by its name, or one that is shared by all its customers, who have it in their accounts with an ARN. Source:
 * IAM User Guide, "Principal", OIDC federated principals; "Identity-provider controls for shared OIDC providers".
 */
function isOpenProvider({ type, value }: Principal, conditions: readonly Condition[]): boolean {
  if (type !== 'Federated') return false;
  const [, shared] = /^arn:[^:]+:iam::\d+:oidc-provider\/(.+)$/.exec(value.toLowerCase()) ?? [];
  if (shared === undefined)
    return !value.startsWith('arn:') && !conditions.some((one) => namesApp(one, value.toLowerCase()));
  return SHARED_PROVIDERS.has(shared) && !conditions.some((one) => namesSubject(one, shared));
}

/** Whether a condition asks for an app or a person of the provider's, by name. */
function namesApp(condition: Condition, provider: string): boolean {
  const claim = claimOf(condition, provider);
  if (claim === null || !['aud', 'azp', 'oaud', 'app_id', 'sub', 'id', 'user_id'].includes(claim))
    return false;
  return condition.values.every((value) => condition.operator !== 'stringlike' || !/[*?]/.test(value));
}

/** Whether a condition asks for a customer of a shared provider's: before any wildcard more than the kind is named. */
function namesSubject(condition: Condition, provider: string): boolean {
  const claim = claimOf(condition, provider);
  if (claim !== 'sub' && (claim !== 'aud' || provider !== PULUMI)) return false;
  return condition.values.every(
    (value) => condition.operator !== 'stringlike' || !/^[a-z_]*:?[*?]/i.test(value),
  );
}

/** What of the provider's token a condition compares in earnest; null where it compares nothing of it. */
function claimOf(
  { operator, quantifier, ifExists, key, values }: Condition,
  provider: string,
): string | null {
  const isEqual = ['stringequals', 'stringlike', 'stringequalsignorecase'].includes(operator);
  if (!isEqual || quantifier === 'forallvalues' || ifExists || values.length === 0) return null;
  // A variable may stand for the very claim.
  if (values.some((value) => value.includes('${'))) return null;
  return key.startsWith(`${provider}:`) ? key.slice(provider.length + 1) : null;
}

const PULUMI = 'api.pulumi.com/oidc';

const SHARED_PROVIDERS: ReadonlySet<string> = new Set([
  ...['token.actions.githubusercontent.com', 'vstoken.actions.githubusercontent.com', 'gitlab.com'],
  ...['oidc-configuration.audit-log.githubusercontent.com', 'app.terraform.io', 'agent.buildkite.com'],
  ...['oidc.codefresh.io', 'studio.datachain.ai/api', 'scalr.io', 'tokens.cloud.shisho.dev'],
  ...['sandboxes.cloud', 'proidc.upbound.io', 'oidc.vercel.com', PULUMI],
]);

function isNarrowedTo(
  { operator, quantifier, ifExists, key, values }: Condition,
  principalArn: string,
): boolean {
  const exact = ['stringequals', 'stringlike', 'arnequals', 'arnlike'].includes(operator);
  // aws:PrincipalArn is there in every signed request, so IfExists takes nothing away.
  if (!exact || quantifier === 'forallvalues' || ifExists) return false;
  return key === 'aws:principalarn' && values.length > 0 && values.every((value) => value === principalArn);
}

function codesOfExternalId(conditions: readonly Condition[], externalIds: readonly string[]): FindingCode[] {
  const asked = conditions.filter(({ key }) => key === 'sts:externalid');
  const judged = asked.map((condition) => faultsOf(condition, externalIds));
  // All conditions have to be met, so one that is as it should be is enough, or else the one with a mere notice.
  const unsafe = (codes: readonly FindingCode[]) => codes.filter((code) => isUnsafe(finding(code))).length;
  const best = judged.sort((a, b) => unsafe(a) - unsafe(b) || a.length - b.length)[0];
  return best ?? ['external-id-not-required'];
}

function faultsOf(
  { operator, quantifier, ifExists, values }: Condition,
  externalIds: readonly string[],
): FindingCode[] {
  if (!['stringequals', 'stringlike', 'stringequalsignorecase'].includes(operator))
    return ['external-id-not-required'];
  if (ifExists || quantifier === 'forallvalues') return ['external-id-if-exists'];
  if (values.length === 0) return ['external-id-not-required'];
  const patterned = (value: string) =>
    value.includes('${') || (operator === 'stringlike' && /[*?]/.test(value));
  if (values.some(patterned)) return ['external-id-wildcard'];
  const ignoresCase = operator === 'stringequalsignorecase';
  const folded = (value: string) => (ignoresCase ? value.toLowerCase() : value);
  const ours = new Set(externalIds.map(folded));
  if (values.some((value) => !ours.has(folded(value)))) return ['external-id-others'];
  return ignoresCase ? ['external-id-ignores-case'] : [];
}
