import { callbackToken, type PageToken } from '../../src/core/token.js';
import { eventually, type Json, settledStack, updateStack } from '../support/world.js';
import type { Attempt } from './attempts.js';
import {
  changeTrust,
  connected,
  entering,
  freshAccount,
  makeFunction,
  makeRole,
  policyOf,
  stackEvent,
  tapTopic,
} from './aws.js';
import { confirmation } from './callbacks.js';
import { type Deployment, first, refusal, type Sandboxed, settledAccount, standing } from './deployment.js';
import { callOf, send } from './function-calls.js';

const MINE = '11111111-2222-4333-8444-555555555555';
const UUID4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const pathOf = ({ id }: Json) => `/v1/clients/${id}/external-id-rotation`;
const rotate = (target: Deployment, client: Json, body?: unknown, headers = {}, query = '') =>
  target.call('POST', `${pathOf(client)}${query}`, body, headers);

/** A client's rotation that has just begun; its page leads to the deployment as we reach it. */
async function begin(target: Deployment, client: Json): Promise<Json> {
  const { status, body } = await rotate(target, client);
  if (status !== 201) throw new Error(`a rotation was answered ${status}: ${JSON.stringify(body)}`);
  return { ...body, pageUrl: `${target.url}${new URL(body.pageUrl).pathname}` };
}
const cancel = (target: Deployment, client: Json) => target.call('DELETE', pathOf(client));
const tokenOf = ({ pageUrl }: Json): string => pageUrl.split('/').at(-1);

/** A client with a role of its own, connected by hand, whose trust policy is ours to change. */
async function registered(target: Sandboxed, fields: object = {}) {
  const [client, account] = [await target.invite(fields), freshAccount()];
  const roleArn = await makeRole(target, account, policyOf(entering(target, client.externalId)));
  await target.call('POST', `/v1/clients/${client.id}/accounts`, { roleArn });
  await settledAccount(target, client);
  const path = `/v1/clients/${client.id}/accounts/${account}`;
  const trust = (...externalIds: string[]) =>
    changeTrust(target, account, roleArn, policyOf(entering(target, externalIds)));
  const verify = async () => {
    await target.call('POST', `${path}/verifications`);
    return first(target, client);
  };
  const enter = async () =>
    refusal(await target.call('POST', `${path}/credentials`, { sessionName: crypto.randomUUID() }));
  return { client, account, roleArn, trust, verify, enter };
}

