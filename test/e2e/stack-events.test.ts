import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { startDeployment } from '../support/deployment.js';
import { makeForger } from '../support/forger.js';
import { ask, changeSettings, endFaults } from '../support/onboardings.js';
import {
  api,
  createStack,
  deleteStack,
  eventually,
  invite,
  type Json,
  settledStack,
  updateStack,
} from '../support/world.js';

// Every row of what a stack's event means, over the wire: CloudFormation, SNS, Lambda and STS are the sandbox's.
const { world, service, accountsOf, eventsOf } = await startDeployment(t);

const state = async (at = world): Promise<Json> => (await fetch(`${at.sandbox.url}/_sandbox/state`)).json();
const answersTo = async (stackId: string): Promise<Json[]> =>
  (await state()).answers
    .filter(({ key }: Json) => key.startsWith(`${stackId}|`))
    .map(({ body }: Json) => JSON.parse(body));

let drawn = 200_000_000_000;
const freshAccount = () => String(++drawn);
const connect = async (fields: object = {}) => {
  const client = await invite(service, fields);
  const account = freshAccount();
  const stackId = await createStack(world, client, { account });
  const { status, reasons } = await settledStack(world, stackId);
  if (status !== 'CREATE_COMPLETE') throw new Error(reasons);
  return { client, account, stackId };
};
const CONNECTED = ['client.invited', 'stack.started', 'account.verifying', 'account.connected'];

/** The template of a later release: another version, and something of the role is different. */
const newer = (template: string) =>
  template.replace(/TemplateVersion: '?[0-9a-f]{12}'?/, "TemplateVersion: 'abcdefabcdef'");
/** The same, and its role can be entered without an external ID. */
const unsafe = (template: string) =>
  newer(template).replace('                sts:ExternalId: !Ref ExternalId\n', '');

for (const callback of ['sns', 'lambda']) {
  t.test(
    `by ${callback}: a Create is answered with what a stack may know, and its Delete disconnects`,
    async (t) => {
      const { client, stackId } = await connect({ callback });
      const [created, ...others] = await answersTo(stackId);
      t.same(others, []);
      t.match(created, { Status: 'SUCCESS', Data: { ClientId: client.id, AccountStatus: 'connected' } });
      t.notOk(JSON.stringify(created).includes(client.externalId), 'and no external ID');
      await deleteStack(world, stackId);
      t.equal((await settledStack(world, stackId)).status, 'DELETE_COMPLETE');
      const deleted = (await answersTo(stackId)).at(-1);
      t.equal(deleted.PhysicalResourceId, created.PhysicalResourceId, 'the physical id stays the same');
      t.match(await accountsOf(client), [{ status: 'disconnected' }]);
      t.same(await eventsOf(client), [...CONNECTED, 'account.disconnected']);
    },
  );

  t.test(`by ${callback}: an Update is verified against the new template before it counts`, async (t) => {
    const { client, stackId } = await connect({ callback });
    await updateStack(world, client, stackId, { edit: newer });
    t.equal((await settledStack(world, stackId)).status, 'UPDATE_COMPLETE');
    t.match(await accountsOf(client), [{ status: 'connected', templateVersion: 'abcdefabcdef' }]);
    t.same(await eventsOf(client), [...CONNECTED, 'account.updated']);
  });
}

t.test(
  'an Update that makes the role unsafe is tried again, then rolled back, and the connection stays',
  async (t) => {
    const { client, stackId } = await connect();
    const [before] = await accountsOf(client);
    await updateStack(world, client, stackId, { edit: unsafe });
    const { status, reasons } = await settledStack(world, stackId);
    t.equal(status, 'UPDATE_ROLLBACK_COMPLETE');
    t.match(reasons, /\(trust-without-external-id\)/);
    const { templateVersion, roleArn } = before;
    t.match(await accountsOf(client), [{ status: 'connected', templateVersion, roleArn }]);
    // What it rolled back to is verified afterwards.
    await eventually(
      () => accountsOf(client),
      ([account]) => account.lastVerifiedAt > before.lastVerifiedAt,
    );
    t.match(await accountsOf(client), [{ status: 'connected', verdict: { failure: null } }]);
  },
);

