import t from 'tap';
import { everyFailure } from '../../src/core/failure.js';
import { problemCodes, problemRow } from '../../src/core/problem.js';
import { startDeployment } from '../support/deployment.js';
import { api, eventually, invite, type Json, KEY } from '../support/world.js';

const { service } = await startDeployment(t);

const post = (body: unknown, headers = {}) => api(service, 'POST', '/v1/clients', body, headers);

/** A field that must be named, and the body that has it wrong. */
const bad: readonly (readonly [what: string, body: unknown, status: number, field: string])[] = [
  ['no name', {}, 400, 'name'],
  ['an empty name', { name: '' }, 400, 'name'],
  ['a blank name', { name: '   ' }, 400, 'name'],
  ['a name of another type', { name: 7 }, 400, 'name'],
  ['a name that is too long', { name: 'x'.repeat(201) }, 400, 'name'],
  ['control characters in the name', { name: 'a\u0000b' }, 400, 'name'],
  ['an external ID of one’s own', { name: 'x', externalId: 'mine' }, 400, 'externalId'],
  ['any unknown field', { name: 'x', nmae: 'y' }, 400, 'nmae'],
  ['a number as text', { name: 'x', maxAccounts: '2' }, 400, 'maxAccounts'],
  ['too few accounts', { name: 'x', maxAccounts: 0 }, 400, 'maxAccounts'],
  ['half an account', { name: 'x', maxAccounts: 1.5 }, 400, 'maxAccounts'],
  ['an account that is none', { name: 'x', expectedAccountIds: ['12345'] }, 400, 'expectedAccountIds.0'],
  [
    'an account twice',
    { name: 'x', expectedAccountIds: ['111122223333', '111122223333'] },
    400,
    'expectedAccountIds',
  ],
  ['a callback that is none', { name: 'x', callback: 'pigeon' }, 400, 'callback'],
  ['a profile that is none', { name: 'x', profile: 'root' }, 422, 'profile'],
  ['a region of another partition', { name: 'x', region: 'cn-north-1' }, 422, 'region'],
  ['a region that is none', { name: 'x', region: 'us-east-1#' }, 422, 'region'],
  ['a blank in the reference', { name: 'x', reference: 'a b' }, 400, 'reference'],
  ['a label that is no text', { name: 'x', metadata: { a: 1 } }, 400, 'metadata.a'],
  ['a key twice', '{"name":"x","name":"y"}', 400, 'name'],
  ['__proto__', '{"name":"x","__proto__":{"admin":true}}', 400, '__proto__'],
  ['a list', '[]', 400, 'body'],
  ['broken JSON', '{"name":', 400, 'body'],
  ['no JSON at all', '', 400, 'body'],
  ['a megabyte', JSON.stringify({ name: 'x'.repeat(1_000_000) }), 413, 'body'],
  ['nesting without end', `{"name":${'['.repeat(50)}${']'.repeat(50)}}`, 400, 'body'],
];

