import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
} from '@aws-sdk/client-cloudformation';
import t from 'tap';
import { clientAccount, cloudFormationFor, control, settled, startQuickly } from './clients.js';
import { type FakeService, isSigned, type Message, putAnswer, startFakeService } from './fake-service.js';

const template = `
Parameters:
  ExternalId: { Type: String }
  CallbackUrl: { Type: String }
Resources:
  ClientRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: { AWS: arn:aws:iam::999999999999:role/RolecallService }
            Action: [sts:AssumeRole, sts:TagSession]
            Condition: { StringEquals: { sts:ExternalId: !Ref ExternalId } }
      ManagedPolicyArns: [!Sub 'arn:\${AWS::Partition}:iam::aws:policy/SecurityAudit']
  CallbackTopic:
    Type: AWS::SNS::Topic
    Properties: { SignatureVersion: '2' }
  CallbackSubscription:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref CallbackTopic
      Protocol: !Select [0, !Split [':', !Ref CallbackUrl]]
      Endpoint: !Ref CallbackUrl
  Connection:
    Type: Custom::RolecallConnection
    DependsOn: CallbackSubscription
    Properties:
      ServiceToken: !Ref CallbackTopic
      ServiceTimeout: 60
      RoleArn: !GetAtt ClientRole.Arn
      Nested: { Flag: true, List: [1, 2] }
Outputs:
  RoleArn: { Value: !GetAtt ClientRole.Arn }
  Greeting: { Value: !GetAtt Connection.Greeting }
`;

function create(name: string, callbackUrl: string, body = template) {
  return new CreateStackCommand({
    StackName: name,
    TemplateBody: body,
    Capabilities: ['CAPABILITY_IAM'],
    Parameters: [
      { ParameterKey: 'ExternalId', ParameterValue: 'an-id' },
      { ParameterKey: 'CallbackUrl', ParameterValue: callbackUrl },
    ],
  });
}

const success = { Status: 'SUCCESS', PhysicalResourceId: 'connection-1', Data: { Greeting: 'hello' } };

t.test('a stack is made through a confirmed subscription and deleted in reverse', async (t) => {
  const sandbox = await startQuickly(t);
  const service = await startFakeService(() => success);
  t.after(() => service.close());
  const client = cloudFormationFor(sandbox);

  const { StackId } = await client.send(create('onboard', service.url));
  const stack = await settled(client, 'onboard');
  t.equal(stack.StackStatus, 'CREATE_COMPLETE');
  t.match(
    StackId,
    new RegExp(`^arn:aws:cloudformation:us-east-1:${clientAccount}:stack/onboard/[0-9a-f-]{36}$`),
  );
  const outputs = Object.fromEntries((stack.Outputs ?? []).map((each) => [each.OutputKey, each.OutputValue]));
  t.match(outputs['RoleArn'], /^arn:aws:iam::111122223333:role\/onboard-ClientRole-[A-Z0-9]{13}$/);
  t.equal(outputs['Greeting'], 'hello');

  const confirmation = await service.next('SubscriptionConfirmation');
  const { envelope, request, headers } = await service.next('Create');
  t.ok(await isSigned(confirmation.envelope));
  t.ok(await isSigned(envelope));
  t.equal(envelope['SignatureVersion'], '2');
  t.equal(envelope['Subject'], 'AWS CloudFormation custom resource request');
  t.match(headers, {
    'content-type': 'text/plain; charset=UTF-8',
    'x-amz-sns-message-type': 'Notification',
    'x-amz-sns-topic-arn': envelope['TopicArn'],
  });
  t.match(request, {
    RequestType: 'Create',
    ServiceToken: envelope['TopicArn'],
    StackId,
    LogicalResourceId: 'Connection',
    ResourceType: 'Custom::RolecallConnection',
  });
  t.notOk('PhysicalResourceId' in request, 'a Create has no physical ID yet');
  t.strictSame(
    request.ResourceProperties?.['Nested'],
    { Flag: 'true', List: ['1', '2'] },
    'values are texts',
  );
  t.match(
    request['ResponseURL'],
    /\/cloudformation-custom-resource-response-useast1\/arn%3Aaws%3Acloudformation.*%7CConnection%7C[0-9a-f-]+\?X-Amz-Algorithm=/,
  );

  const made = await client.send(new DescribeStackResourcesCommand({ StackName: 'onboard' }));
  t.equal(
    made.StackResources?.find((each) => each.LogicalResourceId === 'Connection')?.PhysicalResourceId,
    'connection-1',
  );

  await client.send(new DeleteStackCommand({ StackName: 'onboard' }));
  t.equal((await settled(client, StackId ?? '')).StackStatus, 'DELETE_COMPLETE');
  t.match((await service.next('Delete')).request, { PhysicalResourceId: 'connection-1' });
  const events = await client.send(new DescribeStackEventsCommand({ StackName: StackId }));
  const deleted = (events.StackEvents ?? [])
    .filter(({ ResourceStatus }) => ResourceStatus === 'DELETE_COMPLETE')
    .map(({ LogicalResourceId }) => LogicalResourceId)
    .reverse();
  t.equal(deleted[0], 'Connection');
  t.ok(deleted.indexOf('CallbackSubscription') < deleted.indexOf('CallbackTopic'));
});

