import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';

/** The promise is 25 s, and a machine that is busy is late. In milliseconds. */
const WITHIN = 20_000;

/**
 * Ends the process in good order when it is told to, by exit code 0; where an error was caught by nobody, by 1.
 * Whatever still hangs after 20 s is left: another instance finds it overdue.
 */
export function stopWhenTold(log: FastifyBaseLogger, stop: () => Promise<void>): void {
  let stopping = false;
  const end = async (code: number): Promise<void> => {
    // Told again, it goes on stopping: whoever asks twice does not want more to be lost.
    if (stopping) return;
    stopping = true;
    log.info('stopping');
    const left = sleep(WITHIN, 'something hangs, and is left to other instances');
    const outcome = await Promise.race([stop().catch(String), left]);
    if (outcome) log.warn(`stopped before everything was in order: ${outcome}`);
    process.exit(code);
  };
  const fail = (error: unknown): void => {
    log.fatal({ err: error }, 'stopping after an error');
    void end(1);
  };

  process.on('SIGTERM', () => void end(0));
  // Once: a second Ctrl-C is from somebody who does not want to wait.
  process.once('SIGINT', () => void end(0));
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
}
