import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import t from 'tap';
import { issue } from '../aws/authority.js';
import { startDeployment } from '../support/deployment.js';
import { allItemsHolding } from '../support/items-holding.js';
import { isSignedWith, startReceiver } from '../support/receiver.js';
import { api, eventually, invite, type Json, startService } from '../support/world.js';

// Taking over takes its 15 s of silence.

const { world, service } = await startDeployment(t);

const make = async (fields: object): Promise<Json> =>
  (await api(service, 'POST', '/v1/webhooks', fields)).body;
const path = ({ id }: Json, rest = '') => `/v1/webhooks/${id}${rest}`;
const remove = (webhook: Json) => api(service, 'DELETE', path(webhook));
const deliveriesOf = async (webhook: Json, query = ''): Promise<Json[]> =>
  (await api(service, 'GET', path(webhook, `/deliveries${query}`))).body.items;

t.test('what happens is posted as the feed has it, signed after Standard Webhooks', async (t) => {
  const receiver = await startReceiver(t);
  const answer = await api(service, 'POST', '/v1/webhooks', { url: receiver.url, description: 'CRM' });
  t.equal(answer.status, 201);
  t.equal(answer.headers.get('cache-control'), 'no-store');
  const { secret, ...shown } = answer.body;
  t.match(secret, /^whsec_[0-9A-Za-z+/]{43}=$/);
  t.match(shown, { id: /^wh_/, url: receiver.url, events: null, description: 'CRM', status: 'enabled' });
  t.strictSame((await api(service, 'GET', path(shown))).body, shown, 'its secret is shown once');
  t.notMatch(JSON.stringify((await api(service, 'GET', '/v1/webhooks')).body), /whsec_/);

  const client = await invite(service);
  await eventually(
    async () => receiver.received,
    (received) => received.some(({ event }) => event.clientId === client.id),
  );
  const { items } = (await api(service, 'GET', '/v1/events?limit=100')).body;
  const feed = items.slice(items.findIndex(({ type }: Json) => type === 'webhook.created'));
  t.strictSame(
    receiver.received.map(({ event }) => event),
    feed,
    'from its own making on, each event as GET /v1/events shows it',
  );
  t.notMatch(JSON.stringify(feed), 'from=rolecall', 'no event tells the whole address');
  for (const message of receiver.received) {
    t.equal(message.headers['webhook-id'], message.event.id);
    t.ok(isSignedWith(secret, message), 'by the words of the specification');
    t.strictSame(new Webhook(secret).verify(message.text, message.headers), message.event, 'by its library');
    const changed = { ...message, text: message.text.replace('{', '{ ') };
    t.notOk(isSignedWith(secret, changed), 'not where a byte differs');
  }
  const [latest] = await eventually(
    () => deliveriesOf(shown),
    (all) => all.length === receiver.received.length,
  );
  t.match(latest, {
    ...{ id: feed.at(-1).id, eventType: 'client.invited', status: 'delivered', nextAttemptAt: null },
    attempts: [{ status: 200, error: null }],
  });
  t.notMatch(service.output(), secret, 'not in the log');
  t.equal((await remove(shown)).status, 204);
  t.equal((await api(service, 'GET', path(shown))).status, 404);
  t.equal((await remove(shown)).status, 404);
});

t.test('the receiver that the README shows takes what is signed, and nothing else', async (t) => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const [, code = ''] = /```js\n(.*?standardwebhooks.*?)```/s.exec(readme) ?? [];
  const passing = await startReceiver(t);
  const port = new URL(passing.url).port;
  await passing.down();
  const webhook = await make({ url: `http://127.0.0.1:${port}/`, events: ['client.removed'] });
  const receiver = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: new URL('../..', import.meta.url),
    env: { PATH: process.env['PATH'], PORT: port, WEBHOOK_SECRET: webhook.secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => receiver.kill());
  let output = '';
  receiver.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const tried = async () => (await api(service, 'POST', path(webhook, '/test'))).body;
  t.match(await eventually(tried, ({ error }) => error !== 'connection-failed'), { status: 204 });
  t.match(output, /^evt_test_\S+ webhook\.test null\n$/);
  const now = Math.floor(Date.now() / 1_000);
  for (const signature of ['v1,', `v1,${'A'.repeat(43)}=`]) {
    const headers = { 'webhook-id': 'x', 'webhook-timestamp': String(now), 'webhook-signature': signature };
    const forged = await fetch(webhook.url, { method: 'POST', headers, body: '{}' });
    t.equal(forged.status, 401, signature);
  }
  await remove(webhook);
});

