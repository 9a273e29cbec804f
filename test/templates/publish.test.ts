import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import t from 'tap';
import { openTemplateBucket } from '../../src/aws/template-bucket.js';
import { openTemplateValidation } from '../../src/aws/template-validation.js';
import { partitionById } from '../../src/core/partition.js';
import { parseRoleArn } from '../../src/core/role-arn.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { readCatalogue, templatePath } from '../../src/templates/catalogue.js';
import { makeManifest } from '../../src/templates/manifest.js';
import { publishTemplates } from '../../src/templates/publish.js';
import type { Template } from '../../src/templates/render.js';
import { must } from '../core/things.js';
import { providerAccount, s3For, startQuickly } from '../sandbox/clients.js';

const ROLE = 'arn:aws:iam::999999999999:role/RolecallService';
const Bucket = 'rolecall-templates';
const aws = must(partitionById('aws'));
const { templates } = await readCatalogue(must(parseRoleArn(ROLE)));
const [first] = templates;

/** A sandbox with its provider's bucket, and the environment of a program that publishes there. */
async function start(t: Parameters<typeof startQuickly>[0]) {
  const sandbox = await startQuickly(t);
  const environment: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    NODE_NO_WARNINGS: '1',
    TRUSTED_PRINCIPAL_ARN: ROLE,
    TEMPLATE_BASE_URL: `${sandbox.url}/${Bucket}/v1`,
    AWS_SIMULATOR_URL: sandbox.url,
    AWS_ENDPOINT_URL: sandbox.url,
    AWS_REGION: 'us-east-1',
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${sandbox.url}/_sandbox/credentials?role=${ROLE}`,
  };
  return { sandbox, environment, s3: s3For(sandbox, providerAccount) };
}

async function run(file: string, env: NodeJS.ProcessEnv) {
  const path = fileURLToPath(new URL(`../../dist/${file}`, import.meta.url));
  const child = spawn(process.execPath, [path], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, out, err };
}

async function keysIn(s3: S3Client): Promise<string[]> {
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
  return (Contents ?? []).map(({ Key = '' }) => Key);
}

/** The ports of the program, over the wire, with the credentials of the service's role. */
async function portsTo({ sandbox, environment }: { sandbox: Sandbox; environment: NodeJS.ProcessEnv }) {
  for (const [name, value] of Object.entries(environment))
    if (name.startsWith('AWS_')) process.env[name] = value;
  const baseUrl = must(environment['TEMPLATE_BASE_URL']);
  return {
    ...openTemplateBucket(baseUrl, aws, sandbox.url),
    validate: openTemplateValidation(),
    url: (path: string) => `${baseUrl}/${path}`,
  };
}

/** A template that differs from the first by what is put at its end. */
function changed(end: string): Template {
  return { ...must(first), profile: 'changed', body: `${must(first).body}${end}` };
}

t.test('publishing uploads every template and the manifest once, and a second time nothing', async (t) => {
  const { environment, s3 } = await start(t);
  const once = await run('publish-templates.js', environment);
  t.equal(once.code, 0, once.err);
  const manifest = makeManifest(templates);
  t.equal(once.out, manifest.body, 'the manifest is what a program reads');
  t.match(once.err, `Objects uploaded: ${templates.length + 1}.`);
  for (const { sha256, path } of manifest.templates) t.match(once.err, sha256, path);
  const keys = await keysIn(s3);
  t.strictSame(keys, [...templates.map(templatePath), manifest.path].map((path) => `v1/${path}`).sort());
  t.match(manifest.path, /^manifest-[0-9a-f]{12}\.json$/);

  for (const template of templates) {
    const Key = `v1/${templatePath(template)}`;
    const { Body, ...told } = await s3.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
    t.equal(await Body?.transformToString(), template.body);
    const { sha256 } = must(manifest.templates.find(({ path }) => Key.endsWith(path)));
    t.match(told, {
      CacheControl: 'public, max-age=31536000, immutable',
      ContentType: 'application/yaml; charset=utf-8',
      ChecksumSHA256: Buffer.from(sha256, 'hex').toString('base64'),
      ServerSideEncryption: 'AES256',
    });
  }

  const before = await s3.send(new ListObjectsV2Command({ Bucket }));
  const twice = await run('publish-templates.js', environment);
  t.equal(twice.code, 0, twice.err);
  t.equal(twice.out, once.out);
  t.match(twice.err, 'Nothing was uploaded');
  t.notMatch(twice.err, 'published');
  const after = await s3.send(new ListObjectsV2Command({ Bucket }));
  t.strictSame(after.Contents, before.Contents);
});

t.test('other bytes in a template’s place stop it before anything is uploaded', async (t) => {
  const { environment, s3 } = await start(t);
  const path = templatePath(must(templates.at(-1)));
  await s3.send(new PutObjectCommand({ Bucket, Key: `v1/${path}`, Body: 'other' }));
  const { code, err, out } = await run('publish-templates.js', environment);
  t.equal(code, 1);
  t.match(err, `${path} holds other bytes than this version's`);
  t.equal(out, '');
  t.strictSame(await keysIn(s3), [`v1/${path}`]);
});

