import { everyFailure } from '../../core/failure.js';
import type { Letterhead } from './letterhead.js';
import { render } from './render.js';

/** Explains every failure of a verification, each under its code. */
export function failuresPage(head: Letterhead): string {
  return render('failures', { ...head, failures: everyFailure() });
}
