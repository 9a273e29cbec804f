import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackDriftDetectionStatusCommand,
  DescribeStackEventsCommand,
  DescribeStackResourceDriftsCommand,
  DescribeStacksCommand,
  DetectStackDriftCommand,
  ListStackResourcesCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyVersionCommand,
  CreateUserCommand,
  DeleteGroupCommand,
  GetGroupCommand,
  GetPolicyCommand,
  GetUserCommand,
  ListAttachedGroupPoliciesCommand,
  ListGroupPoliciesCommand,
  ListPolicyVersionsCommand,
  PutUserPolicyCommand,
  RemoveUserFromGroupCommand,
} from '@aws-sdk/client-iam';
import t, { type Test } from 'tap';
import { clientAccount, cloudFormationFor, failure, iamFor, settled, startQuickly } from './clients.js';

const StackName = 'central';
const Capabilities = ['CAPABILITY_NAMED_IAM' as const];
const arnOf = (resource: string) => `arn:aws:iam::${clientAccount}:${resource}`;

function allow(resource: string | string[], Action = 'sts:AssumeRole') {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: resource }] };
}

const group = (GroupName: string, more: object = {}) => ({
  Type: 'AWS::IAM::Group',
  Properties: { GroupName, ...more },
});
const policy = (ManagedPolicyName: string, more: object = {}) => ({
  Type: 'AWS::IAM::ManagedPolicy',
  Properties: { ManagedPolicyName, PolicyDocument: allow('*'), ...more },
});
const members = (GroupName: unknown, ...Users: string[]) => ({
  Type: 'AWS::IAM::UserToGroupAddition',
  Properties: { GroupName, Users },
});

async function start(t: Test, users: readonly string[] = []) {
  const sandbox = await startQuickly(t);
  const client = cloudFormationFor(sandbox);
  const iam = iamFor(sandbox);
  for (const UserName of users) await iam.send(new CreateUserCommand({ UserName }));
  const template = (Resources: object) => ({
    StackName,
    TemplateBody: JSON.stringify({ Resources }),
    Capabilities,
  });
  const status = async () => (await settled(client, StackName)).StackStatus;
  const create = async (resources: object) => {
    await client.send(new CreateStackCommand(template(resources)));
    return status();
  };
  const update = async (resources: object) => {
    await client.send(new UpdateStackCommand(template(resources)));
    return status();
  };
  const reasons = async () => {
    const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName }));
    return StackEvents.flatMap(({ ResourceStatus, ResourceStatusReason = '' }) =>
      ResourceStatus?.endsWith('FAILED') ? [ResourceStatusReason] : [],
    ).join('\n');
  };
  const membersOf = async (GroupName: string) => {
    const { Users = [] } = await iam.send(new GetGroupCommand({ GroupName }));
    return Users.map(({ UserName }) => UserName);
  };
  const drift = async () => {
    const { StackDriftDetectionId } = await client.send(new DetectStackDriftCommand({ StackName }));
    for (;;) {
      const detection = await client.send(
        new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId }),
      );
      if (detection.DetectionStatus !== 'DETECTION_IN_PROGRESS') return detection;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { sandbox, client, iam, create, update, reasons, membersOf, drift };
}

