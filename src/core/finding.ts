/** Something about a role's trust policy that differs from what the template makes. */
export interface Finding {
  readonly code: FindingCode;
  /** `unsafe` refuses or degrades the account; a `notice` is told and no more. */
  readonly severity: 'unsafe' | 'notice';
  /** In words, for the client's administrator. */
  readonly message: string;
}

const findings = {
  'policy-unreadable': ['unsafe', 'The trust policy is not one that AWS documents.'],
  'external-id-not-required': ['unsafe', 'A statement lets somebody in without asking for an external ID.'],
  'external-id-if-exists': ['unsafe', 'The external ID is checked only where one is sent.'],
  'external-id-wildcard': ['unsafe', 'The external ID is compared with a pattern, which others fit, too.'],
  'external-id-others': ['unsafe', 'Other external IDs than yours are accepted.'],
  'retired-external-id': ['unsafe', 'The external ID that was replaced still lets the service in.'],
  'external-id-ignores-case': ['notice', 'The external ID is compared without regard to case.'],
  'principal-anyone': [
    'unsafe',
    'Anybody may try to enter: the principal is a wildcard, or an identity provider that is open to all.',
  ],
  'principal-other-account': ['unsafe', 'A principal of another AWS account may enter.'],
  'principal-account-wide': [
    'notice',
    'Every principal of the service’s account may enter, not its one role alone.',
  ],
  'principal-own-account': ['notice', 'Principals of your own account may enter as well.'],
  'principal-service': ['notice', 'An AWS service or an identity provider may enter as well.'],
  'not-principal': ['unsafe', 'NotPrincipal lets everybody in who is not named.'],
  'not-action': ['unsafe', 'NotAction allows whatever is not named.'],
  'people-policy-unreadable': [
    'unsafe',
    'The trust policy of the role for people is not one that AWS documents.',
  ],
  'people-without-mfa': [
    'unsafe',
    'The role for people lets somebody in without a second factor: Bool on aws:MultiFactorAuthPresent is missing.',
  ],
  'people-mfa-stale': [
    'unsafe',
    'The role for people takes a second factor that was proven longer ago than was agreed: NumericLessThan on ' +
      'aws:MultiFactorAuthAge is missing or too large.',
  ],
  'people-others': ['unsafe', 'The role for people lets in others than the people that were agreed.'],
  'people-own-account': [
    'notice',
    'Principals of your own account may enter by the role for people as well.',
  ],
  'people-locked-out': ['notice', 'The role for people lets none of them in.'],
  'people-not-expected': ['notice', 'The profile has no people any more who would enter by this role.'],
} as const satisfies Record<string, readonly [Finding['severity'], string]>;

export type FindingCode = keyof typeof findings;

/** The finding with this code, in words. */
export function finding(code: FindingCode): Finding {
  const [severity, message] = findings[code];
  return { code, severity, message };
}

/** Whether a finding refuses or degrades an account. */
export function isUnsafe({ severity }: Finding): boolean {
  return severity === 'unsafe';
}
