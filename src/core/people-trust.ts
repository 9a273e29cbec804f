import { type Finding, type FindingCode, finding } from './finding.js';
import {
  type Condition,
  conditionsOf,
  letsIn,
  principalsOf,
  type Statement,
  statementsOf,
  texts,
} from './policy-document.js';

/** Which people a role for people ought to trust. */
export interface ExpectedPeople {
  /** ARNs of users and roles; `*` stands for any text and `?` for one character. */
  readonly arns: readonly string[];
  /** How long ago, in seconds, they may have proven a second factor; null where AWS is not asked for one. */
  readonly mfaMaxAgeSeconds: number | null;
}

/**
 * Judges the trust policy of a role for people as IAM returns it, in JSON. What is narrower than expected is no finding;
 * each code is told once. `clientAccountId` is the account that the role is in: whom its owner lets in there is the
 * owner's business.
 *
 * Source: IAM User Guide, "AWS global condition context keys" (aws:MultiFactorAuthPresent, aws:MultiFactorAuthAge) and
 * "Condition operators": with IfExists or ForAllValues a key that is missing is met.
 */
export function judgePeopleTrust(
  json: string,
  people: ExpectedPeople,
  clientAccountId: string,
): readonly Finding[] {
  const statements = statementsOf(json);
  if (statements === null) return [finding('people-policy-unreadable')];
  const judged = statements
    .filter((statement) => statement['Effect'] === 'Allow' && mayLetIn(statement))
    .map((statement) => judgeStatement(statement, people, clientAccountId));
  const codes = judged.flatMap((each) => each.codes);
  if (!judged.some(({ letsPeopleIn }) => letsPeopleIn)) codes.push('people-locked-out');
  return [...new Set(codes)].map(finding);
}

function mayLetIn(statement: Statement): boolean {
  return 'NotAction' in statement || texts(statement['Action']).some(letsIn);
}

interface Judged {
  readonly codes: readonly FindingCode[];
  readonly letsPeopleIn: boolean;
}

function judgeStatement(statement: Statement, people: ExpectedPeople, clientAccountId: string): Judged {
  if ('NotPrincipal' in statement || 'NotAction' in statement)
    return { codes: ['people-others'], letsPeopleIn: true };
  const conditions = conditionsOf(statement['Condition']);
  const narrowed = conditions.some((condition) => isNarrowed(condition, people));
  const who = principalsOf(statement['Principal']).map(({ type, value }) => {
    if (type === 'AWS' && isCovered(value, people)) return 'people';
    if (type === 'AWS' && accountOf(value) === clientAccountId && !narrowed) return 'own';
    return narrowed && (type === 'AWS' || type === '*') ? 'people' : 'others';
  });
  const codes: FindingCode[] = [];
  if (who.includes('others')) codes.push('people-others');
  if (who.includes('own')) codes.push('people-own-account');
  if (who.some((one) => one !== 'own')) codes.push(...codesOfMfa(conditions, people));
  return { codes, letsPeopleIn: who.includes('people') };
}

function accountOf(principal: string): string {
  return /^arn:[\w-]+:(?:iam|sts)::(\d{12}):/.exec(principal)?.[1] ?? principal;
}

/** Whether a condition leaves the expected people alone. aws:PrincipalArn is there in every signed request. */
function isNarrowed(
  { operator, quantifier, ifExists, key, values }: Condition,
  people: ExpectedPeople,
): boolean {
  if (key !== 'aws:principalarn' || quantifier === 'forallvalues' || ifExists || values.length === 0)
    return false;
  const positive = ['stringequals', 'stringlike', 'arnequals', 'arnlike'].includes(operator);
  return positive && values.every((value) => isCovered(value, people));
}

/** Whether whatever this text, which may have wildcards, stands for is among the people. */
function isCovered(text: string, { arns }: ExpectedPeople): boolean {
  // What a variable comes to is not known here.
  if (text.includes('${')) return false;
  return arns.some((arn) => {
    const pattern = arn
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '[^*]');
    return new RegExp(`^${pattern}$`).test(text);
  });
}

function codesOfMfa(
  conditions: readonly Condition[],
  { mfaMaxAgeSeconds: most }: ExpectedPeople,
): FindingCode[] {
  if (most === null) return [];
  const asked = conditions.filter(({ ifExists, quantifier }) => !ifExists && quantifier !== 'forallvalues');
  const present = asked.some(
    ({ operator, key, values }) =>
      operator === 'bool' &&
      key === 'aws:multifactorauthpresent' &&
      values.length > 0 &&
      values.every((value) => value.toLowerCase() === 'true'),
  );
  const fresh = asked.some(
    ({ operator, key, values }) =>
      ['numericlessthan', 'numericlessthanequals'].includes(operator) &&
      key === 'aws:multifactorauthage' &&
      values.length > 0 &&
      values.every((value) => /^\d+$/.test(value) && Number(value) <= most),
  );
  return [
    ...(present ? [] : (['people-without-mfa'] as const)),
    ...(fresh ? [] : (['people-mfa-stale'] as const)),
  ];
}
