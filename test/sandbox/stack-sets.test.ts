import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import t from 'tap';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import {
  cloudFormationFor,
  control,
  failure,
  makeRole,
  s3For,
  serviceRole,
  sessionIn,
  settled,
  startQuickly,
  trusting,
} from './clients.js';
import { type Answer, type FakeService, type Message, putAnswer, startFakeService } from './fake-service.js';

const manager = '222222222222';
const one = '333333333333';
const two = '444444444444';
const later = '555555555555';

/** What each member gets: a role, and a custom resource of its own topic. */
const memberTemplate = `
Parameters:
  ExternalId: { Type: String }
  CallbackUrl: { Type: String }
  Boundary: { Type: String, Default: '' }
Resources:
  ClientRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: Member
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Principal: { AWS: arn:aws:iam::999999999999:role/RolecallService }
            Action: sts:AssumeRole
            Condition: { StringEquals: { sts:ExternalId: !Ref ExternalId } }
  Topic: { Type: AWS::SNS::Topic }
  Subscription:
    Type: AWS::SNS::Subscription
    Properties: { TopicArn: !Ref Topic, Protocol: http, Endpoint: !Ref CallbackUrl }
  Connection:
    Type: Custom::Connection
    DependsOn: Subscription
    Properties:
      ServiceToken: !Ref Topic
      ServiceTimeout: 5
      RoleArn: !GetAtt ClientRole.Arn
      ExternalId: !Ref ExternalId
`;

interface Variant {
  readonly retains?: boolean;
  readonly enabled?: boolean;
  readonly tolerance?: number;
  /** Lines that replace properties of the stack set. */
  readonly replace?: readonly (readonly [string, string])[];
  readonly member?: string;
}

/** A template of a management account: a stack set over units that the launcher names. */
function managementTemplate({
  retains = true,
  enabled = true,
  tolerance = 100,
  replace = [],
  member,
}: Variant = {}) {
  const source = `
Parameters:
  OrganizationalUnitIds:
    Type: CommaDelimitedList
    AllowedPattern: ou-[a-z0-9-]+|r-[a-z0-9]+
  ExternalId: { Type: String }
  CallbackUrl: { Type: String }
Resources:
  Members:
    Type: AWS::CloudFormation::StackSet
    Properties:
      StackSetName: !Ref AWS::StackName
      PermissionModel: SERVICE_MANAGED
      CallAs: SELF
      AutoDeployment: { Enabled: ${enabled}, RetainStacksOnAccountRemoval: ${retains} }
      Capabilities: [CAPABILITY_NAMED_IAM]
      ManagedExecution: { Active: true }
      OperationPreferences:
        FailureTolerancePercentage: ${tolerance}
        MaxConcurrentPercentage: 100
        RegionConcurrencyType: PARALLEL
      Parameters:
        - { ParameterKey: ExternalId, ParameterValue: !Ref ExternalId }
        - { ParameterKey: CallbackUrl, ParameterValue: !Ref CallbackUrl }
      StackInstancesGroup:
        - DeploymentTargets: { OrganizationalUnitIds: !Ref OrganizationalUnitIds }
          Regions: [!Ref AWS::Region]
      TemplateBody: |
${(member ?? memberTemplate).replace(/^/gm, '        ')}
Outputs:
  SetId: { Value: !Ref Members }
`;
  return replace.reduce((text, [from, to]) => text.replace(from, to), source);
}

function parameters(units: readonly string[], callbackUrl: string, externalId = 'an-id') {
  return [
    { ParameterKey: 'OrganizationalUnitIds', ParameterValue: units.join(',') },
    { ParameterKey: 'ExternalId', ParameterValue: externalId },
    { ParameterKey: 'CallbackUrl', ParameterValue: callbackUrl },
  ];
}

const success = { Status: 'SUCCESS', PhysicalResourceId: 'made' };

/** An organization with two members, each in a unit of its own and one of these inside the other. */
async function start(
  t: Parameters<typeof startQuickly>[0],
  answer: (message: Message) => Answer = () => success,
) {
  const sandbox = await startQuickly(t);
  const service = await startFakeService(answer);
  t.after(() => service.close());
  const { units, rootId } = await control(sandbox, 'POST', 'organizations', {
    managementAccountId: manager,
    units: [
      { name: 'Outer', accounts: [one], units: [{ name: 'Inner', accounts: [two] }] },
      { name: 'Other' },
    ],
  });
  const [outer, inner, other]: string[] = units.map(({ id }: { id: string }) => id);
  return { sandbox, service, rootId, outer: outer ?? '', inner: inner ?? '', other: other ?? '' };
}

