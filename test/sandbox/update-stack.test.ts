import {
  type CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  UpdateStackCommand,
  type UpdateStackCommandInput,
} from '@aws-sdk/client-cloudformation';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import t, { type Test } from 'tap';
import {
  clientAccount,
  cloudFormationFor,
  control,
  failure,
  providerAccount,
  serviceCredentials,
  settled,
  startQuickly,
  stsFor,
  trusting,
} from './clients.js';
import { type Answer, type FakeService, type Message, startFakeService } from './fake-service.js';

const success = { Status: 'SUCCESS', PhysicalResourceId: 'connection-1', Data: { Greeting: 'hello' } };
const failed = { Status: 'FAILED', Reason: 'no', PhysicalResourceId: 'connection-1' };

/** A template as the service's: a role, a topic with a subscription, and a custom resource. */
function template(changes: { connection?: object; role?: object; more?: object } = {}): string {
  return JSON.stringify({
    Parameters: {
      ExternalId: { Type: 'String' },
      CallbackUrl: { Type: 'String' },
      Unused: { Type: 'String', Default: '' },
    },
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: trusting(providerAccount, {
            StringEquals: { 'sts:ExternalId': { Ref: 'ExternalId' } },
          }),
          ...changes.role,
        },
      },
      Topic: { Type: 'AWS::SNS::Topic' },
      Subscription: {
        Type: 'AWS::SNS::Subscription',
        Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'http', Endpoint: { Ref: 'CallbackUrl' } },
      },
      Connection: {
        Type: 'Custom::RolecallConnection',
        DependsOn: 'Subscription',
        Properties: {
          ServiceToken: { Ref: 'Topic' },
          ServiceTimeout: 5,
          RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
          ExternalId: { Ref: 'ExternalId' },
          ...changes.connection,
        },
      },
      ...changes.more,
    },
    Outputs: { RoleArn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
  });
}

interface Story {
  readonly client: CloudFormationClient;
  readonly service: FakeService;
  readonly update: (input?: Partial<UpdateStackCommandInput>, externalId?: string) => Promise<string>;
  readonly requests: () => Message['request'][];
  readonly events: () => Promise<string[]>;
  readonly reasons: () => Promise<string>;
}

/** A stack with everything in it, whose custom resource answers what `answer` says. */
async function story(
  t: Test,
  answer: (message: Message) => Answer = () => success,
  options: { template?: string } = {},
) {
  const sandbox = await startQuickly(t);
  const service = await startFakeService(answer);
  t.after(() => service.close());
  const client = cloudFormationFor(sandbox);
  const Capabilities = ['CAPABILITY_NAMED_IAM' as const];
  await client.send(
    new CreateStackCommand({
      StackName: 'one',
      TemplateBody: options.template ?? template(),
      Capabilities,
      Parameters: [
        { ParameterKey: 'ExternalId', ParameterValue: 'first' },
        { ParameterKey: 'CallbackUrl', ParameterValue: service.url },
      ],
    }),
  );
  const made = await settled(client, 'one');
  t.equal(made.StackStatus, 'CREATE_COMPLETE');
  const since = new Date();
  const after = async () => {
    const { StackEvents = [] } = await client.send(
      new DescribeStackEventsCommand({ StackName: made.StackId }),
    );
    return StackEvents.filter(({ Timestamp = since }) => Timestamp > since).reverse();
  };
  const told: Story = {
    client,
    service,
    async update(input = {}, externalId) {
      await client.send(
        new UpdateStackCommand({
          StackName: 'one',
          ...(input.TemplateBody === undefined ? { UsePreviousTemplate: true } : {}),
          Capabilities,
          Parameters: [
            externalId === undefined
              ? { ParameterKey: 'ExternalId', UsePreviousValue: true }
              : { ParameterKey: 'ExternalId', ParameterValue: externalId },
            { ParameterKey: 'CallbackUrl', UsePreviousValue: true },
          ],
          ...input,
        }),
      );
      return (await settled(client, 'one')).StackStatus ?? '';
    },
    requests: () => service.messages.map(({ request }) => request).filter((each) => each['RequestType']),
    events: async () =>
      (await after()).map(
        ({ LogicalResourceId, ResourceStatus }) => `${LogicalResourceId} ${ResourceStatus}`,
      ),
    reasons: async () => (await after()).map((each) => each.ResourceStatusReason ?? '').join('\n'),
  };
  return { sandbox, roleArn: made.Outputs?.[0]?.OutputValue ?? '', ...told };
}