const chosen = 'External ID chosen or edited';
const choices: readonly Attempt[] = [
  ...['externalId', 'ExternalId', 'external_id', 'newExternalId', 'status'].map(
    (name): Attempt => ({
      ...{ cls: chosen, attempt: `${name} in the body of a rotation` },
      expected: '400 request-invalid, none begun',
      needs: 'api',
      run: async (target) => {
        const client = await target.invite();
        const answer = await rotate(target, client, { [name]: MINE });
        const { status } = await target.call('GET', pathOf(client));
        return `${refusal(answer)}, ${status === 404 ? 'none begun' : 'BEGUN'}`;
      },
    }),
  ),
  ...(
    [
      ['header X-External-Id of a rotation', {}, { 'x-external-id': MINE, externalid: MINE }],
      ['Idempotency-Key of a rotation', undefined, { 'idempotency-key': MINE }],
    ] satisfies [string, object | undefined, object][]
  ).map(
    ([attempt, body, headers]): Attempt => ({
      ...{ cls: chosen, attempt, expected: '201, an ID was drawn' },
      needs: 'api',
      run: async (target) => {
        const client = await target.invite();
        const answer = await rotate(target, client, body, headers);
        const { externalId } = answer.body;
        const drawn = UUID4.test(externalId) && externalId !== MINE && externalId !== client.externalId;
        return `${refusal(answer)}, ${drawn ? 'an ID was drawn' : 'CHOSEN'}`;
      },
    }),
  ),
  {
    ...{ cls: chosen, attempt: 'query of a rotation', expected: '400 request-invalid, none begun' },
    needs: 'api',
    run: async (target) => {
      const client = await target.invite();
      const query = `?externalId=${MINE}&ExternalId=${MINE}`;
      const answer = await rotate(target, client, undefined, {}, query);
      const { status } = await target.call('GET', pathOf(client));
      return `${refusal(answer)}, ${status === 404 ? 'none begun' : 'BEGUN'}`;
    },
  },
  ...(
    [
      [
        '__proto__ in the body of a rotation',
        `{"__proto__":{"externalId":"${MINE}"}}`,
        {},
        '400 body-malformed',
      ],
      [
        'a rotation as a form',
        `externalId=${MINE}`,
        { 'content-type': 'application/x-www-form-urlencoded' },
        '415 content-type-unsupported',
      ],
    ] satisfies [string, string, object, string][]
  ).map(
    ([attempt, body, headers, expected]): Attempt => ({
      ...{ cls: chosen, attempt, expected },
      needs: 'api',
      run: async (target) => refusal(await rotate(target, await target.invite(), body, headers)),
    }),
  ),
  ...['PUT', 'PATCH'].map(
    (method): Attempt => ({
      ...{
        cls: chosen,
        attempt: `${method} of an open rotation`,
        expected: '405 method-not-allowed, as it was',
      },
      needs: 'api',
      run: async (target) => {
        const client = await target.invite();
        const { externalId } = await begin(target, client);
        const answer = await target.call(method, pathOf(client), { externalId: MINE });
        const { body } = await target.call('GET', pathOf(client));
        return `${refusal(answer)}, ${body.externalId === externalId ? 'as it was' : 'CHANGED'}`;
      },
    }),
  ),
  {
    ...{ cls: chosen, attempt: 'query of a rotation’s page', expected: 'the page shows the drawn ID' },
    needs: 'api',
    run: async (target) => {
      const { externalId, pageUrl } = await begin(target, await target.invite());
      const { text } = await target.call('GET', `${pageUrl}?externalId=${MINE}&param_ExternalId=${MINE}`);
      return text.includes(externalId) && !text.includes(MINE) ? 'the page shows the drawn ID' : 'ANOTHER';
    },
  },
  {
    ...{ cls: chosen, attempt: 'a second rotation beside the first, at once' },
    expected: '201 and 409 rotation-open, one ID',
    needs: 'api',
    run: async (target) => {
      const client = await target.invite();
      const answers = await Promise.all([rotate(target, client), rotate(target, client)]);
      const seen = answers.map(refusal).sort().join(' and ');
      const drawn = answers.find(({ status }) => status === 201)?.body.externalId;
      const { body } = await target.call('GET', pathOf(client));
      return `${seen}, ${body.externalId === drawn ? 'one ID' : 'ANOTHER'}`;
    },
  },
];

const MANY = 20;
const drawings: readonly Attempt[] = [
  {
    ...{ cls: 'External ID shared by two clients', attempt: `rotations of ${MANY} clients of one name` },
    expected: `${2 * MANY} different IDs`,
    needs: 'api',
    run: async (target) => {
      const ids = Array.from({ length: MANY }, async () => {
        const client = await target.invite({ name: 'The same' });
        return [client.externalId, (await begin(target, client)).externalId];
      });
      return `${new Set((await Promise.all(ids)).flat()).size} different IDs`;
    },
  },
  {
    ...{ cls: 'External ID reused after deletion', attempt: `${MANY} rotations begun and cancelled` },
    expected: `${MANY + 1} different IDs`,
    needs: 'api',
    run: async (target) => {
      const client = await target.invite();
      const ids = new Set([client.externalId]);
      for (let times = 0; times < MANY; times += 1) {
        ids.add((await begin(target, client)).externalId);
        await cancel(target, client);
      }
      return `${ids.size} different IDs`;
    },
  },
  {
    ...{
      cls: 'External ID predictable',
      attempt: 'a new ID from the old one',
      expected: 'no part in common',
    },
    needs: 'api',
    run: async (target) => {
      const client = await target.invite();
      const { externalId } = await begin(target, client);
      const parts = (id: string) => id.split('-').filter((part) => part.length > 4);
      return parts(client.externalId).some((part) => externalId.includes(part))
        ? 'IN COMMON'
        : 'no part in common';
    },
  },
  {
    ...{
      cls: 'External ID shown to another tenant',
      attempt: 'a new ID, in another’s API answers and pages',
    },
    expected: 'not shown',
    needs: 'api',
    run: async (target) => {
      const [one, other] = [await target.invite(), await target.invite()];
      const { externalId } = await begin(target, one);
      const rotation = await begin(target, other);
      const paths = [
        ...['', '/accounts', '/events', '/launches', '/external-id-rotation'].map(
          (path) => `/v1/clients/${other.id}${path}`,
        ),
        ...[other.launch.pageUrl, `${other.launch.pageUrl}/template.yaml`, rotation.pageUrl],
        `${one.launch.pageUrl}/template.yaml`,
      ];
      const seen = await Promise.all(paths.map(async (path) => (await target.call('GET', path)).text));
      return seen.join().includes(externalId) ? 'SHOWN' : 'not shown';
    },
  },
  {
    ...{ cls: 'External ID shown to another tenant', attempt: 'a new ID, in the events of its own client' },
    expected: 'told, not shown',
    needs: 'api',
    run: async (target) => {
      const client = await target.invite();
      const { externalId } = await begin(target, client);
      await cancel(target, client);
      const events = await target.eventsOf(client);
      const told = events.some(({ type }) => type === 'external_id.rotation_started');
      return `${told ? 'told' : 'NOT TOLD'}, ${JSON.stringify(events).includes(externalId) ? 'SHOWN' : 'not shown'}`;
    },
  },
];

