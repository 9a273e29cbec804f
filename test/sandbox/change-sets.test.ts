import {
  type Change,
  type CloudFormationClient,
  CreateChangeSetCommand,
  type CreateChangeSetCommandInput,
  CreateStackCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  type DescribeChangeSetCommandOutput,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  ListChangeSetsCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import t, { type Test } from 'tap';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { clientAccount, cloudFormationFor, failure, s3For, settled, startQuickly } from './clients.js';

const Capabilities = ['CAPABILITY_NAMED_IAM' as const];
const words =
  "The submitted information didn't contain changes. Submit different information to create a change set.";

/** A managed policy that allows entering these roles. */
function policy(name: string, roles: readonly string[], more: object = {}) {
  const Resource = roles.map((role) => `arn:aws:iam::111111111111:role/${role}`);
  const Statement = [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource }];
  const PolicyDocument = { Version: '2012-10-17', Statement };
  return {
    Type: 'AWS::IAM::ManagedPolicy',
    Properties: { ManagedPolicyName: name, PolicyDocument, ...more },
  };
}

const group = (GroupName: string) => ({ Type: 'AWS::IAM::Group', Properties: { GroupName } });
const template = (Resources: object, more: object = {}) => JSON.stringify({ Resources, ...more });

async function computed(
  client: CloudFormationClient,
  ChangeSetName: string,
  StackName?: string,
): Promise<DescribeChangeSetCommandOutput> {
  for (;;) {
    const answer = await client.send(new DescribeChangeSetCommand({ ChangeSetName, StackName }));
    if (!/PENDING|IN_PROGRESS/.test(answer.Status ?? '')) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Each change in one line, with what replaces and where. */
function told(changes: readonly Change[] | undefined): string[] {
  return (changes ?? []).map(({ ResourceChange: change }) =>
    [change?.Action, change?.LogicalResourceId, change?.Replacement].filter(Boolean).join(' '),
  );
}

async function start(t: Test) {
  const sandbox = await startQuickly(t);
  const client = cloudFormationFor(sandbox);
  const change = async (input: Partial<CreateChangeSetCommandInput>) => {
    const full = { StackName: 'central', ChangeSetName: 'next', Capabilities, ...input };
    const { Id = '' } = await client.send(new CreateChangeSetCommand(full));
    return computed(client, Id);
  };
  const execute = async (ChangeSetName = 'next', StackName = 'central') => {
    await client.send(new ExecuteChangeSetCommand({ ChangeSetName, StackName }));
    return (await settled(client, StackName)).StackStatus;
  };
  const create = async (TemplateBody: string, input: object = {}) => {
    await client.send(new CreateStackCommand({ StackName: 'central', TemplateBody, Capabilities, ...input }));
    t.equal((await settled(client, 'central')).StackStatus, 'CREATE_COMPLETE');
  };
  return { sandbox, client, change, execute, create };
}

t.test('a change set makes a stack that waits, and its execution makes the resources', async (t) => {
  const { client, change, execute } = await start(t);
  const TemplateBody = template({
    Dev: group('Dev'),
    Enter: policy('Enter', ['A'], { Groups: [{ Ref: 'Dev' }] }),
  });
  t.match(await failure(change({ TemplateBody })), {
    code: 'ValidationError',
    message: 'Stack [central] does not exist',
  });
  const set = await change({ TemplateBody, ChangeSetType: 'CREATE', Description: 'the first' });
  t.match(set, {
    ChangeSetName: 'next',
    StackName: 'central',
    Status: 'CREATE_COMPLETE',
    ExecutionStatus: 'AVAILABLE',
    Description: 'the first',
    Changes: [
      {
        Type: 'Resource',
        ResourceChange: {
          Action: 'Add',
          LogicalResourceId: 'Dev',
          ResourceType: 'AWS::IAM::Group',
          Scope: [],
        },
      },
      {
        ResourceChange: {
          Action: 'Add',
          LogicalResourceId: 'Enter',
          ResourceType: 'AWS::IAM::ManagedPolicy',
        },
      },
    ],
  });
  t.equal(set.Changes?.[0]?.ResourceChange?.Replacement, undefined);
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: 'central' }));
  t.match(Stacks, [{ StackId: set.StackId, StackStatus: 'REVIEW_IN_PROGRESS' }]);
  const resources = new DescribeStackResourcesCommand({ StackName: 'central' });
  t.strictSame((await client.send(resources)).StackResources, []);

  t.equal(await execute(), 'CREATE_COMPLETE');
  t.equal((await client.send(resources)).StackResources?.length, 2);
  t.match(await computed(client, set.ChangeSetId ?? ''), { ExecutionStatus: 'EXECUTE_COMPLETE' });
  t.match(await failure(execute()), {
    code: 'InvalidChangeSetStatusException',
    message: `ChangeSet [${set.ChangeSetId}] cannot be executed in its current execution status of [EXECUTE_COMPLETE]`,
  });
  t.match(await failure(change({ TemplateBody, ChangeSetType: 'CREATE', ChangeSetName: 'again' })), {
    code: 'ValidationError',
    message: 'Stack [central] already exists and cannot be created again with the changeSet [again].',
  });
});