async function launch(
  sandbox: Sandbox,
  service: FakeService,
  units: readonly string[],
  variant: Variant = {},
) {
  const client = cloudFormationFor(sandbox, manager);
  await client.send(
    new CreateStackCommand({
      StackName: 'everybody',
      TemplateBody: managementTemplate(variant),
      Parameters: parameters(units, service.url),
    }),
  );
  return settled(client, 'everybody');
}

/** The stacks of an account that are not deleted. */
async function stacksOf(sandbox: Sandbox, account: string) {
  const { Stacks = [] } = await cloudFormationFor(sandbox, account).send(new DescribeStacksCommand({}));
  return Stacks;
}

async function statuses(sandbox: Sandbox, account: string) {
  return (await stacksOf(sandbox, account)).map(({ StackStatus }) => StackStatus);
}

/** The instances of the only stack set: account, status and detailed status. */
async function instances(sandbox: Sandbox): Promise<string[]> {
  const { stackSets } = await control(sandbox, 'GET', 'state');
  const rows: { account: string; status: string; detailedStatus: string }[] = stackSets[0]?.instances ?? [];
  return rows.map(({ account, status, detailedStatus }) => `${account} ${status} ${detailedStatus}`);
}

/** Why the stack set failed. */
async function reason(sandbox: Sandbox, StackName = 'everybody'): Promise<string> {
  const { StackEvents = [] } = await cloudFormationFor(sandbox, manager).send(
    new DescribeStackEventsCommand({ StackName }),
  );
  return (
    StackEvents.find(
      ({ LogicalResourceId, ResourceStatus }) =>
        LogicalResourceId === 'Members' && ResourceStatus?.endsWith('_FAILED'),
    )?.ResourceStatusReason ?? ''
  );
}

