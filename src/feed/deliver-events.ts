import { decideAttempt } from '../core/decide-attempt.js';
import { type Attempt, succeeded } from '../core/delivery.js';
import type { FeedEvent } from '../core/event.js';
import { formatPlace } from '../core/feed-place.js';
import type { WebhookId } from '../core/id.js';
import { hastened, headsOf, type Task } from '../core/lanes.js';
import { Problem } from '../core/problem.js';
import type { Webhook } from '../core/webhook.js';
import type { WebhookReader } from '../core/webhook-reader.js';
import { type AttemptPorts, attempt } from './attempt.js';
import type { ReaderHold } from './hold-reader.js';
import { type ReadEventsPorts, readEvents } from './read-events.js';
import { type RecordPorts, recordAttempt } from './record-attempt.js';
import { type SwitchOffPorts, switchOff } from './switch-off.js';
import { unfinishedTasks } from './unfinished-tasks.js';

export interface DeliverPorts extends AttemptPorts, RecordPorts, SwitchOffPorts {
  readonly feed: ReadEventsPorts['feed'];
  readonly beyond: ReadEventsPorts['beyond'];
  /** Calls back whenever this instance has committed events. Returns what ends it. */
  readonly onCommit: (listener: () => void) => () => void;
  /** An event as the API shows it. */
  readonly write: (event: FeedEvent) => string;
  /** Hears of each attempt, and of what is on its way to a webhook, the oldest first. */
  readonly noteDelivery: (event: FeedEvent, attempt: Attempt, id: WebhookId) => void;
  readonly noteUndelivered: (id: WebhookId, events: readonly FeedEvent[]) => void;
  /** Between 0 and 1. */
  readonly random: () => number;
  /** The webhook as it was seen last; null once it is removed. */
  readonly latest: () => Webhook | null;
}

/** Events on their way at once, each of another lane. */
const AT_ONCE = 20;
/** Events that are read and not delivered. While there are more, nothing new is read. */
const MOST_UNFINISHED = 500;
const READ_AT_ONCE = 100;
/** How long what was achieved may be unwritten; after that long a crash would send it again. In milliseconds. */
const WRITE_WITHIN = 1_000;
/** How often a holder with nothing to write says that it lives, in milliseconds. */
const BEAT = 4_000;

/**
 * Delivers the feed to one webhook for as long as it is enabled and in this instance's hands: each event at least
 * once, those of a lane one after another, each first try as soon as it is read. Puts the webhook down when the signal
 * is raised. Throws `ReaderLost` where another instance has it, and what the database throws.
 */
