import t from 'tap';
import { sessionCookie } from '../../src/http/session-cookie.js';
import { startDeployment } from '../support/deployment.js';
import { HOSTILE_NAME } from '../support/page-scenes.js';
import { api, createStack, eventually, invite, type Json, KEY, settledStack } from '../support/world.js';

const { world, service } = await startDeployment(t);
const withoutCondition = (template: string) => template.replace(/ +sts:ExternalId: .*\n/, '');
const overview = async (query = '') => (await api(service, 'GET', `/v1/overview${query}`)).body;
const makeKey = async (fields: object): Promise<Json> =>
  (await api(service, 'POST', '/v1/api-keys', { name: 'k', scopes: ['clients:read'], ...fields })).body;

const page = (headers: Record<string, string> = {}, path = '/console') =>
  fetch(`${service.url}${path}`, { headers, redirect: 'manual' });
const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${service.url}${path}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body,
  });
const signIn = (key: string, headers?: Record<string, string>) =>
  post('/console', new URLSearchParams({ key }).toString(), headers);
const cookieOf = (answer: Response) => answer.headers.get('set-cookie')?.split(';')[0] ?? '';

t.test('the overview of a new deployment is empty, and complete', async (t) => {
  const body = await overview();
  t.match(body, { complete: true, recentFailures: [], funnel: { invited: 0, connected: 0 } });
  t.match(body.timeToConnect.fromInvitation, { count: 0, p50: null, p90: null });
  t.equal(body.activity.length, 30);
  const shown = await page({ authorization: `Bearer ${KEY}` });
  t.match(await shown.text(), /Nobody is invited yet/);
});

t.test('what happened shows at once', async (t) => {
  const client = await invite(service, { name: HOSTILE_NAME });
  await fetch(client.launch.pageUrl);
  await settledStack(world, await createStack(world, client));
  const other = await invite(service, { name: HOSTILE_NAME });
  await settledStack(
    world,
    await createStack(world, other, { account: '222233334444', edit: withoutCondition }),
  );
  const body = await eventually(
    () => overview(),
    ({ accounts }) => accounts.connected === 1 && accounts.rejected === 1,
  );
  t.match(body, {
    funnel: { invited: 2, opened: 1, started: 2, connected: 1, rejected: 1, failed: 0 },
    clients: { invited: 0, connected: 1, attention: 1, disconnected: 0 },
    timeToConnect: { fromInvitation: { count: 1 }, fromStackStart: { count: 1 } },
  });
  t.ok(body.timeToConnect.fromInvitation.p50 > 0);
  t.equal(body.activity.at(-1).day, body.to);
  // Two, for midnight may have passed.
  const lately = (what: string) =>
    body.activity.slice(-2).reduce((sum: number, day: Json) => sum + day[what], 0);
  t.strictSame(['invited', 'accountsConnected', 'accountsRejected'].map(lately), [2, 1, 1]);
  const [failure] = body.recentFailures;
  t.match(failure, { type: 'account.rejected', clientId: other.id, accountId: '222233334444' });
  t.equal(failure.clientName, other.name);
  t.match([failure.code, failure.message, failure.remedy], [/^[a-z-]+$/, /.+/, /.+/]);
  t.equal((await overview('?days=1')).activity.length, 1);
  for (const days of ['0', '91', 'x']) {
    const { status } = await api(service, 'GET', `/v1/overview?days=${days}`);
    t.equal(status, 400, days);
  }

  const shown = await page({ authorization: `Bearer ${KEY}` });
  const html = await shown.text();
  t.notMatch(html, /<script>alert/, 'a client’s name is text, not markup');
  t.match(html, /&lt;script&gt;alert/);
  t.match(html, new RegExp(`/failures#${failure.code}`));
  t.equal(shown.headers.get('cache-control'), 'no-store');
  t.match(shown.headers.get('content-security-policy'), /style-src 'self'/);
  t.notMatch(html, / style=/);
  t.notMatch(html, /Sign out/, 'whoever sends a key is not signed in');
});

t.test('a key that may not read all clients sees neither', async (t) => {
  const client = await invite(service);
  for (const [key, status, code] of [
    ['', 401, 'key-missing'],
    ['nonsense', 401, 'key-unknown'],
    [(await makeKey({ scopes: ['events:read'] })).secret, 403, 'scope-missing'],
    [(await makeKey({ clients: [client.id] })).secret, 403, 'key-limited'],
    [(await makeKey({})).secret, 200, undefined],
  ] as const) {
    const headers = { authorization: key === '' ? '' : `Bearer ${key}` };
    const answer = await api(service, 'GET', '/v1/overview', undefined, headers);
    t.match(answer, { status, body: code === undefined ? {} : { code } });
    const shown = await page(key === '' ? {} : headers);
    t.equal(shown.status, status);
    t.match(
      await shown.text(),
      status === 200 ? /From invitation/ : /<form method="post" action="\/console">/,
    );
    const entered = await signIn(key);
    t.equal(entered.status, status === 200 ? 303 : status, 'and no more by entering it');
    t.equal(cookieOf(entered) === '', status !== 200);
  }
});

t.test('a browser signs in by a key, until the key is revoked or it signs out', async (t) => {
  const { id, secret } = await makeKey({});
  const entered = await signIn(secret, { 'sec-fetch-site': 'same-origin' });
  t.match([entered.status, entered.headers.get('location')], [303, '/console']);
  const set = entered.headers.get('set-cookie') ?? '';
  t.match(set, /; Path=\/console; Max-Age=28800; HttpOnly; SameSite=Strict$/);
  t.notMatch(set, new RegExp(secret));
  const cookie = cookieOf(entered);
  const shown = await page({ cookie: `theme=dark; ${cookie}` }, '/console?days=90');
  t.equal(shown.status, 200);
  t.match(await shown.text(), /Sign out/);
  const elsewhere = await fetch(`${service.url}/v1/overview`, { headers: { cookie } });
  t.equal(elsewhere.status, 401, 'the API takes no cookie');
  t.equal((await page({ cookie: `${cookie.slice(0, -1)}_` })).status, 401, 'nor is a changed one taken');
  t.equal((await page({ cookie, authorization: 'Bearer nonsense' })).status, 401, 'what is sent counts');

  const out = await post('/console/sign-out', '', { cookie });
  t.match([out.status, out.headers.get('set-cookie')], [303, /^rolecall_console=; .*Max-Age=0/]);
  for (const path of ['/console', '/console/sign-out']) {
    const strange = await post(path, `key=${secret}`, { 'sec-fetch-site': 'cross-site' });
    t.match(
      [strange.status, strange.headers.get('set-cookie')],
      [400, null],
      'no other site’s form is taken',
    );
  }
  t.equal((await api(service, 'DELETE', `/v1/api-keys/${id}`)).status, 204);
  const after = await page({ cookie });
  t.equal(after.status, 401);
  t.match(await after.text(), /role="alert"/);
});

t.test('wrong keys count, as everywhere', async (t) => {
  const strict = await startDeployment(t, { environment: { AUTH_FAILURES_PER_MINUTE: '3' } });
  const tries: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    const answer = await fetch(`${strict.service.url}/console`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `key=wrong-${n}`,
    });
    tries.push(answer.status);
  }
  t.strictSame(tries, [401, 401, 401, 429, 429]);
});

t.test('where the service is reached by https, its cookie goes by https alone', async (t) => {
  t.match(sessionCookie('s', 1_000, true), /; Secure$/);
  t.notMatch(sessionCookie('s', 1_000, false), /Secure/);
});
