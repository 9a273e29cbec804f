import t from 'tap';
import type { ClientId } from '../../src/core/id.js';
import { scopes } from '../../src/core/scope.js';
import { makeCommit } from '../../src/store/commit.js';
import { anAccount } from '../core/things.js';
import { databaseAt, localUrl } from '../store/database.js';
import { startDeployment } from '../support/deployment.js';
import { writeFleet } from '../support/page-scenes.js';
import { api, eventually, invite, type Json, startService } from '../support/world.js';

const CENTRAL = '999988887777';
const { world, service: unset } = await startDeployment(t, {
  environment: { CENTRAL_ACCOUNT_ID: '', TEMPLATE_CHECK: 'skip' },
});
const service = await startService(world, undefined, { CENTRAL_ACCOUNT_ID: CENTRAL, TEMPLATE_CHECK: 'skip' });
t.teardown(() => service.kill());

const database = databaseAt(localUrl(), world.environment['TABLE_NAME'] ?? '');
t.teardown(() => database.client.destroy());
const commit = makeCommit(database, () => undefined);

const make = async (fields: object = {}): Promise<Json> => {
  const { status, body } = await api(service, 'POST', '/v1/groups', { name: 'Security-Audit', ...fields });
  if (status !== 201) throw new Error(`making a group answered ${status}: ${JSON.stringify(body)}`);
  return body;
};

let numbers = 200_000_000_000;

/** A client with a connected account that people may switch into, as a stack would have left it. */
async function connected(fields: object = {}): Promise<Json> {
  const client = await invite(service, fields);
  numbers += 1;
  const accountId = String(numbers);
  const humanRoleArn = `arn:aws:iam::${accountId}:role/CrossAccountSecurityAuditRole`;
  const clientId: ClientId = client.id;
  const account = { rev: null, clientId, accountId, humanRoleArn, nextVerificationAt: null } as const;
  await commit({ put: [anAccount(account)] });
  return { ...client, accountId, humanRoleArn };
}

const get = (path: string, headers = {}) => api(service, 'GET', path, undefined, headers);
const policiesOf = async ({ id }: Json): Promise<string[]> =>
  (await get(`/v1/groups/${id}/policies`)).body.items.flatMap(
    ({ document }: Json) => document.Statement[0].Resource,
  );
const historyOf = async ({ id }: Json): Promise<Json[]> =>
  (await get(`/v1/clients/${id}/events?limit=100`)).body.items
    .filter(({ type }: Json) => type === 'access.changed')
    .map(({ data }: Json) => data);

t.test('a group is made, read, changed and removed', async (t) => {
  const client = await invite(service);
  const wish = {
    ...{ name: 'Security-Audit', description: 'Looks, and touches nothing', color: 'B7CA9D' },
    ...{ clients: [client.id], members: ['alice', 'bob.b+c=d,e@f-g_h'], sessionDurationSeconds: 7_200 },
  };
  const made = await api(service, 'POST', '/v1/groups', wish);
  t.match(made, { status: 201, body: { ...wish, id: /^grp_/, selector: null } });
  const path = made.headers.get('location') ?? '';
  t.equal(path, `/v1/groups/${made.body.id}`);
  const read = await get(path);
  t.strictSame(read.body, made.body);
  t.equal(read.headers.get('etag'), made.headers.get('etag'));
  const changed = await api(service, 'PATCH', path, { members: ['carol'], clients: [], description: null });
  t.match(changed, { status: 200, body: { ...wish, members: ['carol'], clients: [], description: null } });
  t.strictSame((await get(path)).body, changed.body);
  t.equal((await api(service, 'DELETE', path)).status, 204);
  t.match((await get(path)).body, { status: 404, code: 'not-found' });
  t.equal((await api(service, 'DELETE', path)).status, 404);
  t.match(await make(), {
    description: null,
    color: null,
    clients: [],
    members: [],
    sessionDurationSeconds: 3_600,
  });
});

