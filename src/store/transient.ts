import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';

/** Cancellation reasons that say nothing about the items: the same transaction may go through a moment later. */
const PASSING_REASONS = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
  'RequestLimitExceeded',
]);

const PASSING_ERRORS = new Set([
  'TransactionConflictException',
  'TransactionInProgressException',
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'InternalServerError',
  'TimeoutError',
  'ServiceUnavailable',
]);

/** Whether DynamoDB failed in passing, so that the same call is worth repeating. */
export function isPassing(error: unknown): boolean {
  if (error instanceof TransactionCanceledException)
    return (error.CancellationReasons ?? []).some(({ Code }) => PASSING_REASONS.has(Code ?? ''));
  if (!(error instanceof Error)) return false;
  if (PASSING_ERRORS.has(error.name)) return true;
  if ('code' in error && /^(ECONN|EPIPE|ETIMEDOUT|EAI_AGAIN|UND_ERR)/.test(String(error.code))) return true;
  const metadata = '$metadata' in error ? (error.$metadata as { httpStatusCode?: number }) : {};
  return (metadata.httpStatusCode ?? 0) >= 500;
}

/** Capped exponential backoff with full jitter, in milliseconds; `random` is between 0 and 1. */
export function backoff(attempt: number, random: number, cap = 1_000, base = 25): number {
  return random * Math.min(cap, base * 2 ** attempt);
}
