import { AwsError } from '../wire/aws-error.js';

/** The error that IAM answers to a policy it cannot take. */
export function malformedPolicy(message: string): AwsError {
  return new AwsError('MalformedPolicyDocument', message);
}
