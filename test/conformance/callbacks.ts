import { makeForger } from '../support/forger.js';
import { skewedClock } from '../support/skewed-clock.js';
import {
  createStack,
  deleteStack,
  eventually,
  type Json,
  settledStack,
  startService,
} from '../support/world.js';
import type { Attempt } from './attempts.js';
import {
  BUCKET,
  connected,
  entering,
  freshAccount,
  makeRole,
  policyOf,
  setTrap,
  signedResponseUrl,
  stackOutcome,
  state,
  tapTopic,
} from './aws.js';
import { type Deployment, first, refusal, type Sandboxed, standing } from './deployment.js';

const bearer = 'Callback token taken for an identity';
const leaked = 'Leaked link, or one’s own link sent to a victim';
const links: readonly Attempt[] = [
  {
    ...{ cls: bearer, attempt: 'token and ID read in the stack, used from a stranger’s account' },
    expected: 'FAILED, one account, connected',
    needs: 'sandbox',
    run: async (target) => {
      const { client } = await connected(target);
      const stranger = freshAccount();
      const RoleArn = await makeRole(target, stranger, policyOf(entering(target, client.externalId)));
      const forger = await makeForger(target.world, stranger, client.launch.callbackUrl);
      const [{ status }] = await forger.answered(await forger.publish({ ResourceProperties: { RoleArn } }));
      const accounts = await target.accountsOf(client);
      return `${status}, ${accounts.length === 1 ? 'one account' : 'MORE'}, ${standing(accounts[0])}`;
    },
  },
  {
    ...{ cls: bearer, attempt: 'token used from another topic of the account, for the live role' },
    expected: 'FAILED, connected by its own stack',
    needs: 'sandbox',
    run: async (target) => {
      const { client, account, roleArn, stackId } = await connected(target);
      const forger = await makeForger(target.world, account, client.launch.callbackUrl);
      const request = await forger.publish({ ResourceProperties: { RoleArn: roleArn } });
      const [{ status }] = await forger.answered(request);
      const [one] = await target.accountsOf(client);
      return `${status}, ${standing(one)} by ${one.stackId === stackId ? 'its own stack' : 'ANOTHER'}`;
    },
  },
  {
    ...{ cls: bearer, attempt: 'callback token as the launch page’s', expected: '404' },
    needs: 'api',
    run: async (target) => {
      const { launch } = await target.invite();
      const token = launch.callbackUrl.split('/').at(-1);
      return String((await target.call('GET', `/launch/${token}`)).status);
    },
  },
  {
    ...{ cls: bearer, attempt: 'the token of an sns link at the lambda callback', expected: '404' },
    needs: 'api',
    run: async (target) => {
      const { launch } = await target.invite();
      const identity = { authorization: 'x', 'x-amz-date': 'x', 'x-amz-security-token': 'x' };
      const url = launch.callbackUrl.replace('/sns/', '/lambda/');
      return String((await target.call('POST', url, { event: '{}', identity })).status);
    },
  },
  {
    ...{ cls: leaked, attempt: 'a stranger’s account, where accounts are expected' },
    expected: 'ROLLBACK_COMPLETE, no account (account-not-expected)',
    needs: 'sandbox',
    run: async (target) =>
      stackOutcome(target, await target.invite({ expectedAccountIds: [freshAccount()] })),
  },
  {
    ...{ cls: leaked, attempt: 'a second account, where one is let in' },
    expected: 'ROLLBACK_COMPLETE, no account (launch-used)',
    needs: 'sandbox',
    run: async (target) => stackOutcome(target, (await connected(target)).client, { stackName: 'second' }),
  },
  {
    ...{ cls: leaked, attempt: 'a third account, where two are let in' },
    expected: 'ROLLBACK_COMPLETE, no account (launch-used)',
    needs: 'sandbox',
    run: async (target) => {
      const { client } = await connected(target, { maxAccounts: 2 });
      const second = await stackOutcome(target, client, { stackName: 'second' });
      return second === 'CREATE_COMPLETE, connected'
        ? stackOutcome(target, client, { stackName: 'third' })
        : `the second: ${second}`;
    },
  },
  {
    ...{ cls: leaked, attempt: 'two strangers at once, where one account is let in' },
    expected: 'one account connected',
    needs: 'sandbox',
    run: async (target) => {
      const client = await target.invite();
      const stacks = ['a', 'b', 'c'].map((stackName) => stackOutcome(target, client, { stackName }));
      await Promise.all(stacks);
      const live = (await target.accountsOf(client)).filter(({ status }) => status === 'connected');
      return `${live.length === 1 ? 'one account' : `${live.length} ACCOUNTS`} connected`;
    },
  },
  ...(
    [
      [
        'the attacker’s link in a connected victim’s account',
        {},
        {},
        'ROLLBACK_COMPLETE, no account (account-connected-elsewhere)',
      ],
      [
        'the same, the attacker allows shared accounts',
        {},
        { allowSharedAccounts: true },
        'ROLLBACK_COMPLETE, no account (account-connected-elsewhere)',
      ],
      [
        'the same, the victim allows shared accounts',
        { allowSharedAccounts: true },
        {},
        'ROLLBACK_COMPLETE, no account (account-connected-elsewhere)',
      ],
      [
        'the same, both allow shared accounts',
        { allowSharedAccounts: true },
        { allowSharedAccounts: true },
        'CREATE_COMPLETE, connected',
      ],
    ] as const
  ).map(
    ([attempt, victims, attackers, expected]): Attempt => ({
      ...{ cls: leaked, attempt, expected: `${expected}; the victim connected` },
      needs: 'sandbox',
      run: async (target) => {
        const { client, account } = await connected(target, victims);
        const attacker = await target.invite(attackers);
        const seen = await stackOutcome(target, attacker, { account, stackName: 'of-the-attacker' });
        return `${seen}; the victim ${await first(target, client)}`;
      },
    }),
  ),
];

