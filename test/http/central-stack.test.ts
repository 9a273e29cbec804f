import { DescribeStackResourcesCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  AddUserToGroupCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  DeletePolicyCommand,
  DetachGroupPolicyCommand,
  GetGroupCommand,
  type IAMClient,
  ListAttachedGroupPoliciesCommand,
  ListGroupsCommand,
} from '@aws-sdk/client-iam';
import t, { type Test } from 'tap';
import type { ClientId, DeploymentId } from '../../src/core/id.js';
import { makeCommit } from '../../src/store/commit.js';
import { makeDeploymentQueries } from '../../src/store/deployment-item.js';
import { anAccount } from '../core/things.js';
import { iamFor, sessionIn } from '../sandbox/clients.js';
import { databaseAt, localUrl } from '../store/database.js';
import { CENTRAL, openCentralAccount } from '../support/central-account.js';
import { changeSettings } from '../support/onboardings.js';
import { api, eventually, invite, type Json, startService, startWorld } from '../support/world.js';

/** A central account with users, the operator's role for it, and a service that deploys by that role. */
async function start(t: Test, environment: NodeJS.ProcessEnv = {}, options: { hasBucket?: boolean } = {}) {
  const world = await startWorld({ centralAccountId: CENTRAL });
  const {
    iam,
    cloudFormation,
    settings: needed,
  } = await openCentralAccount(world, ['alice', 'bob'], options);
  const settings = { ...needed, ...environment };
  const another = async (more: NodeJS.ProcessEnv = {}) => {
    const service = await startService(world, undefined, { ...settings, ...more });
    t.teardown(() => service.kill('SIGKILL'));
    return service;
  };
  const service = await another();
  const database = databaseAt(localUrl(), world.environment['TABLE_NAME'] ?? '');
  t.teardown(async () => {
    database.client.destroy();
    await world.close();
  });
  const commit = makeCommit(database, () => undefined);

  let numbers = 200_000_000_000;
  /** A client with a connected account that people may switch into, as a stack would have left it. */
  const connected = async (): Promise<Json> => {
    const client = await invite(service);
    numbers += 1;
    const accountId = String(numbers);
    const humanRoleArn = `arn:aws:iam::${accountId}:role/CrossAccountSecurityAuditRole`;
    const clientId: ClientId = client.id;
    const account = { rev: null, clientId, accountId, humanRoleArn, nextVerificationAt: null } as const;
    await commit({ put: [anAccount(account)] });
    return { ...client, humanRoleArn };
  };

  const call = async (method: string, path: string, body?: object): Promise<Json> => {
    const answer = await api(service, method, path, body);
    if (answer.status >= 400) throw new Error(JSON.stringify(answer.body));
    return answer.body;
  };
  const plan = () => call('POST', '/v1/central-stack/deployments');
  const execute = ({ id }: Json) => call('POST', `/v1/central-stack/deployments/${id}/execution`);
  const finished = ({ id }: Json) =>
    eventually(
      () => call('GET', `/v1/central-stack/deployments/${id}`),
      ({ finishedAt }) => finishedAt !== null,
    );
  const events = async (): Promise<Json[]> =>
    (await call('GET', '/v1/events?types=central_stack.deployed,central_stack.failed')).items;

  return {
    ...{ world, service, another, settings, iam, cloudFormation, connected, call, plan, execute, finished },
    ...{ commit, stored: makeDeploymentQueries(database) },
    ...{ events, stack: () => call('GET', '/v1/central-stack') },
    group: (fields: object) => call('POST', '/v1/groups', { name: 'Security-Audit', ...fields }),
    deploy: async () => finished(await execute(await plan())),
    groupsThere: async () => {
      const request = new ListGroupsCommand({ PathPrefix: '/rolecall/', MaxItems: 1_000 });
      const { Groups = [] } = await iam.send(request);
      return Groups.map(({ GroupName = '' }) => GroupName);
    },
    membersOf: async (GroupName: string) => {
      const { Users = [] } = await iam.send(new GetGroupCommand({ GroupName }));
      return Users.map(({ UserName }) => UserName).sort();
    },
    policiesOf: async (GroupName: string) => {
      const { AttachedPolicies = [] } = await iam.send(new ListAttachedGroupPoliciesCommand({ GroupName }));
      return AttachedPolicies.map(({ PolicyName }) => PolicyName);
    },
  };
}