t.test('an answer FAILED rolls the stack back, with a Delete for the ID that it named', async (t) => {
  const sandbox = await startQuickly(t);
  const service = await startFakeService(({ request }) =>
    request['RequestType'] === 'Create'
      ? {
          Status: 'FAILED',
          Reason: 'no such client',
          PhysicalResourceId: 'mine',
        }
      : { Status: 'SUCCESS', PhysicalResourceId: 'mine' },
  );
  t.after(() => service.close());
  const client = cloudFormationFor(sandbox);
  await client.send(create('refused', service.url));
  t.equal((await settled(client, 'refused')).StackStatus, 'ROLLBACK_COMPLETE');
  t.equal((await service.next('Delete')).request['PhysicalResourceId'], 'mine');
  const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: 'refused' }));
  const failed = StackEvents.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED');
  t.match(
    failed?.ResourceStatusReason,
    /^Received response status \[FAILED\] from custom resource\. Message returned: no such client \(RequestId: [0-9a-f-]{36}\)$/,
  );
  t.match(
    StackEvents.find(({ ResourceStatus }) => ResourceStatus === 'ROLLBACK_IN_PROGRESS')?.ResourceStatusReason,
    'The following resource(s) failed to create: [Connection]. Rollback requested by user.',
  );
  const { accounts, topics } = await control(sandbox, 'GET', 'state');
  t.strictSame(accounts.find(({ id }: { id: string }) => id === clientAccount).roles, []);
  t.strictSame(topics, []);
});

t.test('silence ends at ServiceTimeout, and the Delete that follows has an invented ID', async (t) => {
  const sandbox = await startQuickly(t);
  const service = await startFakeService(({ request }) =>
    request['RequestType'] === 'Create' ? undefined : { Status: 'SUCCESS', PhysicalResourceId: 'x' },
  );
  t.after(() => service.close());
  const client = cloudFormationFor(sandbox);
  await client.send(
    create('silent', service.url, template.replace('ServiceTimeout: 60', 'ServiceTimeout: 5')),
  );
  const { request } = await service.next('Delete');
  t.match(request['PhysicalResourceId'], /^silent-Connection-[A-Z0-9]{13}$/);
  t.equal((await settled(client, 'silent')).StackStatus, 'ROLLBACK_COMPLETE');
  const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: 'silent' }));
  const failed = StackEvents.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED');
  t.match(
    failed?.ResourceStatusReason,
    'CloudFormation did not receive a response from your Custom Resource',
  );

  const late = await putAnswer(await service.next('Create'), success);
  t.equal(late, 200, 'S3 still takes an answer that is late');
  t.equal((await settled(client, 'silent')).StackStatus, 'ROLLBACK_COMPLETE', 'and nothing comes of it');
  const { answers } = await control(sandbox, 'GET', 'state');
  t.strictSame(
    answers.map(({ counted }: { counted: boolean }) => counted),
    [true, false],
  );
});