/** Waits until auto-deployment has come to what is expected. */
async function until(holds: () => Promise<boolean>) {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

t.test('each member below a target gets an ordinary stack that calls back by its own topic', async (t) => {
  const { sandbox, service, outer } = await start(t);
  const stack = await launch(sandbox, service, [outer]);
  t.equal(stack.StackStatus, 'CREATE_COMPLETE');
  t.match(stack.Outputs?.[0]?.OutputValue, /^everybody:[0-9a-f-]{36}$/, 'Ref is the ID of the stack set');
  for (const account of [one, two]) {
    const [made, ...others] = await stacksOf(sandbox, account);
    t.same(others, []);
    t.match(made, { StackStatus: 'CREATE_COMPLETE', StackName: /^StackSet-everybody-[0-9a-f-]{36}$/ });
    const create = service.messages.find(
      ({ request }) => request['RequestType'] === 'Create' && request['StackId'] === made?.StackId,
    );
    t.match(create?.request, {
      ServiceToken: new RegExp(`^arn:aws:sns:us-east-1:${account}:`),
      ResourceProperties: { RoleArn: `arn:aws:iam::${account}:role/Member`, ExternalId: 'an-id' },
    });
  }
  t.equal((await stacksOf(sandbox, manager)).length, 1, 'the management account gets none');
  t.strictSame(await instances(sandbox), [`${one} CURRENT SUCCEEDED`, `${two} CURRENT SUCCEEDED`]);

  const client = cloudFormationFor(sandbox, manager);
  await client.send(new DeleteStackCommand({ StackName: 'everybody' }));
  t.equal((await settled(client, stack.StackId ?? '')).StackStatus, 'DELETE_COMPLETE');
  t.strictSame([...(await stacksOf(sandbox, one)), ...(await stacksOf(sandbox, two))], []);
  t.equal(service.messages.filter(({ request }) => request['RequestType'] === 'Delete').length, 2);
  t.strictSame((await control(sandbox, 'GET', 'state')).stackSets, []);
});

t.test(
  'the root stands for all members but the management account, and a name for one stack set',
  async (t) => {
    const { sandbox, service, rootId, inner } = await start(t);
    const replace = [['!Ref AWS::StackName', 'everybody']] as const;
    t.equal((await launch(sandbox, service, [rootId], { replace })).StackStatus, 'CREATE_COMPLETE');
    t.strictSame(await instances(sandbox), [`${one} CURRENT SUCCEEDED`, `${two} CURRENT SUCCEEDED`]);
    const client = cloudFormationFor(sandbox, manager);
    await client.send(
      new CreateStackCommand({
        StackName: 'again',
        TemplateBody: managementTemplate({ replace }),
        Parameters: parameters([inner], service.url),
      }),
    );
    t.equal((await settled(client, 'again')).StackStatus, 'ROLLBACK_COMPLETE');
    t.match(
      await reason(sandbox, 'again'),
      "Resource of type 'AWS::CloudFormation::StackSet' with identifier 'everybody' already exists.",
    );
    t.equal((await stacksOf(sandbox, two)).length, 1);
  },
);

t.test('a member whose stack fails is tolerated, and an update makes it anew', async (t) => {
  let refuses = true;
  const { sandbox, service, outer } = await start(t, ({ request }) =>
    refuses && request['RequestType'] === 'Create' && request['StackId']?.includes(one)
      ? { ...success, Status: 'FAILED', Reason: 'not this one' }
      : success,
  );
  t.equal((await launch(sandbox, service, [outer])).StackStatus, 'CREATE_COMPLETE');
  t.strictSame(await instances(sandbox), [`${one} OUTDATED FAILED`, `${two} CURRENT SUCCEEDED`]);
  t.strictSame(await statuses(sandbox, one), ['ROLLBACK_COMPLETE']);
  const { stackSets } = await control(sandbox, 'GET', 'state');
  t.match(
    stackSets[0].instances[0].reason,
    /^ResourceLogicalId:Connection, ResourceType:Custom::Connection, ResourceStatusReason:Received response status \[FAILED\] from custom resource\. Message returned: not this one/,
  );
  t.match(stackSets[0].operations, [{ action: 'CREATE', status: 'SUCCEEDED' }]);

  refuses = false;
  const client = cloudFormationFor(sandbox, manager);
  await client.send(
    new UpdateStackCommand({
      StackName: 'everybody',
      UsePreviousTemplate: true,
      Parameters: parameters([outer], service.url, 'another-id'),
    }),
  );
  t.equal((await settled(client, 'everybody')).StackStatus, 'UPDATE_COMPLETE');
  t.strictSame(await statuses(sandbox, one), ['CREATE_COMPLETE']);
  t.strictSame(await statuses(sandbox, two), ['UPDATE_COMPLETE'], 'the other one is updated');
  const updated = service.messages.find(({ request }) => request['RequestType'] === 'Update');
  t.match(updated?.request, { ResourceProperties: { ExternalId: 'another-id' } });
});

t.test(
  'without tolerance one failure fails the stack set, and the rollback deletes what was made',
  async (t) => {
    const { sandbox, service, outer } = await start(t, ({ request }) =>
      request['RequestType'] === 'Create' && request['StackId']?.includes(two)
        ? { ...success, Status: 'FAILED', Reason: 'not this one' }
        : success,
    );
    t.equal((await launch(sandbox, service, [outer], { tolerance: 0 })).StackStatus, 'ROLLBACK_COMPLETE');
    t.match(
      await reason(sandbox),
      /^Resource handler returned message: "Resource of type 'Stack set operation \[[0-9a-f-]{36}\] was unexpectedly stopped or failed\. status reason\(s\): \[ResourceLogicalId:Connection, .*not this one.*\]' with identifier 'everybody:[0-9a-f-]{36}' did not stabilize\." \(RequestToken: [0-9a-f-]{36}, HandlerErrorCode: NotStabilized\)$/s,
    );
    t.strictSame([...(await stacksOf(sandbox, one)), ...(await stacksOf(sandbox, two))], []);
  },
);

t.test('an account that joins gets its stack, and one that leaves keeps it or loses it', async (t) => {
  const path = `organizations/${manager}/accounts`;
  for (const retains of [true, false]) {
    const { sandbox, service, rootId, outer, inner, other } = await start(t);
    await launch(sandbox, service, [inner, outer], { retains });
    await control(sandbox, 'POST', path, { accountId: later, unit: other });
    await control(sandbox, 'POST', path, { accountId: later, unit: inner });
    await until(async () => (await instances(sandbox)).includes(`${later} CURRENT SUCCEEDED`));
    t.strictSame(await statuses(sandbox, later), ['CREATE_COMPLETE'], 'once it is below a target, and once');
    await control(sandbox, 'POST', path, { accountId: later, unit: outer });

    await control(sandbox, 'DELETE', `${path}/${one}`);
    await control(sandbox, 'POST', path, { accountId: two, unit: rootId });
    await until(async () => (await instances(sandbox)).length === 1);
    t.strictSame(
      await instances(sandbox),
      [`${later} CURRENT SUCCEEDED`],
      'a move from target to target is none',
    );
    const { stackSets } = await control(sandbox, 'GET', 'state');
    t.equal(stackSets[0].operations.length, 4, 'the launch, one that joined, two that left');
    const expected = retains ? ['CREATE_COMPLETE'] : [];
    t.strictSame(await statuses(sandbox, one), expected, 'it left the organization');
    t.strictSame(await statuses(sandbox, two), expected, 'it left the target');
    const deletes = service.messages.filter(({ request }) => request['RequestType'] === 'Delete');
    t.equal(deletes.length, retains ? 0 : 2);
    if (!retains) continue;

    const [kept] = await stacksOf(sandbox, one);
    const own = cloudFormationFor(sandbox, one);
    await own.send(new DeleteStackCommand({ StackName: kept?.StackName }));
    t.equal(
      (await settled(own, kept?.StackId ?? '')).StackStatus,
      'DELETE_COMPLETE',
      'it can delete it itself',
    );
  }
});

t.test('without auto-deployment, or without trust, nobody who joins gets a stack', async (t) => {
  for (const variant of [{ enabled: false }, {}]) {
    const { sandbox, service, outer } = await start(t);
    await launch(sandbox, service, [outer], variant);
    if (variant.enabled !== false) {
      await control(sandbox, 'PATCH', `organizations/${manager}`, { trustedAccess: false });
    }
    await control(sandbox, 'POST', `organizations/${manager}/accounts`, { accountId: later, unit: outer });
    await control(sandbox, 'DELETE', `organizations/${manager}/accounts/${two}`);
    // Operations come one after the other, so what comes of this update comes after.
    await control(sandbox, 'PATCH', `organizations/${manager}`, { trustedAccess: true });
    const client = cloudFormationFor(sandbox, manager);
    await client.send(
      new UpdateStackCommand({
        StackName: 'everybody',
        UsePreviousTemplate: true,
        Parameters: parameters([outer], service.url, 'another-id'),
      }),
    );
    await settled(client, 'everybody');
    t.strictSame(await stacksOf(sandbox, later), []);
    t.equal((await stacksOf(sandbox, two)).length, 1);
  }
});

t.test('suspended accounts are passed over', async (t) => {
  const { sandbox, service, outer } = await start(t);
  const path = `organizations/${manager}/accounts`;
  await control(sandbox, 'PATCH', `${path}/${two}`, { status: 'SUSPENDED' });
  t.equal((await launch(sandbox, service, [outer], { tolerance: 0 })).StackStatus, 'CREATE_COMPLETE');
  t.strictSame(await instances(sandbox), [
    `${one} CURRENT SUCCEEDED`,
    `${two} OUTDATED SKIPPED_SUSPENDED_ACCOUNT`,
  ]);
  t.strictSame(await stacksOf(sandbox, two), []);

  await control(sandbox, 'PATCH', `${path}/${one}`, { status: 'SUSPENDED' });
  const client = cloudFormationFor(sandbox, manager);
  await client.send(new DeleteStackCommand({ StackName: 'everybody' }));
  t.equal((await settled(client, 'everybody')).StackStatus, 'DELETE_FAILED');
  t.match(await reason(sandbox), 'StackSet is not empty', 'the stack in a closed account cannot be deleted');
  await control(sandbox, 'PATCH', `${path}/${one}`, { status: 'ACTIVE' });
  await client.send(new DeleteStackCommand({ StackName: 'everybody' }));
  await until(async () => (await stacksOf(sandbox, manager)).length === 0);
  t.strictSame(await stacksOf(sandbox, one), []);
});

t.test('an update adds and removes targets, and rolls back whole', async (t) => {
  const { sandbox, service, outer, inner, other } = await start(t);
  await control(sandbox, 'POST', `organizations/${manager}/accounts`, { accountId: later, unit: other });
  await launch(sandbox, service, [outer]);
  const client = cloudFormationFor(sandbox, manager);
  const update = async (units: string[], replace: Variant['replace'] = []) => {
    await client.send(
      new UpdateStackCommand({
        StackName: 'everybody',
        TemplateBody: managementTemplate({ replace }),
        Parameters: parameters(units, service.url),
      }),
    );
    return (await settled(client, 'everybody')).StackStatus;
  };
  const [before] = await stacksOf(sandbox, two);
  t.equal(await update([inner, other]), 'UPDATE_COMPLETE');
  t.equal((await stacksOf(sandbox, two))[0]?.StackId, before?.StackId, 'it was below a target all the time');
  t.strictSame(await statuses(sandbox, one), []);
  t.strictSame(await statuses(sandbox, two), ['CREATE_COMPLETE'], 'nothing has changed there');
  t.strictSame(await statuses(sandbox, later), ['CREATE_COMPLETE']);

  t.equal(await update([inner, other], [['Enabled: true', 'Enabled: false']]), 'UPDATE_COMPLETE');
  t.strictSame(
    await instances(sandbox),
    [`${two} CURRENT SUCCEEDED`, `${later} CURRENT SUCCEEDED`],
    'a stack without changes is up to date',
  );

  t.equal(await update([inner, 'ou-abcd-12345678']), 'UPDATE_ROLLBACK_COMPLETE');
  t.match(await reason(sandbox), 'status reason(s): [Target organizational unit could not be found]');
  t.strictSame(await statuses(sandbox, later), ['CREATE_COMPLETE'], 'it got its stack again');

  const gone = await update(
    [inner],
    [['Capabilities: [CAPABILITY_NAMED_IAM]', 'Capabilities: [CAPABILITY_IAM]']],
  );
  t.equal(gone, 'UPDATE_ROLLBACK_COMPLETE');
  t.match(await reason(sandbox), 'Requires capabilities : [CAPABILITY_NAMED_IAM]');
});

t.test("CloudFormation's conditions for a stack set are told in its words", async (t) => {
  const { sandbox, service, outer } = await start(t);
  const organization = `organizations/${manager}`;
  const client = cloudFormationFor(sandbox, manager);
  const told = async (variant: Variant = {}, units = [outer]) => {
    const { StackStatus } = await launch(sandbox, service, units, variant);
    const words = await reason(sandbox);
    await client.send(new DeleteStackCommand({ StackName: 'everybody' }));
    await until(async () => (await stacksOf(sandbox, manager)).length === 0);
    t.equal(StackStatus, 'ROLLBACK_COMPLETE', words);
    return words;
  };
  const untrusted =
    /^Resource handler returned message: "You must enable organizations access to operate a service managed stack set \(Service: CloudFormation, Status Code: 400, Request ID: .*HandlerErrorCode: InvalidRequest\)$/;
  await control(sandbox, 'PATCH', organization, { trustedAccess: false });
  t.match(await told(), untrusted);
  await control(sandbox, 'PATCH', organization, { trustedAccess: true, features: 'CONSOLIDATED_BILLING' });
  t.match(await told(), untrusted);
  await control(sandbox, 'PATCH', organization, { features: 'ALL' });
  t.match(await told({}, ['ou-abcd-12345678']), '[Target organizational unit could not be found]');
  t.match(
    await told({}, ['ou-short']),
    'string [ou-short] does not match pattern ^(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32})$',
  );
  const replaced: [string, string, string][] = [
    ['PermissionModel: SERVICE_MANAGED', 'PermissionModel: SELF_MANAGED', 'SERVICE_MANAGED only'],
    ['CallAs: SELF', 'CallAs: DELEGATED_ADMIN', 'Account used is not a delegated administrator'],
    ['Regions: [', 'ParameterOverrides: []\n          Regions: [', 'no ParameterOverrides'],
    [
      '{ OrganizationalUnitIds: !Ref OrganizationalUnitIds }',
      "{ Accounts: ['333333333333'] }",
      'can only have OrganizationalUnit as target',
    ],
    [
      '- { ParameterKey: ExternalId, ParameterValue: !Ref ExternalId }\n',
      '',
      '[ExternalId] must have values',
    ],
    ['StackSetName: !Ref AWS::StackName', 'Description: none', 'required key [StackSetName] not found'],
  ];
  for (const [from, to, words] of replaced) t.match(await told({ replace: [[from, to]] }), words);
  t.strictSame([...(await stacksOf(sandbox, one)), ...(await stacksOf(sandbox, two))], []);

  const outside = cloudFormationFor(sandbox, one);
  await outside.send(
    new CreateStackCommand({
      StackName: 'everybody',
      TemplateBody: managementTemplate(),
      Parameters: parameters([outer], service.url),
    }),
  );
  await settled(outside, 'everybody');
  const { StackEvents = [] } = await outside.send(new DescribeStackEventsCommand({ StackName: 'everybody' }));
  t.ok(
    StackEvents.some(({ ResourceStatusReason }) =>
      ResourceStatusReason?.includes(
        'You must be the management account or delegated admin account of an organization before operating a SERVICE_MANAGED stack set',
      ),
    ),
  );
});

t.test(
  "a member's service control policies bind its stack, and the launcher's own rights do not",
  async (t) => {
    const { sandbox, service, outer } = await start(t);
    await control(sandbox, 'POST', 'faults', { name: 'scp-deny', account: one, actions: ['sns:*'] });
    await control(sandbox, 'POST', 'faults', {
      name: 'scp-deny',
      account: manager,
      actions: ['sns:*', 'iam:*'],
    });
    t.equal((await launch(sandbox, service, [outer])).StackStatus, 'CREATE_COMPLETE');
    t.strictSame(await instances(sandbox), [`${one} OUTDATED FAILED`, `${two} CURRENT SUCCEEDED`]);
    const { stackSets } = await control(sandbox, 'GET', 'state');
    t.match(
      stackSets[0].instances[0].reason,
      /assumed-role\/stacksets-exec-[0-9a-f]{32}\/AWSCloudFormation is not authorized to perform: sns:CreateTopic/,
    );
  },
);

t.test("a member's policies may also forbid its stacks themselves", async (t) => {
  const { sandbox, service, outer } = await start(t);
  const client = cloudFormationFor(sandbox, manager);
  const forbid = async (account: string, action: string) => {
    await control(sandbox, 'DELETE', 'faults');
    await control(sandbox, 'POST', 'faults', { name: 'scp-deny', account, actions: [action] });
  };
  await forbid(one, 'cloudformation:CreateStack');
  await launch(sandbox, service, [outer]);
  t.strictSame(await instances(sandbox), [`${one} OUTDATED FAILED`, `${two} CURRENT SUCCEEDED`]);
  await forbid(two, 'cloudformation:UpdateStack');
  await client.send(
    new UpdateStackCommand({
      StackName: 'everybody',
      UsePreviousTemplate: true,
      Parameters: parameters([outer], service.url, 'another-id'),
    }),
  );
  await settled(client, 'everybody');
  t.strictSame(await instances(sandbox), [`${one} CURRENT SUCCEEDED`, `${two} OUTDATED FAILED`]);
  await forbid(two, 'cloudformation:DeleteStack');
  await client.send(new DeleteStackCommand({ StackName: 'everybody' }));
  t.equal((await settled(client, 'everybody')).StackStatus, 'DELETE_FAILED');
  t.strictSame(await instances(sandbox), [`${two} INOPERABLE INOPERABLE`]);
});

t.test(
  'whoever launches needs the calls that AWS lists for the type, on the set, its targets and its types',
  async (t) => {
    const { sandbox, service, outer } = await start(t);
    const within = 'arn:aws:cloudformation:us-east-1';
    const statements = {
      stack: ['cloudformation:*Stack', 'cloudformation:DescribeStacks', 'cloudformation:DescribeStackEvents'],
      reading: [
        'cloudformation:DescribeStackSet',
        'cloudformation:DescribeStackSetOperation',
        'cloudformation:ListStackInstances',
        'cloudformation:ListStackSetOperationResults',
        'cloudformation:DeleteStackSet',
      ],
      anywhere: ['cloudformation:GetTemplateSummary', 'cloudformation:CreateStackSet'],
      instances: ['cloudformation:CreateStackInstances', 'cloudformation:DeleteStackInstances'],
    };
    const inSet = `${within}:${manager}:stackset/everybody:*`;
    const inTarget = `${within}:${manager}:stackset-target/everybody:*/${outer}`;
    const types = `${within}::type/resource/*`;
    const regional = {
      'ForAllValues:StringEquals': { 'cloudformation:TargetRegion': ['us-east-1'] },
      StringEquals: { 'aws:CalledViaFirst': 'cloudformation.amazonaws.com' },
    };
    const rights = (
      targets: readonly string[],
      { reading, anywhere } = statements,
      condition: unknown = regional,
    ) => [
      { Effect: 'Allow', Action: statements.stack, Resource: `${within}:${manager}:stack/everybody/*` },
      { Effect: 'Allow', Action: reading, Resource: inSet },
      { Effect: 'Allow', Action: anywhere, Resource: '*' },
      { Effect: 'Allow', Action: statements.instances, Resource: targets, Condition: condition },
    ];
    const all = [inSet, inTarget, types];
    const launchWith = async (name: string, Statement: unknown) => {
      const Policies = [{ PolicyName: 'launch', PolicyDocument: { Statement } }];
      const arn = await makeRole(sandbox, name, trusting(serviceRole), { Policies }, manager);
      const client = cloudFormationFor(sandbox, await sessionIn(sandbox, arn));
      await client.send(
        new CreateStackCommand({
          StackName: 'everybody',
          TemplateBody: managementTemplate(),
          Parameters: parameters([outer], service.url),
        }),
      );
      const { StackStatus, StackId } = await settled(client, 'everybody');
      const words = await reason(sandbox);
      await client.send(new DeleteStackCommand({ StackName: 'everybody' }));
      await settled(cloudFormationFor(sandbox, manager), StackId ?? '');
      return { StackStatus, words };
    };
    t.equal((await launchWith('enough', rights(all))).StackStatus, 'CREATE_COMPLETE');
    t.strictSame(await statuses(sandbox, one), [], 'it is enough to delete it, too');

    const without = (field: 'reading' | 'anywhere', action: string) =>
      rights(all, {
        ...statements,
        [field]: statements[field].filter((each) => !each.endsWith(`:${action}`)),
      });
    const elsewhere = { StringEquals: { 'cloudformation:TargetRegion': 'eu-west-1' } };
    const cases: [string, unknown, RegExp][] = [
      ['set', rights([inTarget, types]), /CreateStackInstances on resource: \S+:stackset\/everybody:/],
      ['target', rights([inSet, types]), /CreateStackInstances on resource: \S+:stackset-target\/everybody:/],
      [
        'types',
        rights([inSet, inTarget]),
        /CreateStackInstances on resource: \S+::type\/resource\/AWS-IAM-Role/,
      ],
      ['region', rights(all, statements, elsewhere), /to perform: cloudformation:CreateStackInstances/],
      ['creating', without('anywhere', 'CreateStackSet'), /to perform: cloudformation:CreateStackSet on/],
      ['summary', without('anywhere', 'GetTemplateSummary'), /to perform: cloudformation:GetTemplateSummary/],
      [
        'operation',
        without('reading', 'DescribeStackSetOperation'),
        /cloudformation:DescribeStackSetOperation/,
      ],
      ['results', without('reading', 'ListStackSetOperationResults'), /ListStackSetOperationResults/],
    ];
    for (const [name, Statement, words] of cases) {
      const told = await launchWith(name, Statement);
      t.equal(told.StackStatus, 'ROLLBACK_COMPLETE', name);
      t.match(told.words, words, name);
      t.match(told.words, /HandlerErrorCode: AccessDenied\)$/, name);
    }
  },
);

