import { printable } from '../../access/printable.js';
import type { Problem } from '../../core/problem.js';
import { problemRow } from '../../core/problem.js';
import type { FailureReport, OverviewReport } from '../../feed/read-overview.js';
import { accountsChart, activityChart, funnelChart, waitsChart } from './console-charts.js';
import type { Letterhead } from './letterhead.js';
import { render } from './render.js';

const PERIODS = [7, 30, 90] as const;

/** How onboarding goes, drawn. `signedIn` where a cookie let the reader in, which can be taken away. */
export function consolePage(
  head: Letterhead,
  report: OverviewReport,
  { signedIn }: { readonly signedIn: boolean },
): string {
  const { accounts, clients, complete, from, to, failures } = report;
  const isEmpty = Object.values(clients).every((count) => count === 0) && report.sums.invited === 0;
  const days = report.days.length;
  return render('console', {
    ...head,
    ...{ signedIn, isEmpty, complete, from, to, days },
    periods: PERIODS.map((period) => ({ period, isShown: period === days })),
    clients: Object.values(clients).reduce((sum, count) => sum + count, 0),
    attention: clients.attention,
    connected: accounts.connected,
    funnel: funnelChart(report),
    waits: waitsChart(report),
    accounts: accountsChart(accounts),
    activity: activityChart(report),
    failures: failures.map(shownFailure),
  });
}

/** Asks for a key; `problem` is why the one before did not do. */
export function signInPage(head: Letterhead, problem: Problem | null): string {
  const why = problem && { detail: problem.message, remedy: problemRow(problem.code).remedy };
  return render('sign-in', { ...head, why });
}

/** As long as the API takes one. */
const LONGEST_NAME = 200;

const WHAT = {
  'account.rejected': 'Refused',
  'account.degraded': 'Degraded',
  'stack.failed': 'Stack failed',
} as const satisfies Partial<Record<FailureReport['type'], string>>;

function shownFailure({ at, type, clientId, clientName, accountId, code, message, remedy }: FailureReport) {
  return {
    ...{ clientId, accountId: accountId ?? '', code, message, remedy },
    at: new Date(at).toISOString(),
    moment: `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    what: type in WHAT ? WHAT[type as keyof typeof WHAT] : type,
    // Those of stacks are told here alone.
    isExplained: type !== 'stack.failed' && code !== '',
    name: printable(clientName ?? '', LONGEST_NAME) || clientId,
  };
}