t.test(
  'an account whose template is not the published one is outdated, and the command brings it there',
  async (t) => {
    const { client, stackId } = await connect();
    t.match(await accountsOf(client), [{ outdated: false, updateCommand: null }]);
    await updateStack(world, client, stackId, { edit: newer });
    await settledStack(world, stackId);
    const [account] = await accountsOf(client);
    t.equal(account.outdated, true);
    const { templateUrl } = client.launch;
    t.match(
      account.updateCommand,
      /^aws cloudformation update-stack --region us-east-1 --stack-name arn:aws/,
    );
    t.ok(account.updateCommand.includes(`--template-url '${templateUrl}'`));
    t.ok(account.updateCommand.includes('ParameterKey=ExternalId,UsePreviousValue=true'));
    const page = await (await fetch(client.launch.pageUrl)).text();
    t.match(page, /A newer template is there/);
    t.match(page, `<code id="update-template">${templateUrl}</code>`);
    const verify = `/v1/clients/${client.id}/accounts/${account.accountId}/verifications`;
    const { status, body } = await api(service, 'POST', verify);
    t.equal(status, 200);
    t.match(body, { assumable: true, failure: null, findings: [] });
    // The log is written behind the answer.
    const told = await eventually(
      async () => {
        const lines = service.output().split('\n');
        const checked = lines.filter((line) => line.endsWith('}') && line.includes('"account checked"'));
        return checked.map((line) => JSON.parse(line)).filter(({ clientId }) => clientId === client.id);
      },
      ({ length }) => length > 0,
    );
    t.match(
      told,
      [{ accountId: account.accountId, connected: true, failed: false }],
      'what alarms are made from',
    );
    t.match(await accountsOf(client), [{ stackStatus: 'UPDATE_COMPLETE' }]);
  },
);

t.test('an Update that replaces the role connects by the new one', async (t) => {
  const { client, account, stackId } = await connect();
  await updateStack(world, client, stackId, { parameters: { RoleName: 'Chosen' } });
  t.equal((await settledStack(world, stackId)).status, 'UPDATE_COMPLETE');
  t.match(await accountsOf(client), [
    { status: 'connected', roleArn: `arn:aws:iam::${account}:role/Chosen`, verdict: { failure: null } },
  ]);
});

t.test('an Update that another resource fails after us is taken back without our failing it', async (t) => {
  const { client, stackId } = await connect();
  const [before] = await accountsOf(client);
  const failing = (template: string) =>
    newer(template).replace(
      'Outputs:',
      [
        '  Broken:',
        '    Type: AWS::IAM::ManagedPolicy',
        '    DependsOn: Connection',
        '    Properties:',
        '      PolicyDocument: { Version: nonsense }',
        'Outputs:',
      ].join('\n'),
    );
  await updateStack(world, client, stackId, { edit: failing, parameters: { RoleName: 'Passing' } });
  t.equal((await settledStack(world, stackId)).status, 'UPDATE_ROLLBACK_COMPLETE');
  const { templateVersion, roleArn } = before;
  t.match(await accountsOf(client), [{ status: 'connected', templateVersion, roleArn }]);
  t.same(
    (await answersTo(stackId)).map(({ Status }) => Status),
    ['SUCCESS', 'SUCCESS', 'SUCCESS'],
  );
});

t.test(
  'a second stack in the account takes over once it is verified; the first one’s end changes nothing',
  async (t) => {
    const { client, account, stackId } = await connect();
    const second = await createStack(world, client, { account, stackName: 'second' });
    t.equal((await settledStack(world, second)).status, 'CREATE_COMPLETE');
    t.match(await accountsOf(client), [{ status: 'connected', stackId: second }]);
    await updateStack(world, client, stackId, { edit: newer });
    const superseded = await settledStack(world, stackId);
    t.equal(
      superseded.status,
      'UPDATE_ROLLBACK_COMPLETE',
      'the first one’s Update is refused, its rollback is not',
    );
    t.match(superseded.reasons, /\(stack-not-connected\)/);
    await deleteStack(world, stackId);
    t.equal((await settledStack(world, stackId)).status, 'DELETE_COMPLETE');
    t.match(await accountsOf(client), [{ status: 'connected', stackId: second }]);
    t.same(await eventsOf(client), [...CONNECTED, 'stack.started', 'account.verifying', 'account.updated']);
  },
);

t.test('a second stack whose role is unsafe fails and leaves the connection as it was', async (t) => {
  const { client, account, stackId } = await connect();
  const second = await createStack(world, client, { account, stackName: 'second', edit: unsafe });
  const { status, reasons } = await settledStack(world, second);
  t.equal(status, 'ROLLBACK_COMPLETE');
  t.match(reasons, /\(trust-without-external-id\)/);
  t.match(await accountsOf(client), [{ status: 'connected', stackId }]);
});

