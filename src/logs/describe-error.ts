/** An error as the log has it. */
interface DescribedError {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
  readonly code?: string;
  readonly status?: number;
  readonly awsRequestId?: string;
  readonly cause?: DescribedError;
}

/** Causes of causes that are followed. */
const DEEPEST = 3;

/**
 * An error by a few of its fields. Errors of the AWS SDK carry the response, and of DynamoDB the items that stood in
 * the way, external IDs and all; those of Node's carry addresses.
 */
export function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error), stack: '' };
  const { name, message, stack = '', cause } = error;
  const { code, $metadata } = error as { code?: unknown; $metadata?: Metadata };
  return {
    ...{ type: name, message, stack },
    ...(typeof code === 'string' && { code }),
    ...($metadata?.httpStatusCode !== undefined && { status: $metadata.httpStatusCode }),
    ...($metadata?.requestId !== undefined && { awsRequestId: $metadata.requestId }),
    ...(cause instanceof Error && depth < DEEPEST && { cause: describeError(cause, depth + 1) }),
  };
}

/** What the SDK says of an exchange. */
interface Metadata {
  readonly httpStatusCode?: number;
  readonly requestId?: string;
}
