import { deleteStack, eventually, type Json, KEY, settledStack } from '../support/world.js';
import type { Attempt } from './attempts.js';
import { calm, changeTrust, connected, entering, freshAccount, makeRole, policyOf, strike } from './aws.js';
import { type Deployment, first, refusal, type Sandboxed, settledAccount } from './deployment.js';
import { allStored } from './secrets.js';

interface Of {
  readonly client: Json;
  readonly account: string;
}

const addressOf = ({ client, account }: Of) => `/v1/clients/${client.id}/accounts/${account}/credentials`;
/** Asks for credentials, each time under another name, so that none comes from memory. */
const ask = (
  target: Deployment,
  of: Of,
  wish: unknown = { sessionName: crypto.randomUUID() },
  headers = {},
) => target.call('POST', addressOf(of), wish, headers);
/** How it was answered, and whether anything in the answer opens a door. */
const seenIn = (answer: Awaited<ReturnType<typeof ask>>) =>
  `${refusal(answer)}${/ASIA|secretAccessKey|sessionToken/.test(answer.text) ? ' WITH CREDENTIALS' : ''}`;

/** A connected account that attempts share which leave it connected. */
let shared: ReturnType<typeof connected> | undefined;
const someAccount = (target: Sandboxed) => {
  shared ??= connected(target);
  return shared;
};

const gone = 'Credentials of an account that is not connected';
const NOT_CONNECTED = '409 account-not-connected';
const noId = { Condition: {} };
const stranger = { Principal: { AWS: 'arn:aws:iam::444455556666:root' }, Condition: {} };

/** A role named by hand, and how its account stands once that is known. */
async function byHand(target: Sandboxed, trust: ((externalId: string) => Json) | null): Promise<Of> {
  const [client, account] = [await target.invite(), freshAccount()];
  const roleArn = trust
    ? await makeRole(target, account, trust(client.externalId))
    : `arn:aws:iam::${account}:role/NotThereYet`;
  await target.call('POST', `/v1/clients/${client.id}/accounts`, { roleArn });
  if (trust) await settledAccount(target, client);
  return { client, account };
}

/** A connected account whose trust policy is changed, and which is then verified again. */
async function changed(target: Sandboxed, more: object): Promise<Of> {
  const { client, account, roleArn } = await connected(target);
  const right = entering(target, client.externalId);
  await changeTrust(target, account, roleArn, policyOf(right, entering(target, 'x', more)));
  await target.call('POST', `/v1/clients/${client.id}/accounts/${account}/verifications`);
  return { client, account };
}

/** A connected account that credentials were given of, which is then let go. */
const letGo =
  (end: (target: Sandboxed, of: Awaited<ReturnType<typeof connected>>) => Promise<unknown>) =>
  async (target: Sandboxed): Promise<[Of, object]> => {
    const of = await connected(target);
    const wish = { sessionName: 'kept-in-memory' };
    const { status } = await ask(target, of, wish);
    if (status !== 200) throw new Error(`credentials were answered ${status}`);
    await end(target, of);
    return [of, wish];
  };

const standings: readonly Attempt[] = (
  [
    ['one that is being verified', `verifying; ${NOT_CONNECTED}`, (target) => byHand(target, null)],
    [
      'one that was rejected',
      `rejected trust-without-external-id; ${NOT_CONNECTED}`,
      (target) => byHand(target, (id) => policyOf(entering(target, id, noId))),
    ],
    [
      'one that was degraded',
      `degraded trust-policy-unsafe (principal-other-account, external-id-not-required); ${NOT_CONNECTED}`,
      (target) => changed(target, stranger),
    ],
    [
      'one into which others were just found to get, before it is degraded',
      `connected trust-without-external-id (principal-account-wide, external-id-not-required); ${NOT_CONNECTED}`,
      (target) => changed(target, noId),
    ],
  ] satisfies [string, string, (target: Sandboxed) => Promise<Of>][]
).map(
  ([attempt, expected, make]): Attempt => ({
    ...{ cls: gone, attempt, expected },
    needs: 'sandbox',
    run: async (target) => {
      const of = await make(target);
      const stands = await first(target, of.client);
      return `${stands}; ${seenIn(await ask(target, of))}`;
    },
  }),
);