t.test('a group is not made or changed into what it cannot be', async (t) => {
  const { id } = await make({ members: ['alice'] });
  const cases: readonly (readonly [object, object])[] = [
    [
      { members: ['alice', 'Alice'] },
      { status: 400, errors: [{ field: 'members.1', message: /second time/ }] },
    ],
    [{ members: ['al ice'] }, { status: 400 }],
    [{ members: ['x'.repeat(65)] }, { status: 400 }],
    [{ members: [''] }, { status: 400 }],
    [
      { clients: ['cli_01a20c23-fd5d-7504-8477-260a1ad9c99e'] },
      { status: 400, errors: [{ field: 'clients.0' }] },
    ],
    [{ clients: ['nonsense'] }, { status: 400, errors: [{ field: 'clients.0' }] }],
    [{ selector: {} }, { status: 400 }],
    [{ selector: { profile: 'none-such' } }, { status: 422, code: 'profile-unknown' }],
    [{ color: 'red' }, { status: 400 }],
    [{ sessionDurationSeconds: 899 }, { status: 400 }],
    [{ externalId: 'x' }, { status: 400 }],
  ];
  for (const [fields, refusal] of cases) {
    t.match((await api(service, 'POST', '/v1/groups', { name: 'x', ...fields })).body, refusal);
    t.match((await api(service, 'PATCH', `/v1/groups/${id}`, fields)).body, refusal);
  }
  t.match((await get(`/v1/groups/${id}`)).body, { members: ['alice'], clients: [] }, 'as it was');
});

t.test('a change that rests on an older reading is refused', async (t) => {
  const { id } = await make();
  const path = `/v1/groups/${id}`;
  const etag = (await get(path)).headers.get('etag') ?? '';
  t.equal((await get(path, { 'if-none-match': etag })).status, 304);
  t.equal((await api(service, 'PATCH', path, { members: ['alice'] }, { 'if-match': etag })).status, 200);
  for (const [method, body] of [
    ['PATCH', { members: ['mallory'] }],
    ['DELETE', undefined],
  ] as const)
    t.match((await api(service, method, path, body, { 'if-match': etag })).body, {
      code: 'precondition-failed',
    });
  t.match((await get(path)).body, { members: ['alice'] });
});

t.test('a repeat makes no second group, and tells nobody twice', async (t) => {
  const client = await invite(service);
  const key = { 'idempotency-key': 'one-group' };
  const wish = { name: 'Once', clients: [client.id], members: ['alice'] };
  const [first, again] = [
    await api(service, 'POST', '/v1/groups', wish, key),
    await api(service, 'POST', '/v1/groups', wish, key),
  ];
  t.strictSame(again.body, first.body);
  t.equal((await historyOf(client)).length, 1);
});

t.test('groups are listed in pages, each of them once', async (t) => {
  const made: string[] = [];
  for (let n = 0; n < 5; n += 1) made.push((await make({ name: `Page ${n}` })).id);
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await get(`/v1/groups?limit=2${cursor && `&cursor=${cursor}`}`);
    seen.push(...body.items.map(({ id }: Json) => id));
    cursor = body.nextCursor;
  }
  t.strictSame(seen, [...new Set(seen)].sort(), 'oldest first');
  t.strictSame(
    made.filter((id) => !seen.includes(id)),
    [],
  );
});

t.test('a key that is limited to some clients has no business with groups', async (t) => {
  const client = await invite(service);
  const group = await make({ clients: [client.id], members: ['alice'] });
  const keyFor = async (fields: object) => {
    const { body } = await api(service, 'POST', '/v1/api-keys', { name: 'x', scopes, ...fields });
    return { authorization: `Bearer ${body.secret}` };
  };
  const limited = await keyFor({ clients: [client.id] });
  const without = await keyFor({ scopes: scopes.filter((scope) => scope !== 'groups:manage') });
  for (const [method, path, body] of [
    ['POST', '', { name: 'x', clients: [client.id] }],
    ['GET', ''],
    ['GET', `/${group.id}`],
    ['PATCH', `/${group.id}`, { members: ['mallory'] }],
    ['GET', `/${group.id}/policies`],
    ['GET', `/${group.id}/access?user=alice`],
    ['POST', `/${group.id}/access-links`, { user: 'alice' }],
    ['DELETE', `/${group.id}`],
  ] as const) {
    const answer = (headers: Record<string, string>) =>
      api(service, method, `/v1/groups${path}`, body, headers);
    t.match((await answer(limited)).body, { status: 403, code: 'key-limited' }, `${method} ${path}`);
    t.match((await answer(without)).body, { status: 403, code: 'scope-missing' }, `${method} ${path}`);
  }
  t.match((await get(`/v1/groups/${group.id}`)).body, { members: ['alice'] });
});

