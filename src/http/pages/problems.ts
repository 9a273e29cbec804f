import { type ProblemCode, problemCodes, problemRow } from '../../core/problem.js';
import type { Letterhead } from './letterhead.js';
import { render } from './render.js';

/** An operation of the API that can answer with a problem. */
export interface Answering {
  readonly method: string;
  readonly path: string;
  readonly summary: string;
}

/** Every problem there is, by its status. */
export function problemsPage(head: Letterhead): string {
  const problems = problemCodes().map((code) => ({ code, ...problemRow(code) }));
  return render('problems', { ...head, problems: problems.sort((a, b) => a.status - b.status) });
}

/** One problem: what to do, how it looks, and which operations answer with it. */
export function problemPage(
  head: Letterhead,
  code: ProblemCode,
  publicUrl: string,
  operations: readonly Answering[],
): string {
  const { status, title, remedy } = problemRow(code);
  const type = `${publicUrl}/problems/${code}`;
  const example = JSON.stringify({ type, title, status, detail: '…', code, remedy, requestId: '…' }, null, 2);
  return render('problem', { ...head, code, title, remedy, example, operations });
}
