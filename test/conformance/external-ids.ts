import type { Json } from '../support/world.js';
import type { Attempt } from './attempts.js';
import { connected, stackOutcome, state } from './aws.js';
import { type Deployment, refusal, settledAccount, standing } from './deployment.js';

const MINE = '11111111-2222-4333-8444-555555555555';
const MANY = 200;

const chosen = 'External ID chosen or edited';
const names = ['externalId', 'ExternalId', 'external_id', 'externalID'];

const inFields = names.flatMap((name): Attempt[] => [
  {
    ...{ cls: chosen, attempt: `${name} in the body of POST clients`, expected: '400 request-invalid' },
    needs: 'api',
    run: async ({ call }) => refusal(await call('POST', '/v1/clients', { name: 'x', [name]: MINE })),
  },
  {
    ...{
      cls: chosen,
      attempt: `${name} in the body of PATCH client`,
      expected: '400 request-invalid, as it was',
    },
    needs: 'api',
    run: (target) =>
      afterwards(target, ({ id }) => target.call('PATCH', `/v1/clients/${id}`, { name: 'x', [name]: MINE })),
  },
  {
    ...{
      cls: chosen,
      attempt: `${name} in the body of POST launches`,
      expected: '400 request-invalid, as it was',
    },
    needs: 'api',
    run: (target) =>
      afterwards(target, ({ id }) => target.call('POST', `/v1/clients/${id}/launches`, { [name]: MINE })),
  },
]);

/** What a call was answered, and whether the client's ID is what it was. */
async function afterwards(
  target: Deployment,
  act: (client: Json) => Promise<{ status: number; body: Json }>,
): Promise<string> {
  const client = await target.invite();
  const answer = await act(client);
  const { body } = await target.call('GET', `/v1/clients/${client.id}`);
  return `${refusal(answer)}, ${body.externalId === client.externalId ? 'as it was' : 'CHANGED'}`;
}

/** What came of an invitation that named an ID in some other way. */
async function drawn(target: Deployment, path: string, body: object | string, headers = {}): Promise<string> {
  const answer = await target.call('POST', path, body, headers);
  if (answer.status !== 201) return refusal(answer);
  return answer.body.externalId === MINE ? 'CHOSEN' : 'an ID was drawn';
}

const edited: readonly Attempt[] = [
  {
    ...{ cls: chosen, attempt: 'header X-External-Id', expected: 'an ID was drawn' },
    needs: 'api',
    run: (target) => drawn(target, '/v1/clients', { name: 'x' }, { 'x-external-id': MINE, externalid: MINE }),
  },
  {
    ...{ cls: chosen, attempt: 'query of POST clients', expected: '400 request-invalid' },
    needs: 'api',
    run: (target) => drawn(target, `/v1/clients?externalId=${MINE}&ExternalId=${MINE}`, { name: 'x' }),
  },
  {
    ...{ cls: chosen, attempt: 'a label called externalId', expected: 'an ID was drawn' },
    needs: 'api',
    run: (target) => drawn(target, '/v1/clients', { name: 'x', metadata: { externalId: MINE } }),
  },
  {
    ...{ cls: chosen, attempt: '__proto__ with an externalId', expected: '400 body-malformed' },
    needs: 'api',
    run: (target) => drawn(target, '/v1/clients', `{"name":"x","__proto__":{"externalId":"${MINE}"}}`),
  },
  {
    ...{ cls: chosen, attempt: 'the same key twice', expected: '400 body-malformed' },
    needs: 'api',
    run: (target) => drawn(target, '/v1/clients', `{"name":"x","name":"y"}`),
  },
  {
    ...{ cls: chosen, attempt: 'as a form instead of JSON', expected: '415 content-type-unsupported' },
    needs: 'api',
    run: (target) =>
      drawn(target, '/v1/clients', `name=x&externalId=${MINE}`, {
        'content-type': 'application/x-www-form-urlencoded',
      }),
  },
  {
    ...{ cls: chosen, attempt: 'PUT of the whole client', expected: '405 method-not-allowed, as it was' },
    needs: 'api',
    run: (target) =>
      afterwards(target, ({ id }) =>
        target.call('PUT', `/v1/clients/${id}`, { name: 'x', externalId: MINE }),
      ),
  },
  {
    ...{
      cls: chosen,
      attempt: 'externalId with a role named by hand',
      expected: '400 request-invalid, as it was',
    },
    needs: 'api',
    run: (target) =>
      afterwards(target, ({ id }) =>
        target.call('POST', `/v1/clients/${id}/accounts`, {
          roleArn: 'arn:aws:iam::111122223333:role/X',
          externalId: MINE,
        }),
      ),
  },
  {
    ...{ cls: chosen, attempt: 'externalId entered on the launch page', expected: '400 request-invalid' },
    needs: 'api',
    run: async (target) => {
      const { launch } = await target.invite({ callback: 'none' });
      const body = { accountId: '111122223333', externalId: MINE };
      return refusal(await target.call('POST', `${launch.pageUrl}/account`, body));
    },
  },
  {
    ...{ cls: chosen, attempt: 'query of the launch page', expected: 'the page shows the drawn ID' },
    needs: 'api',
    run: async (target) => {
      const { launch, externalId } = await target.invite();
      const { text } = await target.call(
        'GET',
        `${launch.pageUrl}?externalId=${MINE}&param_ExternalId=${MINE}`,
      );
      return text.includes(externalId) && !text.includes(MINE) ? 'the page shows the drawn ID' : 'ANOTHER';
    },
  },
  {
    ...{
      cls: chosen,
      attempt: 'edited in the console',
      expected: 'rejected external-id-edited, never connected',
    },
    needs: 'sandbox',
    slow: true,
    run: async (target) => {
      const client = await target.invite();
      const outcome = await stackOutcome(target, client, { parameters: { ExternalId: MINE } });
      const types = (await target.eventsOf(client)).map(({ type }) => type);
      const told = types.includes('account.connected') ? 'CONNECTED' : 'never connected';
      return `${outcome.replace('ROLLBACK_COMPLETE, ', '')}, ${told}`;
    },
  },
];