t.test('whoever updates or deletes needs the calls for that', async (t) => {
  const { sandbox, service, outer } = await start(t);
  await launch(sandbox, service, [outer]);
  const client = cloudFormationFor(sandbox, manager);
  const forbid = (action: string) =>
    control(sandbox, 'POST', 'faults', { name: 'scp-deny', account: manager, actions: [action] });
  await forbid('cloudformation:DeleteStackInstances');
  await client.send(new DeleteStackCommand({ StackName: 'everybody' }));
  t.equal((await settled(client, 'everybody')).StackStatus, 'DELETE_FAILED');
  t.match(await reason(sandbox), 'is not authorized to perform: cloudformation:DeleteStackInstances');
  t.strictSame(await statuses(sandbox, one), ['CREATE_COMPLETE']);
  await control(sandbox, 'DELETE', 'faults');
  await client.send(new DeleteStackCommand({ StackName: 'everybody' }));
  await until(async () => (await stacksOf(sandbox, manager)).length === 0);

  await launch(sandbox, service, [outer]);
  await forbid('cloudformation:UpdateStackSet');
  await client.send(
    new UpdateStackCommand({
      StackName: 'everybody',
      UsePreviousTemplate: true,
      Parameters: parameters([outer], service.url, 'another-id'),
    }),
  );
  // The way back would be an update, too.
  t.equal((await settled(client, 'everybody')).StackStatus, 'UPDATE_ROLLBACK_FAILED');
  t.match(await reason(sandbox), 'is not authorized to perform: cloudformation:UpdateStackSet');
  t.strictSame(await statuses(sandbox, one), ['CREATE_COMPLETE']);
});