const bearer = 'Callback token taken for an identity';
const page = 'Rotation page’s token used for something else';
/** Where a rotation's token is tried, and what comes of it. */
const used = (
  attempt: string,
  expected: string,
  use: (target: Deployment, rotation: Json, client: Json) => Promise<string>,
): Attempt => ({
  ...{ cls: page, attempt, expected },
  needs: 'api',
  run: async (target) => {
    const client = await target.invite({ callback: 'none' });
    return use(target, await begin(target, client), client);
  },
});

const pages: readonly Attempt[] = [
  used('the launch’s template by it', '404 not-found', async ({ call }, { pageUrl }) =>
    refusal(await call('GET', `${pageUrl}/template.yaml`)),
  ),
  used('the launch’s progress by it', '404 not-found', async ({ call }, { pageUrl }) =>
    refusal(await call('GET', `${pageUrl}/events`)),
  ),
  used('an account entered by it', '404 not-found', async ({ call }, { pageUrl }) =>
    refusal(await call('POST', `${pageUrl}/account`, { accountId: '111122223333' })),
  ),
  used('the rotation cancelled by it', '405 method-not-allowed', async ({ call }, { pageUrl }) =>
    refusal(await call('DELETE', pageUrl)),
  ),
  used('it as an API key', '401 key-unknown', async ({ call }, rotation, client) =>
    refusal(await call('GET', pathOf(client), undefined, { authorization: `Bearer ${tokenOf(rotation)}` })),
  ),
  used(
    'a link’s page token for the rotation’s',
    'the launch page',
    async ({ call }, { externalId }, client) => {
      const { text } = await call('GET', client.launch.pageUrl);
      return text.includes(externalId) ? 'SHOWS THE NEW ID' : 'the launch page';
    },
  ),
  used('its page once it is cancelled', '200, then 404', async (target, { pageUrl }, client) => {
    const before = await target.call('GET', pageUrl);
    await cancel(target, client);
    return `${before.status}, then ${(await target.call('GET', pageUrl)).status}`;
  }),
  used('its page once the client is removed', '404', async (target, { pageUrl }, client) => {
    await target.call('DELETE', `/v1/clients/${client.id}`);
    return String((await target.call('GET', pageUrl)).status);
  }),
  used('it with one character changed, 64 times', '64 not found', async ({ call }, rotation) => {
    const token = tokenOf(rotation);
    const near = [...token].map(
      (c, place) => token.slice(0, place) + (c === 'A' ? 'B' : 'A') + token.slice(place + 1),
    );
    const seen = await Promise.all(near.map(async (one) => (await call('GET', `/launch/${one}`)).status));
    return `${seen.filter((status) => status === 404).length} not found`;
  }),
  used('the callback token made from it, for a page', '404', async ({ call }, rotation) =>
    String((await call('GET', `/launch/${callbackToken(tokenOf(rotation) as PageToken)}`)).status),
  ),
];

