import { validationError } from '../wire/aws-error.js';
import { decode } from '../wire/canonical-request.js';
import type { World } from '../world.js';

const maxBodyBytes = 51_200;
const maxObjectBytes = 1_048_576;

/** The text of the template that a request names, by value or by its address in S3. Throws `ValidationError`. */
export function templateSource(
  world: World,
  given: { body?: string | undefined; url?: string | undefined },
): string {
  if (given.body !== undefined && given.url === undefined) return checkedBody(given.body);
  if (given.url !== undefined && given.body === undefined) return fromBucket(world, given.url);
  throw validationError('Either Template URL or Template Body must be specified.');
}

function checkedBody(body: string): string {
  if (Buffer.byteLength(body) <= maxBodyBytes) return body;
  throw validationError(
    `1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${maxBodyBytes}`,
  );
}

function fromBucket(world: World, url: string): string {
  const { origin, pathname } = URL.canParse(url) ? new URL(url) : { origin: '', pathname: '' };
  const [, bucketName = '', ...key] = pathname.split('/').map(decode);
  const bucket = world.buckets.get(bucketName);
  // Like AWS, the sandbox takes templates from S3 only, and its own buckets are the only S3 here.
  if (origin !== world.origin || url.length > 5120 || bucket === undefined) {
    throw validationError('TemplateURL must be a supported URL.');
  }
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
