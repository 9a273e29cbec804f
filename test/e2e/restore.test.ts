import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import t, { type Test } from 'tap';
import { createTableIfMissing } from '../../src/store/dynamodb.js';
import { databaseAt, drawUpTo, freshDatabase, localUrl } from '../store/database.js';
import { scan } from '../support/audit.js';
import { startReceiver } from '../support/receiver.js';
import {
  api,
  createStack,
  deleteStack,
  eventually,
  invite,
  type Json,
  type RunningService,
  settledStack,
  startService,
  startWorld,
  type World,
} from '../support/world.js';

const run = promisify(execFile);
const command = fileURLToPath(new URL('../../dist/after-restore.js', import.meta.url));

/** What a restore from this moment would make: another table with these items. */
async function restoreFrom(world: World): Promise<World> {
  const items = await scan(world);
  const database = databaseAt(localUrl(), `test-${randomBytes(6).toString('hex')}`);
  await createTableIfMissing(database);
  for (const Item of items)
    await database.client.send(new PutItemCommand({ TableName: database.tableName, Item }));
  database.client.destroy();
  return {
    ...world,
    environment: { ...world.environment, TABLE_NAME: database.tableName, TABLE_CREATE: 'never' },
  };
}

async function readFrom(
  service: RunningService,
  position: string,
): Promise<{ items: Json[]; position: string }> {
  const items: Json[] = [];
  for (let after = position; ; ) {
    const query = `limit=100${after === '' ? '' : `&after=${after}`}`;
    const { status, body } = await api(service, 'GET', `/v1/events?${query}`);
    if (status !== 200) throw new Error(`the feed answered ${status}: ${JSON.stringify(body)}`);
    items.push(...body.items);
    if (body.items.length === 0 && body.position === after) return { items, position: after };
    after = body.position;
  }
}

async function connect(world: World, service: RunningService, account: string) {
  const client = await invite(service);
  const stack = await createStack(world, client, { account });
  await settledStack(world, stack);
  return { client, stack };
}

t.test('a table that was restored goes on once it is repaired, and nobody misses anything', async (t) => {
  const world = await startWorld();
  t.teardown(() => world.close());
  const receiver = await startReceiver(t);
  const first = await startService(world);
  t.teardown(() => first.kill());
  await api(first, 'POST', '/v1/webhooks', { url: receiver.url });
  await api(first, 'POST', '/v1/api-keys', { name: 'nightly', scopes: ['clients:read'] });
  const known = await connect(world, first, '111122220001');
  await eventually(
    async () => receiver.received.map(({ event }) => event.type),
    (types) => types.includes('account.connected'),
  );

  const restored = await restoreFrom(world);
  // What comes now is lost by the restore.
  const lost = await connect(world, first, '111122220002');
  const late = await invite(first);
  const before = await readFrom(first, '');
  await eventually(
    async () => receiver.received.length,
    (count) => count >= before.items.length,
  );
  await first.kill();
  const sentBefore = new Set(receiver.received.map(({ event }) => event.id));

  const repair = async (...words: string[]): Promise<string> => {
    for (let tries = 1; ; tries += 1)
      try {
        return (await run(process.execPath, [command, ...words], { env: restored.environment })).stdout;
      } catch (error) {
        // It may be run again where the table took too long.
        if (tries === 3 || !/TimeoutError/.test(String(error))) throw error;
      }
  };
  const untouched = await scan(restored);
  const plan = await repair('--beyond', before.position);
  t.match(plan, /nightly/, 'keys are listed, for people to look at');
  t.match(plan, /127\.0\.0\.1:\d+ +enabled/, 'and webhooks');
  t.match(plan, /1 accounts have not been verified/);
  t.strictSame(await scan(restored), untouched, 'without --yes nothing is changed');
  await repair('--beyond', before.position, '--yes');
  const counterOf = async () => (await scan(restored)).find(({ sk }) => sk?.S === 'COUNTER');
  const counter = await counterOf();
  await repair('--beyond', before.position, '--yes');
  t.strictSame(await counterOf(), counter, 'a second run does nothing twice');

  const repairedAt = Date.now();
  const second = await startService(restored, Number(new URL(first.url).port));
  t.teardown(() => second.kill());
  const { client } = await connect(world, second, '111122220003');
  const after = await readFrom(second, before.position);
  t.equal(after.items[0]?.type, 'table.restored', 'whoever was further than the table goes on, and is told');
  t.match(after.items[0]?.actor, { type: 'operator' });
  t.ok(
    after.items.every(({ id }) => !before.items.some((seen) => seen.id === id)),
    'no number is given to another event',
  );
  const types = after.items.filter(({ clientId }) => clientId === client.id).map(({ type }) => type);
  t.strictSame(types, ['client.invited', 'stack.started', 'account.verifying', 'account.connected']);
  const whole = (await readFrom(second, '')).items.map(({ id }) => id);
  t.strictSame([...new Set(whole)], whole);
  const sent = await eventually(
    async () => receiver.received.map(({ event }) => event.id).filter((id) => !sentBefore.has(id)),
    (ids) => after.items.every(({ id }) => ids.includes(id)),
  );
  t.strictSame([...sent].sort(), [...new Set(sent)].sort(), 'a webhook gets what is new, once');
  const account = await eventually(
    async () => (await api(second, 'GET', `/v1/clients/${known.client.id}/accounts/111122220001`)).body,
    ({ lastVerifiedAt }) => Date.parse(lastVerifiedAt) > repairedAt,
  );
  t.equal(account.status, 'connected', 'it is verified again');

  await deleteStack(world, lost.stack);
  t.equal(
    (await settledStack(world, lost.stack)).status,
    'DELETE_COMPLETE',
    'a stack that nobody knows can go',
  );
  t.equal((await fetch(late.launch.pageUrl)).status, 404, 'a link that nobody knows says so');
});