const endings: readonly Attempt[] = (
  [
    [
      'one whose stack was deleted',
      NOT_CONNECTED,
      letGo(async (target, { client, stackId }) => {
        await deleteStack(target.world, stackId);
        await settledStack(target.world, stackId);
        await eventually(
          () => first(target, client),
          (stands) => stands.startsWith('disconnected'),
        );
      }),
    ],
    [
      'one that the platform let go',
      NOT_CONNECTED,
      letGo((target, { client, account }) =>
        target.call('DELETE', `/v1/clients/${client.id}/accounts/${account}`),
      ),
    ],
    [
      'one whose client was removed',
      '404 not-found',
      letGo((target, { client }) => target.call('DELETE', `/v1/clients/${client.id}`)),
    ],
  ] satisfies [string, string, ReturnType<typeof letGo>][]
).map(
  ([attempt, expected, make]): Attempt => ({
    ...{ cls: gone, attempt: `${attempt}, kept in memory and new` },
    expected: `${expected}, ${expected}`,
    needs: 'sandbox',
    run: async (target) => {
      const [of, wish] = await make(target);
      return `${seenIn(await ask(target, of, wish))}, ${seenIn(await ask(target, of))}`;
    },
  }),
);

const tenants = 'Other tenants’ ids';
const others: readonly Attempt[] = (
  [
    ['by another client', '404 not-found', (of, mine) => addressOf({ ...of, client: mine })],
    ['by a client that nobody is', '404 not-found', (of) => addressOf({ ...of, client: { id: 'cli_x' } })],
    [
      'of an account that the client has not',
      '404 not-found',
      (of) => addressOf({ ...of, account: '111122223333' }),
    ],
    [
      'of the account’s stack by its key in the table',
      '404 not-found',
      (of) => addressOf({ ...of, account: `${of.account}%23STACK%23x` }),
    ],
    [
      'with .. to the other client',
      '400 request-invalid',
      (of, mine) => addressOf(of).replace(of.client.id, `${mine.id}%2f..%2f${of.client.id}`),
    ],
  ] satisfies [string, string, (of: Of, mine: Json) => string][]
).map(
  ([attempt, expected, address]): Attempt => ({
    ...{ cls: tenants, attempt: `credentials ${attempt}`, expected },
    needs: 'sandbox',
    run: async (target) => {
      const [mine, of] = [await target.invite(), await someAccount(target)];
      return seenIn(await target.call('POST', address(of, mine), { sessionName: 'theirs' }));
    },
  }),
);

const keys: readonly Attempt[] = (
  [
    ['without a key', '401 key-missing', ''],
    ['with a wrong key', '401 key-unknown', 'Bearer a-wrong-key-000000000000000'],
    ['with the client’s own external ID for a key', '401 key-unknown', null],
  ] satisfies [string, string, string | null][]
).map(
  ([attempt, expected, authorization]): Attempt => ({
    ...{ cls: tenants, attempt: `credentials ${attempt}`, expected },
    needs: 'sandbox',
    run: async (target) => {
      const of = await someAccount(target);
      const key = authorization ?? `Bearer ${of.client.externalId}`;
      return seenIn(await ask(target, of, undefined, { authorization: key }));
    },
  }),
);

const shares: Attempt = {
  ...{ cls: tenants, attempt: 'credentials of an account that two clients share, by either' },
  expected: 'each its own role and session',
  needs: 'sandbox',
  run: async (target) => {
    const one = await connected(target, { allowSharedAccounts: true });
    const client = await target.invite({ allowSharedAccounts: true });
    const policy = policyOf(entering(target, client.externalId));
    const roleArn = await makeRole(target, one.account, policy);
    await target.call('POST', `/v1/clients/${client.id}/accounts`, { roleArn });
    await settledAccount(target, client);
    const wish = { sessionName: 'the-same' };
    const [mine, theirs] = [await ask(target, one, wish), await ask(target, { ...one, client }, wish)];
    const own = mine.body.roleArn === one.roleArn && theirs.body.roleArn === roleArn;
    return own && mine.body.sessionToken !== theirs.body.sessionToken
      ? 'each its own role and session'
      : `${mine.body.roleArn} AND ${theirs.body.roleArn}`;
  },
};

