import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { pino } from 'pino';
import { makeAdapters } from '../../src/adapters.js';
import { makeBackground } from '../../src/background.js';
import { readConfig } from '../../src/config.js';
import type { ClientId } from '../../src/core/id.js';
import { makeApp } from '../../src/http/app.js';
import { makeService } from '../../src/service.js';
import { openDatabase } from '../../src/store/dynamodb.js';
import { readCatalogue } from '../../src/templates/catalogue.js';
import { freePort } from '../support/free-port.js';
import { eventually } from '../support/world.js';
import { startFloor } from './floor/floor.js';
import { type Gate, openGate } from './gate.js';
import { type Metered, meter } from './meter.js';
import { letThrough, prepare } from './onboard.js';
import { newTable, type Stage } from './stage.js';

/** The service within this process, what it asks of DynamoDB counted by AWS's rules. It looks after nothing overdue. */
export async function openMetered(stage: Stage) {
  const gate = await openGate();
  const { tableName } = await newTable();
  const { PORT: _, ...environment } = stage.environment;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const config = readConfig({ ...environment, TABLE_NAME: tableName, PUBLIC_URL: gate.url });
  const database = openDatabase(tableName);
  const plain = new DynamoDBClient({});
  const metered = meter(database.client, plain);
  const log = pino({ level: 'silent' });
  const catalogue = await readCatalogue(config.trustedPrincipal);
  const service = makeService(config, catalogue, database, log);
  const defaults = { profile: 'security-audit', region: 'us-east-1' };
  const app = await makeApp({ service, log, publicUrl: gate.url, limits: config.limits, defaults });
  await app.listen({ host: '127.0.0.1', port });
  const adapters = makeAdapters(config, catalogue, database);
  const background = makeBackground(adapters, log, config);
  gate.targets = [url];

  return {
    ...{ url, tableName, plain },
    onboarding: async () => (await wholeOnboarding(stage, gate, metered)).took,
    /** A client and its account as an onboarding leaves them. */
    async onboarded() {
      const { id } = (await wholeOnboarding(stage, gate, metered)).client;
      const client = await adapters.queries.client(id);
      const [account] = await adapters.queries.accountsOf(id);
      if (client === null || account?.status !== 'connected')
        throw new Error('the onboarding came to nothing');
      return { client, account };
    },
    /** What some work asked of DynamoDB. */
    counted: (work: () => Promise<unknown>) => counted(metered, work),
    /** As the walk over what is due has it: the account is taken, verified, and written back. */
    async recheck(clientId: ClientId): Promise<void> {
      const [account] = await adapters.queries.accountsOf(clientId);
      if (account === undefined) throw new Error('no account');
      const before = metered.calls.length;
      const taken = await adapters.commit({ put: [{ ...account, nextVerificationAt: Date.now() + 60_000 }] });
      const held = taken.ok ? taken.written[0] : undefined;
      if (held?.kind !== 'account') throw new Error(`the account of ${before} was not taken`);
      await background.checkNow(held);
    },
    async close() {
      await app.close();
      await Promise.all([service.stop(), background.stop()]);
      gate.close();
    },
  };
}

/** Requests and units, by AWS's rules. */
export interface Cost {
  readonly requests: number;
  readonly writeUnits: number;
  readonly readUnits: number;
}

async function counted({ calls }: Metered, work: () => Promise<unknown>): Promise<Cost> {
  const from = calls.length;
  await work();
  const made = calls.slice(from);
  const sum = (which: 'writeUnits' | 'readUnits') => made.reduce((total, call) => total + call[which], 0);
  return { requests: made.length, writeUnits: sum('writeUnits'), readUnits: sum('readUnits') };
}

/** What the floor's onboarding asks of DynamoDB, counted in the same way. */
export async function floorOnboarding(stage: Stage): Promise<Cost> {
  const gate = await openGate();
  const { tableName } = await newTable();
  const port = await freePort();
  const { environment, templateUrl } = stage;
  const floor = await startFloor({
    ...{ port, publicUrl: gate.url, tableName, templateUrl },
    key: environment['ADMIN_API_KEY'] ?? '',
    simulator: environment['AWS_SIMULATOR_URL'] ?? '',
  });
  const metered = meter(floor.database, new DynamoDBClient({}));
  gate.targets = [`http://127.0.0.1:${port}`];
  const cost = await counted(metered, () => wholeOnboarding(stage, gate, metered));
  floor.close();
  gate.close();
  return cost;
}

/** From the invitation to what is written after the answer; returns the milliseconds from event to answer. */
async function wholeOnboarding(stage: Stage, gate: Gate, { calls }: Metered) {
  const { clients, events } = await prepare(stage, gate, 1);
  const from = calls.length;
  const { latencies } = await letThrough(gate, events, 1);
  // Read, put, drawn, connected; the last is the stack as it is settled.
  await eventually(
    async () => calls.slice(from).map(({ operation }) => operation),
    (made) => made.length >= 5 && made.at(-1) === 'PutItem',
  );
  return { client: clients[0], took: latencies[0] ?? 0 };
}
