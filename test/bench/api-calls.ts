import autocannon from 'autocannon';
import { api, KEY } from '../support/world.js';
import { type Measured, median, medianRatio, type Row, round } from './measured.js';
import { onboard } from './onboard.js';
import { type Program, startProgram } from './programs.js';
import { openSide, type Stage } from './stage.js';

export interface ApiCallsPlan {
  /** In the table, of which a page shows at most 25. */
  readonly clients: number;
  readonly rounds: number;
  /** Of a round, for each of the two. */
  readonly until: { readonly duration: number } | { readonly amount: number };
  /** Requests of each call before the first round. */
  readonly warmUp: number;
}

const GOAL = 0.8;
const CONNECTIONS = 10;

/** Each call's rate and latency beside a bare Fastify route that makes the same calls of DynamoDB on the same table. */
export async function apiCalls(stage: Stage, plan: ApiCallsPlan): Promise<Measured> {
  const side = await openSide(stage, 'service');
  const [service] = side.programs;
  if (service === undefined) throw new Error('no service');
  const TABLE_NAME = side.database.tableName;
  const bare = await startProgram('bench/bare.js', { ...stage.environment, TABLE_NAME });
  const { clients } = await onboard(stage, side.gate, plan.clients, 8);
  const [client] = clients;
  const [account] = (await api(service, 'GET', `/v1/clients/${client.id}/accounts`)).body.items;
  const { body: feed } = await api(service, 'GET', '/v1/events?limit=10');
  const calls: Call[] = [
    { name: 'read a client', path: `/v1/clients/${client.id}` },
    { name: `list ${Math.min(25, plan.clients)} clients`, path: '/v1/clients' },
    { name: 'read an account', path: `/v1/clients/${client.id}/accounts/${account.accountId}` },
    { name: 'read 25 events', path: `/v1/events?after=${feed.position}&limit=25` },
    { name: 'invite a client', path: '/v1/clients', body: JSON.stringify({ name: 'A client' }) },
  ];
  const rows: Row[] = [];
  const figures: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const call of calls) {
    const taken = { service: [] as Load[], bare: [] as Load[] };
    if (plan.warmUp > 0)
      for (const program of [service, bare]) await load(program, call, { amount: plan.warmUp });
    for (let turn = 0; turn < plan.rounds; turn += 1) {
      taken.service.push(await load(service, call, plan.until));
      taken.bare.push(await load(bare, call, plan.until));
    }
    const of = (side: keyof typeof taken, figure: keyof Load) => taken[side].map((one) => one[figure]);
    const failed = [...taken.service, ...taken.bare].reduce((sum, one) => sum + one.failed, 0);
    if (failed > 0) wrong.push(`${call.name}: ${failed} requests failed`);
    const ratio = medianRatio(of('service', 'rate'), of('bare', 'rate'));
    figures[call.name] = { ...taken, ratio };
    rows.push({
      call: call.name,
      'service (1/s)': round(median(of('service', 'rate')), 0),
      'bare (1/s)': round(median(of('bare', 'rate')), 0),
      ratio: round(ratio),
      met: ratio >= GOAL ? 'yes' : 'no',
      'p50, p99 (ms)': `${median(of('service', 'p50'))}, ${median(of('service', 'p99'))}`,
      'bare p50, p99': `${median(of('bare', 'p50'))}, ${median(of('bare', 'p99'))}`,
      'processor (ms)': round(median(of('service', 'cpu'))),
      'bare processor': round(median(of('bare', 'cpu'))),
    });
  }
  await Promise.all([side.close(), bare.stop()]);
  return {
    name: 'apiCalls',
    title: 'Calls of the API',
    about:
      `Beside a bare Fastify route (no schema, no key, no log) that makes the same calls of DynamoDB on the same table; ` +
      `${CONNECTIONS} connections, medians of ${plan.rounds} rounds of ${told(plan.until)}, the two in turn. Goal: at ` +
      `least ${GOAL} of its rate. Processor time is the server's for one request: what DynamoDB Local takes of the ` +
      `same cores is not in it.`,
    rows,
    figures,
    wrong,
  };
}

function told(until: ApiCallsPlan['until']): string {
  return 'duration' in until ? `${until.duration} s` : `${until.amount} requests`;
}

interface Call {
  readonly name: string;
  readonly path: string;
  readonly body?: string;
}

interface Load {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  /** Of the server, for a request, in milliseconds. */
  readonly cpu: number;
  readonly failed: number;
}

/** One call over and over, for so many seconds or so many times. */
export async function load(
  program: Program,
  { path, body }: Call,
  until: { readonly duration: number } | { readonly amount: number },
): Promise<Load> {
  const before = await program.usage();
  const said = await autocannon({
    url: `${program.url}${path}`,
    connections: CONNECTIONS,
    ...(body === undefined ? { method: 'GET' as const } : { method: 'POST' as const, body }),
    headers: {
      authorization: `Bearer ${KEY}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...until,
    // It ends with a sample, which are a second apart otherwise.
    sampleInt: 100,
  });
  const answered = said['2xx'];
  const cpu = (await program.usage()).cpu - before.cpu;
  return {
    rate: answered / said.duration,
    p50: said.latency.p50,
    p99: said.latency.p99,
    cpu: cpu / answered,
    failed: said.errors + said.timeouts + said.non2xx,
  };
}
