import { randomUUID } from 'node:crypto';
import { AwsError } from '../wire/aws-error.js';
import { ResourceFailure } from './resource-type.js';

/** What a stack's event says about a resource of some type that failed. */
export function resourceFailureReason(error: unknown, type: string): string {
  if (error instanceof ResourceFailure) return error.message;
  if (!(error instanceof AwsError))
    return `Internal Failure: ${error instanceof Error ? error.message : error}`;
  if (error.code === 'ValidationError') return error.message;
  const code = handlerErrorCodes.get(error.code) ?? 'GeneralServiceException';
  const service = type.startsWith('AWS::IAM::') ? 'Iam' : 'Sns';
  const call = `(Service: ${service}, Status Code: ${error.status}, Request ID: ${randomUUID()})`;
  return `Resource handler returned message: "${error.message} ${call} (SDK Attempt Count: 1)" (RequestToken: ${randomUUID()}, HandlerErrorCode: ${code})`;
}

const handlerErrorCodes: ReadonlyMap<string, string> = new Map([
  ['AccessDenied', 'AccessDenied'],
  ['DeleteConflict', 'ResourceConflict'],
  ['EntityAlreadyExists', 'AlreadyExists'],
  ['InvalidParameter', 'InvalidRequest'],
  ['MalformedPolicyDocument', 'InvalidRequest'],
  ['NoSuchEntity', 'NotFound'],
  ['NotFound', 'NotFound'],
]);
