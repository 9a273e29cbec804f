import { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import t from 'tap';
import { failure, s3For, startQuickly } from './clients.js';

const Bucket = 'templates';

t.test('an object is put, read by the SDK, and read by anybody', async (t) => {
  const sandbox = await startQuickly(t);
  const s3 = s3For(sandbox);
  await s3.send(new CreateBucketCommand({ Bucket }));
  const Key = 'v1/a b+c.yaml';
  const put = await s3.send(
    new PutObjectCommand({ Bucket, Key, Body: 'text', ContentType: 'text/yaml', CacheControl: 'immutable' }),
  );
  t.equal(put.ETag, '"1cb251ec0d568de6a929b520c4aed8d1"');
  t.ok(put.ChecksumCRC32);
  const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
  t.equal(await got.Body?.transformToString(), 'text');
  t.match(got, { ContentType: 'text/yaml', CacheControl: 'immutable', ETag: put.ETag });
  t.equal((await s3.send(new HeadObjectCommand({ Bucket, Key }))).ContentLength, 4);
  const open = await fetch(`${sandbox.url}/${Bucket}/v1/a%20b%2Bc.yaml`);
  t.equal(await open.text(), 'text');
  t.equal((await fetch(`${sandbox.url}/${Bucket}/none`)).status, 404);
  t.strictSame(
    (await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'v1/' }))).Contents?.map((each) => each.Key),
    [Key],
  );
  await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  t.equal((await failure(s3.send(new GetObjectCommand({ Bucket, Key })))).code, 'NoSuchKey');
});

t.test('a stream comes in chunks with a trailing checksum', async (t) => {
  const sandbox = await startQuickly(t);
  const s3 = s3For(sandbox);
  await s3.send(new CreateBucketCommand({ Bucket }));
  const text = 'x'.repeat(200_000);
  const Body = Readable.from([text.slice(0, 70_000), text.slice(70_000)]);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'stream', Body, ContentLength: text.length }));
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'stream' }));
  t.equal(await got.Body?.transformToString(), text);
});

t.test('If-None-Match keeps an object from being written twice', async (t) => {
  const sandbox = await startQuickly(t);
  const s3 = s3For(sandbox);
  await s3.send(new CreateBucketCommand({ Bucket }));
  const put = (Body: string) =>
    failure(s3.send(new PutObjectCommand({ Bucket, Key: 'once', Body, IfNoneMatch: '*' })));
  t.equal((await put('first')).code, 'none');
  t.equal((await put('second')).code, 'PreconditionFailed');
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'once' }));
  t.equal(await got.Body?.transformToString(), 'first');
});

t.test('buckets belong to an account, and their names to all', async (t) => {
  const sandbox = await startQuickly(t);
  const s3 = s3For(sandbox);
  const other = s3For(sandbox, '444455556666');
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new HeadBucketCommand({ Bucket }));
  t.strictSame(
    (await s3.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name),
    [Bucket],
  );
  t.strictSame((await other.send(new ListBucketsCommand({}))).Buckets ?? [], []);
  const code = async (call: Promise<unknown>) => (await failure(call)).code;
  t.equal(await code(s3.send(new CreateBucketCommand({ Bucket }))), 'BucketAlreadyOwnedByYou');
  t.equal(await code(other.send(new CreateBucketCommand({ Bucket }))), 'BucketAlreadyExists');
  t.equal(await code(s3.send(new CreateBucketCommand({ Bucket: 'Upper_Case' }))), 'InvalidBucketName');
  t.equal(await code(other.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))), 'AccessDenied');
  t.equal(
    await code(s3.send(new PutObjectCommand({ Bucket: 'missing', Key: 'k', Body: 'x' }))),
    'NoSuchBucket',
  );
  t.equal((await fetch(`${sandbox.url}/${Bucket}/k`, { method: 'PUT', body: 'x' })).status, 403);
  t.equal((await fetch(sandbox.url)).status, 403);
});

t.test('a checksum that does not fit is refused', async (t) => {
  const sandbox = await startQuickly(t);
  const s3 = s3For(sandbox);
  await s3.send(new CreateBucketCommand({ Bucket }));
  const put = new PutObjectCommand({ Bucket, Key: 'k', Body: 'text', ChecksumCRC32: 'AAAAAA==' });
  t.equal((await failure(s3.send(put))).code, 'BadDigest');
});
