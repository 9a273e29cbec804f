import { IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import t from 'tap';
import { scan } from '../support/audit.js';
import { startDeployment } from '../support/deployment.js';
import { ask, endFaults } from '../support/onboardings.js';
import {
  api,
  createStack,
  deleteStack,
  eventually,
  invite,
  type Json,
  settledStack,
} from '../support/world.js';

const { world, service, accountsOf, clientOf, eventsOf } = await startDeployment(t);

t.test('every profile connects, and has the permissions that it names', async (t) => {
  const { items } = (await api(service, 'GET', '/v1/profiles')).body;
  for (const [place, { name, prove }] of items.entries()) {
    const client = await invite(service, { profile: name });
    const stackId = await createStack(world, client, { account: `10000000009${place}` });
    t.equal((await settledStack(world, stackId)).status, 'CREATE_COMPLETE', name);
    const permissions = { granted: prove, missing: [], denied: [], unchecked: [] };
    t.match(await accountsOf(client), [{ status: 'connected', verdict: { permissions } }], name);
  }
});

t.test('what a profile denies stays closed, whatever its policies allow', async (t) => {
  const client = await invite(service, { profile: 'read-only' });
  const stackId = await createStack(world, client, { account: '100000000095' });
  await settledStack(world, stackId);
  const [{ accountId, roleArn }] = await accountsOf(client);
  const address = `/v1/clients/${client.id}/accounts/${accountId}/credentials`;
  const { body } = await api(service, 'POST', address, { sessionName: 'tester' });
  const { accessKeyId, secretAccessKey, sessionToken } = body;
  const credentials = { accessKeyId, secretAccessKey, sessionToken };
  const iam = new IAMClient({ endpoint: world.sandbox.url, region: 'us-east-1', credentials });
  const decisions = async (...ActionNames: string[]) => {
    const simulation = new SimulatePrincipalPolicyCommand({ PolicySourceArn: roleArn, ActionNames });
    return (await iam.send(simulation)).EvaluationResults?.map(({ EvalDecision }) => EvalDecision);
  };
  t.strictSame(await decisions('s3:GetBucketPolicy', 'lambda:GetFunctionConfiguration'), [
    'allowed',
    'allowed',
  ]);
  t.strictSame(
    await decisions('s3:GetObject', 'secretsmanager:GetSecretValue', 'lambda:GetFunction', 'kms:Decrypt'),
    ['explicitDeny', 'explicitDeny', 'explicitDeny', 'explicitDeny'],
  );
});

t.test('a stack that completes is a connection that works', async (t) => {
  const client = await invite(service);
  t.equal(client.status, 'invited');
  const stackId = await createStack(world, client, { account: '100000000001' });
  const { status } = await settledStack(world, stackId);
  t.equal(status, 'CREATE_COMPLETE');
  const [account, ...others] = await accountsOf(client);
  t.same(others, []);
  t.match(account, {
    accountId: '100000000001',
    partition: 'aws',
    stackId,
    region: 'us-east-1',
    status: 'connected',
    roleArn: /^arn:aws:iam::100000000001:role\//,
    templateVersion: /^[0-9a-f]{12}$/,
    verdict: {
      assumable: true,
      requiresExternalId: true,
      rejectsWrongExternalId: true,
      accountMatches: true,
      attempts: 1,
      failure: null,
    },
  });
  t.equal((await clientOf(client)).status, 'connected');
  t.equal((await clientOf(client)).launch.status, 'used');
  t.same(await eventsOf(client), [
    'client.invited',
    'stack.started',
    'account.verifying',
    'account.connected',
  ]);
});

t.test('a role that is not there yet is waited for', async (t) => {
  const client = await invite(service);
  const account = '400000000001';
  await ask(world, { name: 'rcp-deny', account });
  const stack = await createStack(world, client, { account });
  await eventually(
    () => accountsOf(client),
    ([found]) => found?.status === 'verifying',
  );
  await endFaults(world);
  t.equal((await settledStack(world, stack)).status, 'CREATE_COMPLETE');
  const [connected] = await accountsOf(client);
  t.equal(connected.status, 'connected');
  t.ok(connected.verdict.attempts > 1);
});

const unsafe = [
  {
    what: 'without an external ID',
    edit: (template: string) => template.replace('                sts:ExternalId: !Ref ExternalId\n', ''),
    code: 'trust-without-external-id',
  },
  {
    what: 'with StringEqualsIfExists',
    edit: (template: string) =>
      template.replace(
        'StringEquals:\n                sts:Ext',
        'StringEqualsIfExists:\n                sts:Ext',
      ),
    code: 'trust-without-external-id',
  },
  {
    what: 'with a wildcard for the external ID',
    edit: (template: string) =>
      template
        .replace('StringEquals:\n                sts:Ext', 'StringLike:\n                sts:Ext')
        .replace('sts:ExternalId: !Ref ExternalId', "sts:ExternalId: '*'"),
    code: 'trust-accepts-any-external-id',
  },
];
for (const [place, { what, edit, code }] of unsafe.entries())
  t.test(`a role that trusts ${what} makes the stack fail, and the account is rejected`, async (t) => {
    const client = await invite(service);
    const stackId = await createStack(world, client, {
      account: `10000000001${place}`,
      edit,
    });
    const { status, reasons } = await settledStack(world, stackId);
    t.equal(status, 'ROLLBACK_COMPLETE');
    t.match(reasons, new RegExp(`external ID.*\\(${code}\\)`));
    const [account] = await accountsOf(client);
    t.match(account, {
      status: 'rejected',
      verdict: { failure: { code, message: /./, remedy: /./ } },
    });
    t.equal((await clientOf(client)).status, 'attention');
    t.same(await eventsOf(client), [
      'client.invited',
      'stack.started',
      'account.verifying',
      'account.rejected',
    ]);
  });

t.test(
  'an external ID that was edited in the console is not believed, and the stack fails at once',
  async (t) => {
    const client = await invite(service);
    const parameters = { ExternalId: 'an-id-of-my-own' };
    const stackId = await createStack(world, client, { account: '100000000020', parameters });
    const { status, reasons } = await settledStack(world, stackId);
    t.equal(status, 'ROLLBACK_COMPLETE');
    t.match(reasons, /external ID was changed.*\(external-id-edited\)/);
    t.match(await accountsOf(client), [{ status: 'rejected', verdict: { attempts: 1 } }]);
  },
);

t.test('a link lets one account in', async (t) => {
  const client = await invite(service);
  await settledStack(world, await createStack(world, client, { account: '100000000031' }));
  const second = await settledStack(world, await createStack(world, client, { account: '100000000032' }));
  t.equal(second.status, 'ROLLBACK_COMPLETE');
  t.match(second.reasons, /used by another AWS account already.*\(launch-used\)/);
  t.equal((await accountsOf(client)).length, 1);
  t.same(await eventsOf(client), [
    'client.invited',
    'stack.started',
    'account.verifying',
    'account.connected',
  ]);
});

t.test('an account of one client is refused to another, which learns nothing of the first', async (t) => {
  const first = await invite(service, { name: 'The first' });
  await settledStack(world, await createStack(world, first, { account: '100000000041' }));
  const other = await invite(service, { name: 'The other' });
  const { status, reasons } = await settledStack(
    world,
    await createStack(world, other, {
      account: '100000000041',
      stackName: 'another',
    }),
  );
  t.equal(status, 'ROLLBACK_COMPLETE');
  t.match(reasons, /\(account-connected-elsewhere\)/);
  t.notMatch(reasons, /The first/);
  t.notMatch(reasons, new RegExp(first.id));
  t.same(await accountsOf(other), []);
  t.same(await eventsOf(other), ['client.invited']);
});

t.test('deleting the stack disconnects the account, and the link connects it again', async (t) => {
  const client = await invite(service);
  const stackId = await createStack(world, client, {
    account: '100000000051',
  });
  await settledStack(world, stackId);
  await deleteStack(world, stackId);
  t.equal((await settledStack(world, stackId)).status, 'DELETE_COMPLETE');
  t.equal((await accountsOf(client))[0].status, 'disconnected');
  t.equal((await clientOf(client)).status, 'disconnected');
  const again = await createStack(world, client, { account: '100000000051' });
  t.equal((await settledStack(world, again)).status, 'CREATE_COMPLETE');
  t.match(await accountsOf(client), [{ status: 'connected', stackId: again }]);
});

t.test('a stack in the account of the service itself is refused', async (t) => {
  const client = await invite(service);
  const { status, reasons } = await settledStack(
    world,
    await createStack(world, client, { account: '999999999999' }),
  );
  t.equal(status, 'ROLLBACK_COMPLETE');
  t.match(reasons, /\(account-of-provider\)/);
});

t.test('no credential, token or key is written to the log, at trace', async (t) => {
  const client = await invite(service);
  const stackId = await createStack(world, client, { account: '100000000061' });
  await settledStack(world, stackId);
  await fetch(client.launch.pageUrl);
  const path = `/v1/clients/${client.id}/accounts/100000000061/credentials`;
  const policy = '{"Statement":{"Effect":"Allow","Action":"iam:GetRole","Resource":"*"}}';
  const issued: Json[] = [];
  for (const wish of [{}, {}, { policy }, { durationSeconds: 3_600 }]) {
    const { status, body } = await api(service, 'POST', path, { sessionName: 'nightly', ...wish });
    t.equal(status, 200);
    issued.push(body);
  }
  t.equal((await api(service, 'POST', path, { sessionName: 'x', policy: '{}' })).status, 400);
  await deleteStack(world, stackId);
  await settledStack(world, stackId);
  t.equal((await api(service, 'POST', path, { sessionName: 'nightly' })).status, 409);

  const events = JSON.stringify((await api(service, 'GET', `/v1/clients/${client.id}/events`)).body);
  t.match(events, /"credentials\.issued".*"nightly"/);
  const table = JSON.stringify([await scan(world), await scan(world, 'index1'), await scan(world, 'index2')]);
  t.match(table, /credentials\.issued/);
  const output = service.output();
  t.match(output, /"route":"\/callbacks\/sns\/:token"/);
  t.match(output, /"route":"[^"]*\/credentials","status":200/);
  for (const { accessKeyId, secretAccessKey, sessionToken } of issued)
    for (const [what, text] of Object.entries({ output, events, table }))
      for (const secret of [accessKeyId, secretAccessKey, sessionToken])
        t.notOk(text.includes(secret), `${secret.slice(0, 4)}… does not stand in the ${what}`);
  const secrets = [
    client.externalId,
    client.launch.pageUrl.split('/').at(-1),
    client.launch.callbackUrl.split('/').at(-1),
    'a-key-for-tests',
    'SecretAccessKey',
    'ASIA',
  ];
  for (const secret of secrets)
    t.notOk(output.includes(secret), `${secret.slice(0, 4)}… does not stand in the log`);
});
