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
import { type Call, signedCall, signedQuery } from './signed-query.js';

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

const form = (Version: string, Action: string, more = {}): Call => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({ Action, Version, ...more }).toString(),
});
const targeted = (target: string, input = {}): Call => ({
  headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
  body: JSON.stringify(input),
});
const AT_PATH = { method: 'GET' } as const;
const trails = targeted('com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.DescribeTrails');
const functions: Call = { ...AT_PATH, path: '/2015-03-31/functions' };

/** Service, call, permission that it needs, and what its answer holds where there is nothing. */
const reads: [string, Call, string, RegExp][] = [
  ['ec2', form('2016-11-15', 'DescribeInstances'), 'ec2:DescribeInstances', /<reservationSet><\/reserv/],
  ['ec2', form('2016-11-15', 'DescribeRegions'), 'ec2:DescribeRegions', /<regionInfo><\/regionInfo>/],
  ['rds', form('2014-10-31', 'DescribeDBInstances'), 'rds:DescribeDBInstances', /<DBInstances><\/DBI/],
  ['iam', form('2010-05-08', 'GetAccountSummary'), 'iam:GetAccountSummary', /<key>Roles<\/key><value>\d/],
  ['iam', form('2010-05-08', 'ListUsers'), 'iam:ListUsers', /<IsTruncated>false</],
  ['cloudformation', form('2010-05-15', 'ListStacks'), 'cloudformation:ListStacks', /<StackSummaries>/],
  ['cloudtrail', trails, 'cloudtrail:DescribeTrails', /^{"trailList":\[\]}$/],
  ['kms', targeted('TrentService.ListKeys', { Limit: 1 }), 'kms:ListKeys', /^{"Keys":\[\]}$/],
  ['lambda', functions, 'lambda:ListFunctions', /^{"Functions":\[\]}$/],
  [
    'eks',
    { ...AT_PATH, path: '/clusters', query: 'maxResults=1' },
    'eks:ListClusters',
    /^{"clusters":\[\]}$/,
  ],
  [
    'budgets',
    targeted('AWSBudgetServiceGateway.DescribeBudgets', { AccountId: clientAccount }),
    'budgets:ViewBudget',
    /^{"Budgets":\[\]}$/,
  ],
];

t.test('services that are read from answer whom they may, in their own protocols', async (t) => {
  const sandbox = await startQuickly(t);
  const Statement = [{ Effect: 'Allow', Action: reads.map(([, , action]) => action), Resource: '*' }];
  const Policies = [{ PolicyName: 'reads', PolicyDocument: { Version: '2012-10-17', Statement } }];
  const session = async (name: string, properties: Record<string, unknown>) =>
    sessionIn(sandbox, await makeRole(sandbox, name, trusting(providerAccount), properties));
  const reader = await session('Reader', { Policies });
  const nobody = await session('Nobody', {});
  const bounded = await session('Bounded', {
    Policies,
    PermissionsBoundary: 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess',
  });
  const denied = (action: string, why: string) =>
    new RegExp(`is not authorized to perform: ${action}( on resource: [^ ]+)? ${why}`);
  for (const [service, call, action, nothing] of reads) {
    const allowed = await signedCall(sandbox, service, reader, call);
    t.match(allowed, { status: 200, body: nothing }, action);
    const none = await signedCall(sandbox, service, nobody, call);
    t.match(none.body, denied(action, `because no identity-based policy allows the ${action} action`));
    const narrowed = await signedCall(sandbox, service, bounded, call);
    t.match(narrowed.body, denied(action, `because no permissions boundary allows the ${action} action`));
  }
  const actions = reads.map(([, , action]) => action);
  await control(sandbox, 'POST', 'faults', { name: 'scp-deny', account: clientAccount, actions });
  for (const [service, call, action] of reads) {
    const { body } = await signedCall(sandbox, service, reader, call);
    t.match(body, denied(action, 'with an explicit deny in a service control policy'));
  }
});

