import type { Account } from '../identity/account.js';
import { AwsError } from '../wire/aws-error.js';
import type { World } from '../world.js';

/** A bucket. Its name is one for all accounts, and anybody may read what is in it. */
export interface Bucket {
  readonly name: string;
  readonly owner: Account;
  readonly region: string;
  readonly createdAt: Date;
  readonly objects: Map<string, StoredObject>;
}

export interface StoredObject {
  readonly body: Buffer;
  readonly etag: string;
  readonly modifiedAt: Date;
  /** Content type, cache control, metadata and checksums, as they were put. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Makes a bucket. Throws S3's errors. */
export function createBucket(world: World, owner: Account, region: string, name: string): Bucket {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
    throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.');
  }
  const known = world.buckets.get(name);
  if (known?.owner === owner) {
    throw new AwsError(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
      409,
    );
  }
  if (known !== undefined || name.startsWith('cloudformation-custom-resource-response-')) {
    throw new AwsError('BucketAlreadyExists', 'The requested bucket name is not available.', 409);
  }
  const bucket: Bucket = { name, owner, region, createdAt: new Date(), objects: new Map() };
  world.buckets.set(name, bucket);
  return bucket;
}

/** The bucket with this name. Throws `NoSuchBucket`. */
export function getBucket(world: World, name: string): Bucket {
  const bucket = world.buckets.get(name);
  if (bucket === undefined) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
  return bucket;
}