t.test('each client’s history tells who may enter, from when and until when', async (t) => {
  const [stays, goes, comes] = [await invite(service), await invite(service), await invite(service)];
  const { id } = await make({ clients: [stays.id, goes.id], members: ['alice', 'bob'] });
  const path = `/v1/groups/${id}`;
  await api(service, 'PATCH', path, { name: 'Audit', description: 'x', color: 'F2B0A9' });
  await api(service, 'PATCH', path, { clients: [stays.id, comes.id], members: ['bob', 'carol'] });
  await api(service, 'DELETE', path);
  const told = { groupId: id, group: 'Audit' };
  const first = { groupId: id, group: 'Security-Audit', mayEnter: 'alice bob', mayNoLonger: '' };
  t.strictSame(await historyOf(stays), [
    first,
    { ...told, mayEnter: 'carol', mayNoLonger: 'alice' },
    { ...told, mayEnter: '', mayNoLonger: 'bob carol' },
  ]);
  t.strictSame(await historyOf(goes), [first, { ...told, mayEnter: '', mayNoLonger: 'alice bob' }]);
  t.strictSame(await historyOf(comes), [
    { ...told, mayEnter: 'bob carol', mayNoLonger: '' },
    { ...told, mayEnter: '', mayNoLonger: 'bob carol' },
  ]);
  const { body } = await get('/v1/events?types=group.created,group.updated,group.removed&limit=100');
  const own = body.items.filter(({ data }: Json) => data.groupId === id);
  t.match(own, [
    {
      type: 'group.created',
      clientId: null,
      data: { clients: `${stays.id} ${goes.id}`, members: 'alice bob' },
    },
    { type: 'group.updated', data: { fields: 'name description color' } },
    {
      type: 'group.updated',
      data: {
        clientsAdded: comes.id,
        clientsRemoved: goes.id,
        membersAdded: 'carol',
        membersRemoved: 'alice',
      },
    },
    { type: 'group.removed', actor: { name: 'admin' } },
  ]);
});

t.test('the policies name the roles of the group’s connected accounts, and follow them', async (t) => {
  const [first, second, other] = [await connected(), await connected(), await connected()];
  const group = await make({ clients: [first.id, second.id], members: ['alice'] });
  t.strictSame(await policiesOf(group), [first.humanRoleArn, second.humanRoleArn]);
  t.notMatch(await policiesOf(group), other.humanRoleArn);
  await api(service, 'DELETE', `/v1/clients/${second.id}`);
  t.strictSame(await policiesOf(group), [first.humanRoleArn], 'a removed client’s is out at once');
  const { clients } = (await get(`/v1/groups/${group.id}`)).body;
  const longer = { clients: [...clients, other.id] };
  t.match(
    await api(service, 'PATCH', `/v1/groups/${group.id}`, longer),
    { status: 200, body: longer },
    'a list that was read can be sent back with one more, though one has left',
  );
  t.strictSame(await policiesOf(group), [first.humanRoleArn, other.humanRoleArn]);
  t.match((await api(service, 'POST', '/v1/groups', { name: 'x', clients })).body, {
    errors: [{ field: 'clients.1' }],
  });
  await api(service, 'DELETE', `/v1/clients/${first.id}/accounts/${first.accountId}`);
  t.strictSame(await policiesOf(group), [other.humanRoleArn], 'an account that was let go is out at once');
  t.match((await get(`/v1/groups/${group.id}/access?user=alice`)).body, {
    items: [{ accountId: other.accountId }],
    leftOut: [{ clientId: first.id, accountId: null, reason: 'not-connected' }],
  });
  await api(service, 'PATCH', `/v1/groups/${group.id}`, { clients: [] });
  t.strictSame((await get(`/v1/groups/${group.id}/policies`)).body, { items: [] });
  t.equal((await get('/v1/groups/nonsense/policies')).status, 404);
});