const short = ({ changes }: Json): string[] =>
  changes.map(({ action, type }: Json) => `${action} ${type.replace('AWS::', '')}`).sort();

t.test('what the groups say is shown first, then stands in the central account', async (t) => {
  const central = await start(t);
  const [client, other] = [await central.connected(), await central.connected()];
  const group = await central.group({ clients: [client.id], members: ['Alice', 'bob', 'nobody'] });
  t.match(await central.stack(), { status: null, deployedVersion: null, upToDate: false });

  const planned = await central.plan();
  t.match(planned, { status: 'planned', unknownMembers: ['nobody'], failures: [], executedAt: null });
  t.strictSame(short(planned), ['add IAM::Group', 'add IAM::ManagedPolicy', 'add IAM::UserToGroupAddition']);
  t.strictSame(await central.groupsThere(), [], 'and nothing of it stands');
  t.match(await central.execute(planned), { id: planned.id, status: 'executing' });
  t.match(await central.finished(planned), { status: 'deployed', failures: [] });
  const [name = '', ...more] = await central.groupsThere();
  t.strictSame(more, []);
  t.match(name, /^Security-Audit-[0-9a-f]{8}$/);
  t.strictSame(await central.membersOf(name), ['alice', 'bob']);
  t.strictSame(await central.policiesOf(name), [`rolecall-${group.id}-1`]);
  t.match(await central.stack(), {
    ...{ status: 'CREATE_COMPLETE', deployedVersion: planned.version, upToDate: true },
    ...{ unknownMembers: ['nobody'], passwordPolicy: /update-account-password-policy/ },
  });
  t.match(await central.plan(), { status: 'unchanged', changes: [], version: planned.version });
  t.match(await central.events(), [{ type: 'central_stack.deployed', data: { deploymentId: planned.id } }]);

  await central.call('PATCH', `/v1/groups/${group.id}`, { clients: [other.id], members: ['bob'] });
  t.match(await central.stack(), { upToDate: false });
  const next = await central.plan();
  t.strictSame(short(next), ['change IAM::ManagedPolicy', 'change IAM::UserToGroupAddition']);
  t.ok(next.changes.every(({ replacement }: Json) => replacement === 'no'));
  await central.execute(next);
  t.match(await central.finished(next), { status: 'deployed' });
  t.strictSame(await central.membersOf(name), ['bob']);

  await central.call('DELETE', `/v1/groups/${group.id}`);
  t.match(await central.deploy(), { status: 'deployed' });
  t.strictSame(await central.groupsThere(), []);
  const { items } = await central.call('GET', '/v1/central-stack/deployments?limit=3');
  t.strictSame(
    items.map(({ status }: Json) => status),
    ['deployed', 'deployed', 'unchanged'],
    'the latest first',
  );
});