t.test('a bad body gets a problem that names the field, and stores nothing', async (t) => {
  const before = await lastInFeed();
  for (const [what, body, status, field] of bad) {
    const answer = await post(body, { 'content-type': 'application/json' });
    t.equal(answer.status, status, what);
    t.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
    t.match(answer.body, {
      type: /\/problems\//,
      title: /./,
      status,
      detail: /./,
      code: /^[a-z-]+$/,
      remedy: /./,
    });
    const fields = answer.body.errors?.map((error: Json) => error.field) ?? [];
    t.ok(fields.includes(field), `${what}: ${JSON.stringify(fields)} names ${field}`);
    const faults = answer.body.errors?.map((error: Json) => JSON.stringify(error)) ?? [];
    t.equal(new Set(faults).size, faults.length, 'and no fault twice');
    t.notMatch(JSON.stringify(answer.body), /pattern|\^\[/, 'in words, not as an expression');
  }
  t.equal(await lastInFeed(), before + 1, 'the feed holds nothing of them');
});

t.test('bytes that are no UTF-8, and other content types, are refused', async (t) => {
  const headers = {
    authorization: 'Bearer a-key-for-tests-000000000000',
    'content-type': 'application/json',
  };
  const bytes = Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
  const broken = await fetch(`${service.url}/v1/clients`, { method: 'POST', headers, body: bytes });
  t.equal(broken.status, 400);
  t.match(await broken.json(), { code: 'body-malformed', detail: /UTF-8/ });
  t.equal((await post('name=x', { 'content-type': 'application/x-www-form-urlencoded' })).status, 415);
  t.equal((await post('{"name":"half \\ud800"}')).status, 400);
});

t.test('a call that takes no body refuses a field in one, and does nothing', async (t) => {
  const client = await invite(service);
  const before = await lastInFeed();
  const path = `/v1/clients/${client.id}`;
  for (const [method, address] of [
    ['POST', `${path}/external-id-rotation`],
    ['DELETE', `${path}/external-id-rotation`],
    ['POST', `${path}/accounts/111122223333/verifications`],
    ['DELETE', `${path}/launches/${client.launch.id}`],
    ['DELETE', path],
  ] as const) {
    const { status, body } = await api(service, method, address, { externalId: 'mine' });
    t.equal(status, 400, `${method} ${address}`);
    t.match(body, { code: 'request-invalid', errors: [{ field: 'externalId', message: /not a field/ }] });
  }
  t.equal(await lastInFeed(), before + 1, 'the feed holds nothing of them');
  t.equal(
    (await api(service, 'POST', `${path}/external-id-rotation`, {})).status,
    201,
    'an empty one is taken',
  );
});

t.test('a call that takes no body is not refused for a type that is named where there is none', async (t) => {
  const { id } = await invite(service);
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  const send = async (method: string, path: string) =>
    (await fetch(`${service.url}${path}`, { method, headers })).status;
  t.equal(await send('POST', `/v1/clients/${id}/external-id-rotation`), 201);
  t.equal(await send('DELETE', `/v1/clients/${id}/external-id-rotation`), 204);
  t.equal(await send('DELETE', `/v1/clients/${id}`), 204);
  t.equal(await send('POST', '/v1/clients'), 400, 'one that takes a body asks for it');
});

/** The number that the feed gives next: a new client's own event has it. */
async function lastInFeed(): Promise<number> {
  const client = await invite(service);
  const { body } = await api(service, 'GET', `/v1/clients/${client.id}/events`);
  return Number(body.items[0].id.split('_')[1]);
}

t.test('a call without a key, or with a wrong one, learns nothing', async (t) => {
  for (const [authorization, code] of [
    ['', 'key-missing'],
    ['Basic abc', 'key-missing'],
    ['Bearer a-key-for-tests-000000000001', 'key-unknown'],
  ] as const) {
    const answer = await api(service, 'GET', '/v1/clients/cli_x', undefined, { authorization });
    t.equal(answer.status, 401);
    t.equal(answer.body.code, code);
    t.equal(answer.headers.get('www-authenticate'), 'Bearer');
  }
});

t.test('what is not there is not found, whatever the id looks like', async (t) => {
  for (const path of [
    '/v1/clients/cli_01a20c23-fd5d-7504-8477-260a1ad9c99e',
    '/v1/clients/nonsense',
    '/v1/clients/cli_01a20c23-fd5d-7504-8477-260a1ad9c99e/accounts',
    '/v1/clients/cli_01a20c23-fd5d-7504-8477-260a1ad9c99e/events',
    '/v1/nothing',
    '/launch/short/template.yaml',
    '/v1/%zz',
    `/launch/${'x'.repeat(600)}`,
  ]) {
    const { status, body } = await api(service, 'GET', path);
    t.equal(status, 404, path);
    t.equal(body.code, 'not-found');
  }
});

t.test('50 registrations at once with one reference make one client', async (t) => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => post({ name: `n${n}`, reference: 'crm-1' })),
  );
  const statuses = answers.map(({ status }) => status).sort();
  t.same(statuses, [201, ...Array(49).fill(409)]);
  for (const { body } of answers.filter(({ status }) => status === 409))
    t.match(body, { code: 'reference-taken', detail: /crm-1/, errors: [{ field: 'reference' }] });
});