t.test('an error has the form of its service’s protocol', async (t) => {
  const sandbox = await startQuickly(t);
  const arn = await makeRole(sandbox, 'Nobody', trusting(providerAccount));
  const session = await sessionIn(sandbox, arn);
  const instances = form('2016-11-15', 'DescribeInstances');
  t.match(await signedCall(sandbox, 'ec2', session, instances), {
    status: 403,
    body: /^<Response><Errors><Error><Code>UnauthorizedOperation<.*<Message>You are not authorized to perform this operation. User: arn:aws:sts:/,
  });
  t.match(await signedCall(sandbox, 'rds', session, form('2014-10-31', 'DescribeDBInstances')), {
    status: 403,
    body: /^<ErrorResponse>.*<Code>AccessDenied</,
  });
  t.match(await signedCall(sandbox, 'cloudtrail', session, trails), {
    status: 400,
    body: /^{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"User: /,
  });
  const listed = await signedCall(sandbox, 'lambda', session, functions);
  t.match(listed, { status: 403, body: /^{"Message":"User: / });
  t.equal(listed.headers.get('x-amzn-errortype'), 'AccessDeniedException');

  const forged = { ...session, secretAccessKey: 'another' };
  t.match((await signedCall(sandbox, 'ec2', forged, instances)).body, /<Code>AuthFailure</);
  t.match((await signedCall(sandbox, 'kms', forged, targeted('TrentService.ListKeys'))).body, /#InvalidSig/);
});

t.test('what is no operation, or asks for too much, is refused whoever asks', async (t) => {
  const sandbox = await startQuickly(t);
  const arn = await makeRole(sandbox, 'Nobody', trusting(providerAccount));
  const session = await sessionIn(sandbox, arn);
  const few = form('2014-10-31', 'DescribeDBInstances', { MaxRecords: '1' });
  const rows: [string, Call, RegExp][] = [
    ['rds', few, /InvalidParameterValue.*between 20 and 100/],
    ['rds', form('1999-01-01', 'DescribeDBInstances'), /InvalidAction/],
    ['ec2', form('2016-11-15', 'DescribeDreams'), /InvalidAction/],
    ['kms', targeted('TrentService.ListKeys', { Limit: 0 }), /#ValidationException/],
    ['kms', targeted('TrentService.ListDreams'), /#UnknownOperationException/],
    ['kms', { ...targeted('TrentService.ListKeys'), body: '[' }, /#SerializationException/],
    ['kms', { ...targeted('TrentService.ListKeys'), body: '[]' }, /#SerializationException/],
    ['kms', form('2014-11-01', 'ListKeys'), /#SerializationException/],
    ['budgets', targeted('AWSBudgetServiceGateway.DescribeBudgets'), /AccountId has to be there/],
  ];
  for (const [service, call, error] of rows)
    t.match((await signedCall(sandbox, service, session, call)).body, error);
  const nowhere = await signedCall(sandbox, 'lambda', session, { ...AT_PATH, path: '/2015-03-31/dreams' });
  t.equal(nowhere.status, 404);
});

t.test('EC2 tries without doing; what an account does not have is said to those who may ask', async (t) => {
  const sandbox = await startQuickly(t);
  const arn = await makeRole(sandbox, 'Audit', trusting(providerAccount), managed('SecurityAudit'));
  const session = await sessionIn(sandbox, arn);
  const dry = form('2016-11-15', 'DescribeVpcs', { DryRun: 'true' });
  t.match(await signedCall(sandbox, 'ec2', session, dry), { status: 412, body: /<Code>DryRunOperation</ });
  const organization = targeted('AWSOrganizationsV20161128.DescribeOrganization');
  t.match((await signedCall(sandbox, 'organizations', session, organization)).body, /NotInUseException/);
  const none = await signedQuery(sandbox, 'iam', clientAccount, { Action: 'GetAccountPasswordPolicy' });
  t.match(none.body, /<Code>NoSuchEntity</);
  const details = { Action: 'GetAccountAuthorizationDetails' };
  t.match((await signedQuery(sandbox, 'iam', clientAccount, details)).body, /<UserDetailList>/);

  await control(sandbox, 'POST', 'faults', { name: 'read-throttle', account: clientAccount });
  t.match((await signedCall(sandbox, 'ec2', session, dry)).body, /RequestLimitExceeded/);
  t.match((await signedCall(sandbox, 'cloudtrail', session, trails)).body, /#ThrottlingException/);
  t.match(
    (await signedCall(sandbox, 'rds', session, form('2014-10-31', 'DescribeDBInstances'))).body,
    />Throttling</,
  );
});
