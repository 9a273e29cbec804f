import { format } from 'node:util';
import type { Logger } from 'pino';

/** Has what libraries write to the console written to the log: every line is JSON, and secrets are struck. */
export function takeConsole(log: Logger): void {
  const writer =
    (level: 'debug' | 'info' | 'warn') =>
    (...words: unknown[]): void =>
      log[level]({ detail: format(...words) }, 'console');
  const [debug, info, warn] = [writer('debug'), writer('info'), writer('warn')];
  // Node.js prints its warnings by console.error, and what is an error here is said by whoever logs it.
  Object.assign(console, { debug, log: info, info, warn, error: warn });
}
