import t from 'tap';
import { startDeployment } from '../support/deployment.js';
import { api, invite, type Json, KEY, startService } from '../support/world.js';

const { world, service } = await startDeployment(t);
const get = (path: string, at: { readonly url: string } = service) => api(at, 'GET', path);
const typesOf = ({ body }: Json) => body.items.map(({ type }: Json) => type);

async function lines(path: string): Promise<{ status: number; type: string | null; events: Json[] }> {
  const headers = { authorization: `Bearer ${KEY}`, accept: 'application/x-ndjson' };
  const answer = await fetch(`${service.url}${path}`, { headers });
  const text = await answer.text();
  const events = text.split('\n').filter((line) => line !== '');
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    events: events.map((line) => JSON.parse(line)),
  };
}

t.test('whoever follows the position sees everything once, in order', async (t) => {
  const empty = await get('/v1/events');
  t.match(empty, { status: 200, body: { items: [], nextCursor: null, position: 'evt_000000000000000_99' } });
  const clients = await Promise.all(Array.from({ length: 7 }, () => invite(service)));
  const seen: Json[] = [];
  let position = empty.body.position;
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body }: Json = await get(
      `/v1/events?limit=3${cursor === '' ? `&after=${position}` : `&cursor=${cursor}`}`,
    );
    seen.push(...body.items);
    cursor = body.nextCursor;
    position = body.position;
  }
  t.strictSame(new Set(seen.map(({ clientId }) => clientId)), new Set(clients.map(({ id }) => id)));
  t.equal(seen.length, 7);
  t.strictSame((await get(`/v1/events?after=${position}`)).body.items, []);
  const [first, ...rest] = seen;
  t.strictSame((await get(`/v1/events?after=${first.id}`)).body.items, rest, 'an event’s id is a position');
  t.match(first, { type: 'client.invited', actor: { type: 'api-key', name: 'admin' } });
});

t.test('a call waits for what comes, by this instance or another', async (t) => {
  const other = await startService(world);
  t.teardown(() => other.kill());
  for (const [what, writer] of [
    ['here', service],
    ['elsewhere', other],
  ] as const) {
    const { position } = (await api(service, 'GET', '/v1/events?limit=100')).body;
    const waiting = get(`/v1/events?after=${position}&wait=20&types=client.updated`);
    const client = await invite(writer, { name: what });
    await api(writer, 'PATCH', `/v1/clients/${client.id}`, { name: 'Another' });
    t.match((await waiting).body.items, [{ type: 'client.updated', clientId: client.id }], what);
  }
  const { position } = (await get('/v1/events?limit=100')).body;
  const over = await get(`/v1/events?after=${position}&wait=1`);
  t.match(
    over,
    { status: 200, body: { items: [], nextCursor: null, position } },
    'or says that nothing came',
  );
  const leaving = get(`/v1/events?after=${position}&wait=20`, other);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  await other.kill();
  const answered = await leaving;
  t.match(answered, { status: 200, body: { items: [], position } }, 'an instance that stops lets go of it');
  t.equal(answered.headers.get('connection'), 'close', 'and of the connection');
});

t.test('types are filtered, and moved past', async (t) => {
  const { position } = (await get('/v1/events?limit=100')).body;
  const client = await invite(service);
  await api(service, 'PATCH', `/v1/clients/${client.id}`, { name: 'B' });
  await fetch(client.launch.pageUrl);
  const all = await get(`/v1/events?after=${position}`);
  t.strictSame(typesOf(all), ['client.invited', 'client.updated', 'launch.opened']);
  const some = await get(`/v1/events?after=${position}&types=launch.opened,client.invited`);
  t.strictSame(typesOf(some), ['client.invited', 'launch.opened']);
  const none = await get(`/v1/events?after=${position}&types=account.degraded`);
  t.match(none.body, { items: [], nextCursor: null, position: all.body.position });
  const paged = await get(`/v1/events?after=${position}&types=client.invited,launch.opened&limit=1`);
  const { nextCursor } = paged.body;
  const next = await get(`/v1/events?types=client.invited,launch.opened&cursor=${nextCursor}`);
  t.strictSame(typesOf(next), ['launch.opened']);
  t.match(paged.headers.get('link'), /rel="next"/);
  for (const [query, field] of [
    [`cursor=${nextCursor}`, 'cursor'],
    [`cursor=${nextCursor}&types=client.invited,launch.opened&after=${position}`, 'after'],
    ['types=account.exploded', 'types'],
    ['types=', 'types'],
    ['after=7', 'after'],
    ['after=evt_000000000999999_99', undefined],
    ['wait=21', 'wait'],
    ['wait=-1', 'wait'],
    ['limit=101', 'limit'],
  ] as const) {
    const { status, body } = await get(`/v1/events?${query}`);
    t.equal(status, 400, query);
    if (field !== undefined) t.match(body.errors, [{ field }], query);
  }
});

t.test('the feed and a client’s history can be had one event a line', async (t) => {
  const client = await invite(service);
  for (let n = 0; n < 130; n += 1) await api(service, 'PATCH', `/v1/clients/${client.id}`, { name: `N${n}` });
  await api(service, 'DELETE', `/v1/clients/${client.id}`);
  const history = await lines(`/v1/clients/${client.id}/events`);
  t.match(history, { status: 200, type: /^application\/x-ndjson/ });
  t.equal(history.events.length, 132, 'all of it, a removed client’s, too');
  t.strictSame(history.events[131], (await get('/v1/events?types=client.removed')).body.items.at(-1));
  const feed = await lines('/v1/events?types=client.updated,client.removed');
  t.equal(feed.events.filter(({ clientId }) => clientId === client.id).length, 131);
  const ids = (await lines('/v1/events')).events.map(({ id }) => id);
  t.strictSame(ids, [...new Set(ids)].sort());
  const after = await lines(`/v1/events?after=${history.events[130].id}`);
  t.strictSame(after.events, [history.events[131]]);
  t.equal((await lines('/v1/events?limit=5')).status, 400);
  t.equal((await lines('/v1/clients/nonsense/events')).status, 404);
});
