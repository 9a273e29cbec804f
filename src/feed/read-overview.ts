import type { Client } from '../core/client.js';
import type { FeedEvent } from '../core/event.js';
import type { ClientId } from '../core/id.js';
import { type Step, steps } from '../core/moves.js';
import {
  type Count,
  dayOf,
  emptyDay,
  happenings,
  NOTHING,
  type Overview,
  type OverviewDay,
} from '../core/overview.js';
import { type ToldFailure, toldFailure } from '../core/told-failure.js';
import { countOfWaits, sumOfWaits, type Waits, waitAt } from '../core/waits.js';
import { type CountPorts, counted, readCounted } from './count-commits.js';

export interface ReadOverviewPorts extends CountPorts {
  readonly overviewSince: (
    day: string,
  ) => Promise<{ readonly overview: Overview | null; readonly days: readonly OverviewDay[] }>;
  /** Those of these events that are still kept, by their ids. */
  readonly eventsNamed: (ids: readonly string[]) => Promise<ReadonlyMap<string, FeedEvent>>;
  /** Removed ones, too. */
  readonly clientsNamed: (ids: readonly ClientId[]) => Promise<readonly Client[]>;
  readonly now: () => number;
}

export interface OverviewReport extends Pick<Overview, 'accounts' | 'clients'> {
  /** The first and the last day, both included. */
  readonly from: string;
  readonly to: string;
  /** False while what happened before is still being counted, as after an update from an older version. */
  readonly complete: boolean;
  readonly sums: Readonly<Record<Count, number>>;
  readonly sinceInvited: WaitReport;
  readonly sinceStarted: WaitReport;
  /** Each day of the period, oldest first. */
  readonly days: readonly { readonly day: string; readonly counts: Readonly<Record<Count, number>> }[];
  /** Newest first, whatever the period. */
  readonly failures: readonly FailureReport[];
}

export interface WaitReport {
  readonly count: number;
  /** In milliseconds, within 5 %. */
  readonly p50: number | null;
  readonly p90: number | null;
}

export interface FailureReport
  extends ToldFailure,
    Pick<FeedEvent, 'type' | 'at' | 'clientId' | 'accountId'> {
  readonly clientName: string | null;
}

const DAY = 86_400_000;
/** What was not counted yet and is counted for the answer: more is left there only where counting lags behind. */
const MOST_UNCOUNTED = 300;

const COUNTS: readonly Count[] = [...(steps satisfies readonly Step[]), ...happenings];

/**
 * How onboarding goes, over so many days up to today (UTC). What is stored of it is a minute old at most times; the
 * rest is read from the feed, so that the answer is that of this moment. Its cost follows the days, not the clients.
 */
export async function readOverview(ports: ReadOverviewPorts, days: number): Promise<OverviewReport> {
  const period = Array.from({ length: days }, (_, place) => dayOf(ports.now() - (days - 1 - place) * DAY));
  const [from = '', to = ''] = [period[0], period.at(-1)];
  const stored = await ports.overviewSince(from);
  const before = stored.overview ?? NOTHING;
  const rest = await readCounted(ports, before.position, MOST_UNCOUNTED);
  const now = counted(before, stored.days, rest.commits);
  const shown = period.map((day) => now.days.get(day) ?? emptyDay(day));
  return {
    ...{ from, to, complete: !rest.more },
    ...{ accounts: now.overview.accounts, clients: now.overview.clients },
    sums: sumOf(shown),
    sinceInvited: waitReport(shown.map(({ sinceInvited }) => sinceInvited)),
    sinceStarted: waitReport(shown.map(({ sinceStarted }) => sinceStarted)),
    days: shown.map((one) => ({ day: one.day, counts: sumOf([one]) })),
    failures: await failuresNamed(ports, now.overview.failures),
  };
}

function sumOf(days: readonly OverviewDay[]): Readonly<Record<Count, number>> {
  const sum = (count: Count) => days.reduce((all, { counts }) => all + (counts[count] ?? 0), 0);
  return Object.fromEntries(COUNTS.map((count) => [count, sum(count)])) as Record<Count, number>;
}

function waitReport(days: readonly Waits[]): WaitReport {
  const all = sumOfWaits(days);
  return { count: countOfWaits(all), p50: waitAt(all, 0.5), p90: waitAt(all, 0.9) };
}

async function failuresNamed(
  ports: Pick<ReadOverviewPorts, 'eventsNamed' | 'clientsNamed'>,
  ids: readonly string[],
): Promise<FailureReport[]> {
  const events = await ports.eventsNamed(ids);
  const failures = ids.flatMap((id) => events.get(id) ?? []);
  const clients = await ports.clientsNamed([...new Set(failures.flatMap(({ clientId }) => clientId ?? []))]);
  const names = new Map(clients.map(({ id, name }) => [id, name]));
  return failures.map((event) => {
    const { type, at, clientId, accountId } = event;
    const clientName = (clientId && names.get(clientId)) ?? null;
    const account = accountId === undefined ? {} : { accountId };
    return { type, at, clientId, clientName, ...account, ...toldFailure(event) };
  });
}