/** Posts a message to a client's callback address, as anybody can. */
export async function post(target: Deployment, client: Json, message: string): Promise<string> {
  const headers = { authorization: '', 'content-type': 'text/plain; charset=UTF-8' };
  return refusal(await target.call('POST', client.launch.callbackUrl, message, headers));
}

/**
 * The answer to a confirmation that nobody asked for. Where looking its token up takes long the service confirms, so
 * that no client's stack hangs, and refuses what is sent after it: that may be chance, and is tried a few times.
 */
export async function confirmation(target: Deployment, client: Json, message: string): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    const answer = await post(target, client, message);
    if (answer.startsWith('403') || tries === 5) return answer;
  }
}

const forged = 'Forged message';
const stale = 'Replayed or stale message';
const lookAlike = 'Look-alike certificate host';

/** A message that SNS has truly signed, and what somebody makes of it. */
const altered = (cls: string, attempt: string, change: (message: Json) => object): Attempt => ({
  ...{ cls, attempt, expected: '403 signature-invalid, no account' },
  needs: 'sandbox',
  run: async (target) => {
    const client = await target.invite();
    const topic = await tapTopic(target, freshAccount());
    const message = JSON.parse(await topic.signed({ RequestType: 'Create', StackId: 'x' }));
    topic.trap.close();
    const answer = await post(target, client, JSON.stringify({ ...message, ...change(message) }));
    return `${answer}, ${await first(target, client)}`;
  },
});

