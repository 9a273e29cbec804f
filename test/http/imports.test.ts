import t from 'tap';
import { startDeployment } from '../support/deployment.js';
import {
  api,
  createStack,
  eventually,
  invite,
  type Json,
  settledStack,
  startService,
} from '../support/world.js';

const { world, service } = await startDeployment(t, { environment: { ALLOW_IMPORT: 'true' } });
const post = (items: readonly object[], at: { readonly url: string } = service, key?: string) =>
  api(at, 'POST', '/v1/imports', { items }, key === undefined ? {} : { 'idempotency-key': key });

/** A role that an adopter's client has had for years, by an external ID of the adopter's own. */
async function oldRole(account: string, externalId: string): Promise<string> {
  const { launch } = await invite(service, { callback: 'none' });
  const { status } = await settledStack(world, await createStack(world, { launch, externalId }, { account }));
  t.equal(status, 'CREATE_COMPLETE');
  return `arn:aws:iam::${account}:role/${launch.stackName}`;
}

const settledAccount = async (clientId: string, accountId: string): Promise<Json> =>
  (
    await eventually(
      () => api(service, 'GET', `/v1/clients/${clientId}/accounts/${accountId}`),
      ({ body }) => body.lastVerifiedAt !== null,
    )
  ).body;

t.test('roles come in with their external IDs, are verified, and are to be rotated', async (t) => {
  const roleArn = await oldRole('410000000001', 'acme-1');
  const other = await oldRole('410000000002', 'not/what+is:said');
  const { status, body } = await post([
    { name: 'Acme', externalId: 'acme-1', roleArn, reference: 'old-1', metadata: { from: 'v1' } },
    { name: 'Other', externalId: 'x'.repeat(1_224), roleArn: other },
  ]);
  t.equal(status, 202);
  const [acme, long] = body.items;
  t.match(acme, {
    status: 'verifying',
    accountId: '410000000001',
    proposal: { method: 'POST', path: `/v1/clients/${acme.clientId}/external-id-rotation` },
    problem: null,
  });
  t.match(await settledAccount(acme.clientId, '410000000001'), {
    status: 'connected',
    verdict: { assumable: true, requiresExternalId: true, rejectsWrongExternalId: true },
  });
  const client = await api(service, 'GET', `/v1/clients/${acme.clientId}`);
  t.match(client.body, {
    ...{ name: 'Acme', reference: 'old-1', externalId: 'acme-1', externalIdSource: 'imported' },
    ...{ status: 'connected', metadata: { from: 'v1' } },
  });
  t.match(await api(service, 'GET', `/v1/clients/${acme.clientId}/events`), {
    body: {
      items: [
        { type: 'client.invited', data: { externalIdSource: 'imported' }, actor: { type: 'api-key' } },
        { type: 'account.verifying' },
        { type: 'account.connected' },
      ],
    },
  });
  t.match(long.status, 'verifying', 'it is a well-formed one');
  const { body: attempt } = await api(
    service,
    'POST',
    `/v1/clients/${long.clientId}/accounts/410000000002/verifications`,
  );
  t.equal(attempt.assumable, false, 'and opens nothing that it does not open');

  const rotation = await api(service, 'POST', acme.proposal.path);
  t.match(rotation, { status: 201, body: { externalId: /^[0-9a-f-]{36}$/, accounts: [{ command: null }] } });
  t.equal((await api(service, 'DELETE', `/v1/clients/${acme.clientId}`)).status, 204);
  const again = await post([{ name: 'Acme again', externalId: 'acme-1', roleArn }]);
  t.match(again.body.items, [{ status: 'refused', problem: { code: 'external-id-taken', status: 409 } }]);
});

