import type { FunctionCall } from '../../src/onboarding/receive-function-call.js';
import {
  amzDate,
  asFunctionsDo,
  type FunctionCredentials,
  type Signing,
  sha256,
  sign,
} from '../support/function-signature.js';
import { eventually, type Json } from '../support/world.js';
import type { Attempt } from './attempts.js';
import {
  answerTo,
  BUCKET,
  connected,
  entering,
  freshAccount,
  makeFunction,
  makeRole,
  policyOf,
  sessionOf,
  setTrap,
  stackEvent,
  stackOutcome,
  tapTopic,
} from './aws.js';
import { confirmation, post } from './callbacks.js';
import { type Deployment, first, type Own, refusal, type Sandboxed, standing } from './deployment.js';

// What a client's own function posts, and what others make of it: a stack's event, and a GetCallerIdentity that its
// role has signed over the event's hash and the token's.

const tokenOf = ({ launch }: Json): string => launch.callbackUrl.split('/').at(-1);
const byLambda = (target: Deployment) => target.invite({ callback: 'lambda' });

/** What the function of this role posts for an event, with whatever of its signature is different. */
export function callOf(
  client: Json,
  credentials: FunctionCredentials,
  event: object | string,
  changes: Partial<Signing> = {},
): FunctionCall {
  const text = typeof event === 'string' ? event : JSON.stringify(event);
  const signing = { ...asFunctionsDo, credentials, event: text, token: tokenOf(client), time: Date.now() };
  return { event: text, identity: sign({ ...signing, ...changes }).identity };
}

/** Posts it to a client's callback address, as anybody can. */
export async function send(target: Deployment, client: Json, call: unknown, headers = {}): Promise<string> {
  const url = client.launch.callbackUrl;
  return refusal(await target.call('POST', url, call, { authorization: '', ...headers }));
}

/** A function's role that many attempts share: none of them gets so far that it matters. */
let shared: Promise<{ account: string; credentials: FunctionCredentials }> | undefined;
const someFunction = (target: Sandboxed) => {
  const account = freshAccount();
  shared ??= makeFunction(target, account).then((credentials) => ({ account, credentials }));
  return shared;
};

interface Given {
  readonly client: Json;
  readonly event: Json;
  readonly credentials: FunctionCredentials;
}

interface Alteration {
  /** What of the event is different. */
  readonly event?: (account: string) => object;
  /** What of the signature is different. */
  readonly signing?: (given: Given) => Partial<Signing> | Promise<Partial<Signing>>;
  /** What is posted in the end. */
  readonly sent?: (call: FunctionCall, given: Given) => unknown;
  readonly headers?: (call: FunctionCall) => object;
}

const UNSIGNED = '403 signature-invalid';
const INVALID = '400 request-invalid';

/** A call that is as it should be but for this. */
const altered = (cls: string, attempt: string, expected: string, change: Alteration): Attempt => ({
  ...{ cls, attempt, expected: `${expected}, no account` },
  needs: 'sandbox',
  run: async (target) => {
    const [client, { account, credentials }] = [await byLambda(target), await someFunction(target)];
    const role = `arn:aws:iam::${account}:role/X`;
    const event = stackEvent(target, account, role, change.event?.(account));
    const given = { client, event, credentials };
    const call = callOf(client, credentials, event, await change.signing?.(given));
    const answer = await send(target, client, change.sent?.(call, given) ?? call, change.headers?.(call));
    return `${answer}, ${await first(target, client)}`;
  },
});

/** The call with some of its signed headers replaced. */
const identity =
  (changes: (identity: FunctionCall['identity']) => object) =>
  ({ event, identity }: FunctionCall) => ({ event, identity: { ...identity, ...changes(identity) } });
const authorization = (change: (text: string) => unknown) =>
  identity(({ authorization }) => ({ authorization: change(authorization) }));