t.test('while a stack’s role is awaited, another for the account fails and says why', async (t) => {
  const { world: slow, service: other } = await startDeployment(t);
  const client = await invite(other);
  // Denied like a role that is not known everywhere yet.
  await ask(slow, { name: 'rcp-deny', account: '111122223333' });
  const first = await createStack(slow, client);
  const accounts = () => api(other, 'GET', `/v1/clients/${client.id}/accounts`);
  await eventually(accounts, ({ body }) => body.items[0]?.status === 'verifying');
  const second = await settledStack(slow, await createStack(slow, client, { stackName: 'second' }));
  t.equal(second.status, 'ROLLBACK_COMPLETE');
  t.match(second.reasons, /\(another-stack-under-way\)/);
  await endFaults(slow);
  t.equal((await settledStack(slow, first)).status, 'CREATE_COMPLETE');
  const { body } = await accounts();
  t.match(body.items, [{ status: 'connected', stackId: first }]);

  // A Delete while the Create is being verified ends both.
  const late = await invite(other, { name: 'Hasty' });
  await ask(slow, { name: 'rcp-deny', account: '300000000001' });
  const hasty = await createStack(slow, late, { account: '300000000001' });
  const verifying = () => api(other, 'GET', `/v1/clients/${late.id}/accounts`);
  await eventually(verifying, ({ body: { items } }) => items[0]?.status === 'verifying');
  await deleteStack(slow, hasty);
  t.equal((await settledStack(slow, hasty)).status, 'DELETE_COMPLETE');
  t.match((await verifying()).body.items, [{ status: 'disconnected' }]);
});

t.test('an account that is let go while its stack is verified stays so, and can come back', async (t) => {
  const { world: slow, service: other } = await startDeployment(t);
  const client = await invite(other);
  const account = '300000000001';
  const path = `/v1/clients/${client.id}`;
  const state = async () => (await api(other, 'GET', `${path}/accounts`)).body.items[0];
  const create = async (changes: object = {}, launch = client.launch) => {
    // Denied like a role that is not known everywhere yet, until it has been looked at.
    await ask(slow, { name: 'rcp-deny', account });
    const stack = await createStack(slow, { ...client, launch }, { account, ...changes });
    await eventually(state, (found) => found?.status === 'verifying');
    return stack;
  };
  const first = await create();
  t.equal((await api(other, 'DELETE', `${path}/accounts/${account}`)).status, 204);
  await endFaults(slow);
  const { status, reasons } = await settledStack(slow, first);
  t.equal(status, 'ROLLBACK_COMPLETE', 'its stack is not let in');
  t.match(reasons, /\(stack-not-connected\)/);
  t.match(await state(), { status: 'disconnected', trustRemains: false });

  const second = await create({ stackName: 'second' });
  await endFaults(slow);
  t.equal((await settledStack(slow, second)).status, 'CREATE_COMPLETE', 'another is');
  t.equal((await api(other, 'DELETE', `${path}/accounts/${account}`)).status, 204);
  t.match(await state(), { status: 'disconnected', trustRemains: true });
  const third = await create({ stackName: 'third' });
  await deleteStack(slow, third);
  t.equal((await settledStack(slow, third)).status, 'DELETE_COMPLETE');
  t.match(await state(), { status: 'disconnected' }, 'which is deleted meanwhile leaves nothing under way');
  const fourth = await create({ stackName: 'fourth' });
  await endFaults(slow);
  t.equal((await settledStack(slow, fourth)).status, 'CREATE_COMPLETE');
  t.match(await state(), { status: 'connected', stackId: fourth, trustRemains: false });
});

t.test('every message twice and in reverse order means what it means once', async (t) => {
  await fetch(`${world.sandbox.url}/_sandbox/faults`, {
    method: 'POST',
    body: JSON.stringify({ name: 'sns-duplicate' }),
  });
  t.teardown(() => fetch(`${world.sandbox.url}/_sandbox/faults`, { method: 'DELETE' }));
  const { client, stackId } = await connect();
  await deleteStack(world, stackId);
  await settledStack(world, stackId);
  t.same(await eventsOf(client), [...CONNECTED, 'account.disconnected']);
  t.same(
    (await answersTo(stackId)).map(({ Status }) => Status),
    ['SUCCESS', 'SUCCESS'],
  );
});

t.test('a Delete from another topic, account or link is answered SUCCESS and changes nothing', async (t) => {
  const { client, account, stackId } = await connect();
  const stranger = await invite(service, { name: 'Stranger' });
  const rows = [
    ['another topic of the account', account, client],
    ['another account', freshAccount(), client],
    ['another client’s link', account, stranger],
  ] as const;
  for (const [who, from, { launch }] of rows) {
    const forger = await makeForger(world, from, launch.callbackUrl);
    for (const PhysicalResourceId of [`${client.id}/${account}`, 'made-up']) {
      const request = await forger.publish({ RequestType: 'Delete', StackId: stackId, PhysicalResourceId });
      t.match(await forger.answered(request), [{ status: 'SUCCESS', accepted: true }], who);
    }
  }
  t.match(await accountsOf(client), [{ status: 'connected', stackId }]);
  t.same(await eventsOf(client), CONNECTED);
  t.same(await eventsOf(stranger), ['client.invited']);
});