t.test('what changed is updated in order, and the custom resource gets old and new properties', async (t) => {
  const { update, requests, events, roleArn, client } = await story(t);
  t.equal(await update({}, 'second'), 'UPDATE_COMPLETE');
  t.strictSame(await events(), [
    'one UPDATE_IN_PROGRESS',
    'Role UPDATE_IN_PROGRESS',
    'Role UPDATE_COMPLETE',
    'Connection UPDATE_IN_PROGRESS',
    'Connection UPDATE_COMPLETE',
    'one UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
    'one UPDATE_COMPLETE',
  ]);
  const [, sent] = requests();
  t.match(sent, {
    RequestType: 'Update',
    PhysicalResourceId: 'connection-1',
    ResourceProperties: { ExternalId: 'second', RoleArn: roleArn },
    OldResourceProperties: { ExternalId: 'first', RoleArn: roleArn },
  });
  const stack = await settled(client, 'one');
  t.ok(stack.LastUpdatedTime);
  t.match(stack.Parameters, [{ ParameterKey: 'ExternalId', ParameterValue: 'second' }]);
});

t.test('an update that changes nothing is refused, and so are those that cannot begin', async (t) => {
  const { update } = await story(t);
  const outcome = async (...given: Parameters<typeof update>) => (await failure(update(...given))).message;
  t.equal(await outcome(), 'No updates are to be performed.');
  t.equal(await outcome({}, 'first'), 'No updates are to be performed.');
  t.equal(await outcome({ TemplateBody: template() }), 'No updates are to be performed.');
  t.equal(
    await outcome({
      Parameters: [
        { ParameterKey: 'ExternalId', UsePreviousValue: true },
        { ParameterKey: 'CallbackUrl', UsePreviousValue: true },
        { ParameterKey: 'Unused', ParameterValue: 'by nothing' },
      ],
    }),
    'No updates are to be performed.',
  );
  t.match(await outcome({ Parameters: [] }), 'Parameters: [ExternalId, CallbackUrl] must have values');
  t.match(await outcome({ Capabilities: [] }, 'second'), 'Requires capabilities : [CAPABILITY_IAM]');
  t.match(
    await outcome({ TemplateBody: template({ more: { Topic: { Type: 'Custom::Topic' } } }) }),
    'modifies resource type of the following resources: [Topic]',
  );
  t.match(await outcome({ StackName: 'other' }), /other.*does not exist/);
});

t.test('an added resource is made, a removed one deleted in the cleanup', async (t) => {
  const { update, events, sandbox } = await story(t, undefined, {
    template: template({ more: { Old: { Type: 'AWS::SNS::Topic' } } }),
  });
  const TemplateBody = template({ more: { New: { Type: 'AWS::SNS::Topic' } } });
  t.equal(await update({ TemplateBody }), 'UPDATE_COMPLETE');
  const all = await events();
  t.ok(all.indexOf('New CREATE_COMPLETE') < all.indexOf('one UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'));
  t.ok(all.indexOf('Old DELETE_COMPLETE') > all.indexOf('one UPDATE_COMPLETE_CLEANUP_IN_PROGRESS'));
  t.notOk(all.some((each) => each.startsWith('Connection')));
  const { topics } = await control(sandbox, 'GET', 'state');
  t.equal(topics.length, 2);
});

t.test('a trust policy that changed is answered by the old one until it has propagated', async (t) => {
  const { update, sandbox, roleArn } = await story(t);
  const sts = stsFor(sandbox, await serviceCredentials(sandbox));
  const enter = async (ExternalId: string) =>
    (
      await failure(
        sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'test', ExternalId })),
      )
    ).code;
  await control(sandbox, 'PATCH', 'settings', { propagationMs: 6_000 });
  await update({}, 'second');
  t.strictSame([await enter('first'), await enter('second')], ['none', 'AccessDenied']);
  while ((await enter('second')) !== 'none') await new Promise((resolve) => setTimeout(resolve, 100));
  t.equal(await enter('first'), 'AccessDenied');
});

