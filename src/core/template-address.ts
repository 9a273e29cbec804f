/** Where an object of the template bucket is. */
export interface TemplateAddress {
  readonly bucket: string;
  /** Without a slash at the beginning or the end. */
  readonly key: string;
  /** Null at the simulator, which has one endpoint for all regions. */
  readonly region: string | null;
  readonly dnsSuffix: string | null;
}

/**
 * Reads an address in the template bucket: `https://BUCKET.s3.REGION.SUFFIX/KEY`, or `ORIGIN/BUCKET/KEY` at the
 * simulator. Returns null where it is neither.
 */
export function parseTemplateAddress(url: URL, simulatorOrigin: string | null): TemplateAddress | null {
  const path = url.pathname.split('/').filter((part) => part !== '');
  if (url.origin === simulatorOrigin) {
    const [bucket = '', ...key] = path;
    return { bucket, key: key.join('/'), region: null, dnsSuffix: null };
  }
  const [, bucket, region, dnsSuffix] =
    /^([a-z0-9.-]+)\.s3\.([a-z0-9-]+)\.([a-z.]+)$/.exec(url.hostname) ?? [];
  if (bucket === undefined || region === undefined || dnsSuffix === undefined) return null;
  return { bucket, key: path.join('/'), region, dnsSuffix };
}