t.test('a webhook is changed and removed only as it was seen', async (t) => {
  const receiver = await startReceiver(t);
  const made = await api(service, 'POST', '/v1/webhooks', { url: receiver.url, events: ['client.removed'] });
  const webhook = made.body;
  t.equal(made.headers.get('location'), path(webhook));
  const tag = made.headers.get('etag') ?? '';
  const read = await api(service, 'GET', path(webhook));
  t.equal(read.headers.get('etag'), tag, 'the tag it was made with is the one it is read with');
  const had = await api(service, 'GET', path(webhook), undefined, { 'if-none-match': tag });
  t.match(had, { status: 304, body: null });
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, n) =>
      api(service, 'PATCH', path(webhook), { description: `By ${n}` }, { 'if-match': tag }),
    ),
  );
  t.strictSame(answers.map(({ status }) => status).sort(), [200, ...Array(5).fill(412)]);
  const won = answers.find(({ status }) => status === 200);
  t.equal((await api(service, 'GET', path(webhook))).body.description, won?.body.description);
  const seen = won?.headers.get('etag') ?? '';
  const rotated = await api(service, 'POST', path(webhook, '/secret-rotation'));
  const shows = rotated.headers.get('etag') ?? '';
  t.not(shows, seen, 'a secret on its way out shows');
  for (const [header, status] of [
    [tag, 412],
    [seen, 412],
    ['nonsense', 400],
    [shows, 204],
    ['*', 404],
  ] as const)
    t.equal(
      (await api(service, 'DELETE', path(webhook), undefined, { 'if-match': header })).status,
      status,
      `${header} ${status}`,
    );
});

t.test('every call can be repeated by its Idempotency-Key, and what it shows once is sealed', async (t) => {
  const receiver = await startReceiver(t);
  receiver.answer = (_, response) => response.writeHead(500).end('try later');
  const fields = { url: receiver.url, events: ['client.invited'] };
  const post = (address: string, key: string, body?: object) =>
    api(service, 'POST', address, body, { 'idempotency-key': key });
  const twice = async (address: string, body?: object) => {
    const key = randomUUID();
    const first = await post(address, key, body);
    const before = receiver.received.length;
    const again = await post(address, key, body);
    t.equal(again.headers.get('idempotent-replayed'), 'true', address);
    t.equal(receiver.received.length, before, 'nothing is sent for it');
    for (const header of ['location', 'etag', 'content-type', 'cache-control'])
      t.equal(again.headers.get(header), first.headers.get(header), header);
    t.equal(again.status, first.status);
    t.equal(JSON.stringify(again.body), JSON.stringify(first.body), 'byte for byte');
    t.match(await post(path({ id: 'other' }, '/test'), key), { status: 422 }, 'another request is none');
    return first;
  };
  const { body: webhook, status } = await twice('/v1/webhooks', fields);
  t.equal(status, 201);
  await invite(service);
  const [delivery] = await eventually(
    () => deliveriesOf(webhook),
    ([one]) => one?.attempts.length > 0,
  );
  // It is not tried again by itself any more; by hand it is.
  await api(service, 'PATCH', path(webhook), { status: 'disabled' });
  t.match(await twice(path(webhook, '/test')), { status: 200, body: { status: 500, answer: 'try later' } });
  const redelivery = path(webhook, `/deliveries/${delivery?.id}/redelivery`);
  t.match(await twice(redelivery), { status: 200, body: { id: delivery?.id, status: 'pending' } });
  const { body: rotated } = await twice(path(webhook, '/secret-rotation'));
  t.not(rotated.secret, webhook.secret);
  t.equal((await allItemsHolding(world, 'IDEM#')).length >= 4, true, 'answers are there');
  for (const secret of [webhook.secret, rotated.secret])
    t.strictSame(
      (await allItemsHolding(world, secret)).map(({ pk, sk }) => [pk?.S, sk?.S]),
      [['WEBHOOKS', webhook.id]],
      'and hold no secret: those stand where they sign',
    );
  await remove(webhook);
  t.strictSame(await allItemsHolding(world, rotated.secret), [], 'and nowhere once it is removed');
});