t.test('a Create that was not made by the stack it names gets nowhere', async (t) => {
  const { client, account, stackId } = await connect();
  const [{ roleArn }] = await accountsOf(client);
  const forger = await makeForger(world, account, client.launch.callbackUrl);
  const properties = (RoleArn: string) => ({ ResourceProperties: { RoleArn, TemplateVersion: 'x' } });
  const elsewhere = freshAccount();
  const rows = [
    ['the role of the live connection', { ...properties(roleArn) }],
    ['the same, for the stack of the live connection', { StackId: stackId, ...properties(roleArn) }],
    ['a role of another account', properties(`arn:aws:iam::${elsewhere}:role/X`)],
    ['a stack of another account', { StackId: stackId.replace(account, elsewhere), ...properties(roleArn) }],
    ['a user', properties(`arn:aws:iam::${account}:user/X`)],
    ['nothing', {}],
  ] as const;
  for (const [what, event] of rows)
    t.match(await forger.answered(await forger.publish(event)), [{ status: 'FAILED' }], what);
  const gone = await forger.publish({ RequestType: 'Delete' });
  t.match(await forger.answered(gone), [{ status: 'SUCCESS' }]);
  t.match(await accountsOf(client), [{ status: 'connected', stackId, roleArn }]);
  t.same(await eventsOf(client), CONNECTED);
  const reasons = (await state()).answers.map(({ body }: Json) => body).join('\n');
  t.match(reasons, new RegExp(`Topic: ${account}; stack: ${account}; role: ${elsewhere}\\.`));
});

t.test('a Delete that overtakes its Create leaves nothing connected', async (t) => {
  const client = await invite(service);
  const account = freshAccount();
  const forger = await makeForger(world, account, client.launch.callbackUrl);
  const StackId = `arn:aws:cloudformation:us-east-1:${account}:stack/overtaken/1`;
  // A real message that SNS delivers late is signed early: it is sent, and held back, by the reverse fault.
  await fetch(`${world.sandbox.url}/_sandbox/faults`, {
    method: 'POST',
    body: JSON.stringify({ name: 'sns-reverse', account }),
  });
  const RoleArn = `arn:aws:iam::${account}:role/X`;
  const create = await forger.publish({ StackId, ResourceProperties: { RoleArn } });
  const remove = await forger.publish({ RequestType: 'Delete', StackId });
  t.match(await forger.answered(remove), [{ status: 'SUCCESS' }]);
  t.match(await forger.answered(create), [{ status: 'SUCCESS' }]);
  await fetch(`${world.sandbox.url}/_sandbox/faults`, { method: 'DELETE' });
  t.not((await accountsOf(client))[0]?.status, 'connected');
});

t.test('an answer that is wanted elsewhere is refused, recorded, and never sent', async (t) => {
  const client = await invite(service);
  const account = freshAccount();
  const contacted: string[] = [];
  const trap = createServer((request, response) => {
    contacted.push(request.url ?? '');
    response.end();
  }).listen(0, '127.0.0.1');
  t.teardown(() => trap.close());
  await eventually(async () => trap.listening, Boolean);
  const port = (trap.address() as AddressInfo).port;
  const forger = await makeForger(world, account, client.launch.callbackUrl);
  const StackId = `arn:aws:cloudformation:us-east-1:${account}:stack/x/1`;
  const addresses = [
    `http://127.0.0.1:${port}/answer`,
    'https://169.254.169.254/latest/meta-data',
    'https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com.evil.example/x',
    'https://user@cloudformation-custom-resource-response-useast1.s3.amazonaws.com/x',
    'https://cloudformation-custom-resource-response-euwest1.s3.amazonaws.com/x',
    'https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com:8443/x',
  ];
  for (const ResponseURL of addresses) await forger.publish({ StackId, ResponseURL });
  await eventually(
    () => eventsOf(client),
    (events) => events.filter((type) => type === 'stack.failed').length === addresses.length,
  );
  t.same(contacted, []);
  t.same(await accountsOf(client), []);
});