t.test('a template that CloudFormation does not take stops it before anything is uploaded', async (t) => {
  const world = await start(t);
  const ports = await portsTo(world);
  const broken = changed('\n  Broken:\n    Value: !Ref Missing\n');
  await t.rejects(publishTemplates(ports, [...templates, broken]), {
    message: /CloudFormation does not take \w+\/changed-sns.yaml: Template format error: .*Missing/,
  });
  t.strictSame(await keysIn(world.s3), []);
});

t.test(
  'one that is too long to be sent is checked in the bucket, before the manifest says it is good',
  async (t) => {
    const world = await start(t);
    const ports = await portsTo(world);
    const asked: string[] = [];
    const watched = {
      ...ports,
      validate(source: Parameters<typeof ports.validate>[0]) {
        asked.push(Object.keys(source).join());
        return ports.validate(source);
      },
    };
    const long = `\n${'# a long comment\n'.repeat(3_100)}`;
    const good = changed(long);
    t.ok(Buffer.byteLength(good.body) > 51_200);
    const { manifest } = await publishTemplates(watched, [must(first), good]);
    t.strictSame(asked, ['body', 'url']);
    t.ok((await keysIn(world.s3)).includes(`v1/${manifest.path}`));

    const broken = { ...changed(`\n  Broken:\n    Value: !Ref Missing\n${long}`), version: 'broken' };
    for (const time of ['first', 'second']) {
      await t.rejects(publishTemplates(ports, [broken]), { message: /does not take broken/ }, time);
      t.notOk((await keysIn(world.s3)).includes(`v1/${makeManifest([broken]).path}`), time);
    }
  },
);

t.test('who loses a race finds the winner’s bytes, and is content if they are its own', async (t) => {
  const world = await start(t);
  const ports = await portsTo(world);
  const template = must(first);
  const path = templatePath(template);
  const late = (body: string | null) => {
    let reads = 0;
    return {
      ...ports,
      read: async (at: string) => (at !== path ? ports.read(at) : reads++ === 0 ? null : body),
      put: async (at: string, object: Parameters<typeof ports.put>[1]) =>
        at === path ? false : ports.put(at, object),
    };
  };
  const { outcomes } = await publishTemplates(late(template.body), [template]);
  t.equal(outcomes.get(path), 'unchanged');
  await t.rejects(publishTemplates(late('other'), [template]), { message: /holds other bytes/ });
  await t.rejects(publishTemplates(late(null), [template]), { message: /s3:GetObject is needed/ });
});

t.test('the bucket has to be in the partition whose clients it serves', async (t) => {
  const open =
    (host: string, partition = aws) =>
    () =>
      openTemplateBucket(`https://${host}/v1`, partition, null);
  t.doesNotThrow(open('rolecall.templates.s3.eu-central-1.amazonaws.com'));
  t.doesNotThrow(open('templates.s3.cn-north-1.amazonaws.com.cn', must(partitionById('aws-cn'))));
  for (const host of [
    'templates.s3.cn-north-1.amazonaws.com.cn',
    'templates.s3.us-gov-west-1.amazonaws.com',
    'templates.s3.us-east-1.amazonaws.eu',
    'templates.s3.us-east-1.example.com',
  ])
    t.throws(open(host), { message: /is not in aws, the partition of TRUSTED_PRINCIPAL_ARN/ }, host);
  t.throws(open('templates.example.com'), { message: /is not of the form/ });
});

t.test('the service does not start before its version is published', async (t) => {
  const { environment, s3 } = await start(t);
  const unpublished = {
    ...environment,
    TABLE_NAME: 'test-unpublished',
    TABLE_CREATE: 'never',
    ADMIN_API_KEY: 'a-key-for-tests-000000000000',
    PORT: '0',
  };
  const refused = await run('main.js', unpublished);
  t.equal(refused.code, 1);
  t.match(
    refused.err,
    /\.yaml is not published; run: npm run templates:publish \(or set TEMPLATE_CHECK=skip\)\n$/,
  );

  for (const template of templates)
    await s3.send(new PutObjectCommand({ Bucket, Key: `v1/${templatePath(template)}`, Body: template.body }));
  const broken = await run('main.js', unpublished);
  t.match(broken.err, /manifest-\w+\.json is not published; run/, 'nor after a publishing that broke off');

  const away = await run('main.js', {
    ...unpublished,
    AWS_SIMULATOR_URL: 'http://127.0.0.1:9',
    TEMPLATE_BASE_URL: 'http://127.0.0.1:9/rolecall-templates',
  });
  t.match(away.err, /cannot be reached; run/);
});
