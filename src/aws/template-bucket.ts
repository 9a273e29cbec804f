import { createHash } from 'node:crypto';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { isRegionOf, type Partition } from '../core/partition.js';

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
  const { bucket, prefix, region, endpoint } = parseBaseUrl(new URL(baseUrl), partition, simulatorOrigin);
  const client = new S3Client({
    ...(region && { region }),
    ...(endpoint && { endpoint, forcePathStyle: true }),
  });
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

/** What is known of an address: whether something can be read there by anybody. */
export type Presence = 'there' | 'missing' | 'unreachable';

/** Whether something stands at a published object's address, as a client's CloudFormation would find it. */
export async function isPublished(url: string): Promise<Presence> {
  const signal = AbortSignal.timeout(5_000);
  const answer = await fetch(url, { method: 'HEAD', signal }).catch(() => null);
  if (answer === null || answer.status >= 500) return 'unreachable';
  return answer.status === 200 ? 'there' : 'missing';
}

function parseBaseUrl(url: URL, partition: Partition, simulatorOrigin: string | null) {
  const path = url.pathname.split('/').filter((part) => part !== '');
  if (url.origin === simulatorOrigin) {
    const [bucket = '', ...prefix] = path;
    return { bucket, prefix: prefix.join('/'), region: null, endpoint: simulatorOrigin };
  }
  const [, bucket, region, suffix] = /^([a-z0-9.-]+)\.s3\.([a-z0-9-]+)\.([a-z.]+)$/.exec(url.hostname) ?? [];
  if (bucket === undefined || region === undefined)
    throw new Error(`${url.href} is not of the form https://BUCKET.s3.REGION.amazonaws.com/PREFIX`);
  // CloudFormation reads templates from buckets of its own partition alone.
  if (suffix !== partition.dnsSuffix || !isRegionOf(partition, region))
    throw new Error(`${url.href} is not in ${partition.id}, the partition of TRUSTED_PRINCIPAL_ARN`);
  return { bucket, prefix: path.join('/'), region, endpoint: null };
}
