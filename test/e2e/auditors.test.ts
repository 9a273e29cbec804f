import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  CreateAccessKeyCommand,
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  ListMFADevicesCommand,
  ListRolesCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetSessionTokenCommand, type Credentials as Given } from '@aws-sdk/client-sts';
import t from 'tap';
import { freshAccount } from '../conformance/aws.js';
import { type Credentials, control, iamFor, stsFor } from '../sandbox/clients.js';
import { CENTRAL, openCentralAccount } from '../support/central-account.js';
import {
  api,
  createStack,
  eventually,
  invite,
  type Json,
  settledStack,
  startService,
  startWorld,
} from '../support/world.js';

// The whole story of people: clients' stacks make a role for them, groups say who may enter where, the central
// account's stack makes it so, and they enter, by the API and by the AWS CLI.

const world = await startWorld({ centralAccountId: CENTRAL });
const { sandbox } = world;
const central = await openCentralAccount(world, ['alice', 'bob']);
const service = await startService(world, undefined, central.settings);
t.teardown(async () => {
  await service.kill();
  await world.close();
});

const call = async (method: string, path: string, body?: object): Promise<Json> => {
  const answer = await api(service, method, path, body);
  if (answer.status >= 400) throw new Error(JSON.stringify(answer.body));
  return answer.body;
};

async function connected(name: string): Promise<Json> {
  const client = await invite(service, { name, profile: 'security-audit-team' });
  const accountId = freshAccount();
  const { status } = await settledStack(world, await createStack(world, client, { account: accountId }));
  if (status !== 'CREATE_COMPLETE') throw new Error(`the stack came to ${status}`);
  const { humanRoleArn } = await call('GET', `/v1/clients/${client.id}/accounts/${accountId}`);
  return { ...client, accountId, humanRoleArn };
}

async function deploy(): Promise<void> {
  const { id } = await call('POST', '/v1/central-stack/deployments');
  await call('POST', `/v1/central-stack/deployments/${id}/execution`);
  const { status, failures } = await eventually(
    () => call('GET', `/v1/central-stack/deployments/${id}`),
    ({ finishedAt }) => finishedAt !== null,
  );
  if (status !== 'deployed') throw new Error(JSON.stringify(failures));
}

async function accessKeyOf(UserName: string): Promise<Credentials> {
  const { AccessKey } = await central.iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

const asCredentials = (given: Given | undefined): Credentials => ({
  accessKeyId: given?.AccessKeyId ?? '',
  secretAccessKey: given?.SecretAccessKey ?? '',
  sessionToken: given?.SessionToken ?? '',
});

const SerialNumber = (user: string) => `arn:aws:iam::${CENTRAL}:mfa/${user}`;
async function signedInWithMfa(user: string, own: Credentials): Promise<Credentials> {
  const request = new GetSessionTokenCommand({ SerialNumber: SerialNumber(user), TokenCode: '123456' });
  return asCredentials((await stsFor(sandbox, own).send(request)).Credentials);
}
const enter = (own: Credentials, RoleArn: string) =>
  stsFor(sandbox, own).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'alice' }));
const denied = { name: /AccessDenied/ };

const [a, b] = [await connected('Client A'), await connected('Client B')];
const group = await call('POST', '/v1/groups', {
  ...{ name: 'Security-Audit', clients: [a.id], members: ['alice'] },
});
await deploy();
const key = await accessKeyOf('alice');

t.test('a member sets up MFA by what the group lets everybody do, and nothing else before', async (t) => {
  const own = iamFor(sandbox, key);
  await t.rejects(own.send(new ListRolesCommand({})), denied);
  const VirtualMFADeviceName = 'alice';
  const made = await own.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName }));
  t.equal(made.VirtualMFADevice?.SerialNumber, SerialNumber('alice'), 'which config files name');
  for (const VirtualMFADeviceName of ['bob', 'alice2'])
    await t.rejects(own.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName })), denied);
  const codes = { AuthenticationCode1: '123456', AuthenticationCode2: '654321' };
  const device = { UserName: 'alice', SerialNumber: SerialNumber('alice'), ...codes };
  await own.send(new EnableMFADeviceCommand(device));
  await t.rejects(own.send(new EnableMFADeviceCommand({ ...device, UserName: 'bob' })), denied);
  const { MFADevices = [] } = await own.send(new ListMFADevicesCommand({ UserName: 'alice' }));
  t.equal(MFADevices.length, 1);
});