t.test('a change set says of each resource what would become of it, and why', async (t) => {
  const { client, change, execute, create } = await start(t);
  const Parameters = { Path: { Type: 'String' } };
  const extra = (ParameterValue: string) => [{ ParameterKey: 'Path', ParameterValue }];
  await create(
    template(
      {
        Same: group('Same'),
        Dev: group('Dev'),
        Gone: group('Gone'),
        Kept: { ...group('Kept'), DeletionPolicy: 'Retain' },
        Enter: policy('Enter', ['A'], { Groups: [{ Ref: 'Dev' }] }),
        Moved: policy('Moved', ['A'], { Path: { Ref: 'Path' } }),
      },
      { Parameters },
    ),
    { Parameters: extra('/one/') },
  );
  const next = {
    TemplateBody: template(
      {
        Same: group('Same'),
        Dev: group('Dev2'),
        New: group('New'),
        Enter: policy('Enter', ['A', 'B'], { Groups: [{ Ref: 'Dev' }] }),
        Moved: policy('Moved2', ['A'], { Path: { Ref: 'Path' } }),
      },
      { Parameters },
    ),
    Parameters: extra('/two/'),
  };
  const set = await change(next);
  t.strictSame(told(set.Changes), [
    'Modify Dev True',
    'Add New',
    'Modify Moved True',
    'Modify Enter False',
    'Remove Gone',
    'Remove Kept',
  ]);
  const of = (id: string) =>
    set.Changes?.find(({ ResourceChange }) => ResourceChange?.LogicalResourceId === id)?.ResourceChange;
  t.match(of('Enter'), {
    PhysicalResourceId: `arn:aws:iam::${clientAccount}:policy/Enter`,
    Scope: ['Properties'],
    Details: [
      {
        Target: { Attribute: 'Properties', Name: 'PolicyDocument', RequiresRecreation: 'Never' },
        Evaluation: 'Static',
        ChangeSource: 'DirectModification',
      },
      {
        Target: { Name: 'Groups', RequiresRecreation: 'Never' },
        Evaluation: 'Dynamic',
        ChangeSource: 'ResourceReference',
        CausingEntity: 'Dev',
      },
    ],
  });
  t.match(of('Moved')?.Details, [
    { Target: { Name: 'ManagedPolicyName', RequiresRecreation: 'Always' } },
    { Target: { Name: 'Path' }, ChangeSource: 'ParameterReference', CausingEntity: 'Path' },
  ]);
  t.equal(of('Gone')?.PolicyAction, 'Delete');
  t.equal(of('Kept')?.PolicyAction, 'Retain');
  t.equal(of('Dev')?.PolicyAction, 'ReplaceAndDelete');
  t.match(await client.send(new DescribeStackResourcesCommand({ StackName: 'central' })), {
    StackResources: { length: 6 },
  });
  t.equal(await execute(), 'UPDATE_COMPLETE');
  t.match(await failure(change({ ...next, ChangeSetName: 'more' })), { code: 'none' });
  const { Status } = await computed(client, 'more', 'central');
  t.equal(Status, 'FAILED', 'what was executed is what is there');
});

t.test('a change that hangs on the ID of what is replaced may or may not replace', async (t) => {
  const { change, create } = await start(t);
  const resources = (name: string) => ({
    Dev: group(name),
    Named: {
      Type: 'AWS::IAM::Group',
      Properties: { GroupName: { 'Fn::Join': ['-', [{ Ref: 'Dev' }, 'more']] } },
    },
    ByArn: policy('ByArn', [], { Description: { 'Fn::GetAtt': 'Dev.Arn' } }),
  });
  await create(template(resources('Dev')));
  const set = await change({ TemplateBody: template(resources('Dev2')) });
  t.strictSame(told(set.Changes), [
    'Modify Dev True',
    'Modify Named Conditional',
    'Modify ByArn Conditional',
  ]);
  t.match(set.Changes?.[2]?.ResourceChange?.Details, [
    { Evaluation: 'Dynamic', ChangeSource: 'ResourceAttribute', CausingEntity: 'Dev.Arn' },
  ]);
});