const wished = 'Credentials asked for with what may not be';
const PLAIN = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}';
const wishes: readonly (readonly [string, Json])[] = [
  ['no session name', { sessionName: undefined }],
  ...[
    '',
    'x',
    'x'.repeat(65),
    'x'.repeat(100_000),
    'a b',
    'a\nb',
    'nightly\n',
    'a\u0000b',
    'a\u001b[31m',
    'a\u0085b',
  ].map(
    (sessionName) =>
      [
        `session name ${JSON.stringify(sessionName).slice(0, 24)}, ${sessionName.length} long`,
        { sessionName },
      ] as const,
  ),
  ...['ни-ночью', 'a\u202eb', 'a/b', 'a:role/Admin', '*'].map(
    (sessionName) => [`session name ${JSON.stringify(sessionName)}`, { sessionName }] as const,
  ),
  ...[0, -1, 899, 3_601, 43_200, 1e21, 900.5, '900', null, [900]].map(
    (durationSeconds) => [`a duration of ${JSON.stringify(durationSeconds)}`, { durationSeconds }] as const,
  ),
  ['a policy of 2,049 characters', { policy: PLAIN.padEnd(2_049) }],
  ['a policy of 200,000 characters', { policy: PLAIN.padEnd(200_000) }],
  ['a policy that is no JSON', { policy: 'Allow everything' }],
  ['an empty policy', { policy: '' }],
  ['a policy that is JSON and no text', { policy: JSON.parse(PLAIN) }],
  ['a policy that is a list', { policy: `[${PLAIN}]` }],
  ['a policy without a statement', { policy: '{"Version":"2012-10-17"}' }],
  ['a policy with characters that AWS does not take', { policy: PLAIN.replace('s3', 's3\u0007') }],
  ...[
    { externalId: '11111111-2222-4333-8444-555555555555' },
    { roleArn: 'arn:aws:iam::111122223333:role/Admin' },
    { accountId: '111122223333' },
    { sourceIdentity: 'somebody-else' },
    { tags: [{ key: 'team', value: 'x' }] },
    { policyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] },
    { serialNumber: 'arn:aws:iam::111122223333:mfa/x', tokenCode: '123456' },
    { DurationSeconds: 43_200 },
  ].map((field) => [`${Object.keys(field).join(' and ')} besides`, field] as const),
];

const badly: readonly Attempt[] = wishes.map(
  ([attempt, changes]): Attempt => ({
    ...{ cls: wished, attempt, expected: '400 request-invalid' },
    needs: 'sandbox',
    run: async (target) =>
      seenIn(await ask(target, await someAccount(target), { sessionName: 'nightly', ...changes })),
  }),
);

const ignored: readonly Attempt[] = [
  {
    ...{ cls: wished, attempt: 'role, account and external ID in headers' },
    expected: 'the account’s own role',
    needs: 'sandbox',
    run: async (target) => {
      const of = await someAccount(target);
      const other = 'arn:aws:iam::111122223333:role/Admin';
      const headers = { 'x-role-arn': other, 'x-external-id': 'x', 'x-amz-security-token': 'x' };
      const wish = { sessionName: 'by-header' };
      const { status, body } = await target.call('POST', addressOf(of), wish, headers);
      const longest = Date.now() + 901_000;
      const own = body.roleArn === of.roleArn && body.accountId === of.account;
      return status === 200 && own && Date.parse(body.expiration) <= longest
        ? 'the account’s own role'
        : 'ANOTHER';
    },
  },
  {
    ...{
      cls: wished,
      attempt: 'role, account and external ID in the query',
      expected: '400 request-invalid',
    },
    needs: 'sandbox',
    run: async (target) => {
      const query = '?roleArn=arn:aws:iam::111122223333:role/Admin&accountId=111122223333&externalId=x';
      const path = `${addressOf(await someAccount(target))}${query}`;
      return seenIn(await target.call('POST', path, { sessionName: 'by-query' }));
    },
  },
  {
    ...{ cls: wished, attempt: 'a policy that AWS does not take', expected: '422 session-policy-refused' },
    needs: 'sandbox',
    run: async (target) => {
      const policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Perhaps"}]}';
      return seenIn(await ask(target, await someAccount(target), { sessionName: 'nightly', policy }));
    },
  },
  {
    ...{ cls: wished, attempt: 'the same field twice', expected: '400 body-malformed' },
    needs: 'sandbox',
    run: async (target) => {
      const wish = '{"sessionName":"nightly","durationSeconds":900,"durationSeconds":43200}';
      return seenIn(await ask(target, await someAccount(target), wish));
    },
  },
  {
    ...{ cls: wished, attempt: 'another wish under the same Idempotency-Key', expected: 'another session' },
    needs: 'sandbox',
    run: async (target) => {
      const of = await someAccount(target);
      const key = { 'idempotency-key': crypto.randomUUID() };
      const [a, b] = [await ask(target, of, undefined, key), await ask(target, of, undefined, key)];
      return a.body.sessionToken !== b.body.sessionToken ? 'another session' : 'THE SAME';
    },
  },
];