const forged = 'Forged call of a function';
const forgeries: readonly Attempt[] = [
  ...(
    [
      ['the event says Delete instead', { sent: (call) => edited(call, { RequestType: 'Delete' }) }],
      [
        'the event names another role',
        {
          sent: (call) =>
            edited(call, { ResourceProperties: { RoleArn: 'arn:aws:iam::111122223333:role/Y' } }),
        },
      ],
      ['a blank after the event', { sent: (call) => ({ ...call, event: `${call.event} ` }) }],
      ['signed over another event’s hash', { signing: () => ({ event: '{"RequestType":"Delete"}' }) }],
      [
        'the same, and that hash sent as a header beside it',
        {
          signing: () => ({ event: 'another' }),
          headers: () => ({ 'x-rolecall-event': sha256('another') }),
        },
      ],
      ['signed over another token’s hash', { signing: () => ({ token: 'x'.repeat(64) }) }],
      ...[
        ...['x-rolecall-event', 'x-rolecall-token', 'x-amz-security-token', 'x-amz-date'],
        ...['host', 'content-type'],
      ].map((name): [string, Alteration] => [
        `${name} not among the SignedHeaders`,
        { signing: () => ({ without: [name] }) },
      ]),
      [
        'x-rolecall-event named among the SignedHeaders afterwards',
        {
          signing: () => ({ without: ['x-rolecall-event'] }),
          sent: authorization((text) =>
            text.replace(';x-rolecall-token', ';x-rolecall-event;x-rolecall-token'),
          ),
        },
      ],
      ['a further header signed', { signing: () => ({ more: { 'x-amz-target': 'Other' } }) }],
      [
        'signed for another action',
        { signing: () => ({ body: 'Action=GetSessionToken&Version=2011-06-15' }) },
      ],
      [
        'signed for more of an action',
        { signing: () => ({ body: `${asFunctionsDo.body}&DurationSeconds=900` }) },
      ],
      ['signed without a body', { signing: () => ({ body: '' }) }],
      ['signed as a GET', { signing: () => ({ method: 'GET' }) }],
      ['signed for s3', { signing: () => ({ service: 's3' }) }],
      ['signed for iam', { signing: () => ({ service: 'iam' }) }],
      [
        'signed with another secret',
        { signing: ({ credentials }) => ({ credentials: { ...credentials, secretAccessKey: 'x' } }) },
      ],
      [
        'a key that nobody has',
        {
          signing: ({ credentials }) => ({
            credentials: { ...credentials, accessKeyId: 'ASIAEXAMPLEEXAMPLE00' },
          }),
        },
      ],
      ['a session token that is none', { sent: identity(() => ({ 'x-amz-security-token': 'none' })) }],
      [
        'signed by a user, not by a role',
        {
          signing: ({ event }) => ({
            credentials: {
              ...{ accessKeyId: event.StackId.split(':')[4], secretAccessKey: 'sandbox' },
              sessionToken: 'x',
            },
          }),
        },
      ],
      ['a signature of nonsense', { sent: authorization((text) => text.replace(/.{64}$/, 'a'.repeat(64))) }],
      ['by another algorithm', { sent: authorization((text) => text.replace('SHA256', 'SHA1')) }],
      ['two signatures in one', { sent: authorization((text) => `${text}, ${text}`) }],
      ['a bearer token for a signature', { sent: authorization(() => 'Bearer x') }],
    ] satisfies [string, Alteration][]
  ).map(([attempt, change]) => altered(forged, attempt, UNSIGNED, change)),
  ...(
    [
      ['no signature', { sent: identity(() => ({ authorization: undefined })) }],
      ['an empty signature', { sent: authorization(() => '') }],
      ['the signature in a list', { sent: authorization((text) => [text]) }],
      ['a line break and a header in the signature', { sent: authorization((text) => `${text}\r\nhost: x`) }],
      ['a line break in the time', { sent: identity(() => ({ 'x-amz-date': '20261124T101112Z\r\nx: y' })) }],
      [
        'the event’s hash among the signed headers that are posted',
        { sent: identity(() => ({ 'x-rolecall-event': 'a'.repeat(64) })) },
      ],
      ['no identity', { sent: ({ event }) => ({ event }) }],
      ['the event as JSON, not as text', { sent: (call) => ({ ...call, event: JSON.parse(call.event) }) }],
    ] satisfies [string, Alteration][]
  ).map(([attempt, change]) => altered(forged, attempt, INVALID, change)),
  altered(forged, 'a client’s own words beside the event', INVALID, {
    sent: (call) => ({ ...call, accountId: '111122223333', roleArn: 'arn:aws:iam::111122223333:role/X' }),
  }),
  altered(forged, 'the event twice', '400 body-malformed', {
    sent: (call) => JSON.stringify(call).replace('{', '{"event":"{}",'),
  }),
  altered(forged, 'as text/plain', '415 content-type-unsupported', {
    headers: () => ({ 'content-type': 'text/plain' }),
  }),
  {
    ...{ cls: forged, attempt: 'the template’s own function, of which nothing is forged' },
    expected: 'CREATE_COMPLETE, connected',
    needs: 'sandbox',
    run: async (target) => stackOutcome(target, await byLambda(target)),
  },
];