t.test('one plan is carried out at a time, and each once', async (t) => {
  const { world, service, commit, stored, ...central } = await start(t);
  await central.group({ members: ['alice'] });
  const [first, second] = [await central.plan(), await central.plan()];
  const path = ({ id }: Json) => `/v1/central-stack/deployments/${id}/execution`;
  const setUnderWay = async (underWay: DeploymentId | null) =>
    t.match(await commit({ put: [{ ...(await stored.watch()), underWay }] }), { ok: true });
  await setUnderWay(first.id);
  t.match(await api(service, 'POST', path(second)), {
    status: 409,
    body: { code: 'central-stack-busy', detail: new RegExp(first.id) },
  });
  await setUnderWay(null);
  const answers = await Promise.all(
    [first, first, second, second].map((one) => api(service, 'POST', path(one))),
  );
  t.equal(answers.filter(({ status }) => status === 202).length, 1);
  for (const { status, body } of answers)
    if (status !== 202) t.match(body.code, /^(central-stack-busy|deployment-not-planned)$/);
  const taken = answers[0]?.status === 202 || answers[1]?.status === 202 ? first : second;
  const left = taken === first ? second : first;
  t.match(await central.finished(taken), { status: 'deployed' });
  t.match(await api(service, 'POST', path(taken)), { status: 409, body: { code: 'deployment-not-planned' } });
  t.match(
    await central.finished(left),
    { status: 'obsolete' },
    'the other was made for a stack that has changed',
  );
  t.match(await api(service, 'POST', path(left)), { status: 409, body: { code: 'deployment-not-planned' } });
  t.match(await api(service, 'POST', path({ id: `${taken.id.slice(0, -1)}x` })), { status: 404 });

  const again = { 'idempotency-key': 'plan-once' };
  await central.group({ name: 'Dev' });
  const planned = await central.plan();
  await changeSettings(world, { resourceDelayMs: 10_000 });
  const slow = await central.execute(planned);
  await central.group({ name: 'Ops' });
  t.match(await api(service, 'POST', '/v1/central-stack/deployments'), {
    status: 409,
    body: { code: 'central-stack-busy', detail: /UPDATE_IN_PROGRESS/ },
  });
  await changeSettings(world, { resourceDelayMs: 0 });
  t.match(await central.finished(slow), { status: 'deployed' });
  const made = await Promise.all(
    [1, 2].map(() => api(service, 'POST', '/v1/central-stack/deployments', undefined, again)),
  );
  const repeated = await api(service, 'POST', '/v1/central-stack/deployments', undefined, again);
  t.equal(repeated.headers.get('idempotent-replayed'), 'true');
  t.ok(made.some(({ body }) => body.id === repeated.body.id));
});

/** Somebody has a policy already that is called as the group's first will be. Returns its ARN. */
async function takePolicyName(iam: IAMClient, { id }: Json): Promise<string | undefined> {
  const PolicyName = `rolecall-${id}-1`;
  const Statement = [{ Effect: 'Deny', Action: '*', Resource: '*' }];
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  const made = await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument, Path: '/rolecall/' }));
  return made.Policy?.Arn;
}

t.test(
  'what CloudFormation cannot make is told in its words, leaves nothing, and can be tried again',
  async (t) => {
    const { iam, ...central } = await start(t);
    const group = await central.group({ clients: [(await central.connected()).id], members: ['alice'] });
    const PolicyArn = await takePolicyName(iam, group);
    const failed = await central.deploy();
    t.match(failed, { status: 'failed', failures: [{ type: 'AWS::IAM::ManagedPolicy', reason: /exists/ }] });
    t.strictSame(await central.groupsThere(), []);
    t.match(await central.events(), [{ type: 'central_stack.failed', data: { reason: /exists/ } }]);
    t.match(await central.stack(), { upToDate: false });

    await iam.send(new DeletePolicyCommand({ PolicyArn }));
    t.match(
      await central.deploy(),
      { status: 'deployed' },
      'although the first creation left a stack behind',
    );
    t.equal((await central.groupsThere()).length, 1);
  },
);

t.test('an update that CloudFormation cannot make leaves what stood before', async (t) => {
  const { iam, ...central } = await start(t);
  const clients = [(await central.connected()).id];
  await central.group({ clients, members: ['alice'] });
  const { version } = await central.deploy();
  const [name, ...others] = await central.groupsThere();
  t.strictSame(others, []);

  const group = await central.group({ clients, members: ['bob'] });
  await takePolicyName(iam, group);
  t.match(await central.deploy(), { status: 'failed', failures: [{ reason: /exists/ }] });
  const stack = { status: 'UPDATE_ROLLBACK_COMPLETE', deployedVersion: version };
  t.match(await central.stack(), { ...stack, upToDate: false });
  t.strictSame(await central.groupsThere(), [name]);

  await central.call('DELETE', `/v1/groups/${group.id}`);
  t.match(await central.stack(), { ...stack, upToDate: true });
  t.match(await central.plan(), { status: 'unchanged', version });
});

t.test('a stack without a bucket stays one template when a bucket comes', async (t) => {
  const { another, ...central } = await start(t, {}, { hasBucket: true });
  const without = await another({ CENTRAL_STACK_BUCKET: '' });
  await central.group({ members: ['alice'] });
  const path = '/v1/central-stack/deployments';
  const { body: planned } = await api(without, 'POST', path);
  t.match(planned, { status: 'planned' });
  t.equal((await api(without, 'POST', `${path}/${planned.id}/execution`)).status, 202);
  t.match(await central.finished(planned), { status: 'deployed' });
  t.match(await central.plan(), { status: 'unchanged', version: planned.version });
});

