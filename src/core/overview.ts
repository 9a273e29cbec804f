import type { AccountStatus } from './account.js';
import type { Stored } from './change.js';
import type { ClientStatus } from './client.js';
import type { EventType, FeedEvent } from './event.js';
import type { Move, Moves, Step } from './moves.js';
import { type Waits, withWait } from './waits.js';

/** How everything stands, as far as the feed has been counted. */
export interface Overview extends Stored {
  readonly kind: 'overview';
  /** Everything up to this number of the feed is counted. */
  readonly position: number;
  readonly accounts: Readonly<Record<AccountStatus, number>>;
  readonly clients: Readonly<Record<ClientStatus, number>>;
  /** The events that tell of the last failures, newest first. */
  readonly failures: readonly string[];
}

/** What happened on one day (UTC). */
export interface OverviewDay extends Stored {
  readonly kind: 'overview-day';
  /** As `2026-11-29`. */
  readonly day: string;
  /** Everything of the day up to this number of the feed is counted. */
  readonly position: number;
  readonly counts: Readonly<Partial<Record<Count, number>>>;
  readonly sinceInvited: Waits;
  readonly sinceStarted: Waits;
}

/** Clients by the step they took, and what happened to accounts and stacks. */
export type Count = Step | (typeof happenings)[number];

export const happenings = [
  'accountsConnected',
  'accountsRejected',
  'accountsDegraded',
  'accountsRecovered',
  'accountsDisconnected',
  'stacksFailed',
] as const;

const TOLD_BY: Readonly<Partial<Record<EventType, Count>>> = {
  'account.connected': 'accountsConnected',
  'account.rejected': 'accountsRejected',
  'account.degraded': 'accountsDegraded',
  'account.recovered': 'accountsRecovered',
  'account.disconnected': 'accountsDisconnected',
  'stack.failed': 'stacksFailed',
};

const FAILURES: ReadonlySet<EventType> = new Set(['account.rejected', 'account.degraded', 'stack.failed']);
const MOST_FAILURES = 20;

/** A commit as the feed has it, with what it moved. */
export interface CountedCommit {
  readonly number: number;
  readonly events: readonly FeedEvent[];
  readonly moves: Moves;
}

/** Before anything is counted. */
export const NOTHING: Overview = {
  kind: 'overview',
  rev: null,
  position: 0,
  accounts: { verifying: 0, connected: 0, rejected: 0, degraded: 0, disconnected: 0 },
  clients: { invited: 0, connected: 0, attention: 0, disconnected: 0 },
  failures: [],
};

export function emptyDay(day: string): OverviewDay {
  return {
    kind: 'overview-day',
    rev: null,
    day,
    position: 0,
    counts: {},
    sinceInvited: {},
    sinceStarted: {},
  };
}

/** The day of a moment in milliseconds. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** The day on which a commit is counted. All its events have been decided together. */
export function dayOfCommit({ events }: Pick<CountedCommit, 'events'>): string | null {
  const at = events.at(-1)?.at;
  return at === undefined ? null : dayOf(at);
}

/** With a commit that follows. One that is counted already changes nothing. */
export function withCommit(overview: Overview, { number, events, moves }: CountedCommit): Overview {
  if (number <= overview.position) return overview;
  const failed = events.filter(({ type }) => FAILURES.has(type)).map(({ id }) => id);
  return {
    ...overview,
    position: number,
    accounts: moved(overview.accounts, moves.accounts),
    clients: moved(overview.clients, moves.clients),
    failures: [...failed.reverse(), ...overview.failures].slice(0, MOST_FAILURES),
  };
}

/** The same of the day that it belongs to. */
export function dayWithCommit(day: OverviewDay, { number, events, moves }: CountedCommit): OverviewDay {
  if (number <= day.position) return day;
  const counts: Partial<Record<Count, number>> = { ...day.counts };
  const told = events.flatMap(({ type }) => TOLD_BY[type] ?? []);
  for (const count of [...(moves.steps ?? []), ...told]) counts[count] = (counts[count] ?? 0) + 1;
  return {
    ...day,
    position: number,
    counts,
    sinceInvited: withWait(day.sinceInvited, moves.sinceInvited),
    sinceStarted: withWait(day.sinceStarted, moves.sinceStarted),
  };
}

function moved<Status extends string>(
  totals: Readonly<Record<Status, number>>,
  moves: readonly Move<Status>[] = [],
): Readonly<Record<Status, number>> {
  const next: Record<Status, number> = { ...totals };
  for (const [from, to] of moves) {
    if (from !== null) next[from] -= 1;
    if (to !== null) next[to] += 1;
  }
  return next;
}
