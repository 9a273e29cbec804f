import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import { everyFailure } from '../../core/failure.js';

const eta = new Eta({
  views: fileURLToPath(new URL('./views', import.meta.url)),
  cache: true,
  autoEscape: true,
});

/** Explains every failure of a verification, each under its code. */
export function failuresPage(operatorName: string): string {
  return eta.render('./failures', { operatorName, failures: everyFailure() });
}
