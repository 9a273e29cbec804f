import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import t from 'tap';
import { repeatByKey } from '../../src/http/plugins/repeats.js';
import { startProxy } from '../store/database.js';
import { startDeployment } from '../support/deployment.js';
import { allItemsHolding } from '../support/items-holding.js';
import { api, invite, type Json, type RunningService, startService } from '../support/world.js';

const { world, service, eventsOf } = await startDeployment(t);

const post = (
  path: string,
  body: unknown,
  key: string,
  at: Pick<RunningService, 'url'> = service,
): Promise<{ status: number; headers: Headers; body: Json }> =>
  api(at, 'POST', path, body, { 'idempotency-key': key });

const itemsHolding = (text: string) => allItemsHolding(world, text);

const clientsNamed = async (name: string) =>
  (await itemsHolding(name)).filter(({ sk }) => sk?.S === 'CLIENT').length;

t.test('a repeated invitation is answered the same, byte for byte, and makes no second client', async (t) => {
  const key = randomUUID();
  const name = `Twice ${key}`;
  const first = await post('/v1/clients', { name, metadata: { a: '1', b: '2' } }, key);
  t.equal(first.status, 201);
  t.equal(first.headers.get('idempotent-replayed'), null);
  const again = await post('/v1/clients', { metadata: { b: '2', a: '1' }, name }, key);
  t.equal(again.status, 201);
  t.equal(again.headers.get('idempotent-replayed'), 'true');
  for (const header of ['location', 'etag', 'content-type'])
    t.equal(again.headers.get(header), first.headers.get(header), header);
  t.equal(JSON.stringify(again.body), JSON.stringify(first.body), 'the launch link among it');
  t.match(again.body.launch.pageUrl, /\/launch\//);
  t.equal(await clientsNamed(name), 1);
  t.same(await eventsOf(first.body), ['client.invited'], 'and it is told once');
});

t.test('every call that stores something can be repeated, whatever it makes', async (t) => {
  const client = await invite(service);
  const path = `/v1/clients/${client.id}`;
  const roleArn = 'arn:aws:iam::444455556666:role/ByHand';
  for (const [address, body, status] of [
    [`${path}/launches`, { expiresIn: 3_600 }, 201],
    [`${path}/external-id-rotation`, undefined, 201],
    [`${path}/accounts`, { roleArn }, 202],
  ] as const) {
    const key = randomUUID();
    const first = await post(address, body, key);
    t.equal(first.status, status, address);
    const again = await post(address, body, key);
    t.equal(again.status, status);
    t.same(again.body, first.body);
    t.equal(again.headers.get('idempotent-replayed'), 'true');
  }
  const { body } = await api(service, 'GET', `${path}/launches`);
  t.equal(body.items.length, 2, 'the first link and one more');
  const types = await eventsOf(client);
  t.equal(types.filter((type) => type === 'external_id.rotation_started').length, 1);
  t.equal(types.filter((type) => type === 'account.verifying').length, 1);
});

t.test('another request under the same key is refused, and does nothing', async (t) => {
  const key = randomUUID();
  const client = (await post('/v1/clients', { name: 'One' }, key)).body;
  const other = await invite(service);
  const rotation = (id: string) => `/v1/clients/${id}/external-id-rotation`;
  const refused = { code: 'idempotency-key-reused', errors: [{ field: 'Idempotency-Key' }] };
  for (const [path, body] of [
    ['/v1/clients', { name: `Two ${key}` }],
    [`/v1/clients/${client.id}/launches`, {}],
    [rotation(client.id), undefined],
  ] as const)
    t.match(await post(path, body, key), { status: 422, body: refused });
  t.equal(await clientsNamed(`Two ${key}`), 0);
  t.equal((await api(service, 'GET', `/v1/clients/${client.id}/launches`)).body.items.length, 1);
  t.equal((await post(rotation(client.id), undefined, `r ${key}`)).status, 201);
  t.match(await post(rotation(other.id), undefined, `r ${key}`), { status: 422, body: refused });
  t.equal((await api(service, 'GET', rotation(other.id))).status, 404, 'of the same body at another address');
});

t.test('a key that cannot be one is refused by its name, except where it means nothing', async (t) => {
  const client = await invite(service);
  const refused = { code: 'request-invalid', errors: [{ field: 'Idempotency-Key', message: /255/ }] };
  for (const key of ['', 'x'.repeat(256), 'caf\u00e9'])
    t.match(await post('/v1/clients', { name: 'x' }, key), { status: 400, body: refused });
  t.equal((await post('/v1/clients', { name: 'x' }, 'x'.repeat(255))).status, 201);
  const ignored = await post(`/v1/clients/${client.id}/accounts/111122223333/verifications`, undefined, '');
  t.equal(ignored.status, 404, 'a verification ignores it');
});

t.test('a refused call leaves its key free, so that it can be sent again', async (t) => {
  const key = randomUUID();
  const reference = `crm-${key}`;
  const other = await invite(service, { reference });
  t.match(await post('/v1/clients', { name: 'x', reference }, key), { body: { code: 'reference-taken' } });
  await api(service, 'DELETE', `/v1/clients/${other.id}`);
  t.equal((await post('/v1/clients', { name: 'x', reference }, key)).status, 201);
});

t.test('the table holds neither the key nor anything that the answer shows once', async (t) => {
  const key = `order-of-${randomUUID()}`;
  const { body } = await post('/v1/clients', { name: 'Secretive' }, key);
  const [, token] = /\/launch\/(.*)$/.exec(body.launch.pageUrl) ?? [];
  t.equal((await itemsHolding(body.id)).length > 0, true, 'the client is there');
  for (const secret of [key, token, body.launch.callbackUrl.split('/').at(-1)])
    t.equal((await itemsHolding(String(secret))).length, 0);
  const answers = (await itemsHolding('IDEM#')).filter(({ sk }) => sk?.S === 'R');
  t.ok(answers.length > 0);
  for (const { ttl } of answers)
    t.ok(Math.abs(Number(ttl?.N) - Date.now() / 1_000 - 86_400) < 600, 'and is swept away after a day');
});

t.test(
  '20 calls at once over two instances make one client, and all that are answered have it',
  async (t) => {
    const other = await startService(world);
    t.teardown(() => other.kill());
    for (const reference of [undefined, 'raced']) {
      const key = randomUUID();
      const name = `Raced ${key}`;
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          post('/v1/clients', { name, ...(reference && { reference }) }, key, n % 2 ? service : other),
        ),
      );
      const made = answers.filter(({ status }) => status === 201);
      t.ok(made.length > 0);
      t.equal(new Set(made.map(({ body }) => JSON.stringify(body))).size, 1);
      for (const { status, headers, body } of answers.filter((answer) => !made.includes(answer))) {
        t.match({ status, body }, { status: 409, body: { code: 'request-in-progress' } });
        t.equal(headers.get('retry-after'), '1');
      }
      t.equal(await clientsNamed(name), 1);
      t.equal((await post('/v1/clients', { name, ...(reference && { reference }) }, key)).status, 201);
    }
  },
);

