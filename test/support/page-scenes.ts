import { failure } from '../../src/core/failure.js';
import { clientId, parseClientId } from '../../src/core/id.js';
import { dayOf, emptyDay, NOTHING, type OverviewDay } from '../../src/core/overview.js';
import { type Waits, withWait } from '../../src/core/waits.js';
import { makeCommit } from '../../src/store/commit.js';
import { makeOverviewQueries } from '../../src/store/overview-item.js';
import { makeQueries } from '../../src/store/queries.js';
import { aClient, anAccount, bad, good, must, uuid7 } from '../core/things.js';
import { databaseAt, localUrl } from '../store/database.js';
import { makeChance } from './chance.js';
import { changeSettings } from './onboardings.js';
import { skewedClock } from './skewed-clock.js';
import {
  api,
  createStack,
  eventually,
  invite,
  type Json,
  KEY,
  type RunningService,
  settledStack,
  startService,
  type World,
} from './world.js';

/** A page as somebody may come upon it: its address, and what has to be ended once it was looked at. */
export interface Scene {
  readonly url: string;
  /** What the browser sends along. */
  readonly headers?: Record<string, string>;
  readonly end?: () => Promise<void>;
}

/** A name that would break out of a page, or stretch it, if it could. */
export const HOSTILE_NAME = `Zoë & Søns <script>alert(1)</script> "'\u202e ${'W'.repeat(60)}`;

const withoutCondition = (template: string) => template.replace(/ +sts:ExternalId: .*\n/, '');

/** Every page there is, in every state that it shows, by name; each is made when it is asked for. */
export function pageScenes(
  world: World,
  service: RunningService,
  environment: NodeJS.ProcessEnv = {},
): Record<string, () => Promise<Scene>> {
  const link = async (fields: object = {}): Promise<Scene> => {
    const { launch } = await invite(service, fields);
    return { url: launch.pageUrl };
  };
  const connected = async (account: string): Promise<Json> => {
    const client = await invite(service);
    await settledStack(world, await createStack(world, client, { account }));
    await eventually(
      async () => (await api(service, 'GET', `/v1/clients/${client.id}`)).body.status,
      (status) => status === 'connected',
    );
    return client;
  };
  const access = async (fields: object): Promise<Scene> => {
    const wish = { name: 'Security-Audit', members: ['alice'], ...fields };
    const { body } = await api(service, 'POST', '/v1/groups', wish);
    const made = await api(service, 'POST', `/v1/groups/${body.id}/access-links`, { user: 'alice' });
    return { url: made.body.url };
  };
  const headers = { authorization: `Bearer ${KEY}` };
  return {
    'console-empty': async () => ({ url: `${service.url}/console`, headers }),
    'console-few': async () => {
      await connected('400000000000');
      return { url: `${service.url}/console?days=7`, headers };
    },
    'console-many': async () => {
      await writeHistory(world);
      return { url: `${service.url}/console?days=90`, headers };
    },
    'console-sign-in': async () => ({ url: `${service.url}/console` }),
    'waiting-sns': () => link(),
    'waiting-lambda': () => link({ callback: 'lambda' }),
    'waiting-none': () => link({ callback: 'none' }),
    'waiting-organization': () => link({ kind: 'organization' }),
    'connected-organization': async () => {
      const { id, launch } = await invite(service, { kind: 'organization', name: 'Acme' });
      await writeOrganization(world, id);
      return { url: launch.pageUrl };
    },
    'waiting-hostile-name': () => link({ name: HOSTILE_NAME }),
    'waiting-region-unknown': async () => {
      const { url } = await link();
      return { url: `${url}?region=mars-1` };
    },
    'verifying-none': async () => {
      const { url } = await link({ callback: 'none' });
      await api(service, 'POST', `${new URL(url).pathname}/account`, { accountId: '400000000001' });
      return { url };
    },
    'verifying-sns': async () => {
      await changeSettings(world, { propagationMs: 60_000 });
      const client = await invite(service);
      await createStack(world, client, { account: '400000000002' });
      await eventually(
        async () => (await api(service, 'GET', `/v1/clients/${client.id}/accounts`)).body.items,
        (accounts) => accounts.length > 0,
      );
      return { url: client.launch.pageUrl, end: () => changeSettings(world, { propagationMs: 0 }) };
    },
    connected: async () => ({ url: (await connected('400000000003')).launch.pageUrl }),
    rejected: async () => {
      const client = await invite(service);
      await settledStack(
        world,
        await createStack(world, client, { account: '400000000004', edit: withoutCondition }),
      );
      return { url: client.launch.pageUrl };
    },
    revoked: async () => {
      const { id, launch } = await invite(service);
      await api(service, 'DELETE', `/v1/clients/${id}/launches/${launch.id}`);
      return { url: launch.pageUrl };
    },
    expired: async () => {
      const { id } = await invite(service);
      const made = await api(service, 'POST', `/v1/clients/${id}/launches`, { expiresIn: 3_600 });
      // The same table as another copy sees it, two hours later.
      const later = await startService(world, undefined, {
        ...environment,
        ...skewedClock(2 * 3_600_000),
      });
      const { pathname } = new URL(made.body.pageUrl);
      return { url: `${later.url}${pathname}`, end: () => later.kill() };
    },
    unknown: async () => ({ url: `${service.url}/launch/${'A'.repeat(64)}` }),
    rotation: async () => {
      const { id } = await connected('400000000005');
      const { body } = await api(service, 'POST', `/v1/clients/${id}/external-id-rotation`);
      return { url: body.pageUrl };
    },
    'access-many': async () => access({ clients: await writeFleet(world, 40) }),
    'access-none': async () => access({ name: HOSTILE_NAME, clients: [(await invite(service)).id] }),
    'access-unknown': async () => ({ url: `${service.url}/access/${'A'.repeat(64)}` }),
    failures: async () => ({ url: `${service.url}/failures` }),
    problems: async () => ({ url: `${service.url}/problems` }),
    problem: async () => ({ url: `${service.url}/problems/reference-taken` }),
    guide: async () => ({ url: `${service.url}/docs/getting-started` }),
  };
}