t.test('a change set that changes nothing fails, in words of its own, and cannot be executed', async (t) => {
  const { client, change, execute, create } = await start(t);
  const body = template({ Dev: group('Dev') });
  await create(body);
  const set = await change({ TemplateBody: body });
  t.match(set, { Status: 'FAILED', StatusReason: words, ExecutionStatus: 'UNAVAILABLE' });
  t.strictSame(set.Changes ?? [], []);
  t.match(await failure(execute()), {
    code: 'InvalidChangeSetStatusException',
    message: `ChangeSet [${set.ChangeSetId}] cannot be executed in its current status of [FAILED]`,
  });
  t.match(await failure(change({ TemplateBody: body })), {
    code: 'AlreadyExistsException',
    message: 'ChangeSet [next] already exists',
  });
  const { Summaries } = await client.send(new ListChangeSetsCommand({ StackName: 'central' }));
  t.match(Summaries, [{ ChangeSetName: 'next', Status: 'FAILED' }]);
  const named = { ChangeSetName: 'next', StackName: 'central' };
  await client.send(new DeleteChangeSetCommand(named));
  await client.send(new DeleteChangeSetCommand(named));
  t.match(await failure(client.send(new DescribeChangeSetCommand(named))), {
    code: 'ChangeSetNotFoundException',
    message: 'ChangeSet [next] does not exist',
  });
  const outputs = { Outputs: { Name: { Value: { Ref: 'Dev' } } } };
  const output = await change({ TemplateBody: template({ Dev: group('Dev') }, outputs) });
  t.match(output, { Status: 'CREATE_COMPLETE', ExecutionStatus: 'AVAILABLE' });
  t.strictSame(output.Changes ?? [], []);
  t.equal(await execute(), 'UPDATE_COMPLETE');
});

t.test('an update makes the change sets that stood before it obsolete', async (t) => {
  const { client, change, execute, create } = await start(t);
  await create(template({ One: group('One') }));
  const two = template({ One: group('One'), Two: group('Two') });
  await change({ TemplateBody: two });
  await client.send(new UpdateStackCommand({ StackName: 'central', TemplateBody: two, Capabilities }));
  await settled(client, 'central');
  t.match(await computed(client, 'next', 'central'), {
    Status: 'CREATE_COMPLETE',
    ExecutionStatus: 'OBSOLETE',
  });
  t.match(await failure(execute()), { message: /current execution status of \[OBSOLETE\]/ });
  await client.send(new DeleteStackCommand({ StackName: 'central' }));
  t.match(await failure(computed(client, 'next', 'central')), {
    message: 'Stack [central] does not exist',
  });
});

t.test('what cannot be is refused before there is a change set', async (t) => {
  const { client, change, create } = await start(t);
  const TemplateBody = template({ Dev: group('Dev') });
  const first = { TemplateBody, ChangeSetType: 'CREATE' as const };
  t.match(await failure(change({ ...first, Capabilities: [] })), {
    code: 'InsufficientCapabilitiesException',
    message: 'Requires capabilities : [CAPABILITY_NAMED_IAM]',
  });
  t.match(await failure(change({ ...first, TemplateBody: '{}' })), { code: 'ValidationError' });
  const many = Object.fromEntries(Array.from({ length: 501 }, (_, n) => [`G${n}`, group(`g${n}`)]));
  t.match(await failure(change({ ...first, TemplateBody: template(many) })), {
    message: 'Template format error: Number of resources, 501, is greater than maximum allowed, 500',
  });
  t.match(await failure(change({ ...first, ChangeSetName: '1st' })), { code: 'ValidationError' });
  t.match(await failure(client.send(new DescribeStacksCommand({ StackName: 'central' }))), {
    code: 'ValidationError',
  });
  await create(TemplateBody);
  const types = template({ Dev: { Type: 'AWS::SNS::Topic' } });
  t.match(await failure(change({ TemplateBody: types })), { message: /Update of resource type is not perm/ });
  t.match(await failure(client.send(new ListChangeSetsCommand({ StackName: 'other' }))), {
    code: 'ValidationError',
  });
});