const messages: readonly Attempt[] = [
  altered(forged, 'another Message', () => ({ Message: '{"RequestType":"Delete"}' })),
  altered(forged, 'another TopicArn', () => ({ TopicArn: 'arn:aws:sns:us-east-1:111122223333:x' })),
  altered(forged, 'a Subject added', () => ({ Subject: 'x' })),
  altered(forged, 'another Type', () => ({
    Type: 'SubscriptionConfirmation',
    Token: 'x',
    SubscribeURL: 'x',
  })),
  altered(forged, 'no Signature', () => ({ Signature: '' })),
  altered(forged, 'a Signature of nonsense', () => ({ Signature: Buffer.alloc(256, 7).toString('base64') })),
  altered(forged, 'SignatureVersion 1', () => ({ SignatureVersion: '1' })),
  altered(forged, 'no SignatureVersion', () => ({ SignatureVersion: null })),
  altered(forged, 'a TopicArn in a list', ({ TopicArn }) => ({ TopicArn: [TopicArn] })),
  altered(stale, 'a Timestamp of yesterday', () => ({
    Timestamp: new Date(Date.now() - 86_400_000).toISOString(),
  })),
  altered(stale, 'a Timestamp of tomorrow', () => ({
    Timestamp: new Date(Date.now() + 86_400_000).toISOString(),
  })),
  {
    ...{ cls: stale, attempt: 'truly signed, two hours old', expected: '403 signature-invalid: too old' },
    needs: 'own',
    run: async (target) => {
      const client = await target.invite();
      const topic = await tapTopic(target, freshAccount());
      const message = await topic.signed({ RequestType: 'Create' });
      topic.trap.close();
      // The message cannot be made older, but an instance's clock can be set on.
      const later = await startService(target.world, undefined, {
        ...skewedClock(2 * 3_600_000),
        TABLE_NAME: `${target.world.environment['TABLE_NAME']}-3`,
      });
      try {
        const url = client.launch.callbackUrl.replace(target.url, later.url);
        const headers = { 'content-type': 'text/plain' };
        const { status, body } = await target.call('POST', url, message, headers);
        return `${status} ${body.code}: ${/too old/.exec(body.detail)?.[0]}`;
      } finally {
        await later.kill();
      }
    },
  },
  {
    ...{ cls: stale, attempt: 'a Create posted five times', expected: 'connected; told once' },
    needs: 'own',
    run: async (target) => {
      const { client, message } = await byTappedTopic(target);
      for (let times = 0; times < 5; times += 1) await post(target, client, message.create);
      const told = (await target.eventsOf(client)).filter(({ type }) => type === 'account.connected').length;
      return `${await first(target, client)}; told ${told === 1 ? 'once' : `${told} TIMES`}`;
    },
  },
  {
    ...{ cls: stale, attempt: 'a Create posted again after its Delete', expected: 'disconnected' },
    needs: 'own',
    run: async (target) => {
      const { client, message, topic, event } = await byTappedTopic(target);
      const Delete = { ...event, RequestType: 'Delete', RequestId: 'd', PhysicalResourceId: 'x' };
      await topic.publish(Delete);
      await eventually(
        () => first(target, client),
        (seen) => seen.startsWith('disconnected'),
      );
      await post(target, client, message.create);
      await new Promise((resolve) => setTimeout(resolve, 500));
      return (await first(target, client)).split(' ')[0] ?? '';
    },
  },
  {
    ...{ cls: stale, attempt: 'A’s Create posted to B’s callback', expected: 'B no account; A connected' },
    needs: 'own',
    run: async (target) => {
      const { client, message } = await byTappedTopic(target);
      const other = await target.invite();
      await post(target, other, message.create);
      await new Promise((resolve) => setTimeout(resolve, 500));
      return `B ${await first(target, other)}; A ${await first(target, client)}`;
    },
  },
  ...[
    'https://sns.us-east-1.amazonaws.com.evil.example/',
    'https://evil.example/sns.us-east-1.amazonaws.com/',
    'https://sns.us-east-1.amazonaws.com@evil.example/',
    'https://sns.us-east-1.amazonaws.com:8443/',
    'https://sns-us-east-1.amazonaws.com/',
    'https://sns.us-east-1.amazonaws.com.s3.amazonaws.com/',
    'https://s3.us-east-1.amazonaws.com/',
    'https://sns.us-west-2.amazonaws.com/',
    'https://sns.us-east-1.amazonaws.com.cn/',
    'https://sns.us-east-1.amazonaws.com./',
    'https://sns.us-east-1.amazonaws.com%2eevil.example/',
    'https://sns.us-east-1.amazonaws。com.evil.example/',
    'http://sns.us-east-1.amazonaws.com/',
    'http://127.0.0.1/',
    'http://169.254.169.254/',
    'file:///etc/',
  ].map((host) =>
    altered(lookAlike, host, ({ SigningCertURL }) => ({
      SigningCertURL: `${host}${new URL(SigningCertURL).pathname.slice(1)}`,
    })),
  ),
  altered(lookAlike, 'the right host, another path', ({ SigningCertURL }) => ({
    SigningCertURL: `${new URL(SigningCertURL).origin}/rolecall-templates/SimpleNotificationService-x.pem`,
  })),
  altered(lookAlike, 'the right host, .. in the path', ({ SigningCertURL }) => ({
    SigningCertURL: `${new URL(SigningCertURL).origin}/SimpleNotificationService-x/../bucket/x.pem`,
  })),
  altered(lookAlike, 'the right address, and a query', ({ SigningCertURL }) => ({
    SigningCertURL: `${SigningCertURL}?x`,
  })),
];

