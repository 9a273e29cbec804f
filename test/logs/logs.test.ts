import { paginateScan, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { describeError } from '../../src/logs/describe-error.js';
import { makeRedact } from '../../src/logs/redact.js';
import { databaseAt, localUrl } from '../store/database.js';
import { CENTRAL, openCentralAccount } from '../support/central-account.js';
import { AUDIENCE, startIssuer } from '../support/issuer.js';
import { startReceiver } from '../support/receiver.js';
import { formsOf, secretsIn } from '../support/secrets.js';
import { startWiretap } from '../support/wiretap.js';
import {
  api,
  createStack,
  eventually,
  invite,
  type Json,
  settledStack,
  startService,
  startWorld,
  updateStack,
} from '../support/world.js';

t.test('of an error a few fields are written, and no item, response or address', (t) => {
  const Item = { e: { S: 'an external ID' } };
  const $response = { headers: { authorization: 'a signature' } };
  const error = Object.assign(
    new TransactionCanceledException({
      message: 'Transaction cancelled',
      CancellationReasons: [{ Code: 'ConditionalCheckFailed', Item }],
      $metadata: { httpStatusCode: 400, requestId: 'R1', attempts: 2 },
    }),
    { $response, url: 'https://answers.example/?signed' },
  );
  const cause = Object.assign(new Error('connect ECONNREFUSED'), {
    code: 'ECONNREFUSED',
    address: '10.0.0.1',
  });
  const described = describeError(new Error('it failed', { cause: Object.assign(error, { cause }) }));
  t.match(described, {
    type: 'Error',
    message: 'it failed',
    cause: {
      type: 'TransactionCanceledException',
      ...{ status: 400, awsRequestId: 'R1' },
      cause: { code: 'ECONNREFUSED' },
    },
  });
  t.notMatch(JSON.stringify(described), /external ID|signature|signed|10\.0\.0\.1/);
  t.match(describeError('thrown'), { type: 'string', message: 'thrown' });
  t.end();
});

t.test('what looks like a secret is struck from a line, which stays JSON', (t) => {
  const token = 'AbC-_123'.repeat(8);
  const secrets = [
    ...[
      'ASIAQWERTYUIOPASDFGH',
      'AKIAQWERTYUIOPASDFGH',
      `whsec_${'k/+9'.repeat(11)}=`,
      `rc_${'aZ09'.repeat(18)}`,
    ],
    ...[
      'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln',
      `v1,${'q/+Z'.repeat(10)}xyz=`,
      'Bearer some-key-of-others',
    ],
    ...[
      token,
      'FwoGZXIv'.repeat(40),
      '0b8f7c3e-5d8e-4a55-9f0a-3c1d2e4f5a6b',
      `X-Amz-Signature=${'ab12'.repeat(16)}`,
    ],
    ...["Value 'mine-and-nobodys' at 'externalId'", 'the "admin" key \\ 000000000000'],
  ];
  const redact = makeRedact(['the "admin" key \\ 000000000000', 'chosen:outside/1']);
  for (const secret of secrets)
    for (const message of [
      secret,
      `at /launch/${secret}?a=1 it failed`,
      JSON.stringify({ said: `${secret},` }),
    ]) {
      const line = redact(`${JSON.stringify({ level: 30, deep: [{ message }], msg: 'x' })}\n`);
      const { deep, ...rest } = JSON.parse(line);
      t.strictSame(rest, { level: 30, msg: 'x' });
      t.match(deep[0].message, /\[redacted\]/);
      const [, head = ''] =
        /([\w/+-]{8})/.exec(secret.replace(/^(Bearer |X-Amz-Signature=|Value ')/, '')) ?? [];
      t.notOk(head !== '' && deep[0].message.includes(head), `${secret.slice(0, 10)}… is gone`);
    }
  for (const name of [
    'externalId',
    'ExternalId',
    'secretAccessKey',
    'sessionToken',
    'authorization',
    'set-cookie',
  ]) {
    const inner = JSON.stringify({ [name]: 'of any form', other: 'stays' });
    for (const said of [JSON.parse(inner), inner, JSON.stringify({ inner })]) {
      const line = redact(JSON.stringify({ said, kept: 1 }));
      t.equal(JSON.parse(line).kept, 1);
      t.notMatch(line, /of any form/);
      t.match(line, /stays/);
    }
  }
  const id = '0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';
  const stackId =
    'arn:aws:cloudformation:us-east-1:111122223333:stack/x/0193a1b2-c3d4-4e5f-8a9b-0c1d2e3f4a5b';
  const kept = {
    requestId: id,
    clientId: `cli_${id}`,
    stackId,
    route: '/callbacks/sns/:token',
    awsRequestId: '',
  };
  kept.awsRequestId = '6f1b7b0c-5d8e-4a55-9f0a-3c1d2e4f5a6b';
  t.strictSame(JSON.parse(redact(JSON.stringify(kept))), kept, 'ids are not');
  t.end();
});

t.test('with its log at trace, a run of everything tells its story and no secret', async (t) => {
  const world = await startWorld({ centralAccountId: CENTRAL });
  const { settings } = await openCentralAccount(world, ['alice']);
  const [toAws, toService] = [await startWiretap(world.sandbox.url), await startWiretap()];
  const receiver = await startReceiver({ after: (end) => t.teardown(end) });
  const issuer = await startIssuer(t);
  const role = world.environment['TRUSTED_PRINCIPAL_ARN'];
  const service = await startService(world, undefined, {
    ...settings,
    PUBLIC_URL: toService.url,
    AWS_ENDPOINT_URL: toAws.url,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${toAws.url}/_sandbox/credentials?role=${role}`,
    ...{ ALLOW_IMPORT: 'true', OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: AUDIENCE },
  });
  toService.target = service.url;
  const front = { url: toService.url };
  t.teardown(async () => {
    await service.kill('SIGKILL');
    for (const tap of [toAws, toService]) tap.close();
    await world.close();
  });
  const call = async (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
    (await api(front, method, path, body, headers)).body as Json;
  const sandbox = (method: string, path: string, body?: object) =>
    fetch(`${world.sandbox.url}/_sandbox/${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
  const lines = (): Json[] =>
    service
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  receiver.answer = (_, response) => response.writeHead(500).end();
  const webhook = await call('POST', '/v1/webhooks', { url: receiver.url });
  const client = await invite(front, { reference: 'crm-1' });
  await fetch(client.launch.pageUrl);
  const stackId = await createStack(world, client, { account: '100000000001' });
  t.match(await settledStack(world, stackId), { status: 'CREATE_COMPLETE' });

  await t.test('the log at info is a story of few lines that belong together by their ids', async (t) => {
    const ours = await eventually(
      async () =>
        lines().filter((line) => line.level >= 30 && line.clientId === client.id && !line.webhookId),
      (found) => found.some(({ msg }) => msg === 'stack settled'),
    );
    const story = ours.map(({ msg, event, route, answer }) => event ?? route ?? `${msg}: ${answer}`);
    t.strictSame(story.toSorted(), [
      ...['/callbacks/sns/:token', '/callbacks/sns/:token', '/launch/:token', '/v1/clients'],
      ...['account.connected', 'account.verifying', 'client.invited', 'launch.opened'],
      ...['stack settled: SUCCESS', 'stack.started'],
    ]);
    const [work] = ours.filter(({ msg }) => msg === 'stack settled');
    t.match(work, {
      work: 'settle',
      accountId: '100000000001',
      stackId,
      request: 'Create',
      sent: 'accepted',
    });
    const callback = ours.find(({ requestId, msg }) => msg === 'answered' && requestId === work.requestId);
    t.match(callback, { route: '/callbacks/sns/:token', status: 200, accountId: '100000000001', stackId });
    const [invited] = ours.filter(({ event }) => event === 'client.invited');
    t.match(
      ours.find(({ requestId, msg }) => msg === 'answered' && requestId === invited.requestId),
      { method: 'POST', route: '/v1/clients', status: 201, by: 'admin' },
    );
    t.ok(
      lines().every(({ route, level, status }) => route !== '/readyz' || level <= 20 || status >= 400),
      'probes are not told at info',
    );
  });

  // Whatever else there is to be done, and to be done wrong.
  const accounts = `/v1/clients/${client.id}/accounts/100000000001`;
  await call('POST', `${accounts}/credentials`, { sessionName: 'nightly' });
  await call('POST', `${accounts}/verifications`);
  const byFunction = await invite(front, { callback: 'lambda' });
  await settledStack(world, await createStack(world, byFunction, { account: '100000000002' }));
  const ExternalId = '2f6e5a4d-1111-4222-8333-444455556666';
  const edited = await createStack(world, await invite(front), {
    account: '100000000003',
    parameters: { ExternalId },
  });
  t.match(await settledStack(world, edited), { status: 'ROLLBACK_COMPLETE' });
  const begun = await call('POST', `/v1/clients/${client.id}/external-id-rotation`);
  await fetch(begun.pageUrl);
  await updateStack(world, client, stackId, { parameters: { ExternalId: begun.externalId } });
  t.match(await settledStack(world, stackId), { status: 'UPDATE_COMPLETE' });

  const made = await call('POST', '/v1/api-keys', {
    name: 'nightly',
    scopes: ['clients:read', 'credentials:issue'],
  });
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
  const wrong = [
    made.secret.slice(0, -1),
    `${made.secret}x`,
    'not-a-key-of-anybodys',
    await issuer.token({ aud: 'x' }),
  ];
  for (const key of [made.secret, await issuer.token(), ...wrong])
    await call('GET', '/v1/clients', undefined, bearer(key));
  await call('GET', '/v1/clients', undefined, {
    authorization: `Basic ${Buffer.from('u:secret-password').toString('base64')}`,
  });
  await call('GET', '/v1/clients', undefined, { cookie: 'session=0123456789abcdef' });
  const pageToken = client.launch.pageUrl.split('/').at(-1);
  for (const path of [
    `/launch/${pageToken}/x`,
    `/v1/clients/${made.secret}`,
    `/x?token=${pageToken}`,
    `/launch/%zz${pageToken}`,
  ])
    await call('GET', path);
  await call('POST', '/v1/clients', { name: 'x', externalId: ExternalId });
  await call('POST', '/v1/clients', `{"name": "x", "secret": "${made.secret}" oops`);
  await call('POST', `/callbacks/sns/${client.launch.callbackUrl.split('/').at(-1)}`, {
    Type: 'Notification',
  });

  const own = { externalId: 'chosen/outside:0001', roleArn: 'arn:aws:iam::100000000004:role/Old' };
  await call('POST', '/v1/imports', {
    items: [
      { name: 'Old', ...own },
      { name: 'Twin', ...own },
    ],
  });
  const group = await call('POST', '/v1/groups', { name: 'Audit', members: ['alice'], clients: [client.id] });
  const link = await call('POST', `/v1/groups/${group.id}/access-links`, { user: 'alice' });
  await fetch(link.url);
  t.match(await call('POST', '/v1/central-stack/deployments'), { status: /plann/ });

  await sandbox('POST', 'faults', { name: 'sts-outage', times: 30 });
  await call('POST', `${accounts}/credentials`, { sessionName: 'other' });
  await call('POST', `${accounts}/verifications`);
  await sandbox('DELETE', 'faults');
  for (const name of ['dynamodb-outage', 'dynamodb-away', 'dynamodb-throttle']) {
    await sandbox('POST', 'faults', { name });
    const answers = await Promise.all([
      call('GET', `/v1/clients/${client.id}`, undefined, bearer(made.secret)),
      call('POST', '/v1/clients', { name: 'In an outage' }),
      fetch(client.launch.pageUrl),
    ]);
    t.ok(
      answers.some(({ status }) => status >= 500),
      `${name} is felt`,
    );
    await sandbox('DELETE', 'faults');
  }
  receiver.answer = (_, response) => response.end();
  await call('POST', `/v1/webhooks/${webhook.id}/test`);
  await call('POST', `/v1/webhooks/${webhook.id}/secret-rotation`);
  await call('DELETE', accounts);
  await call('DELETE', `/v1/clients/${byFunction.id}`);

  const { client: dynamodb, tableName: TableName } = databaseAt(
    localUrl(),
    String(world.environment['TABLE_NAME']),
  );
  const stored: string[] = [];
  for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName }))
    for (const { d } of Items) stored.push(d?.S ?? '');
  dynamodb.destroy();
  await service.kill();

  const sent = receiver.received.map(({ headers }) => headers['webhook-signature'] ?? '');
  const wire = [toAws.heard(), toService.heard(), ...sent, ...stored].join('\n');
  const named = [
    webhook.secret,
    made.secret,
    client.externalId,
    begun.externalId,
    ExternalId,
    own.externalId,
    ...wrong,
  ];
  const secrets = new Set([...secretsIn(wire), ...named, world.environment['ADMIN_API_KEY'] ?? '']);
  t.ok(secrets.size > 100, `${secrets.size} secrets went by`);
  for (const form of [/^ASIA/, /^[\w-]{64}$/, /^whsec_/, /^rc_/, /^eyJ/, /^[0-9a-f]{64}$/, /^[\w+/]{43}=$/])
    t.ok(
      [...secrets].some((secret) => form.test(secret)),
      `such as ${form}`,
    );
  const output = service.output();
  const found = [...secrets].filter((secret) => formsOf(secret).some((form) => output.includes(form)));
  t.strictSame(found, [], 'and none of them stands in the log, in any form');
  const told = lines();
  t.ok(
    told.some(({ level, err }) => level >= 50 && err !== undefined),
    'in which there are errors, too',
  );
  t.ok(
    told.some(({ msg }) => msg === 'stopped'),
    'and the end',
  );
  t.match(
    told,
    told.map(() => ({ level: Number, time: Number, msg: String })),
    'each line of it is a JSON object',
  );
});