t.test('a webhook gets the types that it asks for, and is changed, switched off and on', async (t) => {
  const receiver = await startReceiver(t);
  const webhook = await make({ url: receiver.url, events: ['client.updated'] });
  const client = await invite(service);
  const rename = async (name: string) => {
    await api(service, 'PATCH', `/v1/clients/${client.id}`, { name });
    return (await api(service, 'GET', `/v1/clients/${client.id}/events`)).body.items.at(-1).id;
  };
  const has = (id: string) =>
    eventually(
      async () => receiver.received.map(({ event }) => event.id),
      (ids) => ids.includes(id),
    );
  await has(await rename('One'));
  const off = await api(service, 'PATCH', path(webhook), { status: 'disabled' });
  t.match(off.body, { status: 'disabled', disabledReason: null });
  // It is put down within 4 s at the latest.
  await eventually(
    async () => (await allItemsHolding(world, webhook.id)).map(({ d }) => JSON.parse(d?.S ?? '{}')),
    (items) => items.some(({ free }) => free === true),
  );
  const missed = await rename('Two');
  const moved = await startReceiver(t);
  const stale = { 'if-match': '"something-else"' };
  const changes = { url: moved.url, status: 'enabled', description: 'Moved' };
  t.equal((await api(service, 'PATCH', path(webhook), changes, stale)).status, 412);
  t.notOk(
    receiver.received.some(({ event }) => event.id === missed),
    'nothing is sent meanwhile',
  );
  const tag = off.headers.get('etag') ?? '';
  const on = await api(service, 'PATCH', path(webhook), changes, { 'if-match': tag });
  t.match(on, { status: 200, body: changes });
  await eventually(
    async () => moved.received.map(({ event }) => event.id),
    (ids) => ids.includes(missed),
  );
  t.strictSame([...new Set(receiver.received.map(({ event }) => event.type))], ['client.updated']);
  const told = (await api(service, 'GET', '/v1/events?types=webhook.updated&limit=100')).body.items;
  t.match(told.at(-1), { clientId: null, data: { webhookId: webhook.id, fields: 'url status description' } });
  await remove(webhook);
});

t.test('a secret is replaced without a gap: both sign for a day, and the last but one no more', async (t) => {
  const receiver = await startReceiver(t);
  const webhook = await make({ url: receiver.url, events: ['client.removed'] });
  const rotate = (key = randomUUID()) =>
    api(service, 'POST', path(webhook, '/secret-rotation'), undefined, { 'idempotency-key': key });
  const signedWith = async (...secrets: string[]) => {
    await api(service, 'POST', path(webhook, '/test'));
    const message = receiver.received.at(-1);
    return secrets.map((secret) => message !== undefined && isSignedWith(secret, message));
  };
  t.strictSame(await signedWith(webhook.secret), [true]);
  const key = randomUUID();
  const { status, body: second } = await rotate(key);
  t.equal(status, 201);
  const left = Date.parse(second.previousSecretUntil) - Date.now();
  t.ok(left > 23.9 * 3_600_000 && left <= 24 * 3_600_000);
  t.strictSame((await rotate(key)).body, second, 'a repeat is answered the same');
  t.strictSame(await signedWith(webhook.secret, second.secret), [true, true]);
  const { body: third } = await rotate();
  t.strictSame(await signedWith(webhook.secret, second.secret, third.secret), [false, true, true]);
  await remove(webhook);
});