t.test('an execution that fails rolls back, and the change set says so', async (t) => {
  const { client, change, execute, create } = await start(t);
  await create(template({ Dev: group('Dev') }));
  const broken = policy('Enter', ['A'], { Groups: ['nobody'] });
  await change({ TemplateBody: template({ Dev: group('Dev'), New: group('New'), Enter: broken }) });
  t.equal(await execute(), 'UPDATE_ROLLBACK_COMPLETE');
  t.match(await computed(client, 'next', 'central'), { ExecutionStatus: 'EXECUTE_FAILED' });
  const { StackResources = [] } = await client.send(
    new DescribeStackResourcesCommand({ StackName: 'central' }),
  );
  t.strictSame(
    StackResources.map(({ LogicalResourceId }) => LogicalResourceId),
    ['Dev'],
  );
  const made = { ChangeSetType: 'CREATE' as const, StackName: 'second', OnStackFailure: 'DELETE' as const };
  await change({ ...made, TemplateBody: template({ Enter: broken }) });
  const named = { ChangeSetName: 'next', StackName: 'second' };
  await client.send(new ExecuteChangeSetCommand(named));
  for (;;) {
    const gone = await failure(client.send(new DescribeStacksCommand({ StackName: 'second' })));
    if (gone.code === 'ValidationError') break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

t.test('the changes of a large stack come a hundred at a time', async (t) => {
  const { client, change } = await start(t);
  const groups = Array.from({ length: 120 }, (_, n) => [`Group${n}`, group(`group-${n}`)]);
  const set = await change({ TemplateBody: template(Object.fromEntries(groups)), ChangeSetType: 'CREATE' });
  t.equal(set.Changes?.length, 100);
  const { ChangeSetId: ChangeSetName, NextToken } = set;
  const rest = await client.send(new DescribeChangeSetCommand({ ChangeSetName, NextToken }));
  t.equal(rest.Changes?.length, 20);
  t.equal(rest.NextToken, undefined);
});

/** A bucket for templates. Returns a way to put one there and have its URL. */
async function bucket(sandbox: Sandbox) {
  const s3 = s3For(sandbox);
  await s3.send(new CreateBucketCommand({ Bucket: 'central-templates' }));
  return async (Key: string, Body: string) => {
    await s3.send(new PutObjectCommand({ Bucket: 'central-templates', Key, Body }));
    return `${sandbox.url}/central-templates/${Key}`;
  };
}

const nested = (TemplateURL: string, Parameters: object = {}) => ({
  Type: 'AWS::CloudFormation::Stack',
  Properties: { TemplateURL, Parameters },
});

t.test('a stack in a stack is made, changed and deleted with it, and hands its outputs up', async (t) => {
  const { sandbox, client } = await start(t);
  const put = await bucket(sandbox);
  const inner = (roles: string[]) =>
    template(
      { Group: group('Dev'), Enter: policy('Enter', roles, { Groups: [{ Ref: 'Group' }] }) },
      {
        Parameters: { Note: { Type: 'String' } },
        Outputs: { Name: { Value: { 'Fn::Join': [' ', [{ Ref: 'Group' }, { Ref: 'Note' }]] } } },
      },
    );
  const outer = (url: string, note: string) =>
    template(
      { Part: nested(url, { Note: note }) },
      { Outputs: { Name: { Value: { 'Fn::GetAtt': 'Part.Outputs.Name' } } } },
    );
  const one = await put('one.json', inner(['A']));
  const StackName = 'central';
  await client.send(new CreateStackCommand({ StackName, TemplateBody: outer(one, 'x'), Capabilities }));
  t.match(await settled(client, StackName), {
    StackStatus: 'CREATE_COMPLETE',
    Outputs: [{ OutputValue: 'Dev x' }],
  });
  const { StackResources } = await client.send(new DescribeStackResourcesCommand({ StackName }));
  const id = StackResources?.[0]?.PhysicalResourceId ?? '';
  t.match(id, /:stack\/central-Part-[A-Z0-9]{13}\//);
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: id }));
  const parent = (await settled(client, StackName)).StackId;
  t.match(Stacks, [{ StackStatus: 'CREATE_COMPLETE', ParentId: parent, RootId: parent }]);

  const update = async (TemplateBody: string) => {
    await client.send(new UpdateStackCommand({ StackName, TemplateBody, Capabilities }));
    return settled(client, StackName);
  };
  const two = await put('two.json', inner(['A', 'B']));
  t.match(await update(outer(two, 'y')), {
    StackStatus: 'UPDATE_COMPLETE',
    Outputs: [{ OutputValue: 'Dev y' }],
  });
  t.match(await settled(client, id), { StackStatus: 'UPDATE_COMPLETE' });

  const broken = await put('broken.json', inner(['A']).replace('{"Ref":"Group"}', '"nobody"'));
  t.match(await update(outer(broken, 'y')), { StackStatus: 'UPDATE_ROLLBACK_COMPLETE' });
  t.match(await settled(client, id), { StackStatus: 'UPDATE_ROLLBACK_COMPLETE' });

  await client.send(new DeleteStackCommand({ StackName }));
  t.match(await settled(client, parent ?? ''), { StackStatus: 'DELETE_COMPLETE' });
  t.match(await settled(client, id), { StackStatus: 'DELETE_COMPLETE' });
});

t.test('a stack in a stack that cannot be made takes the whole back', async (t) => {
  const { sandbox, client } = await start(t);
  const put = await bucket(sandbox);
  const url = await put(
    'inner.json',
    template({ Group: group('Dev'), Bad: policy('P', [], { Users: ['x'] }) }),
  );
  const create = async (StackName: string, given = Capabilities) => {
    const TemplateBody = template({ Part: nested(url), Other: { Type: 'AWS::SNS::Topic' } });
    await client.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities: given }));
    const { StackStatus } = await settled(client, StackName);
    const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName }));
    return { StackStatus, ids: StackResources.map(({ PhysicalResourceId }) => PhysicalResourceId) };
  };
  const { StackStatus, ids } = await create('central');
  t.equal(StackStatus, 'ROLLBACK_COMPLETE');
  t.match(await settled(client, ids.find((id) => id?.includes(':stack/')) ?? ''), {
    StackStatus: 'DELETE_COMPLETE',
  });
  t.match(await create('unacknowledged', []), { StackStatus: 'ROLLBACK_COMPLETE' });
});