/** A rotation's token, or what a launch's callback token would be if it were a launch's, at both callbacks. */
const calledBack: readonly Attempt[] = (
  [
    ['a rotation’s page token', tokenOf],
    [
      'the callback token made from a rotation’s page token',
      (rotation) => callbackToken(tokenOf(rotation) as PageToken),
    ],
  ] satisfies [string, (rotation: Json) => string][]
).flatMap(([attempt, choose]): Attempt[] => [
  {
    ...{ cls: bearer, attempt: `${attempt} at the sns callback`, expected: '403 token-unknown, no account' },
    needs: 'sandbox',
    run: async (target) => {
      const client = await target.invite();
      const token = choose(await begin(target, client));
      const topic = await tapTopic(target, freshAccount());
      topic.trap.close();
      const there = { launch: { callbackUrl: client.launch.callbackUrl.replace(/[^/]+$/, token) } };
      return `${await confirmation(target, there, topic.confirmation)}, ${await first(target, client)}`;
    },
  },
  {
    ...{ cls: bearer, attempt: `${attempt} at the lambda callback`, expected: '404 not-found, no account' },
    needs: 'sandbox',
    run: async (target) => {
      const [client, account] = [await target.invite({ callback: 'lambda' }), freshAccount()];
      const token = choose(await begin(target, client));
      const there = { launch: { callbackUrl: client.launch.callbackUrl.replace(/[^/]+$/, token) } };
      const role = await makeRole(target, account, policyOf(entering(target, client.externalId)));
      const event = stackEvent(target, account, role);
      const answer = await send(target, there, callOf(there, await makeFunction(target, account), event));
      return `${answer}, ${await first(target, client)}`;
    },
  },
]);

