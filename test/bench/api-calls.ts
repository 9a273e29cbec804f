import { spawn } from 'node:child_process';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { api, KEY } from '../support/world.js';
import { type Measured, median, medianRatio, type Row, round } from './measured.js';
import { onboard } from './onboard.js';
import { type Program, startProgram } from './programs.js';
import { openSide, type Stage } from './stage.js';

export interface ApiCallsPlan {
  readonly rounds: number;
  readonly seconds: number;
  /** Requests of each call before the first round. */
  readonly warmUp: number;
}

const GOAL = 0.8;
const CONNECTIONS = 10;
const CLIENTS = 30;

/** Each call's rate and latency beside a bare Fastify route that makes the same calls of DynamoDB on the same table. */
export async function apiCalls(stage: Stage, plan: ApiCallsPlan): Promise<Measured> {
  const side = await openSide(stage, 'service');
  const [service] = side.programs;
  if (service === undefined) throw new Error('no service');
  const bare = await startProgram('bench/bare.js', {
    ...stage.environment,
    TABLE_NAME: side.database.tableName,
  });
  const { clients } = await onboard(stage, side.gate, CLIENTS, 8);
  const [client] = clients;
  const [account] = (await api(service, 'GET', `/v1/clients/${client.id}/accounts`)).body.items;
  const { body: feed } = await api(service, 'GET', '/v1/events?limit=10');
  const calls: Call[] = [
    { name: 'read a client', path: `/v1/clients/${client.id}` },
    { name: 'list 25 clients', path: '/v1/clients' },
    { name: 'read an account', path: `/v1/clients/${client.id}/accounts/${account.accountId}` },
    { name: 'read 25 events', path: `/v1/events?after=${feed.position}&limit=25` },
    { name: 'invite a client', path: '/v1/clients', body: JSON.stringify({ name: 'A client' }) },
  ];
  const rows: Row[] = [];
  const figures: Record<string, unknown> = {};
  const wrong: string[] = [];
  for (const call of calls) {
    const taken = { service: [] as Load[], bare: [] as Load[] };
    if (plan.warmUp > 0) for (const program of [service, bare]) await load(program, call, 0, plan.warmUp);
    for (let turn = 0; turn < plan.rounds; turn += 1) {
      taken.service.push(await load(service, call, plan.seconds));
      taken.bare.push(await load(bare, call, plan.seconds));
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
      `${CONNECTIONS} connections, medians of ${plan.rounds} rounds of ${plan.seconds} s, the two in turn. Goal: at ` +
      `least ${GOAL} of its rate. Processor time is the server's for one request: what DynamoDB Local takes of the ` +
      `same cores is not in it.`,
    rows,
    figures,
    wrong,
  };
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

/** So many seconds, or so many requests, of one call over and over, from a process of its own. */
export async function load(
  program: Program,
  { path, body }: Call,
  seconds: number,
  amount?: number,
): Promise<Load> {
  const before = await program.usage();
  const autocannon = spawn(process.execPath, [
    fileURLToPath(import.meta.resolve('autocannon')),
    ...['--json', '--no-progress', '--connections', String(CONNECTIONS)],
    ...(amount === undefined ? ['--duration', String(seconds)] : ['--amount', String(amount)]),
    ...['--headers', `authorization=Bearer ${KEY}`],
    ...(body === undefined ? [] : ['-m', 'POST', '-b', body, '--headers', 'content-type=application/json']),
    `${program.url}${path}`,
  ]);
  autocannon.stderr.resume();
  const said = (await json(autocannon.stdout)) as Said;
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

interface Said {
  readonly '2xx': number;
  readonly non2xx: number;
  readonly errors: number;
  readonly timeouts: number;
  readonly duration: number;
  readonly latency: { readonly p50: number; readonly p99: number };
}
