import { format } from 'node:util';
import type { Logger } from 'pino';

/** Has what libraries write to the console written to the log: every line is JSON, and secrets are struck. */
export function takeConsole(log: Logger): void {
  const writer =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (...words: unknown[]): void =>
      log[level]({ detail: format(...words) }, 'console');
  const [debug, info, warn, error] = [writer('debug'), writer('info'), writer('warn'), writer('error')];
  Object.assign(console, { debug, log: info, info, warn, error });
}
