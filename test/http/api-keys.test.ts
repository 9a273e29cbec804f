import { exportSPKI, generateKeyPair, UnsecuredJWT } from 'jose';
import t from 'tap';
import { scopes } from '../../src/core/scope.js';
import { startDeployment } from '../support/deployment.js';
import { AUDIENCE, startIssuer } from '../support/issuer.js';
import {
  api,
  createStack,
  eventually,
  invite,
  type Json,
  KEY,
  settledStack,
  startService,
} from '../support/world.js';

const { world, service } = await startDeployment(t);
const other = await startService(world);
t.teardown(() => other.kill());

const as = (secret: string) => ({ authorization: `Bearer ${secret}` });
const make = async (fields: object, secret?: string): Promise<Json> =>
  (await api(service, 'POST', '/v1/api-keys', fields, secret === undefined ? {} : as(secret))).body;
const listed = async (id: string): Promise<Json> =>
  (await api(service, 'GET', '/v1/api-keys?limit=100')).body.items.find((key: Json) => key.id === id);

t.test('a key’s secret is shown once, and nothing that is stored or told holds it', async (t) => {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const wish = { name: 'nightly', scopes: ['clients:read'], maxDurationSeconds: 1_800, expiresAt };
  const answer = await api(service, 'POST', '/v1/api-keys', wish);
  t.equal(answer.status, 201);
  t.equal(answer.headers.get('cache-control'), 'no-store');
  const { secret, ...shown } = answer.body;
  t.match(secret, /^rc_[0-9A-Za-z]{71}$/);
  t.match(shown, { ...wish, id: /^key_/, clients: null, lastUsedAt: null });
  const page = (await api(service, 'GET', '/v1/api-keys?limit=100')).body;
  t.strictSame(
    page.items.find(({ id }: Json) => id === shown.id),
    shown,
    'the list has all of it but the secret',
  );
  t.notMatch(JSON.stringify(page), /secret|hash/i);
  t.notMatch(service.output(), secret, 'not in the log');
});

t.test('each scope opens its own routes and no others', async (t) => {
  const client = await invite(service);
  const path = `/v1/clients/${client.id}`;
  const routes = [
    ['GET', path, 'clients:read'],
    ['PATCH', path, 'clients:write', { name: 'x' }],
    ['POST', `${path}/accounts/111122223333/verifications`, 'accounts:verify'],
    ['POST', `${path}/accounts/111122223333/credentials`, 'credentials:issue', { sessionName: 'abc' }],
    ['GET', `${path}/events`, 'events:read'],
    ['GET', '/v1/api-keys', 'keys:manage'],
  ] as const;
  for (const scope of scopes) {
    const { secret } = await make({ name: scope, scopes: [scope] });
    for (const [method, address, needed, body] of routes) {
      const answer = await api(service, method, address, body, as(secret));
      if (scope === needed) t.not(answer.status, 403, `${scope} opens ${method} ${address}`);
      else {
        t.equal(answer.status, 403, `${scope} does not open ${method} ${address}`);
        t.match(answer.body, { code: 'scope-missing' });
        t.match(answer.body.detail, needed, 'the scope is named');
      }
    }
  }
});

t.test('a key that is revoked on one instance is refused by all', async (t) => {
  const { id, secret } = await make({ name: 'short-lived', scopes: ['clients:read'] });
  const ask = (at: { url: string }) => api(at, 'GET', '/v1/profiles', undefined, as(secret));
  t.equal((await ask(service)).status, 200);
  t.equal((await ask(other)).status, 200, 'known to the other instance at once');
  t.equal((await api(service, 'DELETE', `/v1/api-keys/${id}`)).status, 204);
  t.match((await ask(service)).body, { status: 401, code: 'key-unknown' }, 'here at once');
  const elsewhere = await eventually(
    () => ask(other),
    ({ status }) => status !== 200,
  );
  t.match(elsewhere.body, { status: 401, code: 'key-unknown' });
  t.equal((await api(service, 'DELETE', `/v1/api-keys/${id}`)).status, 404, 'it is gone');
  t.equal(await listed(id), undefined);
  t.equal((await api(service, 'DELETE', '/v1/api-keys/nonsense')).status, 404);
});

t.test('a key with a typing error is told apart from an unknown one', async (t) => {
  const { secret, id } = await make({ name: 'typo', scopes: ['clients:read'] });
  const ask = (bearer: string) => api(service, 'GET', '/v1/profiles', undefined, as(bearer));
  const swapped = secret.endsWith('0') ? '1' : '0';
  for (const wrong of [secret.slice(0, -1), `${secret.slice(0, -1)}${swapped}`, `${secret}x`, 'rc_', 'rc_-'])
    t.match(
      (await ask(wrong)).body,
      { status: 401, code: 'key-malformed', detail: /checksum/ },
      wrong.slice(-9),
    );
  t.match((await ask('somebody-elses-key-000000')).body, { code: 'key-unknown' });
  await api(service, 'DELETE', `/v1/api-keys/${id}`);
  t.match((await ask(secret)).body, { code: 'key-unknown' }, 'a whole one that nobody has');
});

