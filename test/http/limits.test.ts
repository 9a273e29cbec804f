import { once } from 'node:events';
import { connect } from 'node:net';
import Fastify from 'fastify';
import { pino } from 'pino';
import t from 'tap';
import { readConfig } from '../../src/config.js';
import { makeApp } from '../../src/http/app.js';
import { requireAccess } from '../../src/http/plugins/access.js';
import type { Limits } from '../../src/limits.js';
import { makeService } from '../../src/service.js';
import { openDatabase } from '../../src/store/dynamodb.js';
import { readCatalogue } from '../../src/templates/catalogue.js';
import { api, type Json, KEY, startService, startWorld } from '../support/world.js';

const world = await startWorld();
t.teardown(() => world.close());

const ORIGIN = 'https://admin.example.com';
const service = await startService(world, undefined, {
  RATE_LIMIT_PER_MINUTE: '20',
  AUTH_FAILURES_PER_MINUTE: '5',
  REQUEST_TIMEOUT_SECONDS: '1',
  CORS_ORIGINS: ORIGIN,
  TRUST_PROXY: '1',
});
/** With the limits of all other tests. */
const roomy = await startService(world);
t.teardown(() => Promise.all([service.kill(), roomy.kill()]));

/** The whole app, in this process, and not listening. */
async function appWith(changes: Partial<Limits>) {
  const config = readConfig({
    TRUSTED_PRINCIPAL_ARN: 'arn:aws:iam::111122223333:role/RolecallService',
    TEMPLATE_BASE_URL: 'https://rolecall-templates.s3.us-east-1.amazonaws.com/v1',
  });
  const { publicUrl, tableName, trustedPrincipal } = config;
  const log = pino({ level: 'silent' });
  const parts = makeService(config, await readCatalogue(trustedPrincipal), openDatabase(tableName), log);
  const limits = { ...config.limits, ...changes };
  const defaults = { profile: 'security-audit', region: 'us-east-1' };
  const app = await makeApp({ service: parts, log, publicUrl, limits, defaults });
  await app.ready();
  return app;
}

const bearer = (key: string, from = '192.0.2.1') => ({
  authorization: `Bearer ${key}`,
  'x-forwarded-for': from,
});
const makeKey = async (name: string): Promise<Json> =>
  (await api(roomy, 'POST', '/v1/api-keys', { name, scopes: ['clients:read'] })).body;

t.test('every route says who may call it, and those that are open are known', async (t) => {
  const app = await appWith({});
  t.teardown(() => app.close());
  const { declaredRoutes } = app;
  t.ok(declaredRoutes.length > 40, `${declaredRoutes.length} routes`);
  const silent = declaredRoutes.filter(({ access }) => access === undefined);
  t.strictSame(silent, [], 'none is without');
  const open = declaredRoutes.flatMap(({ url, access }) =>
    access && 'open' in access && access.open !== 'Says which methods the address takes.' ? [url] : [],
  );
  const parted = new Set(open.map((url) => `/${url.split('/')[1]}`));
  t.strictSame([...parted].sort(), [
    '/access',
    '/assets',
    '/callbacks',
    '/console',
    '/docs',
    '/failures',
    '/healthz',
    '/launch',
    '/metrics',
    '/openapi.json',
    '/problems',
    '/readyz',
  ]);
});

t.test('an app with a route that does not say who may call it does not start', async (t) => {
  const app = Fastify();
  requireAccess(app);
  app.get('/said', { config: { access: { scope: 'clients:read' } } }, async () => 'ok');
  app.get('/forgotten', async () => 'oops');
  await t.rejects(async () => app.ready(), { message: /GET \/forgotten/ });
});

t.test('a key’s requests are counted, and it is told how many are left', async (t) => {
  const [one, another] = [await makeKey('one'), await makeKey('another')];
  const ask = ({ secret }: Json) => api(service, 'GET', '/v1/profiles', undefined, bearer(secret));
  const first = await ask(one);
  t.equal(first.headers.get('ratelimit-policy'), '"default";q=20;w=60');
  t.match(first.headers.get('ratelimit'), /^"default";r=19;t=\d+$/);
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(one)));
  t.equal(answers.filter(({ status }) => status === 200).length, 19);
  const [refused] = answers.filter(({ status }) => status !== 200);
  t.match(refused?.body, { status: 429, code: 'too-many-requests', remedy: /Retry-After/ });
  t.match(refused?.headers.get('ratelimit'), /^"default";r=0;t=\d+$/);
  const wait = Number(refused?.headers.get('retry-after'));
  t.ok(wait >= 1 && wait <= 60, `${wait} seconds`);
  t.equal((await ask(another)).status, 200, 'another key has its own');
});

