import {
  type CloudFormationClient,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import t from 'tap';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import {
  clientAccount,
  cloudFormationFor,
  control,
  failure,
  makeRole,
  providerAccount,
  sessionIn,
  settled,
  startQuickly,
  trusting,
} from './clients.js';

/** CloudFormation with the rights of a new role of the client's. */
async function as(sandbox: Sandbox, name: string, properties: object): Promise<CloudFormationClient> {
  const arn = await makeRole(sandbox, name, trusting(providerAccount), { ...properties });
  return cloudFormationFor(sandbox, await sessionIn(sandbox, arn));
}

function managed(name: string) {
  return { ManagedPolicyArns: [`arn:aws:iam::aws:policy/${name}`] };
}

t.test('a session sees stacks as far as its role may', async (t) => {
  const sandbox = await startQuickly(t);
  await makeRole(sandbox, 'Shown', trusting(providerAccount));
  const { StackId = '' } = await settled(cloudFormationFor(sandbox), 'Shown');
  const cases: [string, object, boolean][] = [
    ['SecurityAudit', managed('SecurityAudit'), true],
    ['ViewOnlyAccess', managed('job-function/ViewOnlyAccess'), true],
    ['ReadOnlyAccess', managed('ReadOnlyAccess'), true],
    ['Billing', managed('job-function/Billing'), false],
    ['Nothing', {}, false],
  ];
  for (const [name, properties, may] of cases) {
    const client = await as(sandbox, name, properties);
    const code = may ? 'none' : 'AccessDenied';
    for (const command of [
      new DescribeStacksCommand({ StackName: StackId }),
      new DescribeStacksCommand({}),
    ]) {
      t.equal((await failure(client.send(command))).code, code, name);
    }
    const events = new DescribeStackEventsCommand({ StackName: StackId });
    t.equal((await failure(client.send(events))).code, code, name);
    const resources = new DescribeStackResourcesCommand({ StackName: StackId });
    t.equal((await failure(client.send(resources))).code, code, name);
  }
});

t.test('a policy may name one stack, and no policy shows those of other accounts or regions', async (t) => {
  const sandbox = await startQuickly(t);
  await makeRole(sandbox, 'Shown', trusting(providerAccount));
  await makeRole(sandbox, 'Hidden', trusting(providerAccount));
  const other = cloudFormationFor(sandbox, '444455556666');
  await makeRole(sandbox, 'Foreign', trusting(providerAccount), {}, '444455556666');
  const administrator = cloudFormationFor(sandbox);
  const { StackId: shown = '' } = await settled(administrator, 'Shown');
  const { StackId: hidden = '' } = await settled(administrator, 'Hidden');
  const { StackId: foreign = '' } = await settled(other, 'Foreign');
  const Statement = [{ Effect: 'Allow', Action: 'cloudformation:DescribeStacks', Resource: shown }];
  const narrow = await as(sandbox, 'Narrow', {
    Policies: [{ PolicyName: 'one', PolicyDocument: { Statement } }],
  });
  const see = async (client: CloudFormationClient, StackName: string) =>
    (await failure(client.send(new DescribeStacksCommand({ StackName })))).code;
  t.equal(await see(narrow, shown), 'none');
  t.equal(await see(narrow, 'Shown'), 'none', 'a name stands for its ID');
  for (const name of [hidden, 'Hidden', foreign, 'Missing']) t.equal(await see(narrow, name), 'AccessDenied');
  const audit = await as(sandbox, 'Audit', managed('SecurityAudit'));
  t.equal(await see(audit, hidden), 'none');
  for (const client of [audit, administrator]) {
    t.equal(await see(client, foreign), 'AccessDenied');
    t.equal(await see(client, shown.replace('us-east-1', 'eu-west-1')), 'ValidationError');
  }
  const stack = await audit.send(new DescribeStacksCommand({ StackName: hidden }));
  t.match(stack.Stacks, [{ StackId: hidden }]);
});

t.test('a deleted stack is found by its ID and not by its name', async (t) => {
  const sandbox = await startQuickly(t);
  await makeRole(sandbox, 'Gone', trusting(providerAccount));
  const client = cloudFormationFor(sandbox);
  const { StackId = '' } = await settled(client, 'Gone');
  await client.send(new DeleteStackCommand({ StackName: 'Gone' }));
  t.equal((await settled(client, StackId)).StackStatus, 'DELETE_COMPLETE');
  t.match((await failure(settled(client, 'Gone'))).message, 'Stack with id Gone does not exist');
});

t.test("a boundary and the organization's policy narrow what a role may", async (t) => {
  const sandbox = await startQuickly(t);
  const bounded = await as(sandbox, 'Bounded', {
    ...managed('SecurityAudit'),
    PermissionsBoundary: 'arn:aws:iam::aws:policy/job-function/Billing',
  });
  const see = (client: CloudFormationClient) => failure(client.send(new DescribeStacksCommand({})));
  t.match(await see(bounded), {
    code: 'AccessDenied',
    message: 'because no permissions boundary allows the cloudformation:DescribeStacks action',
  });
  const audit = await as(sandbox, 'Audit', managed('SecurityAudit'));
  t.equal((await see(audit)).code, 'none');
  const actions = ['cloudformation:Describe*'];
  await control(sandbox, 'POST', 'faults', { name: 'scp-deny', account: clientAccount, actions });
  for (const client of [audit, cloudFormationFor(sandbox)]) {
    t.match((await see(client)).message, 'with an explicit deny in a service control policy');
  }
  t.equal((await see(cloudFormationFor(sandbox, '444455556666'))).code, 'none');
  for (const fault of [{ name: 'scp-deny' }, { name: 'sts-outage', actions }]) {
    t.match(await control(sandbox, 'POST', 'faults', fault), { code: 'ValidationError' });
  }
});