t.test(
  'an instance that dies between the write and the reply has answered: the repeat gives the same link',
  async (t) => {
    const key = randomUUID();
    const name = `Cut off ${key}`;
    // Others are written meanwhile, too: what is counted, for one.
    const proxy = await startProxy(t, (operation, body) =>
      operation === 'TransactWriteItems' && body.includes(name)
        ? { meanwhile: () => first.kill('SIGKILL') }
        : 'pass',
    );
    const first = await startService(world, undefined, {
      AWS_ENDPOINT_URL_DYNAMODB: proxy,
      PUBLIC_URL: service.url,
    });
    t.teardown(() => first.kill('SIGKILL'));
    await t.rejects(post('/v1/clients', { name }, key, first), 'the connection breaks');
    t.equal(await clientsNamed(name), 1, 'the client is there, and nobody knows');
    const again = await post('/v1/clients', { name }, key);
    t.equal(again.status, 201);
    t.equal(again.headers.get('idempotent-replayed'), 'true');
    const page = await fetch(again.body.launch.pageUrl);
    t.equal(page.status, 200, 'the link that it made opens the page');
    t.match(await page.text(), name);
    t.equal(await clientsNamed(name), 1);
  },
);

t.test('a POST of the API that does not say what a repeat does stops the start', async (t) => {
  const app = Fastify();
  const unused = () => Promise.reject(new Error('nobody repeats anything here'));
  repeatByKey(app, { answerOnce: unused, recall: unused });
  const route = (url: string, config: object) => app.post(url, { config }, async () => ({}));
  t.throws(() => route('/v1/things', {}), /POST \/v1\/things does not declare/);
  t.doesNotThrow(() => route('/callbacks/things', {}));
  t.doesNotThrow(() => route('/v1/others', { repeats: { ignored: 'it stores nothing' } }));
  app.post('/v1/forgetful', { config: { repeats: 'by-key' } }, async (_, reply) =>
    reply.once(
      async () => undefined,
      () => ({ status: 201, body: {} }),
    ),
  );
  t.equal((await app.inject({ method: 'POST', url: '/v1/forgetful' })).statusCode, 500);
  await app.close();
});