/** Three months of a busy deployment, as they are counted, and the last that went wrong. */
async function writeHistory({ environment }: World): Promise<void> {
  const database = databaseAt(localUrl(), must(environment['TABLE_NAME']));
  const commit = makeCommit(database, () => undefined);
  const chance = makeChance(7);
  const some = (most: number) => Math.floor(chance.between(0, most));
  const told = [
    ['account.rejected', failure('trust-without-external-id')],
    ['account.degraded', failure('role-not-assumable')],
    ['account.rejected', failure('permissions-missing', `Missing: ${'ec2:DescribeInstances, '.repeat(12)}`)],
  ] as const;
  for (const [place, [type, { code, message }]] of told.entries()) {
    const id = clientId(uuid7(900_000 + place));
    const client = aClient({
      rev: null,
      id,
      name: must([HOSTILE_NAME, 'Northwind Traders', 'Zoë & Søns'][place]),
    });
    const event = {
      type,
      at: Date.now() - place * 3_600_000,
      clientId: id,
      accountId: `40000000010${place}`,
    };
    await commit({
      put: [client],
      events: [{ ...event, actor: { type: 'service' }, data: { code, message } }],
    });
  }
  const { overviewSince } = makeOverviewQueries(database);
  const known = (await overviewSince('2000-01-01')).days;
  const days = Array.from({ length: 90 }, (_, ago): OverviewDay => {
    const day = dayOf(Date.now() - ago * 86_400_000);
    const weekend = [0, 6].includes(new Date(day).getUTCDay());
    const invited = some(weekend ? 3 : 24);
    const opened = invited - some(invited / 4);
    const counts = {
      ...{ invited, opened, started: opened - some(opened / 4), connected: opened - some(opened / 2) },
      ...{ accountsConnected: some(weekend ? 4 : 40), accountsRejected: some(5), accountsDegraded: some(3) },
      ...{ accountsRecovered: some(2), accountsDisconnected: some(2), stacksFailed: some(2) },
    };
    const waits = (least: number, most: number) =>
      Array.from({ length: counts.connected }).reduce<Waits>(
        (all) => withWait(all, Math.exp(chance.between(Math.log(least), Math.log(most)))),
        {},
      );
    const before = known.find((one) => one.day === day) ?? emptyDay(day);
    return { ...before, counts, sinceInvited: waits(120_000, 9e8), sinceStarted: waits(1_500, 90_000) };
  });
  const stored = (await overviewSince('2000-01-01')).overview ?? NOTHING;
  const accounts = { verifying: 14, connected: 18_204, rejected: 211, degraded: 37, disconnected: 1_904 };
  const clients = { invited: 402, connected: 6_120, attention: 58, disconnected: 310 };
  await commit({ put: [{ ...stored, accounts, clients }, ...days] });
  database.client.destroy();
}

