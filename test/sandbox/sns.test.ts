import { createHash, X509Certificate } from 'node:crypto';
import { CreateStackCommand } from '@aws-sdk/client-cloudformation';
import t from 'tap';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { parseDeliveryPolicy, retryPauses } from '../../src/sandbox/sns/delivery-policy.js';
import { cloudFormationFor, control, settled, startQuickly } from './clients.js';
import { isSigned, startFakeService } from './fake-service.js';
import { signedQuery } from './signed-query.js';

const account = '111122223333';

/** Makes a topic with a subscription over the wire. Returns the topic's ARN. */
async function subscribe(sandbox: Sandbox, endpoint: string, attributes: Record<string, string> = {}) {
  const topic = await signedQuery(sandbox, 'sns', account, { Action: 'CreateTopic', Name: 'topic' });
  const TopicArn = /<TopicArn>(.*)<\/TopicArn>/.exec(topic.body)?.[1] ?? '';
  const entries = Object.entries(attributes).flatMap(([key, value], index) => [
    [`Attributes.entry.${index + 1}.key`, key],
    [`Attributes.entry.${index + 1}.value`, value],
  ]);
  await signedQuery(sandbox, 'sns', account, {
    Action: 'Subscribe',
    TopicArn,
    Protocol: 'http',
    Endpoint: endpoint,
    ...Object.fromEntries(entries),
  });
  return TopicArn;
}

function publish(sandbox: Sandbox, TopicArn: string, Message: string) {
  return signedQuery(sandbox, 'sns', account, { Action: 'Publish', TopicArn, Message });
}