t.test('a webhook is tried at any time, and tells what is wrong with its receiver', async (t) => {
  const receiver = await startReceiver(t);
  receiver.answer = (_, response) => response.writeHead(302, { location: receiver.url }).end('elsewhere');
  const webhook = await make({ url: receiver.url, events: ['client.removed'] });
  const tried = async () => (await api(service, 'POST', path(webhook, '/test'))).body;
  t.match(await tried(), { status: 302, error: null, answer: 'elsewhere' }, 'a redirect is not followed');
  t.match(receiver.received, { length: 1 });
  t.match(receiver.received[0]?.event, {
    type: 'webhook.test',
    clientId: null,
    data: { webhookId: webhook.id },
  });
  t.strictSame(await deliveriesOf(webhook), [], 'it stands in no list');
  receiver.answer = (_, __, request) => request.socket.destroy();
  t.match(await tried(), { status: null, error: 'connection-lost', answer: '' });
  await receiver.down();
  t.match(await tried(), { error: 'connection-failed' });

  const { certificate, keys } = issue('localhost', { hosts: ['localhost'] });
  const key = keys.privateKey.export({ type: 'pkcs8', format: 'pem' });
  let reached = 0;
  const untrusted = createServer({ key, cert: certificate.toString() }, (_, response) => {
    reached += 1;
    response.end();
  }).listen(0, '127.0.0.1');
  await once(untrusted, 'listening');
  t.after(() => untrusted.close());
  const { port } = untrusted.address() as AddressInfo;
  await api(service, 'PATCH', path(webhook), { url: `https://localhost:${port}/` });
  t.match(await tried(), { status: null, error: 'tls' });
  t.equal(reached, 0, 'nothing is told to whom nobody vouches for');
  await api(service, 'PATCH', path(webhook), { url: 'https://nowhere.invalid/' });
  t.match(await tried(), { error: 'name-not-found' });
  await remove(webhook);
});

t.test('a delivery that failed can be sent again by hand, and is not sent twice for it', async (t) => {
  const receiver = await startReceiver(t);
  receiver.answer = (_, response) => response.writeHead(500).end('try later');
  const webhook = await make({ url: receiver.url, events: ['client.invited'] });
  await invite(service);
  await invite(service);
  const pending = await eventually(
    () => deliveriesOf(webhook, '?status=pending'),
    (all) => all.length === 2 && all.every(({ attempts }) => attempts.length > 0),
  );
  const [, first] = pending;
  t.match(first, { status: 'pending', answer: 'try later', attempts: [{ status: 500 }] });
  t.ok(first.nextAttemptAt > first.attempts[0].at);
  const page = (await api(service, 'GET', path(webhook, '/deliveries?limit=1'))).body;
  const next = (await api(service, 'GET', path(webhook, `/deliveries?limit=1&cursor=${page.nextCursor}`)))
    .body;
  t.strictSame(
    [...page.items, ...next.items].map(({ id }: Json) => id),
    pending.map(({ id }: Json) => id),
    'the latest first, in pages',
  );
  const redeliver = (id: string) => api(service, 'POST', path(webhook, `/deliveries/${id}/redelivery`));
  t.match((await redeliver(first.id)).body, { status: 'pending' }, 'it failed once more');
  receiver.answer = (_, response) => response.end('thanks');
  t.match((await redeliver(first.id)).body, { status: 'delivered', answer: 'thanks', nextAttemptAt: null });
  const times = () => receiver.received.filter(({ event }) => event.id === first.id).length;
  const before = times();
  await eventually(
    () => deliveriesOf(webhook, '?status=pending'),
    (all) => all.length === 0,
  );
  await eventually(
    async () => receiver.received.filter(({ event }) => event.id === pending[0]?.id).length,
    (count) => count >= 2,
  );
  t.equal(times(), before, 'the schedule does not repeat it');
  for (const id of ['nonsense', 'evt_000000000000001_00', 'evt_999999999999999_00'])
    t.equal((await redeliver(id)).status, 404, id);
  await remove(webhook);
});

t.test('what nothing may be sent to is refused, with the field', async (t) => {
  const refused = [
    ...['nonsense', 'ftp://example.com/', 'https://user:secret@example.com/', 'https://example.com/#x'],
    ...[
      'https://10.0.0.1/',
      'https://169.254.169.254/latest/',
      'https://[fd00:ec2::254]/',
      'http://0xa9fea9fe/',
    ],
  ];
  for (const url of refused)
    t.match(await make({ url }), { status: 400, code: 'request-invalid', errors: [{ field: 'url' }] }, url);
  t.match(await make({ url: 'https://example.com/', events: ['client.eaten'] }), { status: 400 });
  t.match(await make({ url: 'https://example.com/', secret: 'mine' }), { status: 400 });
});

