import { setTimeout as sleep } from 'node:timers/promises';
import { api } from '../support/world.js';
import { load } from './api-calls.js';
import { type Measured, median, type Row, round } from './measured.js';
import { onboard } from './onboard.js';
import { openSide, type Stage } from './stage.js';

export interface FootprintPlan {
  readonly starts: number;
  /** In the table, before the requests. */
  readonly clients: number;
  /** How many requests the memory is looked at after; the last against the one before. */
  readonly requests: readonly number[];
}

const GOAL = { ready: 1_000, memory: 160, growth: 1.1 };

/** From the process's start to its first ready answer, and what it holds in memory. */
export async function footprint(stage: Stage, plan: FootprintPlan): Promise<Measured> {
  const starts: number[] = [];
  const idle: number[] = [];
  const started = async () => {
    const side = await openSide(stage, 'service', 1, ['--expose-gc']);
    const [service] = side.programs;
    if (service === undefined) throw new Error('no service');
    starts.push(service.readyAfter);
    await sleep(2_000);
    idle.push((await service.usage()).memory);
    return { side, service };
  };
  for (let turn = 1; turn < plan.starts; turn += 1) await (await started()).side.close();
  const { side, service } = await started();
  const { clients } = await onboard(stage, side.gate, plan.clients, 5);
  const client = `/v1/clients/${clients[0].id}`;
  // Most of them without DynamoDB Local, which would take minutes.
  const shares = { [client]: 0.05, [`${client}/accounts`]: 0.05, '/v1/profiles': 0.2, '/healthz': 0.7 };
  const before: number[] = [];
  const after: number[] = [];
  let sent = 0;
  for (const requests of plan.requests) {
    for (const [path, share] of Object.entries(shares))
      await load(service, { name: path, path }, { amount: Math.ceil((requests - sent) * share) });
    sent = requests;
    before.push((await service.usage()).memory);
    // What a collection frees is given back to the system a moment later.
    for (let turn = 0; turn < 3; turn += 1) {
      await service.usage('collected');
      await sleep(500);
    }
    after.push((await service.usage()).memory);
  }
  const { status } = await api(service, 'GET', client);
  await side.close();
  const [early = 0, late = 0] = after;
  const rows: Row[] = [
    row('ready after the start (ms)', median(starts), GOAL.ready),
    row('memory when idle (MB)', median(idle), GOAL.memory),
    ...plan.requests.map((requests, place) => ({
      what: `memory after ${requests.toLocaleString('en')} requests (MB)`,
      measured: round(after[place] ?? 0, 0),
    })),
    { ...row('the last against the first', late / early, GOAL.growth), measured: round(late / early) },
  ];
  return {
    name: 'footprint',
    title: 'Start and memory',
    about:
      `The built program, its templates unchecked; the median of ${plan.starts} starts, memory 2 s after each. Then ` +
      'the last is asked for a client, its accounts, the profiles and its health over and over; memory is resident, ' +
      'after collections, for when Node.js has collected last is chance: before them it was ' +
      `${before.map((memory) => round(memory, 0)).join(' and ')} MB.`,
    rows,
    figures: { starts, idle, before, after, requests: plan.requests },
    wrong: status === 200 ? [] : [`a client was answered ${status} after the load`],
  };
}

function row(what: string, measured: number, goal: number): Row {
  return { what, measured: round(measured, 0), goal: `≤ ${goal}`, met: measured <= goal ? 'yes' : 'no' };
}