/** A client connected by a stack's event that was published at a topic of which we hear, too. */
async function byTappedTopic(target: Sandboxed) {
  const client = await target.invite();
  const account = freshAccount();
  const RoleArn = await makeRole(target, account, policyOf(entering(target, client.externalId)));
  const topic = await tapTopic(target, account);
  await topic.subscribe(client.launch.callbackUrl);
  const topics = async () => (await state(target)).topics.find(({ arn }: Json) => arn === topic.topicArn);
  await eventually(topics, ({ subscriptions }) => subscriptions.every(({ confirmed }: Json) => confirmed));
  const event = {
    ...{ RequestType: 'Create', RequestId: crypto.randomUUID(), LogicalResourceId: 'Connection' },
    StackId: `arn:aws:cloudformation:us-east-1:${account}:stack/tapped/${crypto.randomUUID()}`,
    ResourceType: 'Custom::RolecallConnection',
    ResourceProperties: { RoleArn, TemplateVersion: 'x' },
    ResponseURL: '',
  };
  event.ResponseURL = signedResponseUrl(target, event.StackId, event.RequestId);
  const create = await topic.signed(event);
  await eventually(
    () => first(target, client),
    (seen) => seen === 'connected',
  );
  topic.trap.close();
  return { client, account, message: { create }, topic, event };
}

const answered = 'ResponseURL that is none of CloudFormation’s';
const subscribed = 'SubscribeURL that points elsewhere';
const addresses: readonly Attempt[] = [
  ...[
    ['loopback', '/answer'],
    ['loopback that redirects', '/redirect'],
  ].map(
    ([attempt = '', path = '']): Attempt => ({
      ...{ cls: answered, attempt, expected: 'nobody contacted, told as stack.failed, no account' },
      needs: 'sandbox',
      run: async (target) => {
        const trap = await setTrap();
        const seen = await answeredAt(target, `${trap.url}${path}`);
        const { length } = trap.received;
        trap.close();
        return `${length === 0 ? 'nobody contacted' : 'CONTACTED'}, ${seen}`;
      },
    }),
  ),
  ...[
    'http://169.254.169.254/latest/meta-data/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[::1]/x',
    'https://[fd00:ec2::254]/latest/meta-data/',
    'https://2852039166/latest/meta-data/',
    `https://${BUCKET}.s3.amazonaws.com.evil.example/x`,
    `https://${BUCKET}.s3.amazonaws.com@evil.example/x`,
    `https://user@${BUCKET}.s3.amazonaws.com/x`,
    `https://${BUCKET}.s3.amazonaws.com:8443/x`,
    `http://${BUCKET}.s3.amazonaws.com/x`,
    `https://${BUCKET}x.s3.amazonaws.com/x`,
    `https://s3.amazonaws.com/${BUCKET}/x`,
    'https://cloudformation-custom-resource-response-euwest1.s3.amazonaws.com/x',
    `https://${BUCKET}.s3.amazonaws.com.cn/x`,
    'ftp://127.0.0.1/x',
    'no address at all',
  ].map(
    (url): Attempt => ({
      ...{ cls: answered, attempt: url, expected: 'told as stack.failed, no account' },
      needs: 'sandbox',
      run: (target) => answeredAt(target, url),
    }),
  ),
  {
    ...{ cls: subscribed, attempt: 'a confirmation with another SubscribeURL' },
    expected: '403 signature-invalid, nobody contacted',
    needs: 'sandbox',
    run: async (target) => {
      const client = await target.invite();
      const topic = await tapTopic(target, freshAccount());
      const trap = await setTrap();
      const message = {
        ...JSON.parse(topic.confirmation),
        SubscribeURL: `${trap.url}/?Action=ConfirmSubscription`,
      };
      const answer = await post(target, client, JSON.stringify(message));
      const { length } = trap.received;
      for (const each of [trap, topic.trap]) each.close();
      return `${answer}, ${length === 0 ? 'nobody contacted' : 'CONTACTED'}`;
    },
  },
  {
    ...{
      cls: subscribed,
      attempt: 'a true confirmation for a token of nobody’s',
      expected: '403 token-unknown',
    },
    needs: 'sandbox',
    run: async (target) => {
      const client = await target.invite();
      const topic = await tapTopic(target, freshAccount());
      topic.trap.close();
      const callbackUrl = client.launch.callbackUrl.replace(/.{8}$/, 'AAAAAAAA');
      return confirmation(target, { launch: { callbackUrl } }, topic.confirmation);
    },
  },
];