t.test('a stack makes groups with their policies and members, changes and deletes them', async (t) => {
  const { client, iam, create, update, membersOf } = await start(t, ['ada', 'bob', 'eve']);
  const made = await create({
    Group: group('Audit', { Policies: [{ PolicyName: 'own', PolicyDocument: allow('*') }] }),
    Enter: policy('Enter', { Groups: [{ Ref: 'Group' }], Description: 'roles to enter' }),
    Members: members({ Ref: 'Group' }, 'ada', 'bob'),
    Person: { Type: 'AWS::IAM::User', Properties: { UserName: 'joe', Groups: [{ Ref: 'Group' }] } },
  });
  t.equal(made, 'CREATE_COMPLETE');
  t.strictSame(await membersOf('Audit'), ['ada', 'bob', 'joe']);
  t.strictSame((await iam.send(new ListGroupPoliciesCommand({ GroupName: 'Audit' }))).PolicyNames, ['own']);
  const attached = new ListAttachedGroupPoliciesCommand({ GroupName: 'Audit' });
  t.match((await iam.send(attached)).AttachedPolicies, [{ PolicyArn: arnOf('policy/Enter') }]);
  const { StackResourceSummaries = [] } = await client.send(new ListStackResourcesCommand({ StackName }));
  t.strictSame(
    StackResourceSummaries.map(({ LogicalResourceId: id, PhysicalResourceId: is }) => [id, is]).slice(0, 2),
    [
      ['Group', 'Audit'],
      ['Enter', arnOf('policy/Enter')],
    ],
  );
  t.match(
    StackResourceSummaries.find(({ LogicalResourceId }) => LogicalResourceId === 'Members'),
    {
      PhysicalResourceId: /^central-Members-[A-Z0-9]{13}$/,
      ResourceStatus: 'CREATE_COMPLETE',
    },
  );

  const changed = await update({
    Group: group('Audit', { Path: '/people/', ManagedPolicyArns: ['arn:aws:iam::aws:policy/SecurityAudit'] }),
    Enter: policy('Enter', { PolicyDocument: allow('other'), Description: 'roles to enter' }),
    Members: members({ Ref: 'Group' }, 'bob', 'eve'),
  });
  t.equal(changed, 'UPDATE_COMPLETE');
  t.strictSame(await membersOf('Audit'), ['bob', 'eve']);
  t.match(await iam.send(new GetGroupCommand({ GroupName: 'Audit' })), {
    Group: { Arn: arnOf('group/people/Audit') },
  });
  t.strictSame((await iam.send(new ListGroupPoliciesCommand({ GroupName: 'Audit' }))).PolicyNames, []);
  t.match((await iam.send(attached)).AttachedPolicies, [{ PolicyName: 'SecurityAudit' }]);
  t.match(await iam.send(new GetPolicyCommand({ PolicyArn: arnOf('policy/Enter') })), {
    Policy: { DefaultVersionId: 'v2', AttachmentCount: 0 },
  });
  t.match(await failure(iam.send(new GetUserCommand({ UserName: 'joe' }))), {
    code: 'NoSuchEntityException',
  });

  await client.send(new DeleteStackCommand({ StackName }));
  for (;;) if ((await failure(client.send(new DescribeStacksCommand({ StackName })))).code !== 'none') break;
  for (const gone of [
    iam.send(new GetGroupCommand({ GroupName: 'Audit' })),
    iam.send(new GetPolicyCommand({ PolicyArn: arnOf('policy/Enter') })),
  ])
    t.match(await failure(gone), { code: 'NoSuchEntityException' });
  t.match(await iam.send(new GetUserCommand({ UserName: 'ada' })), { User: { UserName: 'ada' } });
});

t.test('a policy that changes again and again keeps five versions, the last in force', async (t) => {
  const { iam, create, update } = await start(t);
  await create({ Enter: policy('Enter') });
  for (let n = 2; n <= 7; n += 1) {
    t.equal(await update({ Enter: policy('Enter', { PolicyDocument: allow(`${n}`) }) }), 'UPDATE_COMPLETE');
  }
  const PolicyArn = arnOf('policy/Enter');
  const { Versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
  t.strictSame(
    Versions.map(({ VersionId }) => VersionId),
    ['v7', 'v6', 'v5', 'v4', 'v3'],
  );
  t.equal(Versions[0]?.IsDefaultVersion, true);
});

t.test('what is beyond a quota fails the stack, which takes back what it had made', async (t) => {
  const { iam, create, update, reasons, membersOf } = await start(t, ['ada']);
  const policies = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, n) => [`P${n}`, policy(`p${n}`, { Groups: [{ Ref: 'Group' }] })]),
    );
  t.equal(await create({ Group: group('Audit'), ...policies(10) }), 'CREATE_COMPLETE');
  t.equal(await update({ Group: group('Audit'), ...policies(11) }), 'UPDATE_ROLLBACK_COMPLETE');
  t.match(await reasons(), /"Cannot exceed quota for PoliciesPerGroup: 10 \(Service: Iam, Status Code: 409/);
  t.match(await failure(iam.send(new GetPolicyCommand({ PolicyArn: arnOf('policy/p10') }))), {
    code: 'NoSuchEntityException',
  });

  const long = { Big: policy('Big', { PolicyDocument: allow('x'.repeat(6100)) }) };
  t.equal(await update({ Group: group('Audit'), ...policies(10), ...long }), 'UPDATE_ROLLBACK_COMPLETE');
  t.match(await reasons(), /Cannot exceed quota for PolicySize: 6144/);

  for (let n = 0; n < 10; n += 1) {
    await iam.send(new CreateGroupCommand({ GroupName: `g${n}` }));
    await iam.send(new AddUserToGroupCommand({ GroupName: `g${n}`, UserName: 'ada' }));
  }
  const more = { ...policies(10), Members: members('Audit', 'ada') };
  t.equal(await update({ Group: group('Audit'), ...more }), 'UPDATE_ROLLBACK_COMPLETE');
  t.match(await reasons(), /Cannot exceed quota for GroupsPerUser: 10/);
  t.strictSame(await membersOf('Audit'), []);

  const nobody = { ...policies(10), Members: members('Audit', 'nobody') };
  t.equal(await update({ Group: group('Audit'), ...nobody }), 'UPDATE_ROLLBACK_COMPLETE');
  t.match(await reasons(), /The user with name nobody cannot be found/);
});

