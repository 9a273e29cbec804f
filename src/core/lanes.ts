import type { FeedEvent } from './event.js';
import type { Unfinished } from './webhook-reader.js';

/** An event on its way to a webhook. */
export interface Task extends Pick<Unfinished, 'tried'> {
  readonly event: FeedEvent;
}

/** Events of one lane are delivered one after another: those of an account, or a client's about no account. */
export function laneOf({ clientId, accountId }: Pick<FeedEvent, 'clientId' | 'accountId'>): string {
  return `${clientId ?? ''}/${accountId ?? ''}`;
}

/** How often something is tried where nothing else can be, in milliseconds. */
const LOOK_EVERY = 60_000;

/**
 * The first task of each lane, with the time at which it is to be tried: now, or when its wait is over. Where the
 * queue is full nothing new is read, so the longest wait must not become everybody's: each is tried every minute.
 */
export function headsOf(
  queue: readonly Task[],
  full: boolean,
): readonly { readonly task: Task; readonly lane: string; readonly at: number }[] {
  const lanes = new Set<string>();
  return queue.flatMap((task) => {
    const lane = laneOf(task.event);
    if (lanes.has(lane)) return [];
    lanes.add(lane);
    const { tried } = task;
    if (tried === null) return [{ task, lane, at: 0 }];
    return [{ task, lane, at: full ? Math.min(tried.nextAt, tried.lastAt + LOOK_EVERY) : tried.nextAt }];
  });
}

/**
 * The queue after a delivery: where nothing had got through since these failed first, the receiver is back, and their
 * waits are over. An event that failed while others got through waits on.
 */
export function hastened(queue: readonly Task[], lastSuccessAt: number | null, now: number): Task[] {
  return queue.map((task) => {
    const { tried } = task;
    if (tried === null || tried.firstAt <= (lastSuccessAt ?? 0)) return task;
    return { ...task, tried: { ...tried, nextAt: Math.min(tried.nextAt, now) } };
  });
}
