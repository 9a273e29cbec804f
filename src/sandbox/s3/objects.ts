import { createHash } from 'node:crypto';
import { requirePermission } from '../iam/permission.js';
import type { Caller } from '../identity/caller.js';
import { AwsError } from '../wire/aws-error.js';
import type { Reply, Request } from '../wire/exchange.js';
import type { Bucket } from './bucket.js';
import { readPayload } from './payload.js';

/** Answers GET, HEAD, PUT and DELETE of one object. Reading needs no signature. */
export function answerObject(
  bucket: Bucket,
  key: string,
  caller: Caller | undefined,
  request: Request,
): Reply {
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return getObject(bucket, key);
    case 'PUT':
      requireWriter(bucket, key, caller, 's3:PutObject');
      return putObject(bucket, key, request);
    case 'DELETE':
      requireWriter(bucket, key, caller, 's3:DeleteObject');
      bucket.objects.delete(key);
      return { status: 204, headers: {}, body: '' };
    default:
      throw new AwsError(
        'MethodNotAllowed',
        'The specified method is not allowed against this resource.',
        405,
      );
  }
}

function getObject(bucket: Bucket, key: string): Reply {
  const object = bucket.objects.get(key);
  if (object === undefined) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
  return {
    status: 200,
    headers: {
      'content-type': 'binary/octet-stream',
      ...object.headers,
      etag: object.etag,
      'last-modified': object.modifiedAt.toUTCString(),
    },
    body: object.body,
  };
}

function putObject(bucket: Bucket, key: string, request: Request): Reply {
  const { body, checksums } = readPayload(request);
  const existing = bucket.objects.get(key);
  const ifNoneMatch = request.headers.get('if-none-match');
  const ifMatch = request.headers.get('if-match');
  if (
    (ifNoneMatch === '*' && existing !== undefined) ||
    (ifMatch !== undefined && ifMatch !== existing?.etag)
  ) {
    throw new AwsError(
      'PreconditionFailed',
      'At least one of the pre-conditions you specified did not hold',
      412,
    );
  }
  const etag = `"${createHash('md5').update(body).digest('hex')}"`;
  const headers = { ...keptHeaders(request), ...checksums };
  bucket.objects.set(key, { body, etag, modifiedAt: new Date(), headers });
  return { status: 200, headers: { etag, ...checksums }, body: '' };
}

function keptHeaders(request: Request): Record<string, string> {
  const kept = [...request.headers].filter(([name]) =>
    /^(content-type|cache-control|content-disposition|content-language|x-amz-server-side-encryption|x-amz-meta-.+)$/.test(
      name,
    ),
  );
  return Object.fromEntries(kept);
}

function requireWriter(bucket: Bucket, key: string, caller: Caller | undefined, action: string): void {
  if (caller === undefined || caller.account !== bucket.owner)
    throw new AwsError('AccessDenied', 'Access Denied', 403);
  requirePermission(caller, action, `arn:${bucket.owner.partition}:s3:::${bucket.name}/${key}`);
}