t.test('a selector takes in all clients that it fits, later ones by themselves', async (t) => {
  const profile = 'view-only';
  const fits = { profile, metadata: { tier: 'gold', team: 'a' } };
  const [one, byProfile, byLabel, named] = [
    await connected(fits),
    await connected({ profile }),
    await connected({ metadata: fits.metadata }),
    await connected(),
  ];
  const selecting = (selector: object) => make({ selector, clients: [named.id], members: ['alice'] });
  const [profiles, labels, both] = [
    await selecting({ profile }),
    await selecting({ metadata: { tier: 'gold' } }),
    await selecting({ profile, metadata: { team: 'a', tier: 'gold' } }),
  ];
  const roles = (...clients: Json[]) => clients.map(({ humanRoleArn }) => humanRoleArn).sort();
  t.strictSame((await policiesOf(profiles)).sort(), roles(one, byProfile, named));
  t.strictSame((await policiesOf(labels)).sort(), roles(one, byLabel, named));
  t.strictSame((await policiesOf(both)).sort(), roles(one, named));
  const later = await connected(fits);
  t.strictSame((await policiesOf(both)).sort(), roles(one, named, later));
  await api(service, 'PATCH', `/v1/clients/${one.id}`, { metadata: { tier: 'silver' } });
  t.strictSame(
    (await policiesOf(labels)).sort(),
    roles(byLabel, named, later),
    'who fits no more is out at once',
  );
  await api(service, 'PATCH', `/v1/groups/${both.id}`, { selector: null });
  t.strictSame(await policiesOf(both), roles(named));
  t.match((await historyOf(later)).at(-1), { groupId: both.id, mayEnter: '' });
});

t.test(
  'the history of a client that joins or leaves by what it is tells who may enter, written with it',
  async (t) => {
    const metadata = { shift: 'night' };
    const { id } = await make({ name: 'Night', selector: { metadata }, members: ['alice', 'bob'] });
    const nobody = await make({ name: 'Empty', selector: { metadata } });
    const [fits, other] = [await invite(service, { metadata }), await invite(service)];
    const mayEnter = { groupId: id, group: 'Night', mayEnter: 'alice bob', mayNoLonger: '' };
    const mayNoLonger = { ...mayEnter, mayEnter: '', mayNoLonger: 'alice bob' };
    t.strictSame(await historyOf(fits), [mayEnter]);
    t.strictSame(await historyOf(other), []);
    const patch = (client: Json, changes: object) =>
      api(service, 'PATCH', `/v1/clients/${client.id}`, changes);
    await patch(fits, { metadata: { ...metadata, more: 'x' } });
    await patch(fits, { name: 'Another name' });
    t.strictSame(await historyOf(fits), [mayEnter], 'it is in as before');
    await patch(fits, { metadata: {} });
    await patch(other, { metadata });
    t.strictSame(await historyOf(fits), [mayEnter, mayNoLonger]);
    t.strictSame(await historyOf(other), [mayEnter]);
    await api(service, 'PATCH', `/v1/groups/${id}`, { clients: [other.id] });
    await patch(other, { metadata: {} });
    t.strictSame(await historyOf(other), [mayEnter], 'it stays by its name');
    await api(service, 'DELETE', `/v1/clients/${other.id}`);
    t.strictSame(await historyOf(other), [mayEnter, mayNoLonger], 'a client that is removed');
    const { body } = await get('/v1/events?types=client.invited,access.changed&limit=100');
    const [invited, changed] = body.items.filter(({ clientId }: Json) => clientId === fits.id);
    t.match(invited.id.split('_')[1], changed.id.split('_')[1], 'one commit of the feed');
    await api(service, 'PATCH', `/v1/groups/${nobody.id}`, { selector: null });
    await api(service, 'DELETE', `/v1/groups/${id}`);
    t.strictSame(await historyOf(await invite(service, { metadata })), [], 'the group is gone');
  },
);

t.test('what another instance has changed of the groups is known here a moment later', async (t) => {
  const metadata = { seenBy: 'others' };
  const wish = { name: 'Elsewhere', selector: { metadata }, members: ['alice'] };
  const { body: made } = await api(unset, 'POST', '/v1/groups', wish);
  const told = async () => (await historyOf(await invite(service, { metadata }))).length;
  t.equal(await eventually(told, (count) => count === 1), 1);
  await api(unset, 'DELETE', `/v1/groups/${made.id}`);
  t.equal(await eventually(told, (count) => count === 0), 0);
});

t.test('a group of many clients is read out of the index, and has no account of anybody else', async (t) => {
  const clients: Json[] = [];
  for (let n = 0; n < 20; n += 1) clients.push(await connected({ name: `Client ${n}` }));
  const chosen = clients.filter((_, n) => n !== 7);
  const group = await make({ clients: chosen.map(({ id }) => id), members: ['alice'] });
  t.strictSame((await policiesOf(group)).sort(), chosen.map(({ humanRoleArn }) => humanRoleArn).sort());
  const { items } = (await get(`/v1/groups/${group.id}/access?user=alice`)).body;
  t.strictSame(
    items.map(({ clientId }: Json) => clientId),
    chosen.map(({ id }) => id),
  );
});