t.test('a key ends when it was said to', async (t) => {
  const expiresAt = new Date(Date.now() + 5_000).toISOString();
  const { id, secret } = await make({ name: 'brief', scopes: ['clients:read'], expiresAt });
  const ask = () => api(service, 'GET', '/v1/profiles', undefined, as(secret));
  const ended = await eventually(ask, ({ status }) => status !== 200);
  t.match(ended.body, { status: 401, code: 'key-expired' });
  t.ok(Date.now() >= Date.parse(expiresAt), 'and no earlier');
  t.match(await listed(id), { expiresAt }, 'the list still has it');
  const past = { name: 'x', scopes: ['clients:read'], expiresAt: '2020-01-01T00:00:00Z' };
  t.match(await make(past), { status: 400, errors: [{ field: 'expiresAt', message: /future/ }] });
  for (const odd of ['2099-06-01T00:00:00Z[UTC]', '2098-12-31T23:59:60Z', '2099-02-30T00:00:00Z', 'soon'])
    t.match(await make({ ...past, expiresAt: odd }), { status: 400, errors: [{ field: 'expiresAt' }] }, odd);
});

t.test('when a key was used last is noted behind the request', async (t) => {
  const { id, secret } = await make({ name: 'used', scopes: ['clients:read'] });
  await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      api(n % 2 ? service : other, 'GET', '/v1/profiles', undefined, as(secret)),
    ),
  );
  const { lastUsedAt } = await eventually(
    () => listed(id),
    (key) => key.lastUsedAt !== null,
  );
  await api(other, 'GET', '/v1/profiles', undefined, as(secret));
  t.equal((await listed(id)).lastUsedAt, lastUsedAt, 'once a minute, of all instances together');
});

t.test('to a key that is limited to some clients, no other exists', async (t) => {
  const [own, foreign] = [await invite(service), await invite(service)];
  const unknown = 'cli_01a20c23-fd5d-7504-8477-260a1ad9c99e';
  const { id, secret, clients } = await make({ name: 'limited', scopes, clients: [own.id] });
  t.strictSame(clients, [own.id]);
  const key = as(secret);
  t.equal((await api(service, 'GET', `/v1/clients/${own.id}`, undefined, key)).status, 200);
  const calls: readonly (readonly [string, string, unknown?])[] = [
    ['GET', ''],
    ['PATCH', '', { name: 'mine now' }],
    ['DELETE', ''],
    ['GET', '/launches'],
    ['POST', '/launches', {}],
    ['DELETE', `/launches/${foreign.launch.id}`],
    ['GET', '/accounts'],
    ['GET', '/accounts/111122223333'],
    ['POST', '/accounts', { roleArn: 'arn:aws:iam::111122223333:role/X' }],
    ['DELETE', '/accounts/111122223333'],
    ['POST', '/accounts/111122223333/verifications'],
    ['POST', '/accounts/111122223333/credentials', { sessionName: 'abc' }],
    ['POST', '/external-id-rotation'],
    ['GET', '/external-id-rotation'],
    ['DELETE', '/external-id-rotation'],
    ['GET', '/events'],
  ];
  for (const [method, path, body] of calls) {
    const answers = [foreign.id, unknown].map(async (clientId) => {
      const answer = await api(service, method, `/v1/clients/${clientId}${path}`, body, key);
      return JSON.stringify({ ...answer.body, requestId: '' }).replaceAll(clientId, 'ID');
    });
    const [there, nowhere] = await Promise.all(answers);
    t.match(there, '"not-found"', `${method} ${path}`);
    t.equal(there, nowhere, 'exactly as one that nobody has');
  }
  for (const query of ['', '?status=invited', '?profile=security-audit', '?namePrefix=a', '?limit=1']) {
    const { body } = await api(service, 'GET', `/v1/clients${query}`, undefined, key);
    t.strictSame([body.items.map((one: Json) => one.id), body.nextCursor], [[own.id], null], `list ${query}`);
  }
  t.strictSame((await api(service, 'GET', '/v1/clients?status=connected', undefined, key)).body.items, []);
  const named = await invite(service, { reference: 'of-another' });
  t.strictSame(
    (await api(service, 'GET', '/v1/clients?reference=of-another', undefined, key)).body.items,
    [],
  );
  const feed = (await api(service, 'GET', '/v1/events?limit=100', undefined, key)).body;
  t.strictSame(
    [...new Set(feed.items.map(({ clientId }: Json) => clientId))],
    [own.id],
    'the feed is of its own',
  );
  t.ok(feed.position.split('_')[1] > '000000000000003', 'and goes on past the others');
  const lines = await api(service, 'GET', '/v1/events', undefined, {
    ...key,
    accept: 'application/x-ndjson',
  });
  const text = JSON.stringify(lines.body);
  t.ok(text.includes(own.id) && !text.includes(foreign.id) && !text.includes(named.id), 'exported, too');
  t.match((await api(service, 'GET', `/v1/clients/${foreign.id}`)).body, {
    name: foreign.name,
    status: 'invited',
  });
  for (const [method, path, body] of [
    ['POST', '/v1/clients', { name: 'x' }],
    ['GET', '/v1/api-keys'],
    ['POST', '/v1/api-keys', { name: 'x', scopes: ['clients:read'] }],
    ['DELETE', `/v1/api-keys/${id}`],
  ] as const)
    t.match((await api(service, method, path, body, key)).body, {
      status: 403,
      code: 'key-limited',
      detail: /limited/,
    });
  const wrong = { name: 'x', scopes: ['clients:read'], clients: [own.id, unknown, 'x'] };
  t.match(await make(wrong), { status: 400, errors: [{ field: 'clients.1' }, { field: 'clients.2' }] });
});

