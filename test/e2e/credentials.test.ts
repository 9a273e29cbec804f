import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import t from 'tap';
import { startDeployment } from '../support/deployment.js';
import {
  api,
  createStack,
  deleteStack,
  eventually,
  invite,
  type Json,
  settledStack,
} from '../support/world.js';

const { world, service } = await startDeployment(t);

interface Connected {
  readonly client: Json;
  readonly stackId: string;
  readonly path: string;
}

async function connect(account: string, edit?: (template: string) => string): Promise<Connected> {
  const client = await invite(service);
  const stackId = await createStack(world, client, { account, ...(edit && { edit }) });
  const { status, reasons } = await settledStack(world, stackId);
  if (status !== 'CREATE_COMPLETE') throw new Error(reasons);
  return { client, stackId, path: `/v1/clients/${client.id}/accounts/${account}` };
}

const ask = ({ path }: Pick<Connected, 'path'>, body: unknown = { sessionName: 'nightly' }, headers = {}) =>
  api(service, 'POST', `${path}/credentials`, body, headers);
const issuedOf = async ({ client }: Connected): Promise<Json[]> =>
  (await api(service, 'GET', `/v1/clients/${client.id}/events?limit=100`)).body.items.filter(
    ({ type }: Json) => type === 'credentials.issued',
  );
