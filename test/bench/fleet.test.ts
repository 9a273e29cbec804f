import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { pino } from 'pino';
import t from 'tap';
import { makeAdapters } from '../../src/adapters.js';
import { makeBackground } from '../../src/background.js';
import { readConfig } from '../../src/config.js';
import { makeApp } from '../../src/http/app.js';
import { makeService } from '../../src/service.js';
import { createTableIfMissing, openDatabase } from '../../src/store/dynamodb.js';
import { readCatalogue } from '../../src/templates/catalogue.js';
import { freePort } from '../support/free-port.js';
import {
  api,
  createStack,
  eventually,
  invite,
  type Json,
  settledStack,
  startWorld,
} from '../support/world.js';
import { meter } from './meter.js';

const ACCOUNTS = 1_000_000;
const DAY = 86_400;
/** Dollars a million units, on demand in us-east-1; reads are strongly consistent. */
const PRICE = { write: 0.625, read: 0.125 };

t.test('what it takes to keep a million accounts verified, from the measured cost of one', async (t) => {
  const world = await startWorld();
  Object.assign(process.env, world.environment);
  const port = await freePort();
  const config = readConfig({ ...process.env, PUBLIC_URL: `http://127.0.0.1:${port}` });
  const database = openDatabase(config.tableName);
  const metered = meter(database.client, new DynamoDBClient({}));
  await createTableIfMissing(database);
  const log = pino({ level: 'silent' });
  const catalogue = await readCatalogue(config.trustedPrincipal);
  const service = makeService(config, catalogue, database, log);
  const defaults = { profile: 'security-audit', region: 'us-east-1' };
  const app = await makeApp({
    ...{ service, log, defaults },
    publicUrl: config.publicUrl,
    limits: config.limits,
  });
  await app.listen({ host: '127.0.0.1', port });
  const adapters = makeAdapters(config, catalogue, database);
  const background = makeBackground(adapters, log, config);
  t.teardown(async () => {
    await app.close();
    await Promise.all([service.stop(), background.stop()]);
    await world.close();
  });
  const stsCalls = async (): Promise<number> => {
    const { stsCalls: calls }: Json = await (await fetch(`${world.sandbox.url}/_sandbox/state`)).json();
    return Object.values<Record<string, number>>(calls)
      .flatMap((outcomes) => Object.values(outcomes))
      .reduce((sum, count) => sum + count, 0);
  };

  const client = await invite({ url: config.publicUrl });
  await settledStack(world, await createStack(world, client));
  await eventually(
    async () => (await api({ url: config.publicUrl }, 'GET', `/v1/clients/${client.id}/accounts`)).body.items,
    ([account]) => account?.status === 'connected',
  );
  await adapters.controls();
  const [account] = await adapters.queries.accountsOf(client.id);
  if (account === undefined) throw new Error('no account');

  const before = await stsCalls();
  const from = metered.calls.length;
  // As the due walk has it: the account is taken, verified, and written back.
  const taken = await adapters.commit({ put: [{ ...account, nextVerificationAt: Date.now() + 60_000 }] });
  const held = taken.ok ? taken.written[0] : undefined;
  if (held?.kind !== 'account') throw new Error('not taken');
  await background.checkNow(held);
  const sts = (await stsCalls()) - before;
  const sum = (which: 'writeUnits' | 'readUnits') =>
    metered.calls.slice(from).reduce((total, call) => total + call[which], 0);
  const [writes, reads] = [sum('writeUnits'), sum('readUnits')];

  const perSecond = (ACCOUNTS * sts) / DAY;
  const perDay = { writes: ACCOUNTS * writes, reads: ACCOUNTS * reads };
  const dollars = ((perDay.writes * PRICE.write + perDay.reads * PRICE.read) / 1e6) * 30;
  t.comment(`one verification on schedule: ${sts} STS calls, ${writes} write units, ${reads} read units`);
  t.comment(
    `${ACCOUNTS} accounts, each every 24 h: ${perSecond.toFixed(1)} STS calls/s, ` +
      `${(perDay.writes / 1e6).toFixed(1)} M write and ${(perDay.reads / 1e6).toFixed(1)} M read units a day, ` +
      `$${dollars.toFixed(0)} a month`,
  );
  t.ok(perSecond < config.stsCallsPerSecond, 'the usual rate is enough for all of them');
  t.ok(writes <= 8 && reads <= 6, `${writes} write units and ${reads} read units an account`);
});