t.test('a new name or path replaces the role, and a named role keeps its name', async (t) => {
  const { update, events, sandbox, client, requests, reasons } = await story(t);
  const roles = async () => {
    const { accounts } = await control(sandbox, 'GET', 'state');
    return accounts
      .find(({ id }: { id: string }) => id === clientAccount)
      .roles.map(({ arn }: { arn: string }) => arn.split(':role')[1]);
  };
  t.equal(await update({ TemplateBody: template({ role: { RoleName: 'Mine' } }) }), 'UPDATE_COMPLETE');
  t.strictSame(await roles(), ['/Mine']);
  t.ok((await events()).includes('Role DELETE_COMPLETE'));
  t.match(await reasons(), 'Requested update requires the creation of a new physical resource');
  t.match(requests()[1]?.ResourceProperties, { RoleArn: `arn:aws:iam::${clientAccount}:role/Mine` });
  const stack = await settled(client, 'one');
  t.equal(stack.Outputs?.[0]?.OutputValue, `arn:aws:iam::${clientAccount}:role/Mine`);
  const moved = template({ role: { RoleName: 'Mine', Path: '/there/' } });
  t.equal(await update({ TemplateBody: moved }), 'UPDATE_ROLLBACK_COMPLETE');
  t.match(await reasons(), 'cannot update a stack when a custom-named resource requires replacing');
  t.strictSame(await roles(), ['/Mine']);
});

t.test('policies and the rest of a role change in place, and back', async (t) => {
  const audit = { ManagedPolicyArns: ['arn:aws:iam::aws:policy/SecurityAudit'] };
  const policy = { Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] };
  const { update, sandbox } = await story(
    t,
    ({ request }) => (request.ResourceProperties?.['Fail'] === undefined ? success : failed),
    { template: template({ role: audit }) },
  );
  const role = async () => {
    const { accounts } = await control(sandbox, 'GET', 'state');
    return accounts.find(({ id }: { id: string }) => id === clientAccount).roles[0];
  };
  const { id } = await role();
  const inline = { Policies: [{ PolicyName: 'files', PolicyDocument: policy }], MaxSessionDuration: 7200 };
  await update({ TemplateBody: template({ role: inline, connection: { Fail: 'yes' } }) });
  t.match(await role(), { id, inlinePolicies: [], attachedPolicies: audit.ManagedPolicyArns });
  t.equal(await update({ TemplateBody: template({ role: inline }) }), 'UPDATE_COMPLETE');
  t.match(await role(), { id, inlinePolicies: ['files'], attachedPolicies: [] });
});

t.test('another endpoint replaces the subscription; the old one is deleted in the cleanup', async (t) => {
  const { update, sandbox, service } = await story(t);
  const Parameters = [
    { ParameterKey: 'ExternalId', UsePreviousValue: true },
    { ParameterKey: 'CallbackUrl', ParameterValue: `${service.url}/new` },
  ];
  t.equal(await update({ Parameters }), 'UPDATE_COMPLETE');
  const { topics } = await control(sandbox, 'GET', 'state');
  t.match(topics[0].subscriptions, [{ endpoint: `${service.url}/new`, confirmed: true }]);
  t.equal(topics[0].subscriptions.length, 1);
});

t.test('another physical ID is a replacement: the old one gets a Delete in the cleanup', async (t) => {
  const { update, requests } = await story(t, ({ request }) =>
    request['RequestType'] === 'Update' ? { ...success, PhysicalResourceId: 'connection-2' } : success,
  );
  t.equal(await update({}, 'second'), 'UPDATE_COMPLETE');
  const [, , sent] = requests();
  t.match(sent, {
    RequestType: 'Delete',
    PhysicalResourceId: 'connection-1',
    ResourceProperties: { ExternalId: 'first' },
  });
});

t.test('FAILED rolls back in reverse: an Update with the old properties, then the role', async (t) => {
  const { update, requests, events, reasons, client } = await story(t, ({ request }) =>
    request.ResourceProperties?.['ExternalId'] === 'second' ? failed : success,
  );
  t.equal(await update({}, 'second'), 'UPDATE_ROLLBACK_COMPLETE');
  t.strictSame((await events()).slice(4), [
    'Connection UPDATE_FAILED',
    'one UPDATE_ROLLBACK_IN_PROGRESS',
    'Connection UPDATE_IN_PROGRESS',
    'Connection UPDATE_COMPLETE',
    'Role UPDATE_IN_PROGRESS',
    'Role UPDATE_COMPLETE',
    'one UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
    'one UPDATE_ROLLBACK_COMPLETE',
  ]);
  t.match(requests()[2], {
    RequestType: 'Update',
    PhysicalResourceId: 'connection-1',
    ResourceProperties: { ExternalId: 'first' },
    OldResourceProperties: { ExternalId: 'second' },
  });
  t.match(await reasons(), 'The following resource(s) failed to update: [Connection].');
  t.match((await settled(client, 'one')).Parameters, [{ ParameterValue: 'first' }]);
  t.equal(await update({}, 'third'), 'UPDATE_COMPLETE', 'and the stack can be updated again');
});