/** What becomes of a stack's event that wants its answer there. */
async function answeredAt(target: Sandboxed, ResponseURL: string): Promise<string> {
  const client = await target.invite();
  const account = freshAccount();
  const RoleArn = await makeRole(target, account, policyOf(entering(target, client.externalId)));
  const forger = await makeForger(target.world, account, client.launch.callbackUrl);
  await forger.publish({ ResponseURL, ResourceProperties: { RoleArn } });
  const events = await eventually(
    () => target.eventsOf(client),
    (all) => all.some(({ type }) => type !== 'client.invited'),
  );
  return `told as ${events.at(-1).type}, ${await first(target, client)}`;
}

const creates = 'Forged Create on a live connection';
const deletes = 'Forged or late Delete';
const live: readonly Attempt[] = [
  ...(
    [
      ['another role of the same account', false],
      ['the live role', true],
    ] as const
  ).flatMap(([attempt, same]) =>
    [false, true].map(
      (own): Attempt => ({
        ...{
          cls: creates,
          attempt: `${attempt}, ${own ? 'for the stack that connected it' : 'for a stack made up'}`,
        },
        expected: 'FAILED, connected by its own role',
        needs: 'sandbox',
        run: async (target) => {
          const { client, account, roleArn, stackId } = await connected(target);
          // A role that lets in without an ID: were it taken, the connection would be the forger's to open.
          const open = await makeRole(target, account, policyOf(entering(target, 'x', { Condition: {} })));
          const forger = await makeForger(target.world, account, client.launch.callbackUrl);
          const ResourceProperties = { RoleArn: same ? roleArn : open };
          const request = await forger.publish({ ...(own && { StackId: stackId }), ResourceProperties });
          const [{ status }] = await forger.answered(request);
          const [one] = await target.accountsOf(client);
          return `${status}, ${standing(one)} by ${one.roleArn === roleArn ? 'its own role' : 'ANOTHER'}`;
        },
      }),
    ),
  ),
  ...['another topic of the account', 'another account', 'another client’s link'].map(
    (attempt, place): Attempt => ({
      ...{ cls: deletes, attempt, expected: 'SUCCESS, connected' },
      needs: 'sandbox',
      run: async (target) => {
        const { client, account, stackId } = await connected(target);
        const stranger = await target.invite();
        const from = place === 1 ? freshAccount() : account;
        const by = place === 2 ? stranger : client;
        const forger = await makeForger(target.world, from, by.launch.callbackUrl);
        const PhysicalResourceId = `${client.id}/${account}`;
        const request = await forger.publish({ RequestType: 'Delete', StackId: stackId, PhysicalResourceId });
        const [{ status }] = await forger.answered(request);
        return `${status}, ${await first(target, client)}`;
      },
    }),
  ),
  {
    ...{ cls: deletes, attempt: 'of a stack that another has superseded' },
    expected: 'DELETE_COMPLETE, connected by the second',
    needs: 'sandbox',
    run: async (target) => {
      const { client, account, stackId } = await connected(target);
      const second = await createStack(target.world, client, { account, stackName: 'second' });
      await settledStack(target.world, second);
      await deleteStack(target.world, stackId);
      const { status } = await settledStack(target.world, stackId);
      const [one] = await target.accountsOf(client);
      return `${status}, ${standing(one)} by ${one.stackId === second ? 'the second' : 'ANOTHER'}`;
    },
  },
  {
    ...{ cls: deletes, attempt: 'of a client that was removed', expected: 'DELETE_COMPLETE' },
    needs: 'sandbox',
    run: async (target) => {
      const { client, stackId } = await connected(target);
      await target.call('DELETE', `/v1/clients/${client.id}`);
      await deleteStack(target.world, stackId);
      return (await settledStack(target.world, stackId)).status;
    },
  },
];

export const callbacks: readonly Attempt[] = [...links, ...messages, ...addresses, ...live];
