import type { FeedEvent } from '../core/event.js';
import type { ClientId } from '../core/id.js';
import type { Moves } from '../core/moves.js';
import {
  type CountedCommit,
  dayOfCommit,
  dayWithCommit,
  emptyDay,
  type Overview,
  type OverviewDay,
  withCommit,
} from '../core/overview.js';
import { Problem } from '../core/problem.js';
import { BEFORE_ALL, movesBetween, type Replayed, replay } from '../core/replay.js';

export interface CountPorts {
  readonly feed: { readonly read: (after: number, limit: number) => Promise<FedPage> };
  /** A client's events before a commit's number, oldest first. */
  readonly history: (id: ClientId, before: number) => Promise<readonly FeedEvent[]>;
}

interface FedPage {
  readonly commits: readonly (Omit<CountedCommit, 'moves'> & { readonly moves: Moves | null })[];
  readonly position: number;
  readonly more: boolean;
}

export interface CountedPage extends Omit<FedPage, 'commits'> {
  readonly commits: readonly CountedCommit[];
}

/** The commits after a position with what each has moved. Where they are no longer kept it goes on at the oldest. */
export async function readCounted(ports: CountPorts, after: number, limit: number): Promise<CountedPage> {
  const page = await ports.feed.read(after, limit).catch((error: unknown) => {
    if (error instanceof Problem && error.code === 'position-expired') return ports.feed.read(0, limit);
    throw error;
  });
  const moved = makeMoved(ports.history);
  const commits: CountedCommit[] = [];
  for (const commit of page.commits) commits.push({ ...commit, moves: await moved(commit) });
  return { ...page, commits };
}

/** Everything as it stands after these commits, and the days that they belong to. */
export function counted(
  before: Overview,
  known: readonly OverviewDay[],
  commits: readonly CountedCommit[],
): { readonly overview: Overview; readonly days: ReadonlyMap<string, OverviewDay> } {
  const days = new Map(known.map((one) => [one.day, one]));
  for (const commit of commits) {
    const day = dayOfCommit(commit);
    if (day !== null) days.set(day, dayWithCommit(days.get(day) ?? emptyDay(day), commit));
  }
  return { overview: commits.reduce(withCommit, before), days };
}

const TELLING = /^(account|stack)\.|^client\.(invited|removed)$|^launch\.opened$/;

/** What a commit of an older version has moved, of which the feed holds the events alone: its client is replayed. */
function makeMoved(history: CountPorts['history']) {
  const replayed = new Map<ClientId, Replayed>();
  return async ({ number, events, moves }: FedPage['commits'][number]): Promise<Moves> => {
    const clientId = events[0]?.clientId ?? null;
    const telling = events.filter(({ type }) => TELLING.test(type));
    if (clientId === null || telling.length === 0) return moves ?? {};
    const known = replayed.get(clientId);
    if (moves !== null && known === undefined) return moves;
    const before = known ?? replay(BEFORE_ALL, await history(clientId, number));
    const after = replay(before, telling);
    replayed.set(clientId, after);
    return moves ?? movesBetween(before, after, telling);
  };
}