/** A world whose table is there and has nothing in it. */
async function emptyTable(t: Test) {
  const world = await startWorld();
  t.teardown(() => world.close());
  const database = await freshDatabase(t);
  return {
    database,
    world: { ...world, environment: { ...world.environment, TABLE_NAME: database.tableName } },
  };
}

t.test('what cannot be repaired as it is asked for is refused, and nothing is changed', async (t) => {
  const { world } = await emptyTable(t);
  const { environment } = world;
  const repair = (...words: string[]) => run(process.execPath, [command, ...words], { env: environment });
  const itemsNow = () => scan(world);

  t.match(
    (await repair()).stdout,
    /Numbers up to 100000 may have been given out/,
    'where nobody has seen any',
  );
  await t.rejects(repair('--beyond', '12345'), { code: 1, stderr: /--beyond takes a position.*not 12345/ });
  await t.rejects(repair('--everything'), { code: 1, stderr: /--everything/ });
  await t.rejects(run(process.execPath, [command], { env: { ...environment, STS_CALLS_PER_SECOND: 'x' } }), {
    code: 1,
    stderr: /STS_CALLS_PER_SECOND/,
  });
  t.strictSame(await itemsNow(), []);

  await repair('--beyond', 'evt_000000000000005_00', '--yes');
  const repaired = await itemsNow();
  await t.rejects(
    repair('--beyond', 'evt_000000000001006_00', '--yes'),
    { code: 1, stderr: /raised to 1005 already, which is not beyond evt_000000000001006_00/ },
    'somebody has seen more than was left out',
  );
  t.strictSame(await itemsNow(), repaired);
});

t.test('a table that has gone on beyond what was seen is not raised', async (t) => {
  const { world, database } = await emptyTable(t);
  await drawUpTo(database, 5_000);
  const env = world.environment;
  await t.rejects(run(process.execPath, [command, '--beyond', 'evt_000000000003000_00', '--yes'], { env }), {
    code: 1,
    stderr: /come to 5000 by itself, beyond 4000/,
  });
});