t.test('nobody makes a key that is allowed more than his own', async (t) => {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const narrow = { scopes: ['keys:manage', 'clients:read'], maxDurationSeconds: 1_000, expiresAt };
  const { secret } = await make({ name: 'maker', ...narrow });
  const later = new Date(Date.now() + 7_200_000).toISOString();
  const refused = await make(
    { name: 'x', scopes: ['clients:read', 'clients:write'], maxDurationSeconds: 1_001, expiresAt: later },
    secret,
  );
  t.match(refused, { status: 403, code: 'key-exceeds-maker' });
  t.strictSame(
    refused.errors.map(({ field }: Json) => field),
    ['scopes.1', 'maxDurationSeconds', 'expiresAt'],
  );
  const made = await make({ name: 'x', scopes: ['clients:read'] }, secret);
  t.match(made, { maxDurationSeconds: 1_000, expiresAt }, 'what is left out is as the maker’s');
});

t.test('credentials last no longer than the key allows', async (t) => {
  const client = await invite(service);
  await settledStack(world, await createStack(world, client));
  const path = `/v1/clients/${client.id}/accounts/111122223333/credentials`;
  const { id, secret } = await make({
    name: 'crm',
    scopes: ['credentials:issue'],
    maxDurationSeconds: 1_000,
  });
  const ask = (wish: object) => api(service, 'POST', path, { sessionName: 'abc', ...wish }, as(secret));
  t.match((await ask({ durationSeconds: 1_001 })).body, {
    status: 422,
    code: 'duration-too-long',
    errors: [{ field: 'durationSeconds', message: /1000/ }],
  });
  t.equal((await ask({ durationSeconds: 1_000 })).status, 200);
  const first = await ask({});
  t.equal(first.status, 200);
  t.equal(
    (await ask({})).body.accessKeyId,
    first.body.accessKeyId,
    'a session is shared by requests of one key',
  );

  const { body } = await api(service, 'GET', `/v1/clients/${client.id}/events?limit=100`);
  const issued = body.items.findLast(({ type }: Json) => type === 'credentials.issued');
  t.strictSame(
    Object.keys(issued.actor).sort(),
    ['address', 'keyId', 'name', 'requestId', 'type'],
    'the history says who it was',
  );
  t.match(issued.actor, { type: 'api-key', name: 'crm', keyId: id, address: '127.0.0.1', requestId: /-7/ });
});

t.test('keys are listed in pages, each once', async (t) => {
  const seen: string[] = [];
  for (let cursor = ''; ; ) {
    const { body } = await api(service, 'GET', `/v1/api-keys?limit=3${cursor}`);
    t.ok(body.items.length <= 3);
    seen.push(...body.items.map(({ id }: Json) => id));
    if (body.nextCursor === null) break;
    cursor = `&cursor=${body.nextCursor}`;
  }
  t.ok(seen.length > 6);
  t.strictSame(seen, [...new Set(seen)].sort());
});