export async function deliverEvents(
  ports: DeliverPorts,
  hold: ReaderHold,
  signal: AbortSignal,
): Promise<void> {
  const { now, latest } = ports;
  let { position, lastSuccessAt } = hold.reader;
  let queue = await unfinishedTasks(ports.feed, hold.reader, latest()?.enabledAt ?? 0);
  let unread = true;
  let unwritten = false;
  let broken: FeedEvent | null = null;
  let failure: { readonly error: unknown } | null = null;
  const underWay = new Map<string, Promise<void>>();

  const progress = (): Partial<WebhookReader> => ({
    position,
    unfinished: queue.map(({ event, tried }) => ({ eventId: event.id, tried })),
    lastSuccessAt,
  });

  /** One thing at a time under a name; what goes wrong ends the whole. */
  const run = (name: string, work: Promise<void>): void => {
    const kept = work
      .catch((error: unknown) => {
        failure = { error };
      })
      .finally(() => underWay.delete(name));
    underWay.set(name, kept);
  };

  const enabled = (): Webhook | null => {
    const webhook = latest();
    return webhook?.status === 'enabled' ? webhook : null;
  };

  /** Takes what follows in the feed into the queue. Everything that is read is wanted or passed for good. */
  const fill = async (webhook: Webhook): Promise<void> => {
    // Before the reading: what is committed meanwhile is read next.
    unread = false;
    const wish = { after: position, types: webhook.events, clients: null, limit: READ_AT_ONCE };
    const page = await readEvents(ports, wish).catch((error: unknown) => {
      // It was switched off for longer than events are kept: it goes on with the oldest there is.
      if (error instanceof Problem && error.code === 'position-expired')
        return readEvents(ports, { ...wish, after: null });
      throw error;
    });
    queue = [...queue, ...page.items.map((event) => ({ event, tried: null }))];
    unwritten ||= formatPlace(page.position) !== formatPlace(position);
    position = page.position;
    unread ||= page.more;
  };

  const deliver = async (task: Task, webhook: Webhook): Promise<void> => {
    const { event, tried } = task;
    const known = tried === null ? null : await ports.delivery(webhook.id, event.id);
    // By hand, meanwhile.
    if (known?.status === 'delivered') return finish(event);
    const made = await attempt(ports, webhook, { id: event.id, body: ports.write(event) });
    ports.noteDelivery(event, made.attempt, webhook.id);
    const { enabledAt } = webhook;
    const circumstances = { now: now(), random: ports.random(), lastSuccessAt, enabledAt };
    const decision = decideAttempt(task, made.attempt, circumstances);
    const status = decision.outcome === 'given-up' ? 'failed' : 'pending';
    const nextAttemptAt = decision.outcome === 'again' ? decision.tried.nextAt : null;
    await recordAttempt(ports, webhook.id, event, made, { status, nextAttemptAt }, known);
    if (succeeded(made.attempt)) {
      queue = hastened(queue, lastSuccessAt, now());
      lastSuccessAt = made.attempt.at;
    }
    if (decision.outcome === 'broken') broken = event;
    else if (decision.outcome === 'again') retry(event, decision.tried);
    else finish(event);
  };
  const finish = ({ id }: FeedEvent): void => {
    queue = queue.filter(({ event }) => event.id !== id);
    unwritten = true;
  };
  const retry = ({ id }: FeedEvent, tried: Task['tried']): void => {
    queue = queue.map((task) => (task.event.id === id ? { ...task, tried } : task));
    unwritten = true;
  };

  /** Begins what is due; returns for how long nothing else will be, in milliseconds. */
  const begin = (webhook: Webhook): number => {
    let wait = BEAT;
    for (const { task, lane, at } of headsOf(queue, queue.length >= MOST_UNFINISHED)) {
      if (underWay.has(lane)) continue;
      const due = at - now();
      if (due > 0) wait = Math.min(wait, due);
      else if (hold.isSure() && underWay.size < AT_ONCE) run(lane, deliver(task, webhook));
    }
    return wait;
  };

  /** Writes how far it has come when it is time to; returns in how many milliseconds that is. */
  const note = (): number => {
    const left = (unwritten ? WRITE_WITHIN : BEAT) - hold.silence();
    if (left > 0 || underWay.has(WRITING)) return Math.max(left, 1);
    unwritten = false;
    run(WRITING, hold.write(progress()));
    return WRITE_WITHIN;
  };

  /** Until there is news in the feed, something under way has ended, or the time is over. */
  const pause = async (milliseconds: number): Promise<void> => {
    const over = new AbortController();
    const news = ports
      .beyond(position.number, milliseconds, AbortSignal.any([signal, over.signal]))
      .then(() => {
        unread ||= !over.signal.aborted;
      });
    await Promise.race([news, ...underWay.values()]);
    over.abort();
  };

  const unlisten = ports.onCommit(() => {
    unread = true;
  });
  try {
    for (;;) {
      const webhook = enabled();
      if (webhook === null || signal.aborted || broken !== null) break;
      if (failure !== null) throw (failure as { readonly error: unknown }).error;
      const room = queue.length < MOST_UNFINISHED;
      if (unread && room) await fill(webhook);
      ports.noteUndelivered(
        webhook.id,
        queue.map(({ event }) => event),
      );
      const wait = Math.min(begin(webhook), note());
      if (!(unread && room)) await pause(wait);
    }
  } finally {
    unlisten();
    ports.noteUndelivered(hold.reader.webhookId, []);
    await Promise.all(underWay.values());
  }
  if (broken === null) await hold.write({ ...progress(), free: true });
  else await switchOff(ports, hold, progress(), broken);
}

/** No lane is called so: theirs have a slash. */
const WRITING = 'writing';