t.test('another resource that fails cancels a pending Create, which then gets a Delete', async (t) => {
  const sandbox = await startQuickly(t);
  const service = await startFakeService(({ request }) =>
    request['RequestType'] === 'Create' ? undefined : { Status: 'SUCCESS', PhysicalResourceId: 'x' },
  );
  t.after(() => service.close());
  const client = cloudFormationFor(sandbox);
  const doomed = `${template.slice(0, template.indexOf('Outputs:'))}
  Slow:
    Type: Custom::Slow
    DependsOn: CallbackSubscription
    Properties: { ServiceToken: !Ref CallbackTopic, ServiceTimeout: 5 }
`;
  await client.send(create('doomed', service.url, doomed));
  t.equal((await settled(client, 'doomed')).StackStatus, 'ROLLBACK_COMPLETE');
  const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: 'doomed' }));
  const reasons = StackEvents.filter(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED').map(
    ({ LogicalResourceId, ResourceStatusReason }) => `${LogicalResourceId}: ${ResourceStatusReason}`,
  );
  t.ok(reasons.includes('Connection: Resource creation cancelled'));
  t.equal(service.messages.filter(({ request }) => request['RequestType'] === 'Delete').length, 2);
});

t.test(
  'a Delete that is answered FAILED leaves DELETE_FAILED, and the resource can be retained',
  async (t) => {
    const sandbox = await startQuickly(t);
    const service = await startFakeService(({ request }) =>
      request['RequestType'] === 'Create'
        ? success
        : { Status: 'FAILED', Reason: 'not now', PhysicalResourceId: 'connection-1' },
    );
    t.after(() => service.close());
    const client = cloudFormationFor(sandbox);
    await client.send(create('stuck', service.url));
    await settled(client, 'stuck');
    await client.send(new DeleteStackCommand({ StackName: 'stuck' }));
    const stuck = await settled(client, 'stuck');
    t.equal(stuck.StackStatus, 'DELETE_FAILED');
    t.equal(stuck.StackStatusReason, 'The following resource(s) failed to delete: [Connection].');
    await client.send(new DeleteStackCommand({ StackName: 'stuck', RetainResources: ['Connection'] }));
    t.equal((await settled(client, stuck.StackId ?? '')).StackStatus, 'DELETE_COMPLETE');
  },
);

t.test('a stack can be deleted while it is being made', async (t) => {
  const sandbox = await startQuickly(t);
  const service = await startFakeService(({ request }) =>
    request['RequestType'] === 'Create' ? undefined : { Status: 'SUCCESS', PhysicalResourceId: 'x' },
  );
  t.after(() => service.close());
  const client = cloudFormationFor(sandbox);
  const { StackId } = await client.send(create('regretted', service.url));
  await service.next('Create');
  await client.send(new DeleteStackCommand({ StackName: 'regretted' }));
  t.equal((await settled(client, StackId ?? '')).StackStatus, 'DELETE_COMPLETE');
  t.ok(await service.next('Delete'));
});

t.test(
  'a message published before the confirmation is dropped, and the stack hangs until the time-out',
  async (t) => {
    const sandbox = await startQuickly(t);
    const service = await startFakeService(undefined, false);
    t.after(() => service.close());
    const client = cloudFormationFor(sandbox);
    await client.send(
      create('unconfirmed', service.url, template.replace('ServiceTimeout: 60', 'ServiceTimeout: 1')),
    );
    const stack = await settled(client, 'unconfirmed');
    t.equal(stack.StackStatus, 'ROLLBACK_FAILED', 'the Delete is lost as well');
    t.strictSame(
      service.messages.map(({ envelope }) => envelope['Type']),
      ['SubscriptionConfirmation'],
    );
  },
);

