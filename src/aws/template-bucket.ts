import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

/** Where templates are published: a bucket, and the prefix below which they stand. */
export interface TemplateBucket {
  /** Publishes one object that never changes. Returns false where it was there already. */
  readonly publish: (path: string, body: string) => Promise<boolean>;
}

/**
 * Opens the bucket behind the templates' base address: `https://BUCKET.s3.REGION.SUFFIX/PREFIX`, or
 * `ORIGIN/BUCKET/PREFIX` at the simulator. Throws where the address is neither.
 */
export function openTemplateBucket(baseUrl: string, simulatorOrigin: string | null): TemplateBucket {
  const { bucket, prefix, region, endpoint } = parseBaseUrl(new URL(baseUrl), simulatorOrigin);
  const client = new S3Client({
    ...(region && { region }),
    ...(endpoint && { endpoint, forcePathStyle: true }),
  });
  return {
    async publish(path, body) {
      const object = new PutObjectCommand({
        Bucket: bucket,
        Key: [prefix, path].filter((part) => part !== '').join('/'),
        Body: body,
        ContentType: 'application/yaml; charset=utf-8',
        CacheControl: 'public, max-age=31536000, immutable',
        ChecksumAlgorithm: 'SHA256',
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

/** Whether something stands at a published template's address. */
export async function isPublished(url: string): Promise<boolean> {
  const answer = await fetch(url, {
    method: 'HEAD',
    signal: AbortSignal.timeout(5_000),
  }).catch(() => null);
  return answer?.status === 200;
}

function parseBaseUrl(url: URL, simulatorOrigin: string | null) {
  const path = url.pathname.split('/').filter((part) => part !== '');
  if (url.origin === simulatorOrigin) {
    const [bucket = '', ...prefix] = path;
    return {
      bucket,
      prefix: prefix.join('/'),
      region: null,
      endpoint: simulatorOrigin,
    };
  }
  const [, bucket, region] = /^([a-z0-9.-]+)\.s3\.([a-z0-9-]+)\.[a-z.]+$/.exec(url.hostname) ?? [];
  if (bucket === undefined || region === undefined)
    throw new Error(`${url.href} is not of the form https://BUCKET.s3.REGION.amazonaws.com/PREFIX`);
  return { bucket, prefix: path.join('/'), region, endpoint: null };
}