/** Clients of all sorts of names, as they are stored: most with an account that people may switch into. */
export async function writeFleet({ environment }: World, count: number): Promise<string[]> {
  const database = databaseAt(localUrl(), must(environment['TABLE_NAME']));
  const commit = makeCommit(database, () => undefined);
  const ids: string[] = [];
  const names = [HOSTILE_NAME, '株式会社', '\u202eevil\nsecond line', 'O\u2019Neill & Sons', ' '];
  for (let place = 0; place < count; place += 1) {
    const id = clientId(uuid7(place + 500_000));
    const accountId = String(420_000_000_000 + place * 7_919);
    const humanRoleArn =
      place % 30 === 7 ? null : `arn:aws:iam::${accountId}:role/CrossAccountSecurityAuditRole`;
    const name = names[place] ?? `Client ${place} of the fleet`;
    const account = anAccount({ rev: null, clientId: id, accountId, humanRoleArn, nextVerificationAt: null });
    await commit({ put: [aClient({ rev: null, id, name }), account] });
    ids.push(id);
  }
  database.client.destroy();
  return ids;
}

/** An organization of more accounts than a page lists, some of them in trouble, as they are stored. */
async function writeOrganization({ environment }: World, id: string): Promise<void> {
  const database = databaseAt(localUrl(), must(environment['TABLE_NAME']));
  const commit = makeCommit(database, () => undefined);
  const client = must(await makeQueries(database).client(must(parseClientId(id))));
  const [launch] = client.launches;
  const managementAccountId = '410000000000';
  const now = Date.now();
  const made = (place: number, changes: Parameters<typeof anAccount>[0] = {}) => {
    const accountId = String(Number(managementAccountId) + place);
    const stackId = `arn:aws:cloudformation:us-east-1:${accountId}:stack/${must(launch).stackName}/1`;
    const roleArn = `arn:aws:iam::${accountId}:role/rolecall-acme-ClientRole-A1B2C3`;
    const at = {
      createdAt: now,
      connectedAt: now,
      lastVerifiedAt: now,
      nextVerificationAt: now + 86_400_000,
    };
    const by = {
      clientId: client.id,
      launchId: must(launch).id,
      organization: { managementAccountId, left: false },
    };
    return anAccount({
      rev: null,
      templateVersion: null,
      accountId,
      stackId,
      roleArn,
      ...at,
      ...by,
      verdict: good,
      ...changes,
    });
  };
  const members = Array.from({ length: 64 }, (_, place) => made(place + 4));
  const accounts = [
    made(0),
    made(1, { status: 'rejected', verdict: bad, nextVerificationAt: null }),
    made(2, { status: 'degraded', verdict: bad }),
    made(3, { organization: { managementAccountId, left: true } }),
    ...members,
  ];
  const launches = [{ ...must(launch), accounts: [managementAccountId] }];
  await commit({ put: [{ ...client, launches, status: 'attention' }, ...accounts] });
  database.client.destroy();
}
