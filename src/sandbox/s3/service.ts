import { randomUUID } from 'node:crypto';
import { requirePermission } from '../iam/permission.js';
import type { Caller } from '../identity/caller.js';
import { AwsError } from '../wire/aws-error.js';
import { decode } from '../wire/canonical-request.js';
import type { Reply, Request } from '../wire/exchange.js';
import { xml } from '../wire/xml.js';
import type { World } from '../world.js';
import { type Bucket, createBucket, getBucket } from './bucket.js';
import { answerObject } from './objects.js';

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** Answers a path-style request to S3. Without a caller it was not signed. */
export function answerS3(world: World, caller: Caller | undefined, request: Request): Reply {
  const [, bucketName = '', ...rest] = request.path.split('/').map(decode);
  const key = rest.join('/');
  if (bucketName === '') return listBuckets(world, signed(caller));
  if (key !== '') return answerObject(getBucket(world, bucketName), key, caller, request);
  switch (request.method) {
    case 'PUT':
      return makeBucket(world, signed(caller), bucketName);
    case 'HEAD':
      return bucketHead(getBucket(world, bucketName));
    case 'GET':
      return listObjects(getBucket(world, bucketName), request);
    default:
      throw new AwsError(
        'MethodNotAllowed',
        'The specified method is not allowed against this resource.',
        405,
      );
  }
}

/** An error as S3 writes it. */
export function s3ErrorReply(error: AwsError, request: Request): Reply {
  const requestId = randomUUID();
  const fault = { Code: error.code, Message: error.message, Resource: request.path, RequestId: requestId };
  const headers = { 'content-type': 'application/xml', 'x-amz-request-id': requestId };
  return { status: error.status, headers, body: xml('Error', fault) };
}

function signed(caller: Caller | undefined): Caller {
  if (caller === undefined) throw new AwsError('AccessDenied', 'Access Denied', 403);
  return caller;
}

function makeBucket(world: World, caller: Caller, name: string): Reply {
  requirePermission(caller, 's3:CreateBucket', `arn:${caller.account.partition}:s3:::${name}`);
  createBucket(world, caller.account, caller.region, name);
  return { status: 200, headers: { location: `/${name}` }, body: '' };
}

function bucketHead(bucket: Bucket): Reply {
  return { status: 200, headers: { 'x-amz-bucket-region': bucket.region }, body: '' };
}

function listBuckets(world: World, caller: Caller): Reply {
  requirePermission(caller, 's3:ListAllMyBuckets', '*');
  const own = [...world.buckets.values()].filter(({ owner }) => owner === caller.account);
  const result = {
    Owner: { ID: caller.account.id },
    Buckets: own.map(({ name, createdAt }) => ({ Name: name, CreationDate: createdAt })),
  };
  return xmlReply(xml('ListAllMyBucketsResult', result, namespace, 'Bucket'));
}

function listObjects(bucket: Bucket, request: Request): Reply {
  const prefix = request.query.get('prefix') ?? '';
  const found = [...bucket.objects]
    .filter(([key]) => key.startsWith(prefix))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const contents = found.map(([key, { body, etag, modifiedAt }]) =>
    xml('Contents', {
      Key: key,
      LastModified: modifiedAt,
      ETag: etag,
      Size: body.length,
      StorageClass: 'STANDARD',
    }),
  );
  const head = xml('Name', bucket.name) + xml('Prefix', prefix) + xml('KeyCount', found.length);
  const body = `${head}${xml('MaxKeys', 1000)}${xml('IsTruncated', false)}${contents.join('')}`;
  return xmlReply(`<ListBucketResult xmlns="${namespace}">${body}</ListBucketResult>`);
}

function xmlReply(body: string): Reply {
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}