t.test('each item has a result of its own, in its place', async (t) => {
  const drawn = await invite(service, { reference: 'taken' });
  const role = (account: string) => `arn:aws:iam::${account}:role/Old`;
  const good = { name: 'Good', externalId: 'good-1', roleArn: role('420000000001') };
  const { status, body } = await post([
    good,
    { ...good, name: 'Twin' },
    { ...good, externalId: 'a b' },
    { ...good, externalId: 'a' },
    { ...good, externalId: 'x'.repeat(1_225) },
    { ...good, externalId: drawn.externalId },
    { ...good, externalId: 'good-2', roleArn: 'arn:aws:iam::1:role/x' },
    { ...good, externalId: 'good-3', profile: 'root' },
    { ...good, externalId: 'good-4', reference: 'taken' },
    { ...good, externalId: 'good-5', roleArn: role('999999999999') },
    { ...good, externalId: 'good-6', roleArn: 'arn:aws-cn:iam::420000000001:role/Old' },
    { ...good, externalId: '+=,.@:/-_Z9' },
  ]);
  t.equal(status, 202);
  const short = body.items.map((item: Json) => item.problem?.code ?? item.status);
  t.strictSame(short, [
    'verifying',
    'external-id-taken',
    ...Array(3).fill('request-invalid'),
    'external-id-taken',
    'request-invalid',
    'profile-unknown',
    'reference-taken',
    'account-refused',
    'account-refused',
    'verifying',
  ]);
  t.match(body.items[2].problem.errors, [{ field: 'items.2.externalId', message: /2 to 1224/ }]);
  t.match(body.items[8].problem.errors, [{ field: 'items.8.reference' }]);
  const found = await api(service, 'GET', '/v1/clients?namePrefix=twin');
  t.strictSame(found.body.items, [], 'what is refused leaves nothing behind');
  for (const [items, field] of [
    [[], 'items'],
    [Array(101).fill(good), 'items'],
    [[{ ...good, name: '' }], 'items.0.name'],
    [[good, { ...good, extra: 1 }], 'items.1.extra'],
    [[{ name: 'x', roleArn: role('420000000001') }], 'items.0.externalId'],
  ] as const) {
    const refused = await post(items);
    t.equal(refused.status, 400);
    t.match(refused.body.errors, [{ field }]);
  }
});

t.test('an external ID sent twice at once is one client’s', async (t) => {
  const item = { name: 'Race', externalId: 'race-1', roleArn: 'arn:aws:iam::430000000001:role/Old' };
  const answers = await Promise.all(Array.from({ length: 10 }, () => post([item])));
  const statuses = answers.map(({ body }) => body.items[0].status).sort();
  t.strictSame(statuses, [...Array(9).fill('refused'), 'verifying']);
});

t.test('what was taken over is answered again as it was, and what was refused is tried again', async (t) => {
  const role = 'arn:aws:iam::450000000001:role/Old';
  const items = [
    { name: 'First', externalId: 'again-1', roleArn: role },
    { name: 'Second', externalId: 'again-2', roleArn: role, reference: 'in-use' },
  ];
  const holder = await invite(service, { reference: 'in-use' });
  const other = await startService(world, undefined, { ALLOW_IMPORT: 'true' });
  t.teardown(() => other.kill());
  const before = await post(items, service, 'take-over');
  t.equal(before.headers.get('idempotent-replayed'), null);
  t.match(before.body.items, [{ status: 'verifying' }, { problem: { code: 'reference-taken' } }]);
  t.equal((await api(service, 'DELETE', `/v1/clients/${holder.id}`)).status, 204);
  const repeated = await post(items, other, 'take-over');
  t.equal(repeated.headers.get('idempotent-replayed'), 'true');
  t.strictSame(repeated.body.items[0], before.body.items[0]);
  t.match(repeated.body.items[1], { status: 'verifying', clientId: /^cli_/ });
  const whole = await post(items, service, 'take-over');
  t.strictSame(whole.body, repeated.body);
  const found = await api(service, 'GET', '/v1/clients?namePrefix=First');
  t.equal(found.body.items.length, 1);
  for (const changed of [[...items].reverse(), items.slice(0, 1)])
    t.match(await post(changed, service, 'take-over'), {
      status: 422,
      body: { code: 'idempotency-key-reused' },
    });
});

t.test('nothing comes in unless the operator says so', async (t) => {
  const closed = await startService(world);
  t.teardown(() => closed.kill());
  const item = { name: 'X', externalId: 'closed-1', roleArn: 'arn:aws:iam::440000000001:role/Old' };
  t.match(await post([item], closed), {
    status: 403,
    body: { code: 'import-not-allowed', remedy: /ALLOW_IMPORT/ },
  });
  t.match((await post([item])).body.items, [{ status: 'verifying' }], 'and nothing of it was kept');
});