function edited(call: FunctionCall, changes: object): FunctionCall {
  return { ...call, event: JSON.stringify({ ...JSON.parse(call.event), ...changes }) };
}

const elsewhere = 'Function’s call signed for another STS';
const stackIn = (region: string, partition = 'aws') => ({
  event: (account: string) => ({
    StackId: `arn:${partition}:cloudformation:${region}:${account}:stack/made/${crypto.randomUUID()}`,
  }),
});
const hosts: readonly Attempt[] = [
  ...[
    'sts.amazonaws.com',
    'sts.eu-west-1.amazonaws.com',
    'sts.cn-north-1.amazonaws.com.cn',
    'sts.us-east-1.amazonaws.com.cn',
    'sts.us-gov-west-1.amazonaws.com',
    'sts-fips.us-east-1.amazonaws.com',
    'vpce-0a1b2c3d4e5f60718-abcdefgh.sts.us-east-1.vpce.amazonaws.com',
    'sts.us-east-1.amazonaws.com.evil.example',
    'sts.us-east-1.amazonaws.com@evil.example',
    'user@sts.us-east-1.amazonaws.com',
    'sts.us-east-1.amazonaws.com:8443',
    'sts.us-east-1.amazonaws.com.',
    'sts-us-east-1.amazonaws.com',
    'sts.us-east-1.amazonaws。com',
    'iam.amazonaws.com',
    '127.0.0.1',
    'localhost:4566',
    '[::1]',
    '169.254.169.254',
    '[fd00:ec2::254]',
  ].map((host) => altered(elsewhere, `signed for ${host}`, UNSIGNED, { signing: () => ({ host }) })),
  ...[
    'us-west-2',
    'cn-north-1',
    'us-gov-west-1',
    'us-east-1.evil.example',
    '127.0.0.1',
    'x@evil.example',
  ].map((region) =>
    altered(elsewhere, `the region ${region} in the signature`, UNSIGNED, {
      signing: () => ({ region, host: `sts.${region}.amazonaws.com` }),
    }),
  ),
  altered(
    elsewhere,
    'a stack of another region, by a signature for this one',
    UNSIGNED,
    stackIn('eu-west-1'),
  ),
  altered(elsewhere, 'a stack of another partition, by a signature for this one', UNSIGNED, {
    ...stackIn('cn-north-1', 'aws-cn'),
  }),
  ...[
    'evil.example',
    'us-east-1.evil.example',
    'us-east-1@evil.example',
    '169.254.169.254',
    'us-gov-x',
    '',
  ].map((region) =>
    altered(elsewhere, `a stack of the region ${JSON.stringify(region)}`, INVALID, {
      ...stackIn(region),
      signing: () => ({ region, host: `sts.${region}.amazonaws.com` }),
    }),
  ),
  {
    ...{ cls: elsewhere, attempt: 'a host of ours named in every place there is' },
    expected: `${UNSIGNED}, 3 times ${INVALID}, no account, nobody contacted`,
    needs: 'sandbox',
    run: async (target) => {
      const [client, { account, credentials }] = [await byLambda(target), await someFunction(target)];
      const trap = await setTrap();
      const { host } = new URL(trap.url);
      const event = stackEvent(target, account, `arn:aws:iam::${account}:role/X`);
      const call = callOf(client, credentials, event, { host });
      const posted = [
        call,
        { ...call, identity: { ...call.identity, host } },
        { ...call, url: trap.url, stsUrl: trap.url },
        callOf(client, credentials, { ...event, ...stackIn(`${host}/`).event(account) }, { host }),
      ];
      const answers: string[] = [];
      for (const one of posted) answers.push(await send(target, client, one, { 'x-forwarded-host': host }));
      trap.close();
      const refused = answers.slice(1).filter((answer) => answer === INVALID).length;
      const contacted = trap.received.length === 0 ? 'nobody contacted' : 'CONTACTED';
      return `${answers[0]}, ${refused} times ${INVALID}, ${await first(target, client)}, ${contacted}`;
    },
  },
];

