import type { AccountStatus } from './account.js';
import { type ClientStatus, statusFromAccounts } from './client.js';
import type { FeedEvent } from './event.js';
import type { Moves, Step } from './moves.js';

/** What a client's events tell of it, for commits of versions that wrote no moves. */
export interface Replayed {
  readonly accounts: ReadonlyMap<string, AccountStatus>;
  /** Null before it is invited, and once it is removed. */
  readonly status: ClientStatus | null;
  readonly invitedAt: number | null;
  readonly imported: boolean;
  readonly steps: ReadonlySet<Step>;
  /** When each account's stack has started last. */
  readonly startedAt: ReadonlyMap<string, number>;
}

export const BEFORE_ALL: Replayed = {
  accounts: new Map(),
  status: null,
  invitedAt: null,
  imported: false,
  steps: new Set(),
  startedAt: new Map(),
};

/** What it is after these events, the next ones in order. */
export function replay(before: Replayed, events: readonly FeedEvent[]): Replayed {
  return events.reduce(afterEvent, before);
}

/** What a commit of these events has moved. */
export function movesBetween(before: Replayed, after: Replayed, events: readonly FeedEvent[]): Moves {
  const ids = [...new Set(events.flatMap(({ accountId }) => accountId ?? []))];
  const accounts = ids
    .map((id) => [before.accounts.get(id) ?? null, after.accounts.get(id) ?? null] as const)
    .filter(([from, to]) => from !== to);
  const taken = [...after.steps].filter((step) => !before.steps.has(step));
  const connected = events.find(({ type }) => type === 'account.connected');
  const startedAt = after.startedAt.get(connected?.accountId ?? '');
  return {
    accounts,
    clients: before.status === after.status ? [] : [[before.status, after.status]],
    steps: after.imported ? [] : taken,
    ...(connected &&
      after.invitedAt !== null &&
      taken.includes('connected') && { sinceInvited: connected.at - after.invitedAt }),
    ...(connected && startedAt !== undefined && { sinceStarted: connected.at - startedAt }),
  };
}

function afterEvent(before: Replayed, event: FeedEvent): Replayed {
  const { accountId, type, at, data } = event;
  const accounts = new Map(before.accounts);
  const was = before.accounts.get(accountId ?? '');
  const status = statusAfter(event, was);
  if (accountId !== undefined && status !== undefined) accounts.set(accountId, status);
  // The only account that is forgotten: one whose number was entered by mistake.
  if (accountId !== undefined && data['code'] === 'another-number-given') accounts.delete(accountId);
  const there = type === 'client.invited' || (before.status !== null && type !== 'client.removed');
  const startedAt = new Map(before.startedAt);
  if (type === 'stack.started' && accountId !== undefined) startedAt.set(accountId, at);
  const step = STEPS[type];
  return {
    accounts,
    startedAt,
    status: there ? statusFromAccounts([...accounts.values()]) : null,
    invitedAt: type === 'client.invited' ? at : before.invitedAt,
    imported: before.imported || data['externalIdSource'] === 'imported',
    steps: step === undefined ? before.steps : new Set([...before.steps, step]),
  };
}

const STEPS: Readonly<Partial<Record<FeedEvent['type'], Step>>> = {
  'client.invited': 'invited',
  'launch.opened': 'opened',
  'account.verifying': 'started',
  'account.connected': 'connected',
};

function statusAfter({ type, data }: FeedEvent, was: AccountStatus | undefined): AccountStatus | undefined {
  switch (type) {
    // Another stack of a connected account is tried beside the one that it stands by.
    case 'account.verifying':
      return was === 'connected' || was === 'degraded' ? was : 'verifying';
    case 'account.connected':
    case 'account.recovered':
      return 'connected';
    case 'account.rejected':
      return 'rejected';
    case 'account.degraded':
      return 'degraded';
    case 'account.disconnected':
      return 'disconnected';
    // A stack's Update has been verified, whatever the account was before.
    case 'account.updated':
      return data['attempts'] === undefined ? was : 'connected';
    case 'stack.failed':
      return data['cause'] === 'given-up' && was === 'verifying' ? 'disconnected' : was;
    default:
      return was;
  }
}
