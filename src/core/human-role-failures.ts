import type { FailureWords } from './failure.js';

const AS_PUBLISHED =
  'Bring the statement with the Sid EnterAsPerson, in HumanRole’s AssumeRolePolicyDocument, back to what the template ' +
  'has, and take out any other; or delete this stack and launch it again from the link without changing any value.';
const HANDED =
  'Leave the property HumanRoleArn of Connection as the template has it: delete this stack and launch it again from ' +
  'the link without changing any value.';

/** Why an account is not connected for the sake of the role by which people enter it. */
export const humanRoleFailures = {
  'human-role-arn-invalid': {
    message: 'What was given as the role for people is not the ARN of another IAM role of this account.',
    remedy: HANDED,
  },
  'human-role-unexpected': {
    message: 'A role for people was given, and nobody is asked for here but the service.',
    remedy: 'Leave the role for people out: launch the stack again from the link without changing any value.',
  },
  'human-role-of-stack': {
    message: 'The role for people of this account is the one that its stack has made.',
    remedy: 'Leave humanRoleArn out; an update of the stack names another.',
  },
  'human-role-open': {
    message:
      'The role for people lets the service itself in, which has no second factor: so others can enter by it as well.',
    remedy: AS_PUBLISHED,
    causes: [
      'Bool on aws:MultiFactorAuthPresent was taken out of the trust policy, or became BoolIfExists, which lets in ' +
        'whoever has no second factor at all.',
      'The trust policy names the service’s account, or everybody, beside the people or in their place.',
      'The role that the service enters was given as the role for people.',
    ],
  },
  'human-role-unsafe': {
    message: 'The role for people lets in others than it should, or without a second factor.',
    remedy: AS_PUBLISHED,
    causes: [
      'The trust policy was edited after the template made it.',
      'The profile’s people have changed since: another central account, other roles. Until the stack is updated to ' +
        'the newer template, its role trusts those of before.',
    ],
  },
} as const satisfies Record<string, FailureWords>;
