import { requirePermission } from '../iam/permission.js';
import type { Caller } from '../identity/caller.js';
import { AwsError, validationError } from '../wire/aws-error.js';
import { decode } from '../wire/canonical-request.js';
import type { World } from '../world.js';

const maxBodyBytes = 51_200;
const maxObjectBytes = 1_048_576;

/** The text of the template that a request names, by value or by its address in S3. Throws `ValidationError`. */
export function templateSource(
  world: World,
  given: { body?: string | undefined; url?: string | undefined },
  reader?: Caller,
): string {
  if (given.body !== undefined && given.url === undefined) return checkedBody(given.body);
  if (given.url !== undefined && given.body === undefined) return fromBucket(world, given.url, reader);
  throw validationError('Either Template URL or Template Body must be specified.');
}

function checkedBody(body: string): string {
  if (Buffer.byteLength(body) <= maxBodyBytes) return body;
  throw validationError(
    `1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${maxBodyBytes}`,
  );
}

function fromBucket(world: World, url: string, reader: Caller | undefined): string {
  const { origin, pathname } = URL.canParse(url) ? new URL(url) : { origin: '', pathname: '' };
  const [, bucketName = '', ...key] = pathname.split('/').map(decode);
  const bucket = world.buckets.get(bucketName);
  // Like AWS, the sandbox takes templates from S3 only, and its own buckets are the only S3 here.
  if (origin !== world.origin || url.length > 5120 || bucket === undefined) {
    throw validationError('TemplateURL must be a supported URL.');
  }
  if (reader !== undefined) requireReader(reader, `${bucketName}/${key.join('/')}`);
  const object = bucket.objects.get(key.join('/'));
  if (object === undefined) {
    throw validationError(
      'S3 error: The specified key does not exist.\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html',
    );
  }
  if (object.body.length > maxObjectBytes) {
    throw validationError('Template may not exceed 1000000 bytes in size.');
  }
  return object.body.toString('utf8');
}

/**
 * CloudFormation reads with the rights of whoever asks. A bucket that everybody may read lets in people of other
 * accounts only as far as their own policies do.
 */
function requireReader(reader: Caller, object: string): void {
  try {
    requirePermission(reader, 's3:GetObject', `arn:${reader.account.partition}:s3:::${object}`);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw validationError(
      'S3 error: Access Denied\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html',
    );
  }
}
