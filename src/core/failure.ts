import { humanRoleFailures } from './human-role-failures.js';
import { organizationFailures } from './organization-failures.js';

/**
 * Why an account could not be connected: a stable code, a sentence for the client's administrator, and what
 * to do about it. The same words go into the verdict, the launch page and CloudFormation's reason.
 */
export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
  readonly remedy: string;
}

export interface FailureWords extends Omit<Failure, 'code'> {
  /** What may be behind it, where AWS does not say which; for the documentation. */
  readonly causes?: readonly string[];
}

const NEW_LINK = 'Delete this stack and ask for a new link.';
const AS_PUBLISHED = 'Delete this stack and launch it again from the link without changing any value.';

const failures = {
  'role-not-assumable': {
    message: 'The role could not be entered: AWS answered access denied until the time ran out.',
    remedy:
      'Check that the external ID and the role’s trust policy are as the template made them, and that no ' +
      'resource control policy of your organization denies sts:AssumeRole to other accounts.',
    causes: [
      'There is no such role: its stack is not complete, was deleted, or is in another account.',
      'The role is new, and IAM has not made it known everywhere yet. That takes seconds, rarely a minute.',
      'The external ID in the trust policy is another one: it was edited in the console.',
      'The principal in the trust policy is not the service’s own, or the aws:PrincipalArn beside it was edited.',
      'The trust policy asks for more, such as aws:MultiFactorAuthPresent, a source address or an organization. ' +
        'A service has no MFA device, so that a role that asks for one can never be entered by it.',
      'A resource control policy of the client’s organization denies sts:AssumeRole to other accounts.',
      'A policy of the service’s own organization or role denies it. The control roles tell: see /readyz.',
    ],
  },
  'resource-control-policy-suspected': {
    message:
      'The stack has the right external ID and its role was made, and yet AWS denied every attempt to enter it. ' +
      'Most often a resource control policy of your organization does that: it denies sts:AssumeRole to other ' +
      'accounts.',
    remedy:
      'Have the service’s account exempted there, delete this stack and launch it again. If there is no such ' +
      'policy, see that the role’s trust policy is as the template made it.',
    causes: [
      'A resource control policy (a data perimeter) denies sts:AssumeRole from outside of the organization. Its ' +
        'Deny statement needs the service’s account in a condition such as StringNotEqualsIfExists on ' +
        'aws:PrincipalAccount. Management accounts are spared by such policies.',
      'The template was edited before it was launched, so that the role trusts somebody else.',
      'IAM took longer than 90 seconds to make the role known, which is rare.',
    ],
  },
  'trust-without-external-id': {
    message: 'The role can be entered without any external ID, so others could be led into your account.',
    remedy: `The trust policy needs StringEquals on sts:ExternalId. ${AS_PUBLISHED}`,
  },
  'trust-accepts-any-external-id': {
    message: 'The role can be entered with an external ID that is not yours.',
    remedy: `The trust policy needs StringEquals on sts:ExternalId with your value alone. ${AS_PUBLISHED}`,
  },
  'trust-policy-unsafe': {
    message: 'The role’s trust policy lets in more than it should.',
    remedy: AS_PUBLISHED,
  },
  'permissions-missing': {
    message: 'The role may not do what was asked for, so the service could not do its work:',
    remedy:
      'Attach the policies that the template names, and see whether a service control policy or a permissions ' +
      'boundary of your organization denies these actions.',
  },
  'permissions-denied': {
    message: 'The role’s policies allow what was asked for, and something above them denies it:',
    remedy:
      'A permissions boundary of the role or a service control policy of your organization denies these actions. ' +
      'Have them allowed there, then launch the stack again.',
  },
  'external-id-edited': {
    message: 'The external ID was changed before the stack was made, so the role trusts another one.',
    remedy: AS_PUBLISHED,
  },
  'service-at-fault': {
    message: 'The service’s own check of itself fails, so nothing was concluded about the role.',
    remedy: 'Nothing is wrong on your side. Delete this stack and launch it again a little later.',
  },
  'account-mismatch': {
    message: 'The accounts of the topic, the stack and the role are not one and the same.',
    remedy: AS_PUBLISHED,
  },
  'verification-inconclusive': {
    message: 'AWS could not be asked reliably whether the role is safe, so nothing was concluded.',
    remedy: 'Nothing is wrong on your side. Delete this stack and launch it again in a few minutes.',
  },
  throttled: {
    message: 'AWS was asked too often at this moment, so nothing was concluded about the role.',
    remedy: 'Nothing is wrong on your side. Delete this stack and launch it again in a few minutes.',
    causes: [
      'STS or IAM throttled the calls, those of the service’s account or those of the role. Whoever runs the ' +
        'service sees it in its logs, and can lower STS_CALLS_PER_SECOND or ask AWS for a higher quota.',
    ],
  },
  'region-disabled': {
    message: 'STS is switched off in the region that the service asks from, so nothing was concluded.',
    remedy: 'Nothing is wrong on your side. Tell whoever sent you the link; then launch the stack again.',
    causes: [
      'The service’s account has STS deactivated in the region of AWS_REGION. IAM, Account settings, Security ' +
        'Token Service, activates it.',
    ],
  },
  'launch-unknown': { message: 'This link is not known.', remedy: NEW_LINK },
  'launch-expired': { message: 'This link has expired.', remedy: NEW_LINK },
  'launch-revoked': {
    message: 'This link has been withdrawn.',
    remedy: NEW_LINK,
  },
  'launch-used': {
    message: 'This link has been used by another AWS account already.',
    remedy: 'Ask for a link of its own for this account, and delete this stack.',
  },
  'client-removed': {
    message: 'The connection that this link belongs to has been removed.',
    remedy: NEW_LINK,
  },
  'account-not-expected': {
    message: 'This link is for other AWS accounts than this one.',
    remedy: 'Delete this stack and launch it from the account that the link is meant for.',
  },
  'account-connected-elsewhere': {
    message: 'This AWS account is connected already under another registration.',
    remedy:
      'Delete this stack and ask whoever sent you the link which registration should hold this account.',
  },
  'account-of-provider': {
    message: 'This is the service’s own AWS account.',
    remedy: 'Delete this stack and launch it from the account that is to be connected.',
  },
  'partition-not-served': {
    message: 'This AWS account is in another partition than the service.',
    remedy: 'Delete this stack and ask for a link that serves your partition.',
  },
  'account-connected-already': {
    message: 'This AWS account is connected already, by another role, and stays so.',
    remedy: 'For this role instead, have the account removed first, or launch a stack by a link of its own.',
  },
  'another-stack-under-way': {
    message: 'Another stack for this AWS account is being verified at this moment.',
    remedy: 'Wait until that stack is complete; delete this one.',
  },
  'stack-not-connected': {
    message: 'This stack is not the one that connects this AWS account.',
    remedy: 'Delete this stack, or ask for a new link and launch it anew.',
  },
  'role-of-another-stack': {
    message: 'The role is the one that another stack has connected, and that stack still stands.',
    remedy:
      'Delete this stack. To connect the account anew, delete the older stack first, or let a new one make a ' +
      'role of its own.',
  },
  'another-number-given': {
    message: 'Another account was entered on the launch page instead.',
    remedy: 'Enter this account’s number again if it is the one to be connected.',
  },
  'response-url-refused': {
    message: 'The address for the answer is none of CloudFormation’s for this stack.',
    remedy: AS_PUBLISHED,
  },
  'role-arn-invalid': {
    message: 'The stack sent something that is not the ARN of an IAM role.',
    remedy: AS_PUBLISHED,
  },
  ...organizationFailures,
  ...humanRoleFailures,
} as const satisfies Record<string, FailureWords>;

export type FailureCode = keyof typeof failures;

/** The failure with this code; `detail` is put after its sentence, to name the accounts or values at fault. */
export function failure(code: FailureCode, detail = ''): Failure {
  const { message, remedy } = failures[code];
  return {
    code,
    message: detail === '' ? message : `${message} ${detail}`,
    remedy,
  };
}

/** Every failure there is, with what may be behind it; for the documentation. */
export function everyFailure(): readonly (Failure & Required<FailureWords>)[] {
  const words: readonly [string, FailureWords][] = Object.entries(failures);
  return words.map(([code, { message, remedy, causes = [] }]) => ({
    code: code as FailureCode,
    message,
    remedy,
    causes,
  }));
}

/** The failure in one line, for CloudFormation's reason. */
export function failureReason({ code, message, remedy }: Failure): string {
  return `${message} ${remedy} (${code})`;
}