async function invited(target: Deployment, count: number): Promise<Json[]> {
  const clients: Json[] = [];
  for (let first = 0; first < count; first += 10)
    clients.push(
      ...(await Promise.all(Array.from({ length: 10 }, () => target.invite({ name: 'The same' })))),
    );
  return clients;
}

/** Two hundred clients of one name: their IDs are looked at from all sides. */
let many: Promise<readonly string[]> | undefined;
const idsOf = (target: Deployment) => {
  many ??= invited(target, MANY).then((clients) => clients.map(({ externalId }) => externalId));
  return many;
};

const predictable = 'External ID predictable';
const guessing: readonly Attempt[] = [
  {
    ...{ cls: predictable, attempt: `the form, over ${MANY} clients`, expected: `${MANY} are UUIDv4` },
    needs: 'api',
    run: async (target) => {
      const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
      return `${(await idsOf(target)).filter((id) => form.test(id)).length} are UUIDv4`;
    },
  },
  {
    ...{ cls: predictable, attempt: 'a bit that is seldom or mostly set', expected: '122 bits are even' },
    needs: 'api',
    run: async (target) => {
      const ids = (await idsOf(target)).map((id) => BigInt(`0x${id.replaceAll('-', '')}`));
      const set = Array.from(
        { length: 128 },
        (_, bit) => ids.filter((id) => (id >> BigInt(bit)) & 1n).length,
      );
      // Six standard deviations from half: chance alone does that in one run of millions.
      return `${set.filter((times) => Math.abs(times - MANY / 2) < 3 * Math.sqrt(MANY)).length} bits are even`;
    },
  },
  {
    ...{ cls: predictable, attempt: 'one in the order of another', expected: 'neither rising nor falling' },
    needs: 'api',
    run: async (target) => {
      const ids = await idsOf(target);
      const rising = ids.filter((id, place) => place > 0 && id > (ids[place - 1] ?? '')).length;
      return rising > MANY / 4 && rising < (3 * MANY) / 4 ? 'neither rising nor falling' : `${rising} RISE`;
    },
  },
  {
    ...{ cls: predictable, attempt: 'made from the client’s own id', expected: 'no part in common' },
    needs: 'api',
    run: async (target) => {
      const { id, externalId, launch } = await target.invite();
      const parts = [id, launch.id].flatMap((text: string) =>
        text
          .slice(4)
          .split('-')
          .filter((p) => p.length > 4),
      );
      return parts.some((part) => externalId.includes(part)) ? 'IN COMMON' : 'no part in common';
    },
  },
];

