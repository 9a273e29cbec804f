import { createHash } from 'node:crypto';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { isRegionOf, type Partition } from '../core/partition.js';
import { parseTemplateAddress, type TemplateAddress } from '../core/template-address.js';

/** Where templates are published: a bucket, and the prefix below which they stand. */
export interface TemplateBucket {
  /** What stands at a path; null where nothing does, or where that cannot be told before something is put there. */
  readonly read: (path: string) => Promise<string | null>;
  /** Puts an object that never changes. Returns false where one is there already. */
  readonly put: (path: string, object: { readonly body: string; readonly type: string }) => Promise<boolean>;
}

/**
 * Opens the bucket behind the templates' base address: `https://BUCKET.s3.REGION.SUFFIX/PREFIX` in the partition
 * of the clients, or `ORIGIN/BUCKET/PREFIX` at the simulator. Throws where the address is neither.
 */
export function openTemplateBucket(
  baseUrl: string,
  partition: Partition,
  simulatorOrigin: string | null,
): TemplateBucket {
  const { bucket, key: prefix, region } = placeOf(baseUrl, partition, simulatorOrigin);
  const simulated = simulatorOrigin !== null && { endpoint: simulatorOrigin, forcePathStyle: true };
  const client = new S3Client(region === null ? { ...simulated } : { region });
  const place = (path: string) => ({
    Bucket: bucket,
    Key: [prefix, path].filter((part) => part !== '').join('/'),
  });
  return {
    async read(path) {
      try {
        const { Body } = await client.send(new GetObjectCommand(place(path)));
        return (await Body?.transformToString()) ?? '';
      } catch (error) {
        // Without s3:ListBucket, S3 says AccessDenied of an object that is not there.
        if (error instanceof Error && /^(NoSuchKey|AccessDenied)$/.test(error.name)) return null;
        throw error;
      }
    },
    async put(path, { body, type }) {
      const object = new PutObjectCommand({
        ...place(path),
        Body: body,
        ContentType: type,
        CacheControl: 'public, max-age=31536000, immutable',
        ChecksumSHA256: createHash('sha256').update(body).digest('base64'),
        // Whatever the bucket's default is: with a KMS key, no client could read the template.
        ServerSideEncryption: 'AES256',
        IfNoneMatch: '*',
      });
      try {
        await client.send(object);
        return true;
      } catch (error) {
        if (error instanceof Error && error.name === 'PreconditionFailed') return false;
        throw error;
      }
    },
  };
}

function placeOf(baseUrl: string, partition: Partition, simulatorOrigin: string | null): TemplateAddress {
  const address = parseTemplateAddress(new URL(baseUrl), simulatorOrigin);
  if (address === null)
    throw new Error(`${baseUrl} is not of the form https://BUCKET.s3.REGION.amazonaws.com/PREFIX`);
  const { region, dnsSuffix } = address;
  if (region === null) return address;
  // CloudFormation reads templates from buckets of its own partition alone.
  if (dnsSuffix !== partition.dnsSuffix || !isRegionOf(partition, region))
    throw new Error(`${baseUrl} is not in ${partition.id}, the partition of TRUSTED_PRINCIPAL_ARN`);
  return address;
}