t.test(
  'with MFA a member enters the group’s accounts, and lists; nobody else enters, nor anywhere else',
  async (t) => {
    const mfa = await signedInWithMfa('alice', key);
    const { Credentials: session, AssumedRoleUser } = await enter(mfa, a.humanRoleArn);
    t.match(AssumedRoleUser?.Arn, /:assumed-role\/CrossAccountSecurityAuditRole\/alice$/);
    const inside = iamFor(sandbox, asCredentials(session));
    t.ok(((await inside.send(new ListRolesCommand({}))).Roles ?? []).length > 0, 'and lists');

    await t.rejects(enter(key, a.humanRoleArn), denied, 'without MFA');
    await t.rejects(enter(mfa, b.humanRoleArn), denied, 'a client outside of the group');
    await t.rejects(enter(mfa, a.humanRoleArn.replace(/[^/]+$/, 'Admin')), denied, 'another role');
    await t.rejects(enter(await accessKeyOf('bob'), a.humanRoleArn), denied, 'a user outside of the group');
    await control(sandbox, 'PATCH', 'settings', { clockAheadSeconds: 3_601 });
    await t.rejects(enter(mfa, a.humanRoleArn), denied, 'a session that is older than the role takes');
    await control(sandbox, 'PATCH', 'settings', { clockAheadSeconds: 0 });
    await enter(mfa, a.humanRoleArn);
  },
);

t.test(
  'the config file works with the AWS CLI as it is',
  { skip: spawnSync('aws', ['--version']).status === 0 ? false : 'the AWS CLI is not on the PATH' },
  async (t) => {
    const answer = await fetch(`${service.url}/v1/groups/${group.id}/access?user=alice`, {
      headers: { authorization: `Bearer ${world.environment['ADMIN_API_KEY']}`, accept: 'text/plain' },
    });
    const text = await answer.text();
    const [profile = ''] = [...text.matchAll(/^\[profile (.+)\]$/gm)].map(([, name = '']) => name);
    const folder = await mkdtemp(join(tmpdir(), 'auditor-'));
    t.teardown(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'config'), text);
    const credentials = `[default]\naws_access_key_id = ${key.accessKeyId}\naws_secret_access_key = ${key.secretAccessKey}\n`;
    await writeFile(join(folder, 'credentials'), credentials);
    const env = {
      ...{ PATH: process.env['PATH'], HOME: folder, AWS_ENDPOINT_URL: sandbox.url },
      ...{
        AWS_CONFIG_FILE: join(folder, 'config'),
        AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
      },
    };
    // Without a terminal the CLI takes the MFA code from its standard input.
    const ran = promisify(execFile)(
      'setsid',
      ['-w', 'aws', 'sts', 'get-caller-identity', '--profile', profile],
      { env },
    );
    ran.child.stdin?.end('123456\n');
    const { Account, Arn } = JSON.parse((await ran).stdout);
    t.equal(Account, a.accountId);
    t.match(Arn, /:assumed-role\/CrossAccountSecurityAuditRole\/alice$/);
  },
);

t.test('a client that leaves the group closes the door once that is deployed', async (t) => {
  const mfa = await signedInWithMfa('alice', key);
  await enter(mfa, a.humanRoleArn);
  await call('PATCH', `/v1/groups/${group.id}`, { clients: [b.id] });
  await enter(mfa, a.humanRoleArn);
  t.match(await call('GET', '/v1/central-stack'), { upToDate: false });
  await deploy();
  await t.rejects(enter(mfa, a.humanRoleArn), denied);
  await enter(mfa, b.humanRoleArn);
  const { items } = await call('GET', `/v1/clients/${a.id}/events?limit=100`);
  t.match(
    items.filter(({ type }: Json) => type === 'access.changed').map(({ data }: Json) => data),
    [{ mayEnter: 'alice' }, { mayNoLonger: 'alice' }],
  );
});
