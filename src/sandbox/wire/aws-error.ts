/** An error as AWS answers it: a code, a message and an HTTP status. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
    this.status = status;
  }
}

/** The `ValidationError` of STS, IAM and CloudFormation. */
export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', message);
}
