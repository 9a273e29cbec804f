import t from 'tap';
import { parseClientId } from '../../src/core/id.js';
import { makeCommit } from '../../src/store/commit.js';
import { makeQueries } from '../../src/store/queries.js';
import { must } from '../core/things.js';
import { databaseAt, localUrl } from '../store/database.js';
import { startDeployment } from '../support/deployment.js';
import {
  api,
  createStack,
  deleteStack,
  eventually,
  invite,
  type Json,
  type RunningService,
  settledStack,
  startService,
} from '../support/world.js';

const { world, service, accountsOf, eventsOf } = await startDeployment(t);

let drawn = 600_000_000_000;
const number = () => {
  drawn += 1;
  return String(drawn);
};

/** An organization in the sandbox, with members in one unit. */
async function organization(members: readonly string[], settings: object = {}) {
  const managementAccountId = number();
  const { units } = await control('POST', '', {
    managementAccountId,
    ...{ features: 'ALL', trustedAccess: true, units: [{ name: 'Workloads', accounts: members }] },
    ...settings,
  });
  const unit: string = units[0].id;
  return {
    managementAccountId,
    unit,
    join: (accountId: string) => control('POST', `/${managementAccountId}/accounts`, { accountId, unit }),
    leave: (accountId: string) => control('DELETE', `/${managementAccountId}/accounts/${accountId}`),
  };
}

