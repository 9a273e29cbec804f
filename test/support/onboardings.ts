import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet } from './fleet.js';
import { createStack, deleteStack, invite, type Json, type World } from './world.js';

/** A client that was invited, and the stack that it made in an account of its own. */
export interface Onboarding {
  readonly client: Json;
  readonly account: string;
  readonly stackId: string;
  /** What its administrator did: left the stack alone, deleted it once it was complete, or while it was being made. */
  fate: 'kept' | 'deleted' | 'withdrawn';
}

/** A fault of the sandbox, as `/_sandbox/faults` takes it. */
export interface AskedFault {
  readonly name: string;
  readonly account?: string;
  readonly times?: number;
  readonly rate?: number;
  readonly forMs?: number;
}

export async function stateOf(world: World): Promise<Json> {
  return (await fetch(`${world.sandbox.url}/_sandbox/state`)).json();
}

export async function ask(world: World, ...faults: readonly AskedFault[]): Promise<void> {
  for (const fault of faults)
    await fetch(`${world.sandbox.url}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(fault) });
}

export async function endFaults(world: World): Promise<void> {
  await fetch(`${world.sandbox.url}/_sandbox/faults`, { method: 'DELETE' });
}

export async function changeSettings(world: World, settings: Record<string, number>): Promise<void> {
  await fetch(`${world.sandbox.url}/_sandbox/settings`, { method: 'PATCH', body: JSON.stringify(settings) });
}

/**
 * Invites a client, as often as it takes. Where an answer was lost the client may be there all the same; the
 * platform that asks again then has two, of which one is never used.
 */
export async function inviteSurely(fleet: Fleet): Promise<Json> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await invite(fleet.balancer);
    } catch (error) {
      if (tries === 50) throw error;
      await sleep(250);
    }
  }
}

/** Has a client make its stack, in an account that no other client has. */
export async function onboard(world: World, client: Json, account: string): Promise<Onboarding> {
  return { client, account, stackId: await createStack(world, client, { account }), fate: 'kept' };
}

export async function withdraw(
  world: World,
  onboarding: Onboarding,
  fate: 'deleted' | 'withdrawn' = 'deleted',
): Promise<void> {
  onboarding.fate = fate;
  await deleteStack(world, onboarding.stackId);
}

/** Waits until the stacks have come to rest, or the time is over; the audit then says which have not. */
export async function atRest(
  world: World,
  onboardings: readonly Onboarding[],
  withinMs = 100_000,
): Promise<void> {
  const wanted = new Set(onboardings.map(({ stackId }) => stackId));
  for (const end = performance.now() + withinMs; ; ) {
    const state = await stateOf(world);
    const moving = state.stacks.filter(
      ({ id, status }: Json) => wanted.has(id) && status.endsWith('_IN_PROGRESS'),
    );
    if (moving.length === 0) return;
    if (performance.now() > end) {
      for (const { account, status } of moving)
        process.stderr.write(
          `${[`${account} is ${status}`, ...deliveriesOf(state, account)].join('\n  ')}\n`,
        );
      return;
    }
    await sleep(500 + moving.length);
  }
}

/** What SNS did for an account's topics, a line each: where a message went astray, it shows here. */
export function deliveriesOf(state: Json, account: string): string[] {
  const topics = state.topics.filter(({ arn }: Json) => arn.includes(`:${account}:`));
  return topics.flatMap(({ deliveries, subscriptions }: Json) => [
    ...deliveries.map(
      ({ type, attempts, outcome }: Json) => `SNS: ${type} ${outcome} after ${JSON.stringify(attempts)}`,
    ),
    ...subscriptions.map(({ confirmed }: Json) => `SNS: the subscription is confirmed: ${confirmed}`),
  ]);
}

/** Does something with each, a few at a time, in order; they do not all begin at the same moment. */
export async function eachOf<Thing>(
  things: readonly Thing[],
  atOnce: number,
  act: (thing: Thing, place: number) => Promise<void>,
): Promise<void> {
  const left = things.entries();
  const worker = async (_: unknown, place: number) => {
    await sleep(place * 100);
    for (const [place, thing] of left) await act(thing, place);
  };
  await Promise.all(Array.from({ length: atOnce }).map(worker));
}
