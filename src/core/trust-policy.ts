import { type Finding, type FindingCode, finding } from './finding.js';
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
    isPublicProvider(one) && !conditions.some((condition) => isOfProvider(condition, one.value))
      ? 'principal-anyone'
      : codeOfPrincipal(one, narrowed, expected),
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
 * Whether it is an identity provider that AWS knows by its name: whoever has an account there has its tokens. One of
 * the client's own has an ARN. Source: IAM User Guide, "Principal", OIDC federated principals.
 */
function isPublicProvider({ type, value }: Principal): boolean {
  return type === 'Federated' && !value.startsWith('arn:');
}

/** Whether a condition asks for something that the provider's token says, as the app that it is for. */
function isOfProvider({ operator, quantifier, ifExists, key, values }: Condition, provider: string): boolean {
  const isEqual = ['stringequals', 'stringlike', 'stringequalsignorecase'].includes(operator);
  if (!isEqual || quantifier === 'forallvalues' || ifExists) return false;
  return key.startsWith(`${provider.toLowerCase()}:`) && values.length > 0 && !values.includes('*');
}

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
  // All conditions have to be met, so one that is as it should be is enough.
  const best = judged.sort((a, b) => a.length - b.length)[0];
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