async function control(method: string, path: string, body?: object): Promise<Json> {
  const answer = await fetch(`${world.sandbox.url}/_sandbox/organizations${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
  const text = await answer.text();
  return text === '' ? null : JSON.parse(text);
}

const asked = (fields: object = {}) => invite(service, { kind: 'organization', ...fields });

/** Launches a client's stack in an organization's management account, as a person there would. */
const launched = (
  client: Json,
  { managementAccountId, unit }: { managementAccountId: string; unit: string },
) =>
  createStack(world, client, {
    account: managementAccountId,
    parameters: { OrganizationalUnitIds: unit },
  });

/** Waits until exactly these accounts of the client are connected. */
const connected = (client: Json, accounts: readonly string[]) =>
  eventually(
    async () => (await accountsOf(client)).filter(({ status }: Json) => status === 'connected'),
    (live: Json[]) =>
      live
        .map(({ accountId }) => accountId)
        .sort()
        .join() === [...accounts].sort().join(),
  );

/** An organization whose accounts are all connected. */
async function connectedOrganization(count: number, fields: object = {}) {
  const members = Array.from({ length: count }, number);
  const org = await organization(members);
  const client = await asked(fields);
  const stackId = await launched(client, org);
  t.equal((await settledStack(world, stackId)).status, 'CREATE_COMPLETE');
  await connected(client, [org.managementAccountId, ...members]);
  return { org, members, client, stackId };
}

/** The link of a client as it is long after it expired. */
async function expire({ id }: Json): Promise<void> {
  const database = databaseAt(localUrl(), must(world.environment['TABLE_NAME']));
  const client = must(await makeQueries(database).client(must(parseClientId(id))));
  const launches = client.launches.map((launch) => ({ ...launch, expiresAt: launch.createdAt + 1 }));
  const { ok } = await makeCommit(database, () => undefined)({ put: [{ ...client, launches }] });
  database.client.destroy();
  if (!ok) throw new Error('the client moved meanwhile');
}

/** What somebody makes who has read the link's values in a member's stack. */
async function memberStack(client: Json, account: string): Promise<{ status: string; reasons: string }> {
  const template = await api(
    service,
    'GET',
    '/v1/profiles/security-audit/template?callback=sns&kind=account',
  );
  const stackName = `by-hand-${account}`;
  const made = await createStack(world, client, { account, stackName, edit: () => template.body });
  return settledStack(world, made);
}

/** Verifies an account by another copy of the service, which has no list in its memory. */
async function verifiedAfresh(client: Json, accountId: string): Promise<Json> {
  const copy: RunningService = await startService(world);
  const { status } = await api(copy, 'POST', `/v1/clients/${client.id}/accounts/${accountId}/verifications`);
  t.equal(status, 200);
  await copy.kill();
  return (await accountsOf(client)).find((account: Json) => account.accountId === accountId);
}

t.test('a management account connects, then its members, by topics and by functions', async (t) => {
  for (const callback of ['sns', 'lambda']) {
    const { org, members, client } = await connectedOrganization(3, { callback });
    const { managementAccountId } = org;
    for (const account of await accountsOf(client))
      t.match(account, { status: 'connected', organization: { managementAccountId, left: false } }, callback);
    const { body } = await api(service, 'GET', `/v1/clients/${client.id}/launches`);
    t.match(body.items, [{ kind: 'organization', status: 'open' }], 'it is open for others');
    const page = await (await fetch(client.launch.pageUrl)).text();
    t.match(page, `Management account ${managementAccountId} is connected`);
    t.match(page, '3 members connected');
    for (const member of members) t.match(page, member);
  }
});

t.test('an account that joins long after the link expired is connected by itself', async (t) => {
  const { org, members, client } = await connectedOrganization(1);
  await expire(client);
  const joined = number();
  await org.join(joined);
  const live = await connected(client, [org.managementAccountId, ...members, joined]);
  t.equal(live.length, 3);
});

t.test('whoever is in no list of the organization is refused, and leaves no trace', async (t) => {
  const { client } = await connectedOrganization(1);
  const before = await eventsOf(client);
  const stranger = number();
  const { status, reasons } = await memberStack(client, stranger);
  t.match(status, /^ROLLBACK_|^CREATE_FAILED/);
  t.match(reasons, /not-in-organization/);
  const known = (await accountsOf(client)).map(({ accountId }: Json) => accountId);
  t.notOk(known.includes(stranger));
  t.strictSame(await eventsOf(client), before);
});

t.test('a link that was withdrawn lets no member in, and ends nobody’s access', async (t) => {
  const { org, members, client } = await connectedOrganization(1);
  await api(service, 'DELETE', `/v1/clients/${client.id}/launches/${client.launch.id}`);
  const { reasons } = await memberStack(client, number());
  t.match(reasons, /launch-revoked/);
  await connected(client, [org.managementAccountId, ...members]);
});

t.test('a member that was connected by a link of its own keeps its registration', async (t) => {
  const own = number();
  const org = await organization([own]);
  const client = await asked();
  const made = await api(service, 'POST', `/v1/clients/${client.id}/launches`, { kind: 'account' });
  const stackId = await createStack(world, { ...client, launch: made.body }, { account: own });
  await settledStack(world, stackId);
  const [before] = await connected(client, [own]);
  t.equal((await settledStack(world, await launched(client, org))).status, 'CREATE_COMPLETE');
  const live = await connected(client, [org.managementAccountId, own]);
  t.match(
    live.find(({ accountId }: Json) => accountId === own),
    { stackId, roleArn: before.roleArn, organization: null },
  );
});

t.test('a member that leaves stays connected, is told, and may come back', async (t) => {
  const { org, members, client } = await connectedOrganization(1);
  const [member] = members;
  await org.leave(must(member));
  t.match(await verifiedAfresh(client, must(member)), { status: 'connected', organization: { left: true } });
  await org.join(must(member));
  t.match(await verifiedAfresh(client, must(member)), { organization: { left: false } });
  const { body } = await api(service, 'GET', `/v1/clients/${client.id}/events?limit=100`);
  const told = body.items
    .filter(({ type }: Json) => type === 'account.updated')
    .map(({ data }: Json) => data);
  t.strictSame(told, [{ organization: 'left', trustRemains: true }, { organization: 'joined' }]);
});

t.test('the end of the management account’s stack ends its members’, and shuts others out', async (t) => {
  const { client, stackId } = await connectedOrganization(2);
  await deleteStack(world, stackId);
  await eventually(
    async () => accountsOf(client),
    (accounts: Json[]) => accounts.every(({ status }) => status === 'disconnected'),
  );
  t.match((await memberStack(client, number())).reasons, /organization-not-connected/);
  t.equal((await eventsOf(client)).filter((type) => type === 'account.disconnected').length, 3);
});

t.test('what is no management account, or of no whole organization, is refused', async (t) => {
  const member = number();
  const org = await organization([member]);
  const elsewhere = await settledStack(
    world,
    await launched(await asked(), { ...org, managementAccountId: member }),
  );
  t.match(elsewhere.reasons, /not-the-management-account/);
  t.match(elsewhere.reasons, org.managementAccountId, 'and it is told which that is');
  const billing = await organization([number()], { features: 'CONSOLIDATED_BILLING', trustedAccess: false });
  const { reasons } = await settledStack(world, await launched(await asked(), billing));
  t.match(reasons, /organization-without-all-features/);
  const alone = { managementAccountId: number(), unit: org.unit };
  const none = await settledStack(world, await launched(await asked(), alone));
  t.match(none.reasons, /organization-not-readable/);
});
