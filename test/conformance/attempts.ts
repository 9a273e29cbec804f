import { setTimeout as sleep } from 'node:timers/promises';
import type { Deployment, Own, Sandboxed, Target } from './deployment.js';

/** Something that went wrong at some vendor, tried here: what is expected to be seen, and how to see it. */
export type Attempt = {
  readonly cls: string;
  readonly attempt: string;
  readonly expected: string;
  /** Waits for a deadline of the service's: begun first, and waited for last. */
  readonly slow?: true;
  /** Changes what the whole sandbox does: tried before anything else is under way. */
  readonly alone?: true;
} & (
  | { readonly needs: 'api'; readonly run: (target: Deployment) => Promise<string> }
  | { readonly needs: 'sandbox'; readonly run: (target: Sandboxed) => Promise<string> }
  | { readonly needs: 'own'; readonly run: (target: Own) => Promise<string> }
);

export interface Row {
  readonly cls: string;
  readonly attempt: string;
  readonly expected: string;
  readonly seen: string;
  readonly result: 'as expected' | 'NOT AS EXPECTED' | 'skipped';
}

/** What waits for a deadline of the service's waits for a minute and a half. */
const LONGEST = 150_000;

/** Tries it; what throws is seen as well. */
export async function tried(attempt: Attempt, target: Target): Promise<Row> {
  const { cls, attempt: what, expected } = attempt;
  const late = sleep(LONGEST, 'nothing, in two and a half minutes', { ref: false });
  const made = run(attempt, target).catch((error: Error) => `threw: ${error.message}`);
  const seen = await Promise.race([made, late]);
  const result = seen === null ? 'skipped' : seen === expected ? 'as expected' : 'NOT AS EXPECTED';
  return { cls, attempt: what, expected, seen: seen ?? `needs ${needs[attempt.needs]}`, result };
}

const needs = { api: 'the API', sandbox: 'a sandbox', own: 'a deployment of our own' };

async function run(attempt: Attempt, { api, sandbox, own }: Target): Promise<string | null> {
  switch (attempt.needs) {
    case 'api':
      return attempt.run(api);
    case 'sandbox':
      return sandbox && attempt.run(sandbox);
    case 'own':
      return own && attempt.run(own);
  }
}

/** The rows as lines of text, under heads, and what they come to. */
export function report(rows: readonly Row[]): string[] {
  const columns = ['cls', 'attempt', 'expected', 'seen', 'result'] as const;
  const heads: Record<(typeof columns)[number], string> = {
    ...{ cls: 'class', attempt: 'attempt', expected: 'expected', seen: 'seen', result: '' },
  };
  const widths = columns.map((column) => Math.max(...[heads, ...rows].map((row) => row[column].length)));
  const line = (row: typeof heads) =>
    columns
      .map((column, place) => row[column].padEnd(widths[place] ?? 0))
      .join('  ')
      .trimEnd();
  const count = (result: Row['result']) => rows.filter((row) => row.result === result).length;
  return [
    line(heads),
    ...rows.map(line),
    `${rows.length} attempts in ${new Set(rows.map(({ cls }) => cls)).size} classes: ` +
      `${count('as expected')} as expected, ${count('NOT AS EXPECTED')} not, ${count('skipped')} skipped`,
  ];
}