t.test('what makes an answer worthless', async (t) => {
  const sandbox = await startQuickly(t);
  const cases: [string, Record<string, unknown> | string, RegExp][] = [
    ['text', 'no JSON', /Response is not valid JSON/],
    ['long', { Status: 'SUCCESS', PhysicalResourceId: 'x', Data: { x: 'y'.repeat(4096) } }, /too long/],
    ['foreign', { Status: 'SUCCESS', PhysicalResourceId: 'x', StackId: 'arn:other' }, /StackId/],
    ['nameless', { Status: 'SUCCESS' }, /Invalid PhysicalResourceId/],
    ['mute', { Status: 'FAILED', PhysicalResourceId: 'x' }, /Reason/],
    ['word', { Status: 'FAILURE', PhysicalResourceId: 'x', Reason: 'y' }, /Status/],
  ];
  const client = cloudFormationFor(sandbox);
  for (const [name, answer, reason] of cases) {
    const service = await startFakeService(({ request }) =>
      request['RequestType'] === 'Create' ? undefined : { Status: 'SUCCESS', PhysicalResourceId: 'x' },
    );
    await client.send(create(name, service.url));
    t.equal(await putAnswer(await service.next('Create'), answer), 200, 'S3 takes it');
    await settled(client, name);
    const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: name }));
    const failed = StackEvents.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED');
    t.match(failed?.ResourceStatusReason, reason, name);
    await service.close();
  }
});

t.test('a ResponseURL takes a PUT without content type, in time, and as it was signed', async (t) => {
  const sandbox = await startQuickly(t);
  const service = await startFakeService(() => undefined);
  t.after(() => service.close());
  const client = cloudFormationFor(sandbox);
  await client.send(create('guarded', service.url));
  const message = await service.next('Create');
  t.equal(await putAnswer(message, success, { 'content-type': 'application/json' }), 403);
  const url = message.request['ResponseURL'] ?? '';
  const forged = {
    ...message,
    request: Object.assign({}, message.request, { ResponseURL: url.replace(/.$/, '_') }),
  };
  t.equal(await putAnswer(forged, success), 403);
  await control(sandbox, 'POST', 'faults', { name: 'answer-503', times: 1 });
  t.equal(await putAnswer(message, success), 503);
  t.equal(await putAnswer(message, success), 200);
  t.equal((await settled(client, 'guarded')).StackStatus, 'CREATE_COMPLETE');

  await control(sandbox, 'PATCH', 'settings', { answerExpirySeconds: 0 });
  await client.send(create('expired', service.url));
  const late = await firstOf(service, '/expired/');
  await new Promise((resolve) => setTimeout(resolve, 1100));
  t.equal(await putAnswer(late, success), 403);
});

t.test('each answer that is put is on record, also what was refused', async (t) => {
  const sandbox = await startQuickly(t);
  const service = await startFakeService(() => undefined);
  t.after(() => service.close());
  const client = cloudFormationFor(sandbox);
  await control(sandbox, 'POST', 'faults', { name: 'answer-503', account: clientAccount, times: 10 });
  const { StackId } = await client.send(create('patient', service.url));
  const message = await service.next('Create');
  const statuses: number[] = [];
  for (let tries = 0; tries < 11; tries += 1) statuses.push(await putAnswer(message, success));
  t.strictSame(statuses, [...new Array(10).fill(503), 200]);
  const { answerPuts } = await control(sandbox, 'GET', 'state');
  t.equal(answerPuts.length, 11);
  const RequestId = message.request['RequestId'];
  const put = { stackId: StackId, logicalId: 'Connection', requestId: RequestId, status: 'SUCCESS' };
  t.match(answerPuts[0], { ...put, accepted: false, httpStatus: 503 });
  t.match(answerPuts[10], { ...put, accepted: true, httpStatus: 200 });
});

async function firstOf(service: FakeService, part: string): Promise<Message> {
  for (;;) {
    const found = service.messages.find(({ request }) => request['StackId']?.includes(part));
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
