import { setTimeout as sleep } from 'node:timers/promises';
import { type AttributeValue, paginateScan } from '@aws-sdk/client-dynamodb';
import type { FeedEvent } from '../../src/core/event.js';
import { accountItem, awsAccountItem } from '../../src/store/account-item.js';
import { clientItem } from '../../src/store/client-item.js';
import { feedItem } from '../../src/store/feed-item.js';
import { databaseAt, localUrl } from '../store/database.js';
import type { Fleet } from './fleet.js';
import { deliveriesOf, type Onboarding, stateOf } from './onboardings.js';
import { api, type Json, type World } from './world.js';

/** What became of a run's onboardings, counted from outside: in the table, at CloudFormation, in the API. */
export interface Audit {
  readonly row: Readonly<Record<string, string | number>>;
  /** Everything that is not as it has to be, a line each. */
  readonly wrong: readonly string[];
  /** From the creation of a stack until the answer that counted, in seconds. */
  readonly slowest: number;
}

const USUAL = ['client.invited', 'stack.started', 'account.verifying', 'account.connected'];
const HISTORIES: Record<Onboarding['fate'], readonly (readonly string[])[]> = {
  kept: [USUAL],
  deleted: [[...USUAL, 'account.disconnected']],
  // The Delete may come before the Create, between it and the verdict, or after it.
  withdrawn: [
    ['client.invited'],
    [...USUAL.slice(0, 3), 'account.disconnected'],
    [...USUAL, 'account.disconnected'],
  ],
};
const STACK_STATUS = { kept: 'CREATE_COMPLETE', deleted: 'DELETE_COMPLETE', withdrawn: 'DELETE_COMPLETE' };
/** The API is asked about so many clients; the table is read about all. */
const ASKED = 50;

/** Waits until nothing is due any more, then looks at everything that the run has left behind. */
export async function audit(
  run: string,
  world: World,
  fleet: Fleet,
  onboardings: readonly Onboarding[],
): Promise<Audit> {
  const overdue = await overdueStacks(world);
  const items = await scan(world);
  const state = await stateOf(world);
  const stacks = new Map<string, Json>(state.stacks.map((stack: Json) => [stack.id, stack]));
  const answers = grouped<Json>(state.answers, ({ key }) => key.split('|')[0]);
  const feed = items.filter(({ pk, sk }) => pk?.S?.startsWith('FEED#') && sk?.S !== 'COUNTER');
  const events = grouped(feed.flatMap(feedItem.fromItem).sort(byId), ({ clientId }) => clientId ?? '');
  const things = new Map(items.map((item) => [`${item['pk']?.S}|${item['sk']?.S}`, item]));

  const counts = { lost: 0, doubled: 0, unanswered: 0, complete: 0, connected: 0, answers: 0, requests: 0 };
  const wrong: string[] = [];
  let slowest = 0;
  for (const onboarding of onboardings) {
    const { client, account, stackId, fate } = onboarding;
    const say = (what: string) => wrong.push(`${account} (${fate}): ${what}`);
    const stack = stacks.get(stackId);
    const created = stack.events.some(
      ({ logicalId, status }: Json) => logicalId === stack.name && status === 'CREATE_COMPLETE',
    );
    if (created) counts.complete += 1;

    const requests = grouped(answers.get(stackId) ?? [], ({ key }) => key);
    counts.requests += requests.size;
    for (const [key, received] of requests) {
      counts.answers += received.length;
      const said = new Set(received.map(({ body }) => JSON.parse(body).Status));
      const bodies = new Set(received.map(({ body }) => body));
      if (said.size > 1 || bodies.size > 1) {
        counts.doubled += 1;
        say(`${key} was answered differently: ${[...bodies].join(' and ')}`);
      }
    }
    const counted = (answers.get(stackId) ?? []).filter((answer) => answer.counted);
    const expected = { kept: 1, deleted: 2, withdrawn: 1 }[fate];
    if (counted.length < expected) {
      counts.unanswered += expected - counted.length;
      say(`${counted.length} of ${expected} requests were answered in time`);
      for (const line of deliveriesOf(state, account)) say(line);
    }
    if (created && counted[0] !== undefined)
      slowest = Math.max(slowest, (Date.parse(counted[0].at) - Date.parse(stack.events[0].at)) / 1000);

    const told = (events.get(client.id) ?? []).map(({ type }) => type);
    const fits = HISTORIES[fate].some((history) => history.join() === told.join());
    if (!fits) {
      if (told.length > new Set(told).size) counts.doubled += 1;
      say(`the feed says ${told.join(', ')}`);
    }

    const clientThing = things.get(`CLIENT#${client.id}|CLIENT`);
    const accountThings = items.filter(
      ({ pk, sk }) => pk?.S === `CLIENT#${client.id}` && sk?.S?.startsWith('ACCOUNT#'),
    );
    const lockThing = things.get(`AWS#aws:${account}|LOCK`);
    const status = clientThing && clientItem.fromItem(clientThing).status;
    const accounts = accountThings.map(accountItem.fromItem);
    const holders = lockThing === undefined ? [] : awsAccountItem.fromItem(lockThing).clients;
    const stands = [status, stack.status, ...accounts.map((one) => one.status), holders.join()].join(' ');
    const wanted = {
      kept: [`connected CREATE_COMPLETE connected ${client.id}`],
      deleted: ['disconnected DELETE_COMPLETE disconnected '],
      withdrawn: ['disconnected DELETE_COMPLETE disconnected ', 'invited DELETE_COMPLETE '],
    }[fate];
    if (status === 'connected') counts.connected += 1;
    if (!wanted.includes(stands)) say(`stands as ${stands}`);
    const arrived = stack.status === STACK_STATUS[fate] && wanted.includes(stands);
    if (!arrived || (!fits && told.length < (HISTORIES[fate][0]?.length ?? 0))) counts.lost += 1;
  }

  wrong.push(...strangers(events, onboardings), ...(await disagreements(fleet, events, onboardings)));
  wrong.push(...numbering(items, feed));
  wrong.push(...fleet.balancer.unconfirmed);
  for (const one of overdue) wrong.push(`still due: ${one}`);
  const row = {
    run,
    onboarded: onboardings.length,
    deleted: onboardings.filter(({ fate }) => fate !== 'kept').length,
    kills: fleet.kills,
    complete: counts.complete,
    connected: counts.connected,
    requests: counts.requests,
    answers: counts.answers,
    events: [...events.values()].flat().length,
    lost: counts.lost,
    doubled: counts.doubled,
    unanswered: counts.unanswered,
    overdue: overdue.length,
    'slowest (s)': slowest.toFixed(1),
  };
  return { row, wrong, slowest };
}