t.test('a failure counts by region against the tolerance, of which a part is rounded down', async (t) => {
  const regions: [string, string] = ['Regions: [!Ref AWS::Region]', 'Regions: [us-east-1, eu-west-1]'];
  // The role's name is the account's, so each account's second region fails.
  const expected = [
    { tolerance: 100, status: 'CREATE_COMPLETE', failed: 2 },
    { tolerance: 99, status: 'ROLLBACK_COMPLETE', failed: 0 },
  ];
  for (const { tolerance, status, failed } of expected) {
    const { sandbox, service, outer } = await start(t);
    const sequential: [string, string] = [
      'RegionConcurrencyType: PARALLEL',
      'RegionConcurrencyType: SEQUENTIAL',
    ];
    const { StackStatus } = await launch(sandbox, service, [outer], {
      tolerance,
      replace: [regions, sequential],
    });
    t.equal(StackStatus, status, `${tolerance} %`);
    t.equal((await instances(sandbox)).filter((each) => each.endsWith('FAILED')).length, failed);
    if (failed > 0) continue;
    t.match(await reason(sandbox), `Member already exists in stack arn:aws:cloudformation:us-east-1:`);
  }
});

t.test('deleting a stack whose set is still at work waits for that, and leaves nothing', async (t) => {
  const { sandbox, service, inner } = await start(t, ({ request }) =>
    request['RequestType'] === 'Create' ? undefined : success,
  );
  const client = cloudFormationFor(sandbox, manager);
  await client.send(
    new CreateStackCommand({
      StackName: 'everybody',
      TemplateBody: managementTemplate(),
      Parameters: parameters([inner], service.url),
    }),
  );
  const create = await service.next('Create');
  const [stack] = await stacksOf(sandbox, manager);
  await client.send(new DeleteStackCommand({ StackName: 'everybody' }));
  t.strictSame(await statuses(sandbox, two), ['CREATE_IN_PROGRESS']);
  t.equal(await putAnswer(create, success), 200);
  t.equal((await settled(client, stack?.StackId ?? '')).StackStatus, 'DELETE_COMPLETE');
  t.strictSame(await statuses(sandbox, two), []);
  t.ok(await service.next('Delete'), 'the member was complete before it went');
  t.strictSame((await control(sandbox, 'GET', 'state')).stackSets, []);
});

