import { setTimeout as sleep } from 'node:timers/promises';
import { api, createStack, invite, type Json, type World } from '../support/world.js';
import { answerOf } from './answers.js';
import type { Gate, HeldEvent } from './gate.js';
import type { Side } from './stage.js';

/** Several things at once, no more than so many at a time, the results in the order of the things. */
export async function inParallel<Thing, Result>(
  things: readonly Thing[],
  atOnce: number,
  act: (thing: Thing, place: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const left = things.entries();
  const work = async () => {
    for (const [place, thing] of left) results[place] = await act(thing, place);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, things.length) }, work));
  return results;
}

export interface Onboarded {
  readonly clients: readonly Json[];
  /** From each event's arrival at the server to the arrival of its stack's answer, in milliseconds. */
  readonly latencies: readonly number[];
  /** From the first event to the last answer, in milliseconds. */
  readonly took: number;
}

let accounts = 300_000_000_000;

/** Invites clients and has their stacks made up to the moment at which each reports to the server. */
export async function prepare(world: World, gate: Gate, count: number) {
  const servers = gate.targets;
  const clients = await inParallel(Array.from({ length: count }), 8, (_, place) =>
    invite({ url: servers[place % servers.length] ?? '' }),
  );
  await inParallel(clients, 8, async (client) => {
    accounts += 1;
    await createStack(world, client, { account: String(accounts) });
  });
  return { clients, events: await gate.take(count) };
}

/** Lets the events through, so many at a time, each so often at the same moment, and waits for the answers. */
export async function letThrough(
  gate: Gate,
  events: readonly HeldEvent[],
  atOnce: number,
  copies = 1,
): Promise<Pick<Onboarded, 'latencies' | 'took'>> {
  const began = performance.now();
  const latencies = await inParallel(events, atOnce, async (event, place) => {
    const answered = answerOf(event.stackId);
    const from = performance.now();
    const passing = Array.from({ length: copies }, (_, copy) => gate.pass(event, place + copy));
    const [until] = await Promise.all([answered, ...passing]);
    return until - from;
  });
  return { latencies, took: performance.now() - began };
}

/** Whole onboardings, from the invitation to the answered stack and what is written after that. */
export async function onboard(world: World, gate: Gate, count: number, atOnce: number): Promise<Onboarded> {
  const { clients, events } = await prepare(world, gate, count);
  const through = await letThrough(gate, events, atOnce);
  // What is written after an answer belongs to it, too.
  await sleep(150);
  return { clients, ...through };
}

/** How many of these clients the server calls connected: each side has really done the work. */
export async function connectedAmong({ programs }: Side, clients: readonly Json[]): Promise<number> {
  const url = programs[0]?.url ?? '';
  const shown = await inParallel(clients, 8, ({ id }) => api({ url }, 'GET', `/v1/clients/${id}`));
  return shown.filter(({ body }) => body.status === 'connected').length;
}