const MINUTE = 60_000;
const stale = 'Replayed or stale call of a function';
const ages: readonly Attempt[] = [
  altered(stale, 'signed sixteen minutes ago', UNSIGNED, {
    signing: () => ({ time: Date.now() - 16 * MINUTE }),
  }),
  altered(stale, 'signed yesterday', UNSIGNED, { signing: () => ({ time: Date.now() - 1_440 * MINUTE }) }),
  altered(stale, 'signed for in sixteen minutes', UNSIGNED, {
    signing: () => ({ time: Date.now() + 16 * MINUTE }),
  }),
  altered(stale, 'signed an hour ago, the time written anew', UNSIGNED, {
    signing: () => ({ time: Date.now() - 60 * MINUTE }),
    sent: identity(() => ({ 'x-amz-date': amzDate(Date.now()) })),
  }),
  altered(stale, 'another day in the signature’s scope', UNSIGNED, {
    sent: authorization((text) => text.replace(/\/\d{8}\//, '/20200101/')),
  }),
  altered(stale, 'a time that is none', UNSIGNED, {
    sent: identity(() => ({ 'x-amz-date': '20261399T000000Z' })),
  }),
  {
    ...{ cls: stale, attempt: 'a Create posted five times' },
    expected: '5 times 200, connected; told once',
    needs: 'own',
    run: async (target) => {
      const { client, create } = await byFunction(target);
      const answers: string[] = [];
      for (let times = 0; times < 5; times += 1) answers.push(await send(target, client, create));
      const taken = answers.filter((answer) => answer === '200').length;
      const told = (await target.eventsOf(client)).filter(({ type }) => type === 'account.connected').length;
      return `${taken} times 200, ${await first(target, client)}; told ${told === 1 ? 'once' : `${told} TIMES`}`;
    },
  },
  {
    ...{ cls: stale, attempt: 'A’s Create posted to B’s callback' },
    expected: `${UNSIGNED}, B no account; A connected`,
    needs: 'own',
    run: async (target) => {
      const { client, create } = await byFunction(target);
      const other = await byLambda(target);
      const answer = await send(target, other, create);
      return `${answer}, B ${await first(target, other)}; A ${await first(target, client)}`;
    },
  },
  {
    ...{ cls: stale, attempt: 'the signature of a Create with a Delete of the same stack' },
    expected: `${UNSIGNED}, connected`,
    needs: 'own',
    run: async (target) => {
      const { client, create } = await byFunction(target);
      const changes = { RequestType: 'Delete', RequestId: 'd', PhysicalResourceId: 'x' };
      return `${await send(target, client, edited(create, changes))}, ${await first(target, client)}`;
    },
  },
  {
    ...{ cls: stale, attempt: 'a Create posted again after its Delete', expected: '200, disconnected' },
    needs: 'own',
    run: async (target) => {
      const { client, create, credentials, event } = await connectByFunction(target);
      const Delete = { ...event, RequestType: 'Delete', RequestId: 'd', PhysicalResourceId: 'x' };
      await send(target, client, callOf(client, credentials, Delete));
      const answer = await send(target, client, create);
      await new Promise((resolve) => setTimeout(resolve, 500));
      return `${answer}, ${(await first(target, client)).split(' ')[0]}`;
    },
  },
];

/** A client connected by a function's call that we have seen. */
async function connectByFunction(target: Own) {
  const [client, account] = [await byLambda(target), freshAccount()];
  const role = await makeRole(target, account, policyOf(entering(target, client.externalId)));
  const credentials = await makeFunction(target, account);
  const event = stackEvent(target, account, role);
  const create = callOf(client, credentials, event);
  await send(target, client, create);
  await eventually(
    () => first(target, client),
    (seen) => seen === 'connected',
  );
  return { client, account, credentials, event, create };
}

/** One for those attempts that leave it connected. */
let oneByFunction: ReturnType<typeof connectByFunction> | undefined;
const byFunction = (target: Own) => {
  oneByFunction ??= connectByFunction(target);
  return oneByFunction;
};

const bearer = 'Callback token taken for an identity';
const tokens: readonly Attempt[] = [
  {
    ...{ cls: bearer, attempt: 'the token of an sns link at the lambda callback, truly signed' },
    expected: '404 not-found, no account',
    needs: 'sandbox',
    run: async (target) => {
      const [client, { account, credentials }] = [await target.invite(), await someFunction(target)];
      const there = client.launch.callbackUrl.replace('/sns/', '/lambda/');
      const call = callOf(client, credentials, stackEvent(target, account, `arn:aws:iam::${account}:role/X`));
      const answer = await send(target, { launch: { callbackUrl: there } }, call);
      return `${answer}, ${await first(target, client)}`;
    },
  },
  {
    ...{ cls: bearer, attempt: 'the token of a lambda link at the sns callback, truly signed' },
    expected: 'confirmation 403 token-unknown; Create FAILED, no account',
    needs: 'sandbox',
    run: async (target) => {
      const [client, account] = [await byLambda(target), freshAccount()];
      const there = { launch: { callbackUrl: client.launch.callbackUrl.replace('/lambda/', '/sns/') } };
      const role = await makeRole(target, account, policyOf(entering(target, client.externalId)));
      const topic = await tapTopic(target, account);
      const confirmed = await confirmation(target, there, topic.confirmation);
      const event = stackEvent(target, account, role);
      await post(target, there, await topic.signed(event));
      topic.trap.close();
      const status = await answerTo(target, event.RequestId);
      return `confirmation ${confirmed}; Create ${status}, ${await first(target, client)}`;
    },
  },
  ...(
    [
      ['the launch page’s token at the lambda callback', ({ launch }) => launch.pageUrl.split('/').at(-1)],
      [
        'a lambda token with its last character changed',
        (client) => tokenOf(client).replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      ],
      [
        'another client’s id before the secret',
        (client, other) => tokenOf(other).slice(0, 21) + tokenOf(client).slice(21),
      ],
    ] satisfies [string, (client: Json, other: Json) => string][]
  ).map(
    ([attempt, choose]): Attempt => ({
      ...{ cls: bearer, attempt, expected: '404 not-found, no account' },
      needs: 'sandbox',
      run: async (target) => {
        const [client, other] = [await byLambda(target), await byLambda(target)];
        const { account, credentials } = await someFunction(target);
        const token = choose(client, other);
        const there = client.launch.callbackUrl.replace(/[^/]+$/, token);
        const event = stackEvent(target, account, `arn:aws:iam::${account}:role/X`);
        const call = callOf(client, credentials, event, { token });
        const answer = await send(target, { launch: { callbackUrl: there } }, call);
        return `${answer}, ${await first(target, client)}`;
      },
    }),
  ),
  {
    ...{ cls: bearer, attempt: 'token and ID read in a lambda stack, used by a stranger’s function' },
    expected: 'FAILED, one account, connected',
    needs: 'sandbox',
    run: async (target) => {
      const { client } = await byStack(target);
      const stranger = freshAccount();
      const role = await makeRole(target, stranger, policyOf(entering(target, client.externalId)));
      const event = stackEvent(target, stranger, role);
      await send(target, client, callOf(client, await makeFunction(target, stranger), event));
      const status = await answerTo(target, event.RequestId);
      const accounts = await target.accountsOf(client);
      return `${status}, ${accounts.length === 1 ? 'one account' : 'MORE'}, ${standing(accounts[0])}`;
    },
  },
];

/** A client connected by the template's own function, for attempts that leave it connected. */
let oneByStack: ReturnType<typeof connected> | undefined;
const byStack = (target: Sandboxed) => {
  oneByStack ??= connected(target, { callback: 'lambda' });
  return oneByStack;
};

const mismatch = 'Accounts of topic, stack and role differ';
const confused = 'Client B submits client A’s role';
const provider = 'Account that cannot be a client’s';

/** What becomes of a Create that a function of one account has signed. */
const bound = (
  cls: string,
  attempt: string,
  make: (
    target: Sandboxed,
    client: Json,
    own: string,
    other: string,
  ) => Promise<{ event: Json; signer: string }>,
): Attempt => ({
  ...{ cls, attempt, expected: 'FAILED, no account' },
  needs: 'sandbox',
  run: async (target) => {
    const client = await byLambda(target);
    const { event, signer } = await make(target, client, freshAccount(), freshAccount());
    const isRole = signer.startsWith('arn:');
    const credentials = isRole ? await sessionOf(target, signer) : await makeFunction(target, signer);
    await send(target, client, callOf(client, credentials, event));
    return `${await answerTo(target, event.RequestId)}, ${await first(target, client)}`;
  },
});

const bindings: readonly Attempt[] = [
  ...(
    [
      ['by lambda: the role is another account’s', (own, other) => [own, other]],
      ['by lambda: the stack is another account’s', (own, other) => [other, own]],
      ['by lambda: stack and role are another account’s', (_, other) => [other, other]],
    ] satisfies [string, (own: string, other: string) => [string, string]][]
  ).map(([attempt, accounts]) =>
    bound(mismatch, attempt, async (target, client, own, other) => {
      const [inStack, inRole] = accounts(own, other);
      const role = await makeRole(target, inRole, policyOf(entering(target, client.externalId)));
      return { event: stackEvent(target, inStack, role), signer: own };
    }),
  ),
  bound(confused, 'by lambda: from B’s own account and link', async (target, _, own) => {
    const { client, roleArn } = await byStack(target);
    const ResourceProperties = { RoleArn: roleArn, ExternalId: client.externalId };
    return { event: stackEvent(target, own, roleArn, { ResourceProperties }), signer: own };
  }),
  bound(provider, 'the provider’s own, by a function: the service’s role', async (target, client) => {
    const account = target.principalArn.split(':')[4] ?? '';
    const role = await makeRole(target, account, policyOf(entering(target, client.externalId)));
    return { event: stackEvent(target, account, role), signer: target.principalArn };
  }),
];

const creates = 'Forged Create on a live connection';
const updates = 'Forged Update of a live connection';
const deletes = 'Forged or late Delete';

/** What becomes of an event about a live stack that came by its function, where somebody else has signed it. */
const takenOver = (
  cls: string,
  attempt: string,
  expected: string,
  change: (live: { account: string; roleArn: string; stackId: string }, open: string) => object,
  from: 'its account' | 'another account' = 'its account',
): Attempt => ({
  ...{ cls, attempt, expected: `${expected}, connected by its own role and stack` },
  needs: 'sandbox',
  run: async (target) => {
    const { client, ...live } = await byStack(target);
    const account = from === 'its account' ? live.account : freshAccount();
    const open = await makeRole(target, account, policyOf(entering(target, 'x', { Condition: {} })));
    const { StackId = live.stackId, ...more }: Json = change(live, open);
    const event = stackEvent(target, account, live.roleArn, { StackId, ...more });
    await send(target, client, callOf(client, await makeFunction(target, account), event));
    const status = await answerTo(target, event.RequestId);
    const [one] = await target.accountsOf(client);
    const own = one.roleArn === live.roleArn && one.stackId === live.stackId;
    return `${status}, ${standing(one)} by ${own ? 'its own role and stack' : 'ANOTHER'}`;
  },
});

const Delete = (PhysicalResourceId: string) => ({ RequestType: 'Delete', PhysicalResourceId });
const made = (account: string) =>
  `arn:aws:cloudformation:us-east-1:${account}:stack/made-up/${crypto.randomUUID()}`;
const takeovers: readonly Attempt[] = [
  takenOver(creates, 'by another function: the live role, for its own stack', 'FAILED', () => ({})),
  takenOver(creates, 'by another function: the live role, for a stack made up', 'FAILED', ({ account }) => ({
    StackId: made(account),
  })),
  takenOver(creates, 'by another function: an open role, for its own stack', 'FAILED', (_, RoleArn) => ({
    ResourceProperties: { RoleArn },
  })),
  takenOver(updates, 'another function role than at the Create', 'FAILED', (_, RoleArn) => ({
    ...{ RequestType: 'Update', PhysicalResourceId: 'x' },
    ...{ ResourceProperties: { RoleArn }, OldResourceProperties: {} },
  })),
  takenOver(
    updates,
    'a function of another account',
    'FAILED',
    (_, RoleArn) => ({
      ...{ RequestType: 'Update', PhysicalResourceId: 'x' },
      ...{ ResourceProperties: { RoleArn }, OldResourceProperties: {} },
    }),
    'another account',
  ),
  takenOver(deletes, 'another function role than at the Create', 'SUCCESS', () => Delete('x')),
  takenOver(deletes, 'a function of another account', 'SUCCESS', () => Delete('x'), 'another account'),
  {
    ...{ cls: deletes, attempt: 'a function’s call about a stack that came by its topic' },
    expected: '404 not-found, connected',
    needs: 'sandbox',
    run: async (target) => {
      const { client, account, stackId, roleArn } = await connected(target);
      const there = { launch: { callbackUrl: client.launch.callbackUrl.replace('/sns/', '/lambda/') } };
      const event = stackEvent(target, account, roleArn, { StackId: stackId, ...Delete('x') });
      const answer = await send(target, there, callOf(there, await makeFunction(target, account), event));
      return `${answer}, ${await first(target, client)}`;
    },
  },
];

const answered = 'ResponseURL that is none of CloudFormation’s';
const answers: readonly Attempt[] = [
  ...[
    'http://169.254.169.254/latest/meta-data/',
    'https://[::1]/x',
    `https://${BUCKET}.s3.amazonaws.com.evil.example/x`,
    `https://${BUCKET}.s3.amazonaws.com@evil.example/x`,
    `https://user@${BUCKET}.s3.amazonaws.com/x`,
    `https://${BUCKET}.s3.amazonaws.com:8443/x`,
    'https://cloudformation-custom-resource-response-euwest1.s3.amazonaws.com/x',
    `https://${BUCKET}.s3.amazonaws.com.cn/x`,
    'loopback',
  ].map(
    (url): Attempt => ({
      ...{ cls: answered, attempt: `by lambda: ${url}` },
      expected: `${INVALID}, told as stack.failed, no account, nobody contacted`,
      needs: 'sandbox',
      run: async (target) => {
        const [client, { account, credentials }] = [await byLambda(target), await someFunction(target)];
        const trap = await setTrap();
        const ResponseURL = url === 'loopback' ? `${trap.url}/redirect` : url;
        const event = stackEvent(target, account, `arn:aws:iam::${account}:role/X`, { ResponseURL });
        const answer = await send(target, client, callOf(client, credentials, event));
        const told = (await target.eventsOf(client)).at(-1).type;
        trap.close();
        const contacted = trap.received.length === 0 ? 'nobody contacted' : 'CONTACTED';
        return `${answer}, told as ${told}, ${await first(target, client)}, ${contacted}`;
      },
    }),
  ),
];

const oversized = 'Function’s call that is too large or cannot be read';
const sizes: readonly Attempt[] = [
  altered(oversized, 'an event of 300 KB, truly signed', '413 body-too-large', {
    event: () => ({ padding: 'x'.repeat(300_000) }),
  }),
  ...(
    [
      ['a signature of 2,001 characters', { sent: authorization((text) => text.padEnd(2_001, 'a')) }],
      [
        'a session token of 8,193 characters',
        { sent: identity(() => ({ 'x-amz-security-token': 'a'.repeat(8_193) })) },
      ],
      ['a time of 33 characters', { sent: identity(() => ({ 'x-amz-date': '1'.repeat(33) })) }],
      ['a RequestId of 129 characters', { event: () => ({ RequestId: 'x'.repeat(129) }) }],
      ['a line break in the RequestId', { event: () => ({ RequestId: 'a\nb' }) }],
      ['a LogicalResourceId with a slash', { event: () => ({ LogicalResourceId: '../x' }) }],
      [
        'a PhysicalResourceId of 1,025 bytes',
        { event: () => ({ RequestType: 'Delete', PhysicalResourceId: 'x'.repeat(1_025) }) },
      ],
      ['a RequestType that is none', { event: () => ({ RequestType: 'Read' }) }],
      [
        'a StackId of 2,000 characters',
        { event: (account) => ({ StackId: made(account) + 'x'.repeat(2_000) }) },
      ],
      ['an event that is no JSON', { sent: (call) => ({ ...call, event: 'x'.repeat(100) }) }],
      ['an event that is a list', { sent: (call) => ({ ...call, event: '[]' }) }],
    ] satisfies [string, Alteration][]
  ).map(([attempt, change]) => altered(oversized, attempt, INVALID, change)),
  altered(oversized, 'nesting without end', '400 body-malformed', {
    sent: () => `{"event":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
  }),
  bound(oversized, 'a RoleArn of 100,000 characters, truly signed', async (target, _, own) => ({
    event: stackEvent(target, own, `arn:aws:iam::${own}:role/${'x'.repeat(100_000)}`),
    signer: own,
  })),
];

export const functionCalls: readonly Attempt[] = [
  ...forgeries,
  ...hosts,
  ...ages,
  ...tokens,
  ...bindings,
  ...takeovers,
  ...answers,
  ...sizes,
];