t.test('a change set looks into stacks in the stack where it is told to', async (t) => {
  const { sandbox, client, change, execute } = await start(t);
  const put = await bucket(sandbox);
  const inner = (n: number, roles: string[]) =>
    put(`${n}-${roles.length}.json`, template({ Group: group(`g-${n}`), Enter: policy(`p-${n}`, roles) }));
  const outer = async (parts: Record<string, string[]>) => {
    const urls = Object.entries(parts).map(async ([id, roles], n) => [id, nested(await inner(n, roles))]);
    return template(Object.fromEntries(await Promise.all(urls)));
  };
  const IncludeNestedStacks = true;
  const first = await change({
    TemplateBody: await outer({ One: ['A'], Two: ['A'] }),
    ChangeSetType: 'CREATE',
    IncludeNestedStacks,
  });
  t.strictSame(told(first.Changes), ['Add One', 'Add Two']);
  const inside = await computed(client, first.Changes?.[0]?.ResourceChange?.ChangeSetId ?? '');
  t.strictSame(told(inside.Changes), ['Add Group', 'Add Enter']);
  t.match(inside, { ParentChangeSetId: first.ChangeSetId, RootChangeSetId: first.ChangeSetId });
  t.match(await failure(client.send(new ExecuteChangeSetCommand({ ChangeSetName: inside.ChangeSetId }))), {
    code: 'ValidationError',
    message: /root change set/,
  });
  t.equal(await execute(), 'CREATE_COMPLETE');

  const same = await outer({ One: ['A'], Two: ['A'] });
  t.match(await change({ TemplateBody: same, IncludeNestedStacks, ChangeSetName: 'same' }), {
    Status: 'FAILED',
    StatusReason: words,
  });
  const blind = await change({ TemplateBody: same, ChangeSetName: 'blind' });
  t.strictSame(told(blind.Changes), ['Modify One False', 'Modify Two False']);
  t.match(blind.Changes?.[0]?.ResourceChange, {
    Details: [{ ChangeSource: 'Automatic', Evaluation: 'Dynamic' }],
    ChangeSetId: undefined,
  });
  t.equal(await execute('blind'), 'UPDATE_COMPLETE');

  const TemplateBody = await outer({ One: ['A'], Two: ['A', 'B'] });
  const second = await change({ TemplateBody, IncludeNestedStacks, ChangeSetName: 'second' });
  t.strictSame(told(second.Changes), ['Modify Two False']);
  const changed = await computed(client, second.Changes?.[0]?.ResourceChange?.ChangeSetId ?? '');
  t.strictSame(told(changed.Changes), ['Modify Enter False']);
  t.match(second.Changes?.[0]?.ResourceChange?.PhysicalResourceId, changed.StackId);
  t.equal(await execute('second'), 'UPDATE_COMPLETE');
  t.match(await computed(client, changed.ChangeSetId ?? ''), { ExecutionStatus: 'EXECUTE_COMPLETE' });
});