t.test('a key that is limited to some clients has no way to others’ events by webhooks', async (t) => {
  const client = await invite(service);
  const receiver = await startReceiver(t);
  const webhook = await make({ url: receiver.url });
  const scopes = ['events:read', 'clients:read', 'webhooks:manage'];
  const wish = { name: 'limited', scopes, clients: [client.id] };
  const { secret } = (await api(service, 'POST', '/v1/api-keys', wish)).body;
  const calls = [
    ['GET', '/v1/webhooks'],
    ['POST', '/v1/webhooks', { url: receiver.url }],
    ['GET', path(webhook)],
    ['PATCH', path(webhook), { url: receiver.url }],
    ['DELETE', path(webhook)],
    ['POST', path(webhook, '/secret-rotation')],
    ['POST', path(webhook, '/test')],
    ['GET', path(webhook, '/deliveries')],
    ['POST', path(webhook, '/deliveries/evt_000000000000001_00/redelivery')],
  ] as const;
  for (const [method, address, body] of calls) {
    const answer = await api(service, method, address, body, { authorization: `Bearer ${secret}` });
    t.match(
      answer,
      { status: 403, body: { code: 'key-limited', detail: /concerns all clients, and limited is limited/ } },
      `${method} ${address}`,
    );
  }
  t.equal(receiver.received.filter(({ event }) => event.type === 'webhook.test').length, 0);
  await remove(webhook);
});

t.test(
  'a webhook is made once however often the call is repeated, and there are at most twenty',
  async (t) => {
    const receiver = await startReceiver(t);
    const fields = { url: receiver.url, events: ['client.removed'] };
    const headers = { 'idempotency-key': randomUUID() };
    const first = await api(service, 'POST', '/v1/webhooks', fields, headers);
    t.strictSame((await api(service, 'POST', '/v1/webhooks', fields, headers)).body, first.body);
    const listed = async (): Promise<Json[]> =>
      (await api(service, 'GET', '/v1/webhooks?limit=100')).body.items;
    t.equal((await listed()).filter(({ id }) => id === first.body.id).length, 1);
    while ((await listed()).length < 20) await make(fields);
    t.match(await make(fields), { status: 409, code: 'too-many-webhooks' });
    for (const webhook of await listed()) await remove(webhook);
  },
);

t.test('of two instances one sends; the other goes on when it is killed, and nothing is lost', async (t) => {
  const receiver = await startReceiver(t);
  const first = await startService(world);
  const fields = { url: receiver.url, events: ['client.updated'] };
  // Made by an instance that alone knows of it at first; whichever has it in hand is to die.
  await service.kill();
  const webhook = (await api(first, 'POST', '/v1/webhooks', fields)).body;
  const client = await invite(first);
  const change = async (at: { url: string }, n: number) =>
    api(at, 'PATCH', `/v1/clients/${client.id}`, { metadata: { n: String(n) } });
  const second = await startService(world);
  t.after(() => second.kill());
  for (let n = 0; n < 10; n += 1) await change(n % 2 ? first : second, n);
  await eventually(
    async () => new Set(receiver.received.map(({ event }) => event.id)).size,
    (size) => size === 10,
  );
  t.equal(receiver.received.length, 10, 'by one of them alone');
  receiver.answer = () => undefined;
  await change(second, 10);
  await eventually(
    async () => receiver.received.length,
    (length) => length > 10,
  );
  await first.kill('SIGKILL');
  receiver.answer = (_, response) => response.end();
  for (let n = 11; n < 20; n += 1) await change(second, n);
  const all = (await api(second, 'GET', `/v1/clients/${client.id}/events?limit=100`)).body.items;
  const wanted = all.filter(({ type }: Json) => type === 'client.updated').map(({ id }: Json) => id);
  const arrived = await eventually(
    async () => [...new Set(receiver.received.map(({ event }) => event.id))],
    (ids) => ids.length === 20,
  );
  t.strictSame(arrived, wanted, 'all of them, in order');
  t.ok(receiver.received.every((message) => isSignedWith(webhook.secret, message)));
});