t.test('external IDs are drawn by the service, each once', async (t) => {
  const clients = await Promise.all(Array.from({ length: 20 }, () => invite(service)));
  const ids = new Set(clients.map(({ externalId }) => externalId));
  t.equal(ids.size, 20);
  for (const id of ids) t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

t.test('whatever a client is called, its link works and its page shows the name as text', async (t) => {
  const names = [
    'Zoë & Søns; <b>#1</b>',
    'x'.repeat(200),
    '🦊'.repeat(100),
    'شركة المثال \u202e<script>alert(1)</script>',
    '"></title><script>alert(1)</script>',
    "'; DROP TABLE clients; --",
    '{{7*7}} <%= 7*7 %> ${7*7}',
  ];
  for (const name of names) {
    const client = await invite(service, { name });
    t.equal(client.name, name);
    t.match(client.launch.stackName, /^[A-Za-z][A-Za-z0-9-]{0,127}$/);
    const link = new URL(client.launch.quickCreateUrl);
    t.ok(client.launch.quickCreateUrl.length < 2000);
    const parameters = new URLSearchParams(link.hash.split('?')[1]);
    t.equal(parameters.get('param_ExternalId'), client.externalId);
    t.equal(parameters.get('param_CallbackUrl'), client.launch.callbackUrl);
    const page = await fetch(client.launch.pageUrl);
    t.equal(page.status, 200);
    t.equal(page.headers.get('cache-control'), 'no-store');
    t.equal(page.headers.get('referrer-policy'), 'no-referrer');
    t.notMatch(await page.text(), /<script>alert|<b>#1/);
  }
});

t.test('a link lasts an hour to 30 days, and a week where nobody says', async (t) => {
  const { id } = await invite(service);
  const make = (body: object) => api(service, 'POST', `/v1/clients/${id}/launches`, body);
  const secondsOf = ({ body }: Json) => (Date.parse(body.expiresAt) - Date.now()) / 1_000;
  for (const [body, seconds] of [
    [{ expiresIn: 3_600 }, 3_600],
    [{ expiresIn: 2_592_000 }, 2_592_000],
    [{}, 604_800],
  ] as const) {
    const made = await make(body);
    t.equal(made.status, 201);
    t.equal(Math.round(secondsOf(made) / 3_600), seconds / 3_600, `${seconds} s`);
  }
  for (const expiresIn of [3_599, 2_592_001, 0, -1, 3_600.5, '3600', null]) {
    const { status, body } = await make({ expiresIn });
    t.equal(status, 400, JSON.stringify(expiresIn));
    t.match(body.errors, [{ field: 'expiresIn' }]);
  }
});

t.test('secrets are shown once: reading a client again shows no link', async (t) => {
  const client = await invite(service);
  const { body } = await api(service, 'GET', `/v1/clients/${client.id}`);
  t.match(body.launch, { id: client.launch.id, status: 'open', stackName: client.launch.stackName });
  for (const field of ['pageUrl', 'quickCreateUrl', 'callbackUrl', 'commands'])
    t.notOk(Object.hasOwn(body.launch, field), field);
});

t.test('a client’s history is read in pages', async (t) => {
  const client = await invite(service);
  await fetch(client.launch.pageUrl);
  await fetch(client.launch.pageUrl);
  const first = await api(service, 'GET', `/v1/clients/${client.id}/events?limit=1`);
  t.same(
    first.body.items.map(({ type }: Json) => type),
    ['client.invited'],
  );
  const next = await api(
    service,
    'GET',
    `/v1/clients/${client.id}/events?limit=1&cursor=${first.body.nextCursor}`,
  );
  t.same(
    next.body.items.map(({ type }: Json) => type),
    ['launch.opened'],
    'opened twice, told once',
  );
  t.equal(next.body.nextCursor, null);
  t.equal((await api(service, 'GET', `/v1/clients/${client.id}/events?limit=0`)).status, 400);
  t.equal((await api(service, 'GET', `/v1/clients/${client.id}/events?limt=1`)).status, 400);
});

t.test('a callback without a signature of SNS, or with half a token, is refused', async (t) => {
  const { launch } = await invite(service);
  for (const [url, body] of [
    [launch.callbackUrl, '{}'],
    [launch.callbackUrl, 'not json'],
    [launch.callbackUrl.slice(0, -1), '{}'],
    [`${service.url}/callbacks/sns/${'A'.repeat(64)}`, '{}'],
  ] as const) {
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body });
    t.equal(answer.status, 403);
  }
});

t.test('a value that is none of those allowed is answered with those that are', async (t) => {
  const { body } = await api(service, 'POST', '/v1/clients', { name: 'x', callback: 'sqs' });
  t.match(body.errors, [{ field: 'callback', message: 'has to be "sns" or "lambda" or "none"' }]);
  for (const [wrong, errors] of [
    [{ name: '' }, [{ field: 'name', message: 'must not be empty' }]],
    [{ name: 7 }, [{ field: 'name', message: 'has to be a string' }]],
    [{}, [{ field: 'name', message: 'is missing' }]],
    [{ name: 'x'.repeat(201) }, [{ field: 'name', message: 'has to have 200 characters or fewer' }]],
    [{ name: 'x', color: 1 }, [{ field: 'color', message: 'is not a field that is known here' }]],
    [
      { name: 'x', reference: 'a b' },
      [{ field: 'reference', message: 'has to be 1 to 128 characters of ASCII without blanks' }],
    ],
  ] as const)
    t.strictSame(
      (await api(service, 'POST', '/v1/clients', wrong)).body.errors,
      errors,
      JSON.stringify(wrong),
    );
  const days = await api(service, 'GET', '/v1/overview?days=400');
  t.strictSame(days.body.errors, [{ field: 'days', message: 'has to be 90 or less' }]);
  const client = await invite(service);
  const empty = await api(service, 'PATCH', `/v1/clients/${client.id}`, {});
  t.match(empty.body, { status: 400, detail: /has to have a field at least/ });
  const either = await api(service, 'POST', `/v1/clients/${client.id}/accounts`, { humanRoleArn: 7 });
  t.match(either.body.errors, [
    { field: 'roleArn' },
    { field: 'humanRoleArn', message: 'has to be a string or null' },
  ]);
  const own = { roleArn: 'arn:aws:iam::999999999999:role/X' };
  const refused = await api(service, 'POST', `/v1/clients/${client.id}/accounts`, own);
  t.match(refused.body, { status: 422, code: 'account-refused', errors: [{ field: 'roleArn' }] });
});

t.test('a platform sees what can be asked for, and the very bytes that clients get', async (t) => {
  const { body } = await api(service, 'GET', '/v1/profiles');
  t.equal(body.nextCursor, null);
  t.strictSame(
    body.items.map(({ name }: Json) => name),
    ['cost', 'read-only', 'security-audit', 'view-only'],
  );
  for (const shown of body.items) {
    t.strictSame((await api(service, 'GET', `/v1/profiles/${shown.name}`)).body, shown);
    t.strictSame(
      shown.templates.map(({ kind, callback }: Json) => `${kind} ${callback}`),
      ['account sns', 'account lambda', 'account none', 'organization sns', 'organization lambda'],
    );
    for (const { kind, callback, version, url } of shown.templates) {
      const headers = { authorization: `Bearer ${KEY}` };
      const own = `${service.url}/v1/profiles/${shown.name}/template?callback=${callback}${kind === 'account' ? '' : `&kind=${kind}`}`;
      const answer = await fetch(own, { headers });
      t.match(answer.headers.get('content-type'), /^application\/yaml/);
      t.equal(answer.headers.get('etag'), `"${version}"`);
      t.equal(
        await answer.text(),
        await (await fetch(url)).text(),
        `${shown.name}-${callback}, ${kind}, as published`,
      );
      for (const tag of [`"${version}"`, `W/"${version}"`, `"x", "${version}"`, '*'])
        t.equal((await fetch(own, { headers: { ...headers, 'if-none-match': tag } })).status, 304, tag);
      t.equal((await fetch(own, { headers: { ...headers, 'if-none-match': '"x"' } })).status, 200);
    }
  }
  const other = await api(service, 'GET', '/v1/profiles/read-only/template?callback=sqs');
  t.match(other.body, { status: 400, errors: [{ field: 'callback' }] });
  for (const [query, field] of [
    ['callback=none&kind=organization', 'callback'],
    ['kind=unit', 'kind'],
  ] as const) {
    const none = await api(service, 'GET', `/v1/profiles/read-only/template?${query}`);
    t.match(none.body, { status: 400, code: 'request-invalid', errors: [{ field }] }, query);
  }
  for (const address of ['/v1/profiles/root', '/v1/profiles/root/template', '/v1/profiles/__proto__'])
    t.equal((await api(service, 'GET', address)).status, 404, address);
  t.equal((await fetch(`${service.url}/v1/profiles`)).status, 401);
});

t.test('a link for an organization leads to its own template, and its page shows the same', async (t) => {
  for (const callback of ['sns', 'lambda'] as const) {
    const { launch } = await invite(service, { kind: 'organization', callback });
    t.match(launch.templateUrl, new RegExp(`/security-audit-${callback}-organization.yaml$`));
    t.match(launch.quickCreateUrl, `templateURL=${encodeURIComponent(launch.templateUrl)}`);
    t.notMatch(launch.quickCreateUrl, 'OrganizationalUnitIds', 'which the client fills in');
    const published = await (await fetch(launch.templateUrl)).text();
    t.equal(await (await fetch(`${launch.pageUrl}/template.yaml`)).text(), published);
    t.match(published, 'AWS::CloudFormation::StackSet');
    for (const command of [launch.commands.awsCli, launch.commands.terraform]) {
      t.match(command, launch.templateUrl);
      t.match(command, 'ou-REPLACE-THIS');
    }
  }
});

t.test('the service says how it is, and explains its own problems', async (t) => {
  t.match((await api(service, 'GET', '/healthz')).body, { status: 'ok' });
  await eventually(
    () => api(service, 'GET', '/readyz'),
    ({ body }) => body.status === 'ready' && body.warnings.length === 0,
  );
  const failures = await fetch(`${service.url}/failures`);
  t.match(failures.headers.get('content-type'), /^text\/html/);
  const page = await failures.text();
  for (const { code, remedy } of everyFailure())
    t.ok(page.includes(`id="${code}"`) && page.includes(remedy), `${code} is explained`);
  const problems = await (await fetch(`${service.url}/problems`)).text();
  for (const code of problemCodes()) {
    t.ok(problems.includes(`href="/problems/${code}"`), `${code} is listed`);
    const answer = await fetch(`${service.url}/problems/${code}`);
    t.equal(answer.status, 200);
    t.ok((await answer.text()).includes(problemRow(code).remedy), `${code} has its page`);
  }
  t.equal((await fetch(`${service.url}/problems/none`)).status, 404);
  t.match((await api(service, 'GET', '/openapi.json')).body, {
    openapi: '3.1.0',
    paths: { '/v1/clients': {} },
  });
});
