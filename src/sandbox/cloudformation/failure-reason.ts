import { randomUUID } from 'node:crypto';
import { AwsError } from '../wire/aws-error.js';
import { ResourceFailure } from './resource-type.js';

/** What a stack's event says about a resource that failed. */
export function resourceFailureReason(error: unknown): string {
  if (error instanceof ResourceFailure) return error.message;
  if (!(error instanceof AwsError))
    return `Internal Failure: ${error instanceof Error ? error.message : error}`;
  if (error.code === 'ValidationError') return error.message;
  const code = handlerErrorCodes.get(error.code) ?? 'GeneralServiceException';
  const service = `(Service: Iam, Status Code: ${error.status}, Request ID: ${randomUUID()})`;
  return `Resource handler returned message: "${error.message} ${service}" (RequestToken: ${randomUUID()}, HandlerErrorCode: ${code})`;
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
