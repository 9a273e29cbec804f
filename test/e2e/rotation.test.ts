import t from 'tap';
import { startDeployment } from '../support/deployment.js';
import {
  api,
  createStack,
  deleteStack,
  eventually,
  invite,
  type Json,
  settledStack,
  updateStack,
} from '../support/world.js';

// Long enough for the old trust policy to answer for a while after an update.
const { world, service, eventsOf } = await startDeployment(t, { propagationMs: 700 });

const call = (method: string, { id }: Json, path = '') => api(service, method, `/v1/clients/${id}${path}`);
const rotation = (method: string, client: Json) => call(method, client, '/external-id-rotation');
const connect = async (client: Json, account: string) => {
  const stackId = await createStack(world, client, { account, stackName: `stack-${account}` });
  const { status, reasons } = await settledStack(world, stackId);
  if (status !== 'CREATE_COMPLETE') throw new Error(reasons);
  return stackId;
};

for (const callback of ['sns', 'lambda'])
  t.test(`by ${callback}: an external ID is replaced by an update of the stack`, async (t) => {
    const account = callback === 'sns' ? '400000000001' : '400000000002';
    const client = await invite(service, { callback });
    const stackId = await connect(client, account);
    const begun = await rotation('POST', client);
    t.equal(begun.status, 201);
    const { externalId: next, pageUrl, accounts } = begun.body;
    t.match(next, /^[0-9a-f-]{36}$/);
    t.not(next, client.externalId);
    t.match(accounts, [{ accountId: account, rotated: false, command: /--use-previous-template/ }]);
    t.match(
      accounts[0].command,
      new RegExp(
        `ParameterKey=ExternalId,ParameterValue=${next} ParameterKey=CallbackUrl,UsePreviousValue=true`,
      ),
    );
    t.match((await rotation('POST', client)).body, { status: 409, code: 'rotation-open' });
    t.equal(
      (await call('GET', client)).body.externalId,
      client.externalId,
      'the old one stays until it is done',
    );

    const page = await (await fetch(pageUrl)).text();
    t.match(page, new RegExp(next));
    t.match(page, /update-stack/);

    // No moment without access: credentials are asked for all the while, each time under another name, so that
    // none comes from memory.
    const asked: number[] = [];
    let over = false;
    const asking = (async () => {
      while (!over) {
        const path = `/accounts/${account}/credentials`;
        const body = { sessionName: `ask-${asked.length}` };
        asked.push((await api(service, 'POST', `/v1/clients/${client.id}${path}`, body)).status);
      }
    })();
    await updateStack(world, client, stackId, { parameters: { ExternalId: next } });
    const { status, reasons } = await settledStack(world, stackId);
    await eventually(
      async () => asked.length,
      (times) => times > 20,
    );
    over = true;
    await asking;
    t.same([...new Set(asked)], [200], `${asked.length} times, and never refused`);
    t.equal(status, 'UPDATE_COMPLETE', reasons);
    t.equal(
      (await call('GET', client)).body.externalId,
      next,
      'once the stack is complete the new one counts',
    );
    t.equal((await rotation('GET', client)).status, 404);
    const done = await fetch(pageUrl);
    t.equal(done.status, 200, 'whoever looks at the page sees that it is done');
    const words = await done.text();
    t.match(words, /Done\./);
    t.notOk(
      [next, client.externalId].some((id) => words.includes(id)),
      'and no external ID any more',
    );
    t.ok((await eventsOf(client)).includes('external_id.rotated'));
    const { body } = await call('GET', client, `/accounts/${account}`);
    t.match(body, { status: 'connected', verdict: { failure: null, findings: [] } });
    const soon = Date.parse(body.nextVerificationAt) - Date.now();
    t.ok(soon < 15 * 60_000, 'that the old one is denied is looked at within a quarter of an hour');
  });

t.test('several accounts go over each at its own pace', async (t) => {
  const client = await invite(service, { maxAccounts: 2 });
  const stacks = [await connect(client, '400000000011'), await connect(client, '400000000012')] as const;
  const { body } = await rotation('POST', client);
  await updateStack(world, client, stacks[0], { parameters: { ExternalId: body.externalId } });
  t.equal((await settledStack(world, stacks[0])).status, 'UPDATE_COMPLETE');
  const halfway = await rotation('GET', client);
  t.match(halfway.body.accounts.map(({ rotated }: Json) => rotated).sort(), [false, true]);
  t.equal((await call('GET', client)).body.externalId, client.externalId);
  t.match((await rotation('DELETE', client)).body, { status: 409, code: 'rotation-under-way' });
  t.match((await call('GET', client, '/accounts')).body.items, [
    { status: 'connected' },
    { status: 'connected' },
  ]);
  await updateStack(world, client, stacks[1], { parameters: { ExternalId: body.externalId } });
  t.equal((await settledStack(world, stacks[1])).status, 'UPDATE_COMPLETE');
  t.equal((await call('GET', client)).body.externalId, body.externalId);
});

t.test('it is complete when the last account that has not gone over leaves', async (t) => {
  for (const [place, leave] of [
    (client: Json) => call('DELETE', client, '/accounts/400000000041'),
    async (_: Json, stackId: string) => {
      await deleteStack(world, stackId);
      await settledStack(world, stackId);
    },
  ].entries()) {
    const client = await invite(service, { maxAccounts: 2 });
    const [staying, leaving] = [
      await connect(client, `40000000003${place}`),
      await connect(client, `40000000004${place + 1}`),
    ];
    const { body } = await rotation('POST', client);
    await updateStack(world, client, staying, { parameters: { ExternalId: body.externalId } });
    t.equal((await settledStack(world, staying)).status, 'UPDATE_COMPLETE');
    t.equal((await rotation('GET', client)).status, 200);
    await leave(client, leaving);
    t.equal((await rotation('GET', client)).status, 404, place === 0 ? 'let go' : 'by its stack');
    t.equal((await call('GET', client)).body.externalId, body.externalId);
  }
});

t.test('a rotation that is cancelled leaves the old external ID in force', async (t) => {
  const client = await invite(service);
  const stackId = await connect(client, '400000000021');
  const { body } = await rotation('POST', client);
  t.equal((await rotation('DELETE', client)).status, 204);
  t.equal((await rotation('DELETE', client)).status, 404);
  await updateStack(world, client, stackId, { parameters: { ExternalId: body.externalId } });
  const { status, reasons } = await settledStack(world, stackId);
  t.equal(status, 'UPDATE_ROLLBACK_COMPLETE', 'a stack that is updated all the same is taken back');
  t.match(reasons, /\(external-id-edited\)/);
  // What was looked at in the middle of that is looked at again after five minutes, or when it is asked for.
  await eventually(
    async () => (await call('POST', client, '/accounts/400000000021/verifications')).body,
    ({ failure }) => failure === null,
  );
  t.equal((await call('GET', client, '/accounts')).body.items[0].status, 'connected');
  t.same(
    (await eventsOf(client)).filter((type) => type.startsWith('external_id')),
    ['external_id.rotation_started', 'external_id.rotation_cancelled'],
  );
});
