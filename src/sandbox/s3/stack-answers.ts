import { answerSigner } from '../cloudformation/custom-resource/answers.js';
import { AwsError } from '../wire/aws-error.js';
import { decode } from '../wire/canonical-request.js';
import type { Reply, Request } from '../wire/exchange.js';
import { type Signature, signatureFits } from '../wire/signature.js';
import type { World } from '../world.js';

/** Whether a path leads into a bucket where custom resources put their answers. */
export function isStackAnswer(path: string): boolean {
  return path.startsWith('/cloudformation-custom-resource-response-');
}

/** Takes a custom resource's answer at its presigned URL, and notes what became of the attempt. */
export function takeStackAnswer(world: World, request: Request, signature: Signature | undefined): Reply {
  const [, , key = ''] = request.path.split('/').map(decode);
  const note = (httpStatus: number): void => world.answers.note(key, request.body, httpStatus);
  try {
    const reply = take(world, request, key, signature);
    note(reply.status);
    return reply;
  } catch (error) {
    note(error instanceof AwsError ? error.status : 500);
    throw error;
  }
}

/** What the answer says is CloudFormation's to judge. */
function take(world: World, request: Request, key: string, signature: Signature | undefined): Reply {
  if (world.faults.strikes('answer-503', key.split(':')[4] ?? '')) {
    throw new AwsError('SlowDown', 'Please reduce your request rate.', 503);
  }
  if (signature === undefined || signature.form !== 'query')
    throw new AwsError('AccessDenied', 'Access Denied', 403);
  // The URL was signed without a content type, so one that is sent spoils the signature.
  const typed = (request.headers.get('content-type') ?? '') !== '';
  if (request.method !== 'PUT' || typed || !isOurs(request, signature)) {
    throw new AwsError(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      403,
    );
  }
  if (Date.now() > signature.expiresAt) throw new AwsError('AccessDenied', 'Request has expired', 403);
  world.answers.take(key, request.body);
  return { status: 200, headers: {}, body: '' };
}

function isOurs(request: Request, signature: Signature): boolean {
  return (
    signature.accessKeyId === answerSigner.accessKeyId &&
    signatureFits(request, signature, answerSigner.secret)
  );
}