t.test('a list of units is validated, and shown and taken by the console', async (t) => {
  const { sandbox, service, outer, inner } = await start(t);
  const client = cloudFormationFor(sandbox, manager);
  const body = managementTemplate();
  const { Parameters = [] } = await client.send(new ValidateTemplateCommand({ TemplateBody: body }));
  t.match(
    Parameters.map(({ ParameterKey }) => ParameterKey),
    ['OrganizationalUnitIds', 'ExternalId', 'CallbackUrl'],
  );
  const wrong = new CreateStackCommand({
    StackName: 'everybody',
    TemplateBody: body,
    Parameters: parameters([outer, 'everyone'], service.url),
  });
  t.match(await failure(client.send(wrong)), {
    code: 'ValidationError',
    message: "Parameter 'OrganizationalUnitIds' must match pattern",
  });

  await s3For(sandbox, '999999999999').send(
    new PutObjectCommand({ Bucket: 'rolecall-templates', Key: 'everybody.yaml', Body: body }),
  );
  const url = `${sandbox.url}/rolecall-templates/everybody.yaml`;
  const home = `${sandbox.url}/cloudformation/home`;
  const shown: unknown = await (await fetch(`${home}/template?${new URLSearchParams({ url })}`)).json();
  t.match(shown, {
    groups: [{ parameters: [{ name: 'OrganizationalUnitIds', type: 'CommaDelimitedList' }] }],
  });
  const made = await fetch(`${home}/stacks`, {
    method: 'POST',
    body: JSON.stringify({
      account: manager,
      region: 'us-east-1',
      name: 'everybody',
      templateUrl: url,
      parameters: {
        OrganizationalUnitIds: `${outer}, ${inner}`,
        ExternalId: 'an-id',
        CallbackUrl: service.url,
      },
      acknowledged: false,
    }),
  });
  t.equal(made.status, 201);
  t.equal((await settled(client, 'everybody')).StackStatus, 'CREATE_COMPLETE');
  t.strictSame(await instances(sandbox), [`${one} CURRENT SUCCEEDED`, `${two} CURRENT SUCCEEDED`]);
});