t.test('a SUCCESS that CloudFormation does not take undoes the connection', async (t) => {
  await changeSettings(world, { answerExpirySeconds: 0 });
  const client = await invite(service);
  const stackId = await createStack(world, client, { account: freshAccount() });
  const types = await eventually(
    () => eventsOf(client),
    (events) => events.includes('account.disconnected'),
  );
  await changeSettings(world, { answerExpirySeconds: 7200 });
  t.same(types, [...CONNECTED, 'stack.failed', 'account.disconnected']);
  t.match(await accountsOf(client), [{ status: 'disconnected' }]);
  await deleteStack(world, stackId);
  t.equal((await settledStack(world, stackId)).status, 'DELETE_COMPLETE', 'and the stack can be deleted');
});

for (const callback of ['sns', 'lambda'])
  t.test(`by ${callback}: where our records are lost, stacks still end`, async (t) => {
    const { client, stackId } = await connect({ callback });
    const client_ = await invite(service, { callback });
    const database = new DynamoDBClient({
      endpoint: String(process.env['DYNAMODB_LOCAL_URL']),
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    for (const { id } of [client, client_]) {
      const Key = { pk: { S: `CLIENT#${id}` }, sk: { S: 'CLIENT' } };
      await database.send(new DeleteItemCommand({ TableName: String(world.environment['TABLE_NAME']), Key }));
    }
    database.destroy();
    await deleteStack(world, stackId);
    t.equal((await settledStack(world, stackId)).status, 'DELETE_COMPLETE');
    if (callback === 'sns') return;
    const lost = await settledStack(world, await createStack(world, client_, { account: freshAccount() }));
    t.equal(lost.status, 'ROLLBACK_COMPLETE');
    t.match(lost.reasons, /not known/);
  });

t.test(
  'a Create by a link that was withdrawn or has run out, or of a client that was removed, fails at once',
  async (t) => {
    const revoke = ({ id, launch }: Json) =>
      api(service, 'DELETE', `/v1/clients/${id}/launches/${launch.id}`);
    const remove = ({ id }: Json) => api(service, 'DELETE', `/v1/clients/${id}`);
    for (const [end, code] of [
      [revoke, 'launch-revoked'],
      [remove, 'client-removed'],
    ] as const) {
      const client = await invite(service);
      t.equal((await end(client)).status, 204);
      t.equal((await end(client)).status, end === revoke ? 204 : 404, 'and again');
      const stackId = await createStack(world, client, { account: freshAccount() });
      const { status, reasons } = await settledStack(world, stackId);
      t.equal(status, 'ROLLBACK_COMPLETE');
      t.match(reasons, new RegExp(`[Aa]sk for a new link\\. \\(${code}\\)`));
      t.notOk((await eventsOf(client)).includes('account.verifying'));
    }
  },
);

t.test('a client that is removed lets its accounts go, and its stacks can be deleted', async (t) => {
  const { client, account, stackId } = await connect({ reference: 'taken' });
  t.equal((await api(service, 'DELETE', `/v1/clients/${client.id}`)).status, 204);
  t.equal((await api(service, 'GET', `/v1/clients/${client.id}`)).status, 404);
  const again = await invite(service, { reference: 'taken' });
  const other = await settledStack(world, await createStack(world, again, { account, stackName: 'other' }));
  t.equal(other.status, 'CREATE_COMPLETE', 'the account is free for another client');
  await deleteStack(world, stackId);
  t.equal((await settledStack(world, stackId)).status, 'DELETE_COMPLETE');
  t.same(await eventsOf(client), [...CONNECTED, 'client.removed', 'account.disconnected']);
  t.match(await accountsOf(again), [{ status: 'connected' }]);
});

t.test('a link serves the callback that it was made for, and no other', async (t) => {
  const bySns = await invite(service, { callback: 'sns' });
  const byLambda = await invite(service, { callback: 'lambda' });
  const wrong = await api(
    service,
    'POST',
    bySns.launch.callbackUrl.replace(service.url, '').replace('/sns/', '/lambda/'),
    {
      event: '{}',
      identity: { authorization: 'x', 'x-amz-date': 'x', 'x-amz-security-token': 'x' },
    },
  );
  t.equal(wrong.status, 404);
  const url = byLambda.launch.callbackUrl.replace('/lambda/', '/sns/');
  const confirmed = async () => {
    const refused = makeForger(world, freshAccount(), url);
    refused.catch(() => undefined);
    return Promise.race([
      refused.then(() => true),
      new Promise((resolve) => setTimeout(resolve, 1_500, false)),
    ]);
  };
  // One whose token took long to look up is confirmed, so that no stack hangs, and refused later: that may be chance.
  t.equal((await confirmed()) && (await confirmed()) && (await confirmed()), false);
});