t.test('600 clients in one group stay inside every quota of IAM, all of them reachable', async (t) => {
  const clients = await writeFleet(world, 600);
  const group = await make({ name: 'All', clients, members: ['alice'] });
  const { items: policies } = (await get(`/v1/groups/${group.id}/policies`)).body;
  const named = policies.flatMap(({ document }: Json) => document.Statement[0].Resource);
  t.ok(policies.length <= 10, 'managed policies of a group');
  t.ok(
    policies.every(({ document }: Json) => JSON.stringify(document).length <= 6_144),
    'characters of each',
  );
  t.ok(policies.every(({ name }: Json) => /^[\w+=,.@-]{1,128}$/.test(name)));
  const { items, leftOut } = (await get(`/v1/groups/${group.id}/access?user=alice`)).body;
  t.equal(items.length, 580);
  t.strictSame(named.sort(), items.map(({ roleArn }: Json) => roleArn).sort());
  t.equal(new Set(items.map((one: Json) => one.profileName)).size, 580);
  t.equal(leftOut.length, 20);
  t.ok(items.every(({ switchRoleUrl }: Json) => new URL(switchRoleUrl).searchParams.size === 3));
  t.strictSame(await historyOf({ id: clients.at(-1) }), [
    { groupId: group.id, group: 'All', mayEnter: 'alice', mayNoLonger: '' },
  ]);
});

t.test('names that mean harm are text wherever they stand', async (t) => {
  const name = '"><script>alert(1)</script>\u202e \u2028 {{7*7}} %(x)s';
  const members = ['=cmd', '@x', '-rf', 'a', '__proto__', 'constructor', '..', '+1,2'];
  const client = await connected({ name, metadata: { constructor: 'x' } });
  const group = await make({
    name,
    description: name,
    members,
    selector: { metadata: { constructor: 'x' } },
  });
  t.strictSame(await policiesOf(group), [client.humanRoleArn]);
  const proto = JSON.parse('{"name":"x","selector":{"metadata":{"__proto__":"x"}}}');
  t.match([(await api(service, 'POST', '/v1/groups', proto)).status], [400]);
  for (const user of members) {
    const path = `/v1/groups/${group.id}/access?user=${encodeURIComponent(user)}`;
    t.match((await get(path)).body, { items: [{ roleArn: client.humanRoleArn }] }, user);
    const config = (await get(path, { accept: 'text/plain' })).body;
    t.match(config, `mfa_serial = arn:aws:iam::${CENTRAL}:mfa/${user}\n`);
    t.match(config, /^role_session_name = [\w+=,.@-]{2,64}$/m);
    t.match(config, /^[\x20-\x7e\n]*$/);
    const page = (await get(path, { accept: 'text/html' })).body;
    t.notMatch(page, /<script>|\u202e/);
  }
  for (const user of ['a\nb', 'toString', 'alice*', ''])
    t.match((await get(`/v1/groups/${group.id}/access?user=${encodeURIComponent(user)}`)).body, {
      status: user === '' ? 400 : 422,
    });
  t.match((await api(service, 'POST', '/v1/groups', { name: '\n' })).body, { status: 400 });
});

t.test('a member gets a link and a profile for each account, and nobody else does', async (t) => {
  const client = await connected({ name: 'Acme & Söhne\u202e' });
  const group = await make({ clients: [client.id], members: ['Alice'], color: '99BCE3' });
  const path = `/v1/groups/${group.id}/access`;
  const { body } = await get(`${path}?user=Alice`);
  const link = new URL(body.items[0].switchRoleUrl);
  t.match(body, {
    items: [
      {
        accountId: client.accountId,
        roleArn: client.humanRoleArn,
        profileName: `acme-sohne-${client.accountId}`,
        clientId: client.id,
      },
    ],
  });
  t.equal(link.origin, world.sandbox.url, 'in development, the sandbox’s console');
  t.strictSame(Object.fromEntries(link.searchParams), {
    account: client.accountId,
    roleName: 'CrossAccountSecurityAuditRole',
    displayName: `Acme & Söhne ${client.accountId}`,
    color: '99BCE3',
  });
  t.strictSame((await get(`${path}?user=alice`)).body, body, 'to IAM, case makes no other user');
  const refusal = {
    status: 422,
    code: 'member-unknown',
    detail: 'mallory is no member of the group "Security-Audit".',
  };
  t.match((await get(`${path}?user=mallory`)).body, refusal);
  t.match((await get(path)).body, { status: 400, errors: [{ field: 'user' }] });
});