async function confirmed(sandbox: Sandbox): Promise<void> {
  for (;;) {
    const { topics } = await control(sandbox, 'GET', 'state');
    if (topics[0]?.subscriptions[0]?.confirmed === true) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Waits until the notifications so far have come to their end; returns their attempts and outcomes. */
async function deliveries(
  sandbox: Sandbox,
  count: number,
): Promise<{ attempts: unknown[]; outcome: string }[]> {
  for (;;) {
    const { topics } = await control(sandbox, 'GET', 'state');
    const sent = topics[0].deliveries.filter(({ type }: { type: string }) => type === 'Notification');
    const done = sent.every(({ outcome }: { outcome: string }) => outcome !== 'pending');
    if (sent.length >= count && done) return sent;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

t.test('what is published before the confirmation is dropped, what comes after is delivered', async (t) => {
  const sandbox = await startQuickly(t);
  const service = await startFakeService(undefined, false);
  t.after(() => service.close());
  const topic = await subscribe(sandbox, service.url);
  await publish(sandbox, topic, 'early');
  const { envelope } = await service.next('SubscriptionConfirmation');
  t.equal(envelope['SignatureVersion'], '1', 'a topic that says nothing signs with SHA-1');
  t.ok(await isSigned(envelope));
  t.notOk(await isSigned({ ...envelope, Message: 'other' }));

  const wrong = await fetch(`${sandbox.url}/?Action=ConfirmSubscription&TopicArn=${topic}&Token=nonsense`);
  t.equal(wrong.status, 400);
  const form = new URLSearchParams({
    Action: 'ConfirmSubscription',
    TopicArn: topic,
    Token: envelope['Token'] ?? '',
  });
  const confirmation = await fetch(sandbox.url, { method: 'POST', body: form });
  t.match(await confirmation.text(), new RegExp(`<SubscriptionArn>${topic}:[0-9a-f-]{36}</SubscriptionArn>`));
  t.equal((await fetch(envelope['SubscribeURL'] ?? '')).status, 200, 'confirming again is well');

  await publish(sandbox, topic, 'late');
  const notification = await service.next('Notification');
  t.equal(notification.envelope['Message'], 'late');
  t.ok(await isSigned(notification.envelope));
  t.match(notification.headers, {
    'x-amz-sns-subscription-arn': `${topic}:`,
  });
  t.strictSame(
    (await deliveries(sandbox, 2)).map(({ outcome }) => outcome),
    ['dropped', 'delivered'],
  );
});

t.test('a delivery is tried again after 5xx and 429, and given up after another 4xx', async (t) => {
  const sandbox = await startQuickly(t);
  await control(sandbox, 'PATCH', 'settings', { snsRetryScale: 0.0005 });
  const service = await startFakeService();
  t.after(() => service.close());
  const topic = await subscribe(sandbox, service.url);
  await confirmed(sandbox);
  for (const [statuses, attempts, outcome] of [
    [[503, 429, 200], [503, 429, 200], 'delivered'],
    [[503, 503, 503, 503, 200], [503, 503, 503, 503], 'failed'],
    [[400, 200], [400], 'failed'],
  ] as const) {
    service.statuses.splice(0, service.statuses.length, ...statuses);
    const before = (await deliveries(sandbox, 0)).length;
    await publish(sandbox, topic, 'x');
    const last = (await deliveries(sandbox, before + 1)).at(-1);
    t.match(last, { attempts, outcome });
  }
});

t.test('nothing is sent to other machines', async (t) => {
  const sandbox = await startQuickly(t);
  await subscribe(sandbox, 'http://192.0.2.1/callback');
  for (;;) {
    const { topics } = await control(sandbox, 'GET', 'state');
    const [delivery] = topics[0].deliveries;
    if (delivery?.outcome === 'failed') {
      t.match(delivery.attempts, ['the sandbox delivers to loopback addresses only']);
      return;
    }
  }
});

t.test('messages come twice, in reverse, or not at all, if asked', async (t) => {
  const sandbox = await startQuickly(t);
  const service = await startFakeService();
  t.after(() => service.close());
  const topic = await subscribe(sandbox, service.url);
  await confirmed(sandbox);
  const received = () =>
    service.messages
      .filter(({ envelope }) => envelope['Type'] === 'Notification')
      .map(({ envelope }) => envelope['Message']);
  await control(sandbox, 'POST', 'faults', { name: 'sns-duplicate', times: 1 });
  await publish(sandbox, topic, 'twice');
  await deliveries(sandbox, 2);
  t.strictSame(received(), ['twice', 'twice']);
  await control(sandbox, 'POST', 'faults', { name: 'sns-drop', times: 1 });
  await publish(sandbox, topic, 'lost');
  await control(sandbox, 'POST', 'faults', { name: 'sns-reverse', times: 2 });
  await publish(sandbox, topic, 'first');
  await publish(sandbox, topic, 'second');
  await deliveries(sandbox, 5);
  t.strictSame(received(), ['twice', 'twice', 'second', 'first']);
});

t.test(
  'every message can come twice and all of them in reverse, the confirmation twice as well',
  async (t) => {
    const sandbox = await startQuickly(t);
    const service = await startFakeService();
    t.after(() => service.close());
    await control(sandbox, 'POST', 'faults', { name: 'sns-duplicate' });
    await control(sandbox, 'POST', 'faults', { name: 'sns-reverse' });
    const topic = await subscribe(sandbox, service.url);
    await confirmed(sandbox);
    await publish(sandbox, topic, 'first');
    await publish(sandbox, topic, 'second');
    await deliveries(sandbox, 4);
    const received = service.messages.map(({ envelope }) => envelope);
    t.strictSame(
      received.filter(({ Type }) => Type === 'Notification').map(({ Message }) => Message),
      ['second', 'second', 'first', 'first'],
    );
    t.equal(received.filter(({ Type }) => Type === 'SubscriptionConfirmation').length, 2);
  },
);

t.test('whoever gets messages may unsubscribe, and is told so', async (t) => {
  const sandbox = await startQuickly(t);
  const service = await startFakeService();
  t.after(() => service.close());
  const topic = await subscribe(sandbox, service.url);
  await confirmed(sandbox);
  await publish(sandbox, topic, 'x');
  const { envelope } = await service.next('Notification');
  t.equal((await fetch(envelope['UnsubscribeURL'] ?? '')).status, 200);
  t.ok(await isSigned((await service.next('UnsubscribeConfirmation')).envelope));
  const { topics } = await control(sandbox, 'GET', 'state');
  t.strictSame(topics[0].subscriptions, []);
  t.equal((await fetch(envelope['UnsubscribeURL'] ?? '')).status, 404);
});

t.test('a delivery policy says how often, and after what pauses', async (t) => {
  const pauses = (policy: Record<string, number | string>) => {
    const parsed = parseDeliveryPolicy(JSON.stringify({ healthyRetryPolicy: policy }));
    return parsed === undefined ? undefined : retryPauses(parsed);
  };
  t.strictSame(pauses({}), [20, 20, 20]);
  t.strictSame(pauses({ numRetries: 2, minDelayTarget: 1, maxDelayTarget: 5 }), [1, 5]);
  t.strictSame(
    pauses({
      numRetries: 6,
      numNoDelayRetries: 1,
      numMinDelayRetries: 1,
      numMaxDelayRetries: 1,
      minDelayTarget: 2,
      maxDelayTarget: 6,
    }),
    [0, 2, 2, 4, 6, 6],
  );
  t.throws(() => pauses({ numRetries: 101 }), { code: 'InvalidParameter' });
  t.throws(() => pauses({ minDelayTarget: 30 }), { code: 'InvalidParameter' });
  t.throws(() => pauses({ numRetries: 1, numNoDelayRetries: 2 }), { code: 'InvalidParameter' });
  t.throws(() => pauses({ backoffFunction: 'random' }), { code: 'InvalidParameter' });
});

t.test('a subscription needs an endpoint that fits its protocol', async (t) => {
  const sandbox = await startQuickly(t);
  const client = cloudFormationFor(sandbox);
  const TemplateBody = `
Resources:
  Topic: { Type: AWS::SNS::Topic }
  Subscription:
    Type: AWS::SNS::Subscription
    Properties: { TopicArn: !Ref Topic, Protocol: https, Endpoint: 'http://127.0.0.1:1/' }
`;
  await client.send(new CreateStackCommand({ StackName: 'x', TemplateBody }));
  t.equal((await settled(client, 'x')).StackStatus, 'ROLLBACK_COMPLETE');
});

t.test('the signing certificate is valid now and named after itself', async (t) => {
  const sandbox = await startQuickly(t);
  const service = await startFakeService();
  t.after(() => service.close());
  await subscribe(sandbox, service.url);
  const { envelope } = await service.next('SubscriptionConfirmation');
  const url = envelope['SigningCertURL'] ?? '';
  const pem = await (await fetch(url)).text();
  const hash = createHash('md5').update(pem).digest('hex');
  t.equal(url, `${sandbox.url}/SimpleNotificationService-${hash}.pem`);
  const certificate = new X509Certificate(pem);
  t.ok(certificate.verify(certificate.publicKey), 'it signs itself');
  t.equal(certificate.subject, 'CN=sns.amazonaws.com');
  t.ok(Date.parse(certificate.validFrom) < Date.now() && Date.now() < Date.parse(certificate.validTo));
});
