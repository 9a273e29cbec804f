import type { OverviewReport, WaitReport } from '../../feed/read-overview.js';
import { inWords } from './duration.js';

/**
 * What the console draws, as places in per cent of a chart's width: text in it keeps its size, however wide the chart
 * is. Whatever is drawn is in a table beside it as well.
 */

/** One bar a step, against the longest of them. */
export function funnelChart({ sums }: Pick<OverviewReport, 'sums'>) {
  const steps = [
    ['Invited', sums.invited],
    ['Link opened', sums.opened],
    ['Stack started', sums.started],
    ['Connected', sums.connected],
  ] as const;
  const longest = most(steps.map(([, count]) => count));
  const bars = steps.map(([label, count], place) => ({
    ...{ label, count, y: place * 52 },
    width: percent(count, longest),
    share: place === 0 || sums.invited === 0 ? '' : `${Math.round((100 * count) / sums.invited)} %`,
  }));
  const beside = { rejected: sums.accountsRejected, failed: sums.stacksFailed };
  const [invited, , , connected] = bars;
  const words = `Of ${invited?.count} clients invited, ${connected?.count} connected.`;
  return { bars, ...beside, words };
}

const SECOND = 1_000;
const AXIS = [
  { at: SECOND, label: '1 s' },
  { at: 60 * SECOND, label: '1 min' },
  { at: 3_600 * SECOND, label: '1 h' },
  { at: 86_400 * SECOND, label: '1 day' },
  { at: 30 * 86_400 * SECOND, label: '30 days' },
] as const;
/** From the first second to the ninetieth day, by the logarithm: some take seconds and some take weeks. */
const LONGEST = 90 * 86_400 * SECOND;

/** From the median to where nine in ten are, on one axis. */
export function waitsChart({ sinceInvited, sinceStarted }: OverviewReport) {
  const row = (label: string, { count, p50, p90 }: WaitReport, y: number) => ({
    ...{ label, count, y },
    from: along(p50 ?? 0),
    to: along(p90 ?? 0),
    width: round(along(p90 ?? 0) - along(p50 ?? 0)),
    p50: p50 === null ? null : inWords(p50),
    p90: p90 === null ? null : inWords(p90),
  });
  const rows = [row('From invitation', sinceInvited, 0), row('From stack start', sinceStarted, 56)];
  const told = rows.filter(({ p50 }) => p50 !== null);
  const words = told.map(({ label, p50, p90 }) => `${label}: half within ${p50}, nine in ten within ${p90}.`);
  const axis = AXIS.map(({ at, label }) => ({ label, x: along(at) }));
  return { rows, axis, words: words.join(' ') || 'Nothing was connected in this period.' };
}

function along(milliseconds: number): number {
  const share = Math.log(Math.max(SECOND, milliseconds) / SECOND) / Math.log(LONGEST / SECOND);
  return round(2 + 96 * Math.min(1, share));
}

const STATUSES = ['connected', 'verifying', 'degraded', 'rejected', 'disconnected'] as const;

/** One bar of all accounts; what is there at all is wide enough to be seen. */
export function accountsChart(accounts: OverviewReport['accounts']) {
  const total = STATUSES.reduce((sum, status) => sum + accounts[status], 0);
  const weights = STATUSES.map((status) =>
    accounts[status] === 0 ? 0 : Math.max(accounts[status], total / 60),
  );
  const all = weights.reduce((sum, weight) => sum + weight, 0) || 1;
  let x = 0;
  const parts = STATUSES.map((status, place) => {
    const width = percent(weights[place] ?? 0, all);
    const part = { status, count: accounts[status], x: round(x), width };
    x += width;
    return part;
  });
  const words = parts.map(({ status, count }) => `${count} ${status}`).join(', ');
  return { parts, total, words: `${total} accounts: ${words}.` };
}

/** Of both halves together. */
const HEIGHT = 168;

/** A column a day on one scale: up what was connected, down what went wrong. */
export function activityChart({ days }: Pick<OverviewReport, 'days'>) {
  const told = days.map(({ day, counts }) => ({
    ...{ day, ...counts },
    good: counts.accountsConnected,
    bad: counts.accountsRejected + counts.accountsDegraded + counts.stacksFailed,
  }));
  const [mostGood, mostBad] = [most(told.map(({ good }) => good)), most(told.map(({ bad }) => bad))];
  const unit = HEIGHT / (mostGood + mostBad);
  const step = 100 / days.length;
  const columns = told.map((one, place) => ({
    ...one,
    x: round(place * step + step * 0.14),
    width: round(step * 0.72),
    up: height(one.good, unit),
    down: height(one.bad, unit),
  }));
  const sum = (which: 'good' | 'bad') => told.reduce((total, one) => total + one[which], 0);
  const words = `${sum('good')} connections and ${sum('bad')} failures in ${days.length} days.`;
  const base = round(mostGood * unit);
  return {
    columns,
    base,
    height: HEIGHT,
    most: Math.max(0, ...told.map(({ good }) => good)),
    words,
    first: days[0]?.day,
    last: days.at(-1)?.day,
  };
}

/** One where there is nothing, so that there is a scale. */
function most(counts: readonly number[]): number {
  return Math.max(1, ...counts);
}

/** What happened at all is high enough to be seen. */
function height(count: number, unit: number): number {
  return count === 0 ? 0 : Math.max(2, round(count * unit));
}

function percent(part: number, whole: number): number {
  return round((100 * part) / whole);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