t.test('who has no right to make a policy gets no stack with one', async (t) => {
  const { sandbox, iam, reasons } = await start(t, ['ada']);
  const Action = ['cloudformation:*', 'iam:CreateGroup', 'iam:GetGroup', 'iam:CreatePolicy'];
  const document = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] };
  await iam.send(
    new PutUserPolicyCommand({
      UserName: 'ada',
      PolicyName: 'own',
      PolicyDocument: JSON.stringify(document),
    }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ada' }));
  const ada = cloudFormationFor(sandbox, {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  });
  const Resources = { Group: group('Audit'), Enter: policy('Enter', { Groups: [{ Ref: 'Group' }] }) };
  const TemplateBody = JSON.stringify({ Resources });
  await ada.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities, OnFailure: 'DO_NOTHING' }));
  t.match(await settled(ada, StackName), { StackStatus: 'CREATE_FAILED' });
  t.match(await reasons(), /not authorized to perform: iam:AttachGroupPolicy on resource: .*:group\/Audit/);
});

t.test('drift shows what somebody changed by hand', async (t) => {
  const { client, iam, create, update, drift } = await start(t, ['ada', 'bob', 'eve']);
  const resources = {
    Group: group('Audit', { ManagedPolicyArns: [] }),
    Enter: policy('Enter', { Groups: [] }),
    Members: members({ Ref: 'Group' }, 'bob', 'ada'),
    Topic: { Type: 'AWS::SNS::Topic' },
  };
  await create(resources);
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
  t.match(Stacks?.[0]?.DriftInformation, { StackDriftStatus: 'NOT_CHECKED' });
  t.match(await drift(), { StackDriftStatus: 'IN_SYNC', DriftedStackResourceCount: 0 });
  const drifts = async (filters?: 'IN_SYNC'[]) => {
    const input = { StackName, StackResourceDriftStatusFilters: filters };
    return (await client.send(new DescribeStackResourceDriftsCommand(input))).StackResourceDrifts;
  };
  t.equal((await drifts())?.length, 3, 'a topic is not looked at');

  await iam.send(
    new CreatePolicyVersionCommand({
      PolicyArn: arnOf('policy/Enter'),
      PolicyDocument: JSON.stringify(allow('elsewhere')),
      SetAsDefault: true,
    }),
  );
  await iam.send(
    new AttachGroupPolicyCommand({ GroupName: 'Audit', PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }),
  );
  await iam.send(new RemoveUserFromGroupCommand({ GroupName: 'Audit', UserName: 'ada' }));
  await iam.send(new AddUserToGroupCommand({ GroupName: 'Audit', UserName: 'eve' }));
  t.match(await drift(), { StackDriftStatus: 'DRIFTED', DriftedStackResourceCount: 3 });
  const found = await drifts();
  t.match(found, [
    {
      LogicalResourceId: 'Group',
      StackResourceDriftStatus: 'MODIFIED',
      PropertyDifferences: [
        {
          PropertyPath: '/ManagedPolicyArns/0',
          DifferenceType: 'ADD',
          ActualValue: 'arn:aws:iam::aws:policy/ReadOnlyAccess',
        },
      ],
    },
    {
      LogicalResourceId: 'Enter',
      PhysicalResourceId: arnOf('policy/Enter'),
      PropertyDifferences: [
        {
          PropertyPath: '/PolicyDocument/Statement/0/Resource',
          DifferenceType: 'NOT_EQUAL',
          ExpectedValue: '*',
          ActualValue: 'elsewhere',
        },
      ],
    },
    {
      LogicalResourceId: 'Members',
      PropertyDifferences: [{ PropertyPath: '/Users/1', DifferenceType: 'REMOVE', ExpectedValue: 'ada' }],
    },
  ]);
  t.match(JSON.parse(found?.[0]?.ExpectedProperties ?? ''), { GroupName: 'Audit', ManagedPolicyArns: [] });
  t.strictSame(await drifts(['IN_SYNC']), []);
  const { StackResourceSummaries = [] } = await client.send(new ListStackResourcesCommand({ StackName }));
  t.match(
    StackResourceSummaries.map(({ DriftInformation }) => DriftInformation?.StackResourceDriftStatus),
    ['MODIFIED', 'MODIFIED', 'NOT_CHECKED', 'MODIFIED'],
  );

  for (const UserName of ['bob', 'eve'])
    await iam.send(new RemoveUserFromGroupCommand({ GroupName: 'Audit', UserName }));
  t.match(await failure(iam.send(new DeleteGroupCommand({ GroupName: 'Audit' }))), {
    code: 'DeleteConflictException',
  });
  t.equal(await update({ Enter: policy('Enter', { Groups: [] }) }), 'UPDATE_COMPLETE');
  t.match(await drift(), { StackDriftStatus: 'DRIFTED', DriftedStackResourceCount: 1 });
  t.match(await failure(client.send(new DetectStackDriftCommand({ StackName: 'other' }))), {
    code: 'ValidationError',
  });
});
