import type { Logger } from 'pino';
import { type Account, isLive } from '../core/account.js';
import type { AnswerOutcome, Stack } from '../core/stack.js';
import type { Verdict } from '../core/verdict.js';
import type { Settled } from '../onboarding/settle-stack.js';

/** What work that no request waits for is about; `requestId` is the request that started it, where one did. */
export interface About {
  readonly work: 'settle' | 'check';
  readonly clientId: string;
  readonly accountId: string;
  readonly stackId?: string | undefined;
  readonly requestId?: string | undefined;
}

export function aboutStack({ clientId, accountId, stackId }: Stack, requestId?: string): About {
  return { work: 'settle', clientId, accountId, stackId, requestId };
}

export function aboutAccount({ clientId, accountId, stackId }: Account, requestId?: string): About {
  return { work: 'check', clientId, accountId, stackId: stackId ?? undefined, requestId };
}

/**
 * Writes how work in the background ended: a line each, and none of what was sent or read. The deployment's alarms find
 * some of them by their words (templates/service.yaml).
 */
export function makeTellWork(log: Logger) {
  return {
    settled(about: About, { outcome, stack }: Settled, milliseconds: number): void {
      const { type: request, answer, outcome: sent } = stack.requests.at(-1) ?? {};
      const ms = Math.round(milliseconds);
      log.info({ ...about, outcome, request, answer: answer?.status, sent, ms }, 'stack settled');
    },
    unanswered({ clientId, accountId, stackId }: Stack, outcome: AnswerOutcome): void {
      log.warn({ clientId, accountId, stackId, outcome }, 'a stack was left without its answer');
    },
    /** A role that is tried again and again until it is there is worth a line once it is. */
    checked(about: About, account: Account, verdict: Verdict | null, milliseconds: number): void {
      const outcome = verdict === null ? 'gone' : (verdict.failure?.code ?? 'sound');
      const level = account.trying !== null && outcome !== 'sound' ? 'debug' : 'info';
      // Whether there was a connection, and it holds no more.
      const [connected, failed] = [verdict !== null && isLive(account), Boolean(verdict?.failure)];
      log[level]({ ...about, outcome, connected, failed, ms: Math.round(milliseconds) }, 'account checked');
    },
    /** One attempt of several; what comes of them all is told by the event. */
    tried(about: About, { failure, attempts }: Verdict, milliseconds: number): void {
      const outcome = failure?.code ?? 'sound';
      log.debug({ ...about, outcome, attempt: attempts, ms: Math.round(milliseconds) }, 'role tried');
    },
    tookOver(about: About, { takeovers }: Stack): void {
      log.info({ ...about, takeovers }, 'stack taken over');
    },
    failed(about: About | undefined, err: unknown): void {
      log.error({ ...about, err }, 'something was left for later');
    },
  };
}