t.test('what somebody changes by hand is found', async (t) => {
  const { iam, ...central } = await start(t);
  t.match(await api(central.service, 'POST', '/v1/central-stack/drift-checks'), { status: 404 });
  await central.group({ clients: [(await central.connected()).id], members: ['alice'] });
  await central.deploy();
  t.match(await central.stack(), { drift: { status: 'not-checked', checkedAt: null, resources: [] } });
  t.match(await central.call('POST', '/v1/central-stack/drift-checks'), {
    drift: { status: 'in-sync', checkedAt: /^20/, resources: [] },
  });
  const [GroupName = ''] = await central.groupsThere();
  const { AttachedPolicies = [] } = await iam.send(new ListAttachedGroupPoliciesCommand({ GroupName }));
  await iam.send(new DetachGroupPolicyCommand({ GroupName, PolicyArn: AttachedPolicies[0]?.PolicyArn }));
  const { drift } = await central.call('POST', '/v1/central-stack/drift-checks');
  t.equal(drift.status, 'drifted');
  t.match(drift.resources, [{ type: /^AWS::IAM::/, status: 'modified' }]);
  t.strictSame((await central.stack()).drift, drift, 'and read later');
});

t.test('a deployment is followed to its end by whichever instance lives', async (t) => {
  const { service, another, ...central } = await start(t);
  await central.group({ members: ['alice'] });
  const planned = await central.plan();
  await central.execute(planned);
  await service.kill('SIGKILL');
  const other = await another();
  const events = await eventually(
    async () => (await api(other, 'GET', '/v1/events?types=central_stack.deployed')).body.items,
    (items) => items.length > 0,
  );
  t.match(events, [{ data: { deploymentId: planned.id } }]);
  t.match((await api(other, 'GET', `/v1/central-stack/deployments/${planned.id}`)).body, {
    status: 'deployed',
  });
});

t.test('a plan is not carried out any more once the groups have changed', async (t) => {
  const { service, ...central } = await start(t);
  const group = await central.group({ members: ['alice', 'bob'] });
  const planned = await central.plan();
  await central.call('PATCH', `/v1/groups/${group.id}`, { members: ['bob'] });
  const path = `/v1/central-stack/deployments/${planned.id}`;
  t.match(await api(service, 'POST', `${path}/execution`), {
    status: 409,
    body: { code: 'deployment-not-planned', detail: /groups have changed/ },
  });
  t.match((await api(service, 'GET', path)).body, { status: 'obsolete' });
  t.strictSame(await central.groupsThere(), []);
});

t.test(
  'what an instance said that it carries out, and did not live to, is carried out if it can be',
  async (t) => {
    const { another, commit, stored, ...central } = await start(t);
    /** A plan's status is written, and then the instance dies. */
    const said = async (id: DeploymentId) => {
      const deployment = await stored.deployment(id);
      if (deployment === null) throw new Error('the plan is not stored');
      const executing = { ...deployment, status: 'executing', executedAt: Date.now() } as const;
      const { ok } = await commit({ put: [executing, { ...(await stored.watch()), underWay: id }] });
      t.ok(ok);
    };
    const group = await central.group({ members: ['alice'] });
    const { id } = await central.plan();
    await said(id);
    t.match(await central.finished({ id }), { status: 'deployed' });
    t.equal((await central.groupsThere()).length, 1);
    t.match(await stored.watch(), { underWay: null });

    const change = (members: string[]) => central.call('PATCH', `/v1/groups/${group.id}`, { members });
    await change(['bob']);
    const overtaken = await central.plan();
    await change(['alice', 'bob']);
    const { version } = await central.deploy();
    await said(overtaken.id);
    t.match(await central.finished(overtaken), { status: 'obsolete' });
    t.match(await stored.watch(), { underWay: null });
    t.match(await central.stack(), { deployedVersion: version, upToDate: true });
  },
);

