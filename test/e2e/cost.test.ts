import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { pino } from 'pino';
import t from 'tap';
import { readConfig } from '../../src/config.js';
import { makeApp } from '../../src/http/app.js';
import { makeService } from '../../src/service.js';
import { createTableIfMissing, openDatabase } from '../../src/store/dynamodb.js';
import { readCatalogue } from '../../src/templates/catalogue.js';
import { meter } from '../bench/meter.js';
import { freePort } from '../support/free-port.js';
import { api, createStack, eventually, invite, settledStack, startWorld } from '../support/world.js';

t.test('an onboarding costs at most 8 requests and 32 write units', async (t) => {
  const world = await startWorld();
  Object.assign(process.env, world.environment);
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const config = readConfig({ ...process.env, PUBLIC_URL: publicUrl });
  const database = openDatabase(config.tableName);
  await createTableIfMissing(database);
  const log = pino({ level: 'silent' });
  const service = makeService(config, await readCatalogue(config.trustedPrincipal), database, log);
  const defaults = { profile: 'security-audit', region: 'us-east-1' };
  const app = await makeApp({ service, log, publicUrl, limits: config.limits, defaults });
  await app.listen({ host: '127.0.0.1', port });
  t.teardown(async () => {
    await app.close();
    await service.stop();
    await world.close();
  });

  const metered = meter(database.client, new DynamoDBClient({}));
  /** What the whole of one asks of the table; its last is the stack as it is settled. */
  const onboard = async (account: string) => {
    const from = metered.calls.length;
    const client = await invite({ url: publicUrl });
    const { status } = await settledStack(world, await createStack(world, client, { account }));
    t.equal(status, 'CREATE_COMPLETE');
    const answered = await eventually(
      async () => metered.calls.slice(from),
      (calls) => calls.at(-1)?.operation === 'PutItem' && calls.length >= 8,
    );
    return { client, answered };
  };
  // A verification that takes seconds extends its lease, and a process's first makes connections and reads keys.
  await onboard('111122224444');
  const { client, answered } = await onboard('111122223333');
  for (const { operation, writeUnits, readUnits } of answered)
    t.comment(`${operation}: ${writeUnits} write units, ${readUnits} read units`);
  const sum = (which: 'writeUnits' | 'readUnits') => answered.reduce((total, call) => total + call[which], 0);
  t.comment(`${answered.length} requests, ${sum('writeUnits')} write units, ${sum('readUnits')} read units`);
  t.ok(answered.length <= 8, `${answered.length} requests`);
  t.ok(sum('writeUnits') <= 32, `${sum('writeUnits')} write units`);
  const { body } = await api({ url: publicUrl }, 'GET', `/v1/clients/${client.id}`);
  t.equal(body.status, 'connected');

  const [account] = (await api({ url: publicUrl }, 'GET', `/v1/clients/${client.id}/accounts`)).body.items;
  const before = metered.calls.length;
  const address = `/v1/clients/${client.id}/accounts/${account.accountId}`;
  t.equal((await api({ url: publicUrl }, 'GET', address)).body.status, 'connected');
  t.equal(metered.calls.length - before, 1, 'an account is read in one request, its client with it');
});