const outdated = 'External ID accepted that was replaced or never came into force';
const NOT_ENTERABLE = '409 account-not-enterable';
const returns: readonly Attempt[] = [
  {
    ...{ cls: outdated, attempt: 'the old ID beside the new one after a rotation' },
    expected: 'connected; degraded trust-policy-unsafe (retired-external-id)',
    needs: 'sandbox',
    run: async (target) => {
      const { client, trust, verify } = await registered(target);
      const { externalId } = await begin(target, client);
      await trust(externalId);
      const over = await verify();
      await trust(externalId, client.externalId);
      return `${over}; ${await verify()}`;
    },
  },
  {
    ...{ cls: outdated, attempt: 'the old ID alone after a rotation' },
    expected: `new; connected role-not-assumable; ${NOT_ENTERABLE}`,
    needs: 'sandbox',
    run: async (target) => {
      const { client, trust, verify, enter } = await registered(target);
      const { externalId } = await begin(target, client);
      await trust(externalId);
      await verify();
      const { body } = await target.call('GET', `/v1/clients/${client.id}`);
      await trust(client.externalId);
      const entered = await enter();
      return `${body.externalId === externalId ? 'new' : 'OLD'}; ${await verify()}; ${entered}`;
    },
  },
  {
    // CloudFormation may be taking an update back, which has to be let through; what counts is who gets in after it.
    ...{ cls: outdated, attempt: 'a stack put back to the old ID after a rotation' },
    expected: `UPDATE_COMPLETE; the new ID stays; connected role-not-assumable; page 200; ${NOT_ENTERABLE}`,
    needs: 'sandbox',
    slow: true,
    run: async (target) => {
      const { client, account, stackId } = await connected(target);
      const { externalId, pageUrl } = await begin(target, client);
      await updateStack(target.world, client, stackId, { parameters: { ExternalId: externalId } });
      const over = await settledStack(target.world, stackId);
      await updateStack(target.world, client, stackId, { parameters: { ExternalId: client.externalId } });
      await settledStack(target.world, stackId);
      const [stands] = await eventually(
        () => target.accountsOf(client),
        ([one]) => one.verdict.failure !== null,
      );
      const { body } = await target.call('GET', `/v1/clients/${client.id}`);
      const stays = body.externalId === externalId ? 'the new ID stays' : 'ANOTHER ID';
      const page = (await target.call('GET', pageUrl)).status;
      const path = `/v1/clients/${client.id}/accounts/${account}/credentials`;
      const entered = refusal(await target.call('POST', path, { sessionName: 'afterwards' }));
      return `${over.status}; ${stays}; ${standing(stands)}; page ${page}; ${entered}`;
    },
  },
  {
    ...{ cls: outdated, attempt: 'the ID of a cancelled rotation, on a connected account' },
    expected: `connected role-not-assumable; ${NOT_ENTERABLE}`,
    needs: 'sandbox',
    run: async (target) => {
      const { client, trust, verify, enter } = await registered(target);
      const { externalId } = await begin(target, client);
      await cancel(target, client);
      await trust(externalId);
      const entered = await enter();
      return `${await verify()}; ${entered}`;
    },
  },
  {
    ...{ cls: outdated, attempt: 'the ID of a cancelled rotation beside the one in force' },
    expected: 'CREATE_COMPLETE; UPDATE_ROLLBACK_COMPLETE (external-id-edited); the ID in force stays',
    needs: 'sandbox',
    slow: true,
    run: async (target) => {
      const { client, stackId } = await connected(target);
      const { externalId } = await begin(target, client);
      await cancel(target, client);
      await updateStack(target.world, client, stackId, { parameters: { ExternalId: externalId } });
      const { status, reasons } = await settledStack(target.world, stackId);
      const code = /\(external-id-edited\)/.exec(reasons)?.[0] ?? 'FOR NO SUCH REASON';
      const { body } = await target.call('GET', `/v1/clients/${client.id}`);
      const stays = body.externalId === client.externalId ? 'the ID in force stays' : 'ANOTHER ID';
      return `CREATE_COMPLETE; ${status} ${code}; ${stays}`;
    },
  },
  {
    ...{ cls: outdated, attempt: 'a rotation cancelled after an account has gone over' },
    expected: '409 rotation-under-way; 200',
    needs: 'sandbox',
    run: async (target) => {
      const { client, trust, verify, enter } = await registered(target, { maxAccounts: 2 });
      const second = await makeRole(target, freshAccount(), policyOf(entering(target, client.externalId)));
      await target.call('POST', `/v1/clients/${client.id}/accounts`, { roleArn: second });
      await eventually(
        () => target.accountsOf(client),
        (all) => all.length === 2 && all.every(({ status }) => status === 'connected'),
      );
      const { externalId } = await begin(target, client);
      await trust(externalId);
      await verify();
      return `${refusal(await cancel(target, client))}; ${await enter()}`;
    },
  },
  {
    ...{ cls: outdated, attempt: 'the ID of a cancelled rotation, by a role named by hand' },
    expected: 'rejected role-not-assumable',
    needs: 'sandbox',
    slow: true,
    run: async (target) => {
      const client = await target.invite();
      const { externalId } = await begin(target, client);
      await cancel(target, client);
      return namedByHand(target, client, externalId);
    },
  },
  {
    ...{ cls: 'Client B submits client A’s role', attempt: 'by A’s new ID, in the middle of a rotation' },
    expected: 'rejected role-not-assumable; A connected',
    needs: 'sandbox',
    slow: true,
    run: async (target) => {
      const { client, roleArn, trust, verify } = await registered(target, { allowSharedAccounts: true });
      const { externalId } = await begin(target, client);
      await trust(externalId);
      await verify();
      const other = await target.invite({ allowSharedAccounts: true });
      await begin(target, other);
      await target.call('POST', `/v1/clients/${other.id}/accounts`, { roleArn });
      return `${standing(await settledAccount(target, other))}; A ${await first(target, client)}`;
    },
  },
];

async function namedByHand(target: Sandboxed, client: Json, trusted: string): Promise<string> {
  const roleArn = await makeRole(target, freshAccount(), policyOf(entering(target, trusted)));
  await target.call('POST', `/v1/clients/${client.id}/accounts`, { roleArn });
  return standing(await settledAccount(target, client));
}

export const rotation: readonly Attempt[] = [...choices, ...drawings, ...pages, ...calledBack, ...returns];