const control = (method: string, path: string, body?: object) =>
  fetch(`${world.sandbox.url}/_sandbox/${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
const entries = async (): Promise<number> =>
  ((await (await control('GET', 'state')).json()) as Json).stsCalls.AssumeRole.ok;
const settings = ({ accessKeyId, secretAccessKey, sessionToken }: Json) => ({
  endpoint: world.sandbox.url,
  region: 'us-east-1',
  credentials: { accessKeyId, secretAccessKey, sessionToken },
});

t.test('the credentials work, in the account, under the name that was asked for', async (t) => {
  const connected = await connect('200000000001');
  const { status, headers, body } = await ask(connected, {
    sessionName: 'nightly@crm',
    durationSeconds: 1_800,
  });
  t.equal(status, 200);
  t.equal(headers.get('cache-control'), 'no-store');
  const account = (await api(service, 'GET', connected.path)).body;
  t.strictSame(Object.keys(body), [
    'accessKeyId',
    'secretAccessKey',
    'sessionToken',
    'expiration',
    'roleArn',
    'accountId',
  ]);
  t.match(body, { roleArn: account.roleArn, accountId: '200000000001', expiration: /^20.*Z$/ });
  const left = Date.parse(body.expiration) - Date.now();
  t.ok(left > 1_790_000 && left <= 1_800_000, `${left} ms are left`);
  const sts = new STSClient(settings(body));
  const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}));
  t.equal(Account, '200000000001');
  t.match(Arn, /:assumed-role\/[^/]+\/nightly@crm$/);
  const [event, ...others] = await issuedOf(connected);
  t.strictSame(others, []);
  t.match(event, {
    accountId: '200000000001',
    actor: { type: 'api-key', name: 'admin' },
    data: { sessionName: 'nightly@crm', durationSeconds: 1_800, sourceIdentity: 'admin', narrowed: false },
  });

  const again = await ask(connected, { sessionName: 'nightly@crm', durationSeconds: 1_800 });
  t.strictSame(again.body, body, 'an equal request is given the same session');
  t.equal((await issuedOf(connected)).length, 1, 'which is told once');
  const other = await ask(connected, { sessionName: 'other' }, { 'idempotency-key': 'k' });
  const another = await ask(connected, { sessionName: 'another' }, { 'idempotency-key': 'k' });
  t.not(other.body.sessionToken, another.body.sessionToken, 'an idempotency key is ignored');
});

t.test('1,000 equal requests at once make one AssumeRole', async (t) => {
  for (const [count, account] of [
    [100, '200000000012'],
    [1_000, '200000000011'],
  ] as const) {
    const connected = await connect(account);
    const before = await entries();
    const began = performance.now();
    const answers = await Promise.all(Array.from({ length: count }, () => ask(connected)));
    const took = Math.round(performance.now() - began);
    const made = (await entries()) - before;
    t.strictSame([...new Set(answers.map(({ status }) => status))], [200]);
    t.equal(new Set(answers.map(({ body }) => body.sessionToken)).size, 1);
    // The SDK asks again where no answer was read for 3 s, as on a machine that is full of a thousand requests.
    t.ok(made <= 1 + took / 3_000, `${made} AssumeRole for ${count} equal requests, ${took} ms`);
    t.equal((await issuedOf(connected)).length, 1);
  }
});

t.test('a session policy narrows what the credentials may do', async (t) => {
  const connected = await connect('200000000021');
  const { roleArn } = (await api(service, 'GET', connected.path)).body;
  const RoleName = roleArn.split('/').at(-1);
  const allow = (Action: string) =>
    JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action, Resource: '*' } });
  const look = async (policy: string | undefined) => {
    const { body } = await ask(connected, { sessionName: 'nightly', ...(policy && { policy }) });
    return new IAMClient(settings(body)).send(new GetRoleCommand({ RoleName }));
  };
  t.match(await look(undefined), { Role: { Arn: roleArn } });
  t.match(await look(allow('iam:GetRole')), { Role: { Arn: roleArn } });
  await t.rejects(look(allow('iam:ListRoles')), { name: /AccessDenied/ });
  t.same(
    (await issuedOf(connected)).map(({ data }) => data.narrowed),
    [false, true, true],
  );
  const refused = await ask(connected, {
    sessionName: 'nightly',
    policy: '{"Statement":[{"Effect":"Perhaps"}]}',
  });
  t.equal(refused.status, 422);
  t.match(refused.body, { code: 'session-policy-refused', detail: /./ });
});

t.test('once the stack is deleted there are none, kept or not', async (t) => {
  const connected = await connect('200000000031');
  t.equal((await ask(connected)).status, 200);
  await deleteStack(world, connected.stackId);
  await settledStack(world, connected.stackId);
  for (const sessionName of ['nightly', 'another']) {
    const { status, headers, body } = await ask(connected, { sessionName });
    t.equal(status, 409, sessionName);
    t.match(body, { code: 'account-not-connected', detail: /disconnected/, remedy: /./ });
    t.equal(headers.get('cache-control'), 'no-store');
  }
  const again = await createStack(world, connected.client, { account: '200000000031' });
  t.equal((await settledStack(world, again)).status, 'CREATE_COMPLETE');
  const { body } = await ask(connected);
  const identity = await new STSClient(settings(body)).send(new GetCallerIdentityCommand({}));
  t.equal(identity.Account, '200000000031', 'connected again, they are the new role’s');
});

t.test('once the account is let go or its client removed there are none, kept or not', async (t) => {
  const connected = await connect('200000000041');
  t.equal((await ask(connected)).status, 200);
  t.equal((await api(service, 'DELETE', connected.path)).status, 204);
  t.match(await ask(connected), { status: 409, body: { code: 'account-not-connected' } });

  const removed = await connect('200000000042');
  t.equal((await ask(removed)).status, 200);
  t.equal((await api(service, 'DELETE', `/v1/clients/${removed.client.id}`)).status, 204);
  t.match(await ask(removed), { status: 404, body: { code: 'not-found' } });

  for (const path of [
    '/v1/clients/nonsense/accounts/200000000041',
    '/v1/clients/cli_01a20c23-fd5d-7504-8477-260a1ad9c99e/accounts/200000000041',
    `/v1/clients/${connected.client.id}/accounts/200000000049`,
  ])
    t.match(await ask({ path }), { status: 404, body: { code: 'not-found' } }, path);
});

t.test('a role that no longer lets us in is verified again at once', async (t) => {
  const connected = await connect('200000000051');
  await control('POST', 'faults', { name: 'rcp-deny', account: '200000000051' });
  const { status, body } = await ask(connected);
  t.equal(status, 409);
  t.match(body, { code: 'account-not-enterable', detail: /verified again/ });
  t.notMatch(JSON.stringify(body), new RegExp(connected.client.externalId));
  const account = await eventually(
    async () => (await api(service, 'GET', connected.path)).body,
    ({ verdict }) => verdict.failure !== null,
  );
  t.match(account, { status: 'connected', verdict: { failure: { code: 'role-not-assumable' } } });
  await control('DELETE', 'faults');
  t.equal((await ask(connected)).status, 200);
});

t.test('what AWS says of itself is not held against the account', async (t) => {
  const connected = await connect('200000000061');
  for (const [name, status, code] of [
    ['sts-throttle', 503, 'aws-throttled'],
    ['sts-outage', 503, 'aws-unavailable'],
    ['sts-region-disabled', 502, 'aws-refused'],
  ] as const) {
    await control('POST', 'faults', { name });
    const answer = await ask(connected);
    await control('DELETE', 'faults');
    t.equal(answer.status, status, name);
    t.equal(answer.body.code, code);
    t.equal(answer.headers.get('retry-after'), status === 503 ? '5' : null);
    t.equal((await api(service, 'GET', connected.path)).body.status, 'connected');
  }
  t.equal((await ask(connected)).status, 200);
});

t.test('a role that takes no source identity is entered without', async (t) => {
  const connected = await connect('200000000071', (template) =>
    template.replace('              - sts:SetSourceIdentity\n', ''),
  );
  t.equal((await ask(connected)).status, 200);
  t.match(await issuedOf(connected), [{ data: { sourceIdentity: null } }]);
});

t.test('a bad wish is refused, and the field named', async (t) => {
  const connected = await connect('200000000081');
  const rows: [unknown, string][] = [
    [{}, 'sessionName'],
    [{ sessionName: 'x' }, 'sessionName'],
    [{ sessionName: 'x'.repeat(65) }, 'sessionName'],
    [{ sessionName: 'a b' }, 'sessionName'],
    [{ sessionName: 'nightly\n' }, 'sessionName'],
    [{ sessionName: 'nächtlich' }, 'sessionName'],
    [{ sessionName: 7 }, 'sessionName'],
    [{ sessionName: 'nightly', durationSeconds: 899 }, 'durationSeconds'],
    [{ sessionName: 'nightly', durationSeconds: 3_601 }, 'durationSeconds'],
    [{ sessionName: 'nightly', durationSeconds: 900.5 }, 'durationSeconds'],
    [{ sessionName: 'nightly', durationSeconds: '900' }, 'durationSeconds'],
    [{ sessionName: 'nightly', policy: { Statement: [] } }, 'policy'],
    [{ sessionName: 'nightly', policy: '[]' }, 'policy'],
    [{ sessionName: 'nightly', policy: 'x'.repeat(2_049) }, 'policy'],
    [{ sessionName: 'nightly', externalId: 'mine' }, 'externalId'],
    [{ sessionName: 'nightly', roleArn: 'arn:aws:iam::200000000081:role/Admin' }, 'roleArn'],
  ];
  const before = await entries();
  for (const [body, field] of rows) {
    const answer = await ask(connected, body);
    t.equal(answer.status, 400, JSON.stringify(body).slice(0, 80));
    t.ok(
      answer.body.errors.some((error: Json) => error.field === field && error.message !== ''),
      field,
    );
  }
  t.equal(await entries(), before);
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE'])
    t.equal((await api(service, method, `${connected.path}/credentials`)).status, 405, method);
  t.equal((await ask(connected, undefined, { authorization: '' })).status, 401);
});