const kept = 'Session credentials stored or logged';

/** Credentials that were given once, to be looked for. */
let given: Promise<{ of: Of; secrets: string[] }> | undefined;
const once = (target: Sandboxed) => {
  given ??= (async () => {
    const of = await connected(target);
    const { body } = await ask(target, of);
    return { of, secrets: [body.accessKeyId, body.secretAccessKey, body.sessionToken] };
  })();
  return given;
};

const read: readonly Attempt[] = [
  ...['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'].map(
    (method): Attempt => ({
      ...{ cls: kept, attempt: `${method} of credentials that were given`, expected: '405' },
      needs: 'sandbox',
      run: async (target) => {
        const { of, secrets } = await once(target);
        const { status, text } = await target.call(method, addressOf(of));
        return `${status}${secrets.some((secret) => text.includes(secret)) ? ' WITH CREDENTIALS' : ''}`;
      },
    }),
  ),
  ...(
    [
      ['the client’s events', ({ client }) => `/v1/clients/${client.id}/events?limit=100`],
      ['the list of accounts', ({ client }) => `/v1/clients/${client.id}/accounts`],
      ['the account', ({ client, account }) => `/v1/clients/${client.id}/accounts/${account}`],
      ['the client', ({ client }) => `/v1/clients/${client.id}`],
      ['the list of links', ({ client }) => `/v1/clients/${client.id}/launches`],
      ['the launch page', ({ client }) => client.launch.pageUrl],
      ['the metrics', () => '/metrics'],
    ] satisfies [string, (of: Of) => string][]
  ).map(
    ([where, path]): Attempt => ({
      ...{ cls: kept, attempt: `credentials that were given, in ${where}`, expected: 'not there' },
      needs: 'sandbox',
      run: async (target) => {
        const { of, secrets } = await once(target);
        const { text } = await target.call('GET', path(of));
        return secrets.some((secret) => text.includes(secret)) ? 'THERE' : 'not there';
      },
    }),
  ),
  {
    ...{
      cls: kept,
      attempt: 'the event that tells of credentials',
      expected: 'told, by name and role alone',
    },
    needs: 'sandbox',
    run: async (target) => {
      const { of } = await once(target);
      const event = (await target.eventsOf(of.client)).find(({ type }) => type === 'credentials.issued');
      const fields = Object.keys(event?.data ?? {}).sort();
      return fields.join() === 'durationSeconds,narrowed,roleArn,sessionName,sourceIdentity'
        ? 'told, by name and role alone'
        : `WITH ${fields.join()}`;
    },
  },
  ...(['log', 'table'] as const).map(
    (where): Attempt => ({
      ...{ cls: kept, attempt: `credentials that were given, in the ${where}`, expected: 'not there' },
      needs: 'own',
      run: async (target) => {
        const { secrets } = await once(target);
        const text = where === 'log' ? target.service.output() : await allStored(target);
        return secrets.some((secret) => text.includes(secret)) ? 'THERE' : 'not there';
      },
    }),
  ),
  {
    ...{ cls: kept, attempt: 'credentials for a cache on the way to keep', expected: 'no-store' },
    needs: 'sandbox',
    run: async (target) => {
      const { of } = await once(target);
      const { headers } = await ask(target, of);
      return headers.get('cache-control') ?? 'NOTHING SAID';
    },
  },
  {
    ...{ cls: kept, attempt: 'what is answered where AWS lets nobody in' },
    expected: '409 account-not-enterable, no secret',
    needs: 'sandbox',
    run: async (target) => {
      const of = await connected(target);
      await strike(target, { name: 'rcp-deny', account: of.account });
      const answer = await ask(target, of);
      await calm(target);
      const secrets = [of.client.externalId, KEY, 'ASIA', target.principalArn];
      const told = secrets.some((secret) => answer.text.includes(secret));
      return `${seenIn(answer)}, ${told ? 'A SECRET' : 'no secret'}`;
    },
  },
];

export const credentials: readonly Attempt[] = [
  ...standings,
  ...endings,
  ...others,
  ...keys,
  shares,
  ...badly,
  ...ignored,
  ...read,
];