const shared: readonly Attempt[] = [
  {
    cls: 'External ID shared by two clients',
    ...{ attempt: `${MANY} clients of one name, ten at a time`, expected: `${MANY} different IDs` },
    needs: 'api',
    run: async (target) => `${new Set(await idsOf(target)).size} different IDs`,
  },
];

const reusedAs = 'External ID reused after deletion';
/** A client, removed, and another with its reference and name. */
async function again(target: Deployment, first: Json): Promise<Json> {
  await target.call('DELETE', `/v1/clients/${first.id}`);
  return target.invite({ name: first.name, reference: first.reference });
}
const reference = () => `conformance-${crypto.randomUUID()}`;
const reused: readonly Attempt[] = [
  {
    ...{ cls: reusedAs, attempt: 'the same reference and name again', expected: 'another ID' },
    needs: 'api',
    run: async (target) => {
      const first = await target.invite({ reference: reference() });
      const second = await again(target, first);
      return second.externalId === first.externalId ? 'THE SAME ID' : 'another ID';
    },
  },
  {
    ...{ cls: reusedAs, attempt: 'the removed client’s link', expected: 'page 404, page of the next 200' },
    needs: 'api',
    run: async (target) => {
      const first = await target.invite({ reference: reference() });
      const second = await again(target, first);
      const page = async ({ launch }: Json) => (await target.call('GET', launch.pageUrl)).status;
      return `page ${await page(first)}, page of the next ${await page(second)}`;
    },
  },
  {
    ...{ cls: reusedAs, attempt: 'the removed client’s role', expected: 'rejected role-not-assumable' },
    needs: 'sandbox',
    slow: true,
    run: async (target) => {
      const { client, roleArn } = await connected(target, { reference: reference() });
      const next = await again(target, client);
      await target.call('POST', `/v1/clients/${next.id}/accounts`, { roleArn });
      return standing(await settledAccount(target, next));
    },
  },
];

const shownAs = 'External ID shown to another tenant';
const shown: readonly Attempt[] = [
  {
    ...{ cls: shownAs, attempt: 'another’s API answers and page', expected: 'not shown' },
    needs: 'api',
    run: async (target) => {
      const [one, other] = [await target.invite(), await target.invite()];
      const seen = [
        ...['', '/accounts', '/events', '/launches'].map((path) => `/v1/clients/${other.id}${path}`),
        ...[other.launch.pageUrl, `${other.launch.pageUrl}/template.yaml`],
      ].map(async (path) => (await target.call('GET', path)).text);
      return (await Promise.all(seen)).join().includes(one.externalId) ? 'SHOWN' : 'not shown';
    },
  },
  {
    ...{ cls: shownAs, attempt: 'the template that everybody can read', expected: 'the same for both' },
    needs: 'api',
    run: async (target) => {
      const [one, other] = await Promise.all(
        [await target.invite(), await target.invite()].map(
          async ({ launch }) => (await target.call('GET', `${launch.pageUrl}/template.yaml`)).text,
        ),
      );
      return one === other ? 'the same for both' : 'DIFFERENT';
    },
  },
  {
    ...{ cls: shownAs, attempt: 'the reasons of a stack refused for another client', expected: 'not shown' },
    needs: 'sandbox',
    run: async (target) => {
      const { client, account } = await connected(target, { name: 'The first of two' });
      const other = await target.invite();
      await stackOutcome(target, other, { account, stackName: 'of-the-other' });
      const { stacks } = await state(target);
      const stack = stacks.find(({ name, id }: Json) => name === 'of-the-other' && id.includes(account));
      const told = JSON.stringify([stack.events, stack.outputs, await target.eventsOf(other)]);
      const secrets = [client.externalId, client.id, client.name];
      return secrets.some((secret) => told.includes(secret)) ? 'SHOWN' : 'not shown';
    },
  },
  {
    ...{ cls: shownAs, attempt: 'without a key', expected: '401 key-missing' },
    needs: 'api',
    run: async (target) => {
      const { id } = await target.invite();
      return refusal(await target.call('GET', `/v1/clients/${id}`, undefined, { authorization: '' }));
    },
  },
];

export const externalIds: readonly Attempt[] = [
  ...inFields,
  ...edited,
  ...guessing,
  ...shared,
  ...reused,
  ...shown,
];