/** Clients whose invitation was not heard of have nothing but that. What is about no client is nobody’s. */
function strangers(events: ReadonlyMap<string, FeedEvent[]>, onboardings: readonly Onboarding[]): string[] {
  const known = new Set(onboardings.map(({ client }) => client.id));
  return [...events]
    .filter(
      ([id, told]) => id !== '' && !known.has(id) && told.map(({ type }) => type).join() !== 'client.invited',
    )
    .map(([id]) => `somebody else, ${id}, stands in the feed`);
}

/** What the API tells of a client is what stands in the feed. */
async function disagreements(
  fleet: Fleet,
  events: ReadonlyMap<string, FeedEvent[]>,
  onboardings: readonly Onboarding[],
): Promise<string[]> {
  const wrong: string[] = [];
  for (const { client, account } of onboardings.slice(0, ASKED)) {
    const { status, body } = await api(fleet.balancer, 'GET', `/v1/clients/${client.id}/events?limit=100`);
    const told = status === 200 ? body.items.map(({ id }: Json) => id).join() : `status ${status}`;
    const stored = (events.get(client.id) ?? []).map(({ id }) => id).join();
    if (told !== stored) wrong.push(`${account}: the API tells ${told}, the table ${stored}`);
  }
  return wrong;
}

/** A number of the feed is one commit's, and none was given that had not been drawn. */
function numbering(items: readonly Item[], feed: readonly Item[]): string[] {
  const numbers = feed.map(({ sk }) => Number(sk?.S));
  const drawn = Number(items.find(({ sk }) => sk?.S === 'COUNTER')?.['n']?.N);
  return [
    ...(new Set(numbers).size < numbers.length ? ['a number of the feed stands twice'] : []),
    ...(Math.max(...numbers) > drawn ? ['a number of the feed was never drawn'] : []),
  ];
}

type Item = Record<string, AttributeValue>;

/** Every item of the table, or of an index. */
export async function scan(world: World, index?: string): Promise<Item[]> {
  const { client, tableName: TableName } = databaseAt(localUrl(), String(world.environment['TABLE_NAME']));
  const items: Item[] = [];
  const request = { TableName, ...(index ? { IndexName: index } : { ConsistentRead: true }) };
  for await (const page of paginateScan({ client }, request)) items.push(...(page.Items ?? []));
  client.destroy();
  return items;
}

/** An answer that has just arrived is noted a moment later, and by another instance once its sender was killed. */
async function overdueStacks(world: World): Promise<string[]> {
  for (const end = performance.now() + 60_000; ; await sleep(500)) {
    const due = (await scan(world, 'index2')).filter(({ i2p }) => i2p?.S?.startsWith('DUE#STACKS#'));
    if (due.length === 0 || performance.now() > end) return due.map(({ sk }) => sk?.S ?? '');
  }
}

function grouped<Thing>(things: readonly Thing[], keyOf: (thing: Thing) => string): Map<string, Thing[]> {
  const groups = new Map<string, Thing[]>();
  for (const thing of things) {
    const group = groups.get(keyOf(thing));
    if (group === undefined) groups.set(keyOf(thing), [thing]);
    else group.push(thing);
  }
  return groups;
}

function byId(a: FeedEvent, b: FeedEvent): number {
  return a.id < b.id ? -1 : 1;
}

/** The rows as one table of text. */
export function asTable(rows: readonly Audit['row'][]): string {
  const heads = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = [heads, ...rows.map((row) => heads.map((head) => String(row[head] ?? '')))];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