t.test('a bad wish for a key names the field', async (t) => {
  const good = { name: 'x', scopes: ['clients:read'] };
  for (const [field, wish] of [
    ['name', { scopes: good.scopes }],
    ['name', { ...good, name: ' ' }],
    ['scopes', { name: 'x' }],
    ['scopes', { name: 'x', scopes: [] }],
    ['scopes.0', { name: 'x', scopes: ['everything'] }],
    ['scopes', { name: 'x', scopes: ['clients:read', 'clients:read'] }],
    ['clients', { ...good, clients: [] }],
    ['maxDurationSeconds', { ...good, maxDurationSeconds: 899 }],
    ['maxDurationSeconds', { ...good, maxDurationSeconds: 3_601 }],
    ['expiresAt', { ...good, expiresAt: 'tomorrow' }],
    ['secret', { ...good, secret: 'rc_mine' }],
  ] as const) {
    const refused = await make(wish);
    t.equal(refused.status, 400, field);
    t.ok(
      refused.errors.some((error: Json) => error.field === field),
      JSON.stringify(refused.errors),
    );
  }
});

t.test(
  'access tokens of a configured issuer are taken, and none that is not meant for this service',
  async (t) => {
    const issuer = await startIssuer(t);
    const environment = { OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: AUDIENCE };
    const trusting = await startService(world, undefined, environment);
    t.teardown(() => trusting.kill());
    const ask = (token: string, path = '/v1/profiles', method = 'GET', body?: object) =>
      api(trusting, method, path, body, as(token));
    const seconds = () => Math.floor(Date.now() / 1_000);
    const strangers = await generateKeyPair('RS256');
    const elliptic = await generateKeyPair('ES256');
    const published = Buffer.from(await exportSPKI((await generateKeyPair('RS256')).publicKey));

    issuer.away = true;
    const good = await issuer.token();
    t.match(
      (await ask(good)).body,
      { status: 503, code: 'unavailable' },
      'an issuer that is away is no fault of a token',
    );
    issuer.away = false;
    await eventually(
      () => ask(good),
      ({ status }) => status === 200,
    );
    t.equal((await ask(KEY)).status, 200, 'keys are taken beside it');
    t.match((await ask(good, '/v1/clients', 'POST', { name: 'x' })).body, {
      code: 'scope-missing',
      detail: /clients:write/,
    });
    t.match(
      (await api(service, 'GET', '/v1/profiles', undefined, as(good))).body,
      { code: 'key-unknown' },
      'no issuer',
    );

    const [head = '', claims = '', signature = ''] = good.split('.');
    const changed = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(claims, 'base64url').toString()), scope: 'keys:manage' }),
    );
    const bad: readonly (readonly [string, string])[] = [
      ['for another audience', await issuer.token({ aud: 'https://other.example.com' })],
      ['without an audience', await issuer.token({ aud: [] })],
      ['of another issuer', await issuer.token({ iss: 'https://evil.example.com' })],
      ['that is over', await issuer.token({ exp: seconds() - 60 })],
      ['without an end', await issuer.token({ exp: undefined })],
      ['still to begin', await issuer.token({ nbf: seconds() + 90 })],
      ['without a subject', await issuer.token({ sub: undefined })],
      ['signed by a stranger', await issuer.token({}, {}, strangers.privateKey)],
      ['by a key that is not published', await issuer.token({}, { kid: 'key-9' }, strangers.privateKey)],
      [
        'by an algorithm that is not configured',
        await issuer.token({}, { alg: 'ES256' }, elliptic.privateKey),
      ],
      ['by a secret that is public', await issuer.token({}, { alg: 'HS256' }, published)],
      ['changed after it was signed', [head, changed.toString('base64url'), signature].join('.')],
      [
        'not signed',
        `${new UnsecuredJWT({ iss: issuer.url, aud: AUDIENCE, sub: 'x', exp: seconds() + 60 }).encode()}x`,
      ],
    ];
    for (const [what, token] of bad) {
      const { status, body } = await ask(token);
      t.match(body, { status: 401, code: 'token-invalid' }, what);
      t.equal(status, 401);
    }
    t.equal(
      (await ask(await issuer.token({ exp: seconds() - 10 }))).status,
      200,
      'clocks may differ by a little',
    );
    t.equal((await ask(await issuer.token({ scope: ['clients:read'] }))).status, 200, 'scopes as a list');
    t.equal((await ask(await issuer.token({ scope: undefined }))).status, 403, 'none without the claim');
    t.equal(issuer.reads(), 1, 'its keys are read once');

    const writing = await issuer.token({ scope: 'clients:write keys:manage events:read' });
    const client = (await ask(writing, '/v1/clients', 'POST', { name: 'x' })).body;
    const events = (await ask(writing, `/v1/clients/${client.id}/events`)).body;
    t.match(events.items[0].actor, { type: 'oidc', name: 'billing', address: '127.0.0.1' });
    const key = (await ask(writing, '/v1/api-keys', 'POST', { name: 'x', scopes: ['clients:write'] })).body;
    t.ok(Date.parse(key.expiresAt) <= Date.now() + 300_000, 'a key that it makes does not outlive it');
    t.notMatch(trusting.output(), writing, 'no token in the log');
  },
);
