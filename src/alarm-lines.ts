import type { FastifyBaseLogger } from 'fastify';
import type { Account } from './core/account.js';
import type { AnswerOutcome, Stack } from './core/stack.js';
import type { Verdict } from './core/verdict.js';

/** A stack that waits for its role may be due for as long as CloudFormation waits for its answer. In milliseconds. */
const LATE = 300_000;
/** How often it is told that work is overdue, in milliseconds. */
const TOLD_EVERY = 60_000;

type FindDue<Thing> = (shard: number, now: number, limit: number) => Promise<readonly Thing[]>;

/** How the walks over due work find it. */
export interface DueQueries {
  readonly dueStacks: FindDue<Stack>;
  readonly dueAccounts: FindDue<Account>;
}

/** The lines of the log that the deployment's alarms are made from: templates/service.yaml finds them by their words. */
export function makeAlarmLines(log: Pick<FastifyBaseLogger, 'info' | 'warn'>) {
  /** Finds the same; the latest of it is told once a minute, where it is overdue. */
  const watch = <Thing>(work: string, find: FindDue<Thing>, dueAt: (thing: Thing) => number | null) => {
    let [latest, toldAt] = [0, Number.NEGATIVE_INFINITY];
    const watched: FindDue<Thing> = async (shard, now, limit) => {
      const found = await find(shard, now, limit);
      latest = Math.max(latest, ...found.map((thing) => now - (dueAt(thing) ?? now)));
      if (latest >= LATE && now - toldAt >= TOLD_EVERY) {
        log.warn({ work, seconds: Math.round(latest / 1_000) }, 'work is overdue');
        [latest, toldAt] = [0, now];
      }
      return found;
    };
    return watched;
  };

  return {
    watchDue: <Queries extends DueQueries>(queries: Queries): Queries => ({
      ...queries,
      dueStacks: watch('stacks', queries.dueStacks, ({ due }) => due),
      dueAccounts: watch('accounts', queries.dueAccounts, ({ nextVerificationAt }) => nextVerificationAt),
    }),

    verified({ clientId, accountId }: Account, { failure }: Verdict): void {
      const told = { clientId, accountId, failed: failure !== null, code: failure?.code };
      log.info(told, 'a connected account was verified');
    },

    unanswered({ clientId, accountId, stackId }: Stack, outcome: AnswerOutcome): void {
      log.warn({ clientId, accountId, stackId, outcome }, 'a stack was left without its answer');
    },
  };
}
