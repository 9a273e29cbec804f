import { type Logger, pino } from 'pino';
import { describeError } from './describe-error.js';
import { makeRedact } from './redact.js';

/**
 * The log of the process: a JSON object a line, on standard output. Lines are written while other work goes on, those
 * that come meanwhile together; the last when the process ends, unless it is killed.
 *
 * No secret is put into a line to begin with. Whatever comes in by an error all the same is left out in two further
 * steps: of an error a few fields are written, and whatever looks like a secret is struck from the finished line.
 * `secrets` are those of the configuration, which may look like anything.
 */
export function openLog(level: string, secrets: readonly string[]): Logger {
  const settings = {
    level,
    serializers: { err: describeError },
    hooks: { streamWrite: makeRedact(secrets) },
  };
  return pino(settings, pino.destination({ fd: 1, sync: false }));
}