t.test('the config file is what a caller gets who wants text', async (t) => {
  const client = await connected({ name: 'Acme' });
  const group = await make({ clients: [client.id], members: ['alice'], sessionDurationSeconds: 1_800 });
  const path = `/v1/groups/${group.id}/access?user=ALICE`;
  const answer = await get(path, { accept: 'text/plain' });
  t.match(answer.headers.get('content-type'), 'text/plain; charset=utf-8');
  t.match(answer.headers.get('vary'), 'accept');
  t.equal(
    answer.body,
    `# ${group.id} for alice: a profile for each account.
# Add it to ~/.aws/config, or save it as a file and name that file in AWS_CONFIG_FILE.
# The profile default has to hold the access key of alice in account ${CENTRAL}.

# acme ${client.id}
[profile acme-${client.accountId}]
role_arn = ${client.humanRoleArn}
source_profile = default
mfa_serial = arn:aws:iam::${CENTRAL}:mfa/alice
duration_seconds = 1800
role_session_name = alice
region = us-east-1
`,
  );
  t.match(
    (await get(`${path}&sourceProfile=audit`, { accept: 'text/plain' })).body,
    'source_profile = audit\n',
  );
  t.equal((await get(`${path}&sourceProfile=a%0Ab`, { accept: 'text/plain' })).status, 400);
  t.match((await get(path, { accept: 'text/plain;q=0.1, application/json' })).body, { items: [{}] });
  t.match(
    (await api(unset, 'GET', path, undefined, { accept: 'text/plain' })).body,
    { status: 409, code: 'central-account-missing', detail: /CENTRAL_ACCOUNT_ID/ },
    'where no central account is configured',
  );
  t.equal((await api(unset, 'GET', path)).status, 200, 'links need none');
});

t.test(
  'a link leads a member to the page of his accounts, while it is good and he is a member',
  async (t) => {
    const client = await connected({ name: '<script>alert(1)</script> & "Söhne"' });
    const group = await make({ name: 'A <b>', clients: [client.id], members: ['alice', 'bob'] });
    const path = `/v1/groups/${group.id}`;
    const linkFor = (fields: object) => api(service, 'POST', `${path}/access-links`, fields);
    const open = (url: string) => fetch(url, { headers: { accept: 'text/html' } });
    const { status, body } = await linkFor({ user: 'ALICE' });
    t.equal(status, 201);
    t.ok(Date.parse(body.expiresAt) > Date.now() + 3_500_000, 'an hour');
    const page = await open(body.url);
    const html = await page.text();
    t.equal(page.status, 200);
    t.match(page.headers.get('content-security-policy'), "script-src 'self'");
    t.equal(page.headers.get('cache-control'), 'no-store');
    t.match(html, '&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;Söhne&quot;', 'a name is text');
    t.match(html, 'A &lt;b&gt;');
    t.notMatch(html, /<script>|<b>|style="|onclick/);
    t.match(html, `href="${world.sandbox.url}/switchrole?account=${client.accountId}&amp;roleName=`);
    const config = await open(`${body.url}/config`);
    t.match(await config.text(), `role_arn = ${client.humanRoleArn}\n`);
    t.match(await (await open(new URL('/assets/access.js', body.url).href)).text(), 'textContent');
    t.match(
      (await get(`${path}/access?user=alice`, { accept: 'text/html' })).body,
      client.accountId,
      'by a key, too',
    );

    t.match((await linkFor({ user: 'mallory' })).body, { status: 422, code: 'member-unknown' });
    t.match((await linkFor({ user: 'alice', expiresIn: 43_201 })).body, { status: 400 });
    const changed = body.url.replace(/.$/, (last: string) => (last === 'A' ? 'Q' : 'A'));
    for (const wrong of [changed, new URL('/access/x', body.url).href]) {
      const answer = await open(wrong);
      t.equal(answer.status, 404);
      t.match(await answer.text(), 'leads nowhere');
    }
    t.equal(
      (await fetch(`${unset.url}${new URL(body.url).pathname}`)).status,
      200,
      'every instance knows it',
    );
    t.notMatch(service.output(), new URL(body.url).pathname.slice(8), 'not in the log');
    await api(service, 'PATCH', path, { members: ['bob'] });
    for (const address of [body.url, `${body.url}/config`]) {
      const answer = await open(address);
      t.equal(answer.status, 404);
      t.notMatch(await answer.text(), client.accountId);
    }
  },
);
