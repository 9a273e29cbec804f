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
  const service = services.get(type.split('::')[1] ?? '') ?? 'Sns';
  const call = `(Service: ${service}, Status Code: ${error.status}, Request ID: ${randomUUID()})`;
  return `Resource handler returned message: "${error.message} ${call} (SDK Attempt Count: 1)" (RequestToken: ${randomUUID()}, HandlerErrorCode: ${code})`;
}

/** How the SDK inside the handlers calls the services. */
const services: ReadonlyMap<string, string> = new Map([
  ['CloudFormation', 'CloudFormation'],
  ['IAM', 'Iam'],
  ['Lambda', 'Lambda'],
  ['Logs', 'CloudWatchLogs'],
]);

const handlerErrorCodes: ReadonlyMap<string, string> = new Map([
  ['AccessDenied', 'AccessDenied'],
  ['AccessDeniedException', 'AccessDenied'],
  ['DeleteConflict', 'ResourceConflict'],
  ['EntityAlreadyExists', 'AlreadyExists'],
  ['InvalidParameter', 'InvalidRequest'],
  ['InvalidParameterValueException', 'InvalidRequest'],
  ['InvalidRequest', 'InvalidRequest'],
  ['LimitExceeded', 'ServiceLimitExceeded'],
  ['MalformedPolicyDocument', 'InvalidRequest'],
  ['NoSuchEntity', 'NotFound'],
  ['NotFound', 'NotFound'],
  ['ResourceConflictException', 'AlreadyExists'],
  ['ResourceNotFoundException', 'NotFound'],
]);