t.test('where it is switched on, the stack follows the groups by itself', async (t) => {
  const { another, iam, ...central } = await start(t);
  await central.group({ members: ['alice'] });
  await Promise.all([another({ CENTRAL_STACK_AUTO: 'true' }), another({ CENTRAL_STACK_AUTO: 'true' })]);
  const [name = ''] = await eventually(central.groupsThere, (names) => names.length > 0);
  t.strictSame(
    await eventually(
      () => central.membersOf(name),
      (members) => members.length > 0,
    ),
    ['alice'],
  );
  await eventually(central.events, (events) => events.length > 0);
  const { items } = await central.call('GET', '/v1/central-stack/deployments');
  t.match(items, [{ status: 'deployed' }]);
  t.equal(items.length, 1, 'by one of the two');
});

t.test('a central account that refuses says what is missing', async (t) => {
  const { service, another, world, ...central } = await start(t, { CENTRAL_STACK_NAME: 'not-its-own' });
  await central.group({ members: ['alice'] });
  t.match(await api(service, 'POST', '/v1/central-stack/deployments'), {
    status: 409,
    body: { code: 'central-stack-refused', detail: /cloudformation:\w+/, remedy: /central-deployment-role/ },
  });
  const stranger = await another({ CENTRAL_STACK_ROLE_ARN: `arn:aws:iam::${CENTRAL}:role/None` });
  t.match(await api(stranger, 'GET', '/v1/central-stack'), { status: 409, body: { detail: /AccessDenied/ } });
  const elsewhere = await another({ CENTRAL_STACK_ROLE_ARN: '' });
  t.match(await api(elsewhere, 'POST', '/v1/central-stack/deployments'), {
    status: 409,
    body: { code: 'central-account-missing', detail: /CENTRAL_STACK_ROLE_ARN/ },
  });
  const without = await startService(world, undefined, {
    ...{ CENTRAL_ACCOUNT_ID: '', TEMPLATE_CHECK: 'skip' },
  });
  t.teardown(() => without.kill());
  for (const [method, path] of [
    ['GET', '/v1/central-stack'],
    ['POST', '/v1/central-stack/deployments'],
    ['POST', '/v1/central-stack/drift-checks'],
  ] as const)
    t.match(await api(without, method, path), { status: 409, body: { code: 'central-account-missing' } });
});

t.test('the role that deploys touches nothing of the operator’s own', async (t) => {
  const { iam, settings, world } = await start(t);
  await iam.send(new CreateGroupCommand({ GroupName: 'Administrators' }));
  const trust = { world, role: settings['CENTRAL_STACK_ROLE_ARN'] ?? '' };
  const own = await sessionOf(trust);
  const denied = { name: /AccessDenied/ };
  const [GroupName, UserName] = ['Administrators', 'alice'];
  await t.rejects(own.send(new AddUserToGroupCommand({ GroupName, UserName })), denied);
  await t.rejects(
    own.send(new CreateGroupCommand({ GroupName: 'x', Path: '/rolecall/' })),
    denied,
    'by itself',
  );
  await t.rejects(own.send(new CreateUserCommand({ UserName: 'mallory' })), denied);
});

/** The operator's role, entered as the service. */
async function sessionOf({ world, role }: { world: Json; role: string }) {
  return iamFor(world.sandbox, await sessionIn(world.sandbox, role));
}

t.test('more groups than one template holds go to stacks within the stack', async (t) => {
  const { cloudFormation, ...central } = await start(t, {}, { hasBucket: true });
  const count = 260;
  const clients = await Promise.all([central.connected(), central.connected()]);
  for (let place = 0; place < count; place += 1)
    await central.group({ name: `Group ${place}`, clients: [clients[place % 2].id] });
  const deployed = await central.deploy();
  t.match(deployed, { status: 'deployed', failures: [], changeCount: 2 * count + 20 });
  t.equal((await central.groupsThere()).length, count);
  const { StackResources = [] } = await cloudFormation.send(
    new DescribeStackResourcesCommand({ StackName: 'rolecall-central' }),
  );
  t.equal(StackResources.length, 20);
  t.match(await central.plan(), { status: 'unchanged' });
  t.match(await central.call('POST', '/v1/central-stack/drift-checks'), { drift: { status: 'in-sync' } });
  const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({}));
  t.ok(Stacks.every(({ StackName = '' }) => StackName.startsWith('rolecall-central')));
});