t.test('what had been updated well is rolled back too, and what was added is deleted', async (t) => {
  const { update, requests, events, sandbox } = await story(t);
  const more = {
    Added: { Type: 'AWS::SNS::Topic', DependsOn: 'Connection' },
    Bad: {
      Type: 'AWS::SNS::Topic',
      DependsOn: 'Added',
      Properties: { TopicName: 'not a name' },
    },
  };
  t.equal(await update({ TemplateBody: template({ more }) }, 'second'), 'UPDATE_ROLLBACK_COMPLETE');
  t.strictSame(
    requests().map((each) => [each['RequestType'], each.ResourceProperties?.['ExternalId']]),
    [
      ['Create', 'first'],
      ['Update', 'second'],
      ['Update', 'first'],
    ],
  );
  const all = await events();
  t.ok(all.indexOf('Added DELETE_COMPLETE') > all.indexOf('Role UPDATE_COMPLETE'));
  t.equal((await control(sandbox, 'GET', 'state')).topics.length, 1);
});

t.test('FAILED once more leaves UPDATE_ROLLBACK_FAILED, which can only be deleted', async (t) => {
  const { update, client, service } = await story(t, ({ request }) =>
    request['RequestType'] === 'Update' ? failed : success,
  );
  t.equal(await update({}, 'second'), 'UPDATE_ROLLBACK_FAILED');
  t.match((await failure(update({}, 'third'))).message, /is in UPDATE_ROLLBACK_FAILED state and can not be/);
  const { StackId = '' } = await settled(client, 'one');
  await client.send(new DeleteStackCommand({ StackName: 'one' }));
  t.equal((await settled(client, StackId)).StackStatus, 'DELETE_COMPLETE');
  t.match((await service.next('Delete')).request, { PhysicalResourceId: 'connection-1' });
});

t.test('silence ends at the ServiceTimeout of the update', async (t) => {
  const { update, reasons } = await story(t, ({ request }) =>
    request.ResourceProperties?.['ServiceTimeout'] === '1' ? undefined : success,
  );
  const TemplateBody = template({ connection: { ServiceTimeout: 1 } });
  t.equal(await update({ TemplateBody }), 'UPDATE_ROLLBACK_COMPLETE');
  t.match(await reasons(), 'CloudFormation did not receive a response from your Custom Resource');
});

t.test('the service token cannot change, and nobody is asked', async (t) => {
  const { update, reasons, requests } = await story(t);
  const more = { Other: { Type: 'AWS::SNS::Topic' } };
  const TemplateBody = template({ more, connection: { ServiceToken: { Ref: 'Other' } } });
  t.equal(await update({ TemplateBody }), 'UPDATE_ROLLBACK_COMPLETE');
  t.match(await reasons(), 'Modifying service token is not allowed.');
  t.equal(requests().length, 1);
});

t.test('while it is updated, a stack can be neither updated nor deleted', async (t) => {
  const { client } = await story(t, ({ request }) =>
    request['RequestType'] === 'Update' ? undefined : success,
  );
  const command = new UpdateStackCommand({
    StackName: 'one',
    UsePreviousTemplate: true,
    Capabilities: ['CAPABILITY_IAM'],
    Parameters: [
      { ParameterKey: 'ExternalId', ParameterValue: 'second' },
      { ParameterKey: 'CallbackUrl', UsePreviousValue: true },
    ],
  });
  await client.send(command);
  t.match((await failure(client.send(command))).message, 'is in UPDATE_IN_PROGRESS state');
  t.match(
    (await failure(client.send(new DeleteStackCommand({ StackName: 'one' })))).message,
    'cannot be deleted while in status UPDATE_IN_PROGRESS',
  );
});