t.test(
  'an address that sends wrong keys is barred; keys in use there, and other addresses, are not',
  async (t) => {
    const [used, idle, gone] = [await makeKey('used'), await makeKey('idle'), await makeKey('gone')];
    await api(roomy, 'DELETE', `/v1/api-keys/${gone.id}`);
    const ask = (key: string, from?: string) =>
      api(service, 'GET', '/v1/profiles', undefined, bearer(key, from));
    const here = '2001:db8::1';
    t.equal((await ask(used.secret, here)).status, 200);
    for (const [place, wrong] of ['no-key-of-anybodys-000000', 'rc_typo', gone.secret, 'x', 'y'].entries())
      t.equal((await ask(wrong, `2001:db8::${place + 2}`)).status, 401, 'from anywhere in one /64');
    for (const wrong of ['no-key-of-anybodys-000000', 'rc_typo', gone.secret]) {
      const { body, headers } = await ask(wrong, here);
      t.match(body, { status: 429, code: 'too-many-requests' });
      t.ok(Number(headers.get('retry-after')) >= 1);
    }
    t.equal((await ask(idle.secret, here)).status, 429, 'a key that would have to be looked up is not');
    t.equal((await ask(used.secret, here)).status, 200, 'one that is in use goes on');
    t.equal((await ask(KEY, here)).status, 200);
    t.equal((await ask('x', '2001:db8:0:1::1')).status, 401, 'the next network is told what is wrong');
    t.equal((await ask(idle.secret, '192.0.2.9')).status, 200);
  },
);

t.test('X-Forwarded-For is believed of the proxies that are there, and of nobody else', async (t) => {
  const sent = { 'x-forwarded-for': '203.0.113.66, 198.51.100.7' };
  for (const [at, address] of [
    [service, '198.51.100.7'],
    [roomy, '127.0.0.1'],
  ] as const) {
    const { body } = await api(at, 'POST', '/v1/clients', { name: 'x' }, sent);
    const events = await api(roomy, 'GET', `/v1/clients/${body.id}/events`);
    t.match(events.body.items[0].actor, { name: 'admin', address });
  }
});

t.test('a browser may call from the origins that are configured, and from no other', async (t) => {
  const ask = (at: { url: string }, origin: string, method = 'OPTIONS') =>
    fetch(`${at.url}/v1/profiles`, {
      method,
      headers: { origin, 'access-control-request-method': 'GET', ...(method === 'GET' && bearer(KEY)) },
    });
  const preflight = await ask(service, ORIGIN);
  t.equal(preflight.status, 204);
  t.equal(preflight.headers.get('access-control-allow-origin'), ORIGIN);
  t.match(preflight.headers.get('access-control-allow-headers'), /authorization/);
  const answer = await ask(service, ORIGIN, 'GET');
  t.equal(answer.headers.get('access-control-allow-origin'), ORIGIN);
  t.match(answer.headers.get('access-control-expose-headers'), /ratelimit/);
  t.equal(answer.headers.get('access-control-allow-credentials'), null);
  for (const [at, origin] of [
    [service, 'https://admin.example.com.evil.example'],
    [service, 'null'],
    [roomy, ORIGIN],
  ] as const)
    for (const method of ['OPTIONS', 'GET'])
      t.equal(
        (await ask(at, origin, method)).headers.get('access-control-allow-origin'),
        null,
        `${method} ${origin}`,
      );
});

/** Sends bytes as they are, and what comes after them once the service had to wait; returns what it answers. */
async function send(...parts: readonly string[]): Promise<{ status: number; headers: string; body: Json }> {
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (bytes) => {
    answer += bytes;
  });
  socket.on('error', () => undefined);
  for (const part of parts) socket.write(part);
  await once(socket, 'close');
  const [headers = '', body = ''] = answer.split('\r\n\r\n');
  return { status: Number(headers.split(' ')[1]), headers, body: JSON.parse(body) };
}

t.test('what is no request, or never becomes one, is answered with a problem', async (t) => {
  const head = `POST /v1/clients HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${KEY}\r\n`;
  const json = 'Content-Type: application/json\r\n';
  for (const [what, status, code, parts] of [
    ['no HTTP', 400, 'request-broken', ['hello\r\n\r\n']],
    ['a length that is none', 400, 'request-broken', [`${head}Content-Length: x\r\n\r\n`]],
    [
      'two lengths',
      400,
      'request-broken',
      [`${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ],
    ['headers without end', 431, 'headers-too-large', [`${head}X: ${'x'.repeat(20_000)}\r\n\r\n`]],
    ['headers that stop', 408, 'request-timeout', [head]],
    ['a body that stops', 408, 'request-timeout', [`${head}${json}Content-Length: 50\r\n\r\n{"name":`]],
  ] as const) {
    const answer = await send(...parts);
    t.match(answer.body, { status, code, type: /\/problems\//, remedy: /./, requestId: /-7/ }, what);
    t.equal(answer.status, status);
    t.match(answer.headers, /content-type: application\/problem\+json/i);
    t.match(answer.headers, /connection: close/i);
  }
  const large = await api(service, 'POST', '/v1/clients', { name: 'x'.repeat(300_000) });
  t.match(large.body, { status: 413, code: 'body-too-large' });
});

t.test(
  'without memory to spare, requests are turned away, and the process still says that it lives',
  async (t) => {
    const app = await appWith({ memory: 1 });
    t.teardown(() => app.close());
    const refused = await app.inject({ url: '/v1/profiles' });
    t.match(refused.json(), { status: 503, code: 'overloaded' });
    t.ok(refused.headers['retry-after']);
    t.equal((await app.inject({ url: '/readyz' })).statusCode, 503, 'a load balancer goes elsewhere');
    t.equal((await app.inject({ url: '/healthz' })).statusCode, 200);
    const spacious = await appWith({ memory: 1024 ** 4 });
    t.teardown(() => spacious.close());
    t.equal((await spacious.inject({ url: '/v1/profiles' })).statusCode, 401);
  },
);
