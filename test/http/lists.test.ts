import t from 'tap';
import { startDeployment } from '../support/deployment.js';
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
const get = (path: string, at: { readonly url: string } = service) => api(at, 'GET', path);

/** All pages of a list by its Link headers, as a program that knows nothing else would follow them. */
async function follow(path: string): Promise<Json[]> {
  const items: Json[] = [];
  for (let next: string | undefined = `${service.url}${path}`; next !== undefined; ) {
    const answer: Response = await fetch(next, { headers: { authorization: `Bearer ${KEY}` } });
    const body: Json = await answer.json();
    t.equal(answer.status, 200, JSON.stringify(body));
    items.push(...body.items);
    const link: string = answer.headers.get('link') ?? '';
    next = /^<([^>]+)>; rel="next"$/.exec(link)?.[1];
    t.equal(next === undefined, body.nextCursor === null, 'the header says what the body says');
  }
  return items;
}

t.test('clients are listed whole, by one filter at once', async (t) => {
  const clients: Json[] = [];
  for (const fields of [
    { name: 'Acme North', reference: 'crm-1' },
    { name: 'acme south', profile: 'cost' },
    { name: 'Beta', profile: 'cost', metadata: { tier: 'gold' } },
    { name: 'Gone' },
  ])
    clients.push(await invite(service, fields));
  const [north, south, beta, gone] = clients;
  await settledStack(world, await createStack(world, north));
  await api(service, 'DELETE', `/v1/clients/${gone.id}`);
  const names = async (query: string) =>
    (await follow(`/v1/clients?limit=1${query}`)).map(({ name }) => name);
  await eventually(
    () => names('&status=connected'),
    (found) => found.length === 1,
  );
  t.strictSame(await names(''), ['Acme North', 'acme south', 'Beta']);
  t.strictSame(await names('&status=connected'), ['Acme North']);
  t.strictSame(await names('&status=invited'), ['acme south', 'Beta']);
  t.strictSame(await names('&status=attention'), []);
  t.strictSame(await names('&reference=crm-1'), ['Acme North']);
  t.strictSame(await names('&awsAccountId=111122223333'), ['Acme North']);
  t.strictSame(await names('&awsAccountId=111122223334'), []);
  t.strictSame(await names('&profile=cost'), ['acme south', 'Beta']);
  t.strictSame(await names('&namePrefix=ACME'), ['Acme North', 'acme south']);
  const [shown] = await follow('/v1/clients?reference=crm-1');
  t.strictSame(shown, (await get(`/v1/clients/${north.id}`)).body, 'as it is read alone');
  t.match(shown, { externalIdSource: 'generated', launch: { status: /./ } });
  t.notOk(JSON.stringify([shown, south, beta]).includes('undefined'));
});

t.test('what a list does not take is named', async (t) => {
  const { nextCursor } = (await get('/v1/clients?limit=1')).body;
  for (const [query, field] of [
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=x', 'limit'],
    ...['1.5', '100.9', 'true', '0x10', '1e1', '', '%2B5'].map((text) => [`limit=${text}`, 'limit'] as const),
    ['status=removed', 'status'],
    ['awsAccountId=1', 'awsAccountId'],
    ['namePrefix=', 'namePrefix'],
    ['status=invited&profile=cost', 'profile'],
    ['reference=a&namePrefix=b', 'namePrefix'],
    ['nmae=x', 'nmae'],
    ['cursor=', 'cursor'],
    ['cursor=abc', 'cursor'],
    [`cursor=${nextCursor}&profile=cost`, 'cursor'],
    [`cursor=${nextCursor.slice(0, -1)}`, 'cursor'],
  ] as const) {
    const { status, body } = await get(`/v1/clients?${query}`);
    t.equal(status, 400, query);
    t.match(body, { code: 'request-invalid', errors: [{ field }] }, query);
  }
  t.equal((await get(`/v1/clients?limit=5&cursor=${nextCursor}`)).status, 200, 'the limit may change');
  const other = await startService(world);
  t.teardown(() => other.kill());
  t.equal((await get(`/v1/clients?cursor=${nextCursor}`, other)).status, 200, 'any instance takes a cursor');
});

t.test('what is below a client comes in pages, too', async (t) => {
  const client = await invite(service, { maxAccounts: 3 });
  const path = `/v1/clients/${client.id}`;
  for (const account of ['310000000002', '310000000001', '310000000003'])
    await settledStack(world, await createStack(world, client, { account }));
  const accounts = await follow(`${path}/accounts?limit=2`);
  t.strictSame(
    accounts.map(({ accountId }) => accountId),
    ['310000000001', '310000000002', '310000000003'],
  );
  const made = [client.launch.id];
  for (let n = 0; n < 4; n += 1) made.unshift((await api(service, 'POST', `${path}/launches`, {})).body.id);
  t.strictSame(
    (await follow(`${path}/launches?limit=2`)).map(({ id }) => id),
    made,
    'links, newest first',
  );
  const events = await follow(`${path}/events?limit=3`);
  t.strictSame(
    events.map(({ id }) => id),
    [...new Set(events.map(({ id }) => id))].sort(),
  );
  t.equal(events.filter(({ type }) => type === 'account.connected').length, 3);
  t.match(events[0], { type: 'client.invited', actor: { type: 'api-key', name: 'admin' } }, 'who did what');

  const { nextCursor } = (await get(`${path}/accounts?limit=1`)).body;
  const other = await invite(service);
  for (const address of [
    `/v1/clients/${other.id}/accounts`,
    `${path}/launches`,
    `${path}/events`,
    '/v1/clients',
  ])
    t.match((await get(`${address}?cursor=${nextCursor}`)).body, { errors: [{ field: 'cursor' }] }, address);
});
