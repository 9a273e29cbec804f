import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Adapters } from './adapters.js';
import type { Config } from './config.js';
import type { Account } from './core/account.js';
import type { ClientId } from './core/id.js';
import { type Stack, stackKey } from './core/stack.js';
import type { Verdict } from './core/verdict.js';
import { makeAccountWalk } from './due/accounts.js';
import { makeStackWalk } from './due/stacks.js';
import { checkAccount } from './keeping/check-account.js';
import { makeFleet } from './keeping/fleet.js';
import { completeRotation } from './keeping/rotate-external-id.js';
import { type FindDue, tellOverdue } from './logs/tell-overdue.js';
import { type About, aboutAccount, aboutStack, makeTellWork } from './logs/tell-work.js';
import type { OverdueKind } from './metrics/overdue.js';
import { Stopping, settleStack } from './onboarding/settle-stack.js';
import type { Surroundings } from './onboarding/surroundings.js';
import { DUE_SHARDS } from './store/keys.js';
import { untraced } from './traces/traces.js';

export type Background = ReturnType<typeof makeBackground>;

/** How often overdue work is looked for, in milliseconds. */
const WALK_EVERY = 2_000;
/** How long AWS has for what it was asked when the process stops; a hanging call takes longer. In milliseconds. */
const PUT_DOWN_AFTER = 8_000;

/**
 * Work that no request waits for: stacks in this instance's hands, accounts that are due, and what others left.
 * `others` are looked after as often; they throw nothing.
 */
export function makeBackground(
  adapters: Adapters,
  log: Logger,
  config: Config,
  others: readonly (() => Promise<void>)[] = [],
  traces = untraced,
) {
  const { queries, commit, now, metrics } = adapters;
  const stopping = new AbortController();
  const hanging = new AbortController();
  const held = new Map<string, Promise<unknown>>();

  const tell = makeTellWork(log);

  const hold = (name: string, work: Promise<unknown>, about?: About): void => {
    const kept = work
      .catch((error: unknown) => tell.failed(about, error))
      .finally(() => held.get(name) === kept && held.delete(name));
    held.set(name, kept);
  };

  const rotate = (id: ClientId) => completeRotation({ ...queries, ...adapters }, id);

  const settlePorts = {
    ...adapters,
    completeRotation: rotate,
    giveUpAfter: config.giveUpAfter,
    unanswered: tell.unanswered,
    sleep: (milliseconds: number) =>
      sleep(milliseconds, undefined, { signal: stopping.signal }).catch(() => {
        throw new Stopping();
      }),
    unlessItHangs: <Result>(work: Promise<Result>) => unless(hanging.signal, work),
  };
  const settle = (stack: Stack, surroundings: Surroundings, requestId?: string): void => {
    const about = aboutStack(stack, requestId);
    const begun = performance.now();
    const noteVerification = (verdict: Verdict, milliseconds: number): void => {
      adapters.noteVerification(verdict, milliseconds);
      tell.tried(about, verdict, milliseconds);
    };
    const work = traces.work(about, () =>
      settleStack({ ...settlePorts, noteVerification }, stack, surroundings),
    );
    const told = work.then((settled) => tell.settled(about, settled, performance.now() - begun));
    hold(nameOf(stack), told, about);
  };

  const fleet = makeFleet(now, config.fleetFailurePercent);
  metrics.fleet(fleet);
  const checkPorts = { ...adapters, fleet, completeRotation: rotate };
  const check = async (account: Account, requestId?: string): Promise<Verdict | null> => {
    const about = aboutAccount(account, requestId);
    const begun = performance.now();
    const verdict = await traces.work(about, () => checkAccount(checkPorts, account));
    tell.checked(about, account, verdict, performance.now() - begun);
    return verdict;
  };

  /** Finds nothing any more once this instance stops; what is overdue is counted and told. */
  const seen = <Thing>(kind: OverdueKind, find: FindDue<Thing>, dueAt: (thing: Thing) => number | null) => {
    const whileRunning: FindDue<Thing> = async (...asked) => (stopping.signal.aborted ? [] : find(...asked));
    return metrics.overdue(kind, tellOverdue(log, kind, whileRunning, dueAt), dueAt);
  };
  const failed = (error: unknown) => log.error({ err: error }, 'overdue work was not looked after');
  const walks = [
    makeStackWalk({
      shards: DUE_SHARDS,
      dueStacks: seen('stacks', queries.dueStacks, ({ due }) => due),
      commit,
      now,
      stopwatch: () => performance.now(),
      isHeldHere: (stack) => held.has(nameOf(stack)),
      settle: (stack) => {
        tell.tookOver(aboutStack(stack), stack);
        settle(stack, null);
      },
      failed,
    }),
    makeAccountWalk({
      shards: DUE_SHARDS,
      dueAccounts: seen('accounts', queries.dueAccounts, ({ nextVerificationAt }) => nextVerificationAt),
      budget: adapters.budget,
      commit,
      now,
      check: (account) => check(account),
      failed: (error, account) => tell.failed(account && aboutAccount(account), error),
    }),
    ...others,
  ];

  return {
    settle,
    /** Verifies an account that this instance has just written. */
    check: (account: Account, requestId?: string): void =>
      hold(
        `${account.clientId}/${account.accountId}`,
        check(account, requestId),
        aboutAccount(account, requestId),
      ),

    checkNow: check,
    /** Why no verdict counts; null where they do. */
    suspicion: fleet.suspicion,

    /** Walks again and again over what is due, each kind on its own; ends with `stop`. */
    start(): void {
      for (const walk of walks) hold(`walk ${walks.indexOf(walk)}`, every(WALK_EVERY, walk, stopping.signal));
    },

    /** Puts down what waits, finishes what does not, and resolves once nothing is held any more. May be called again. */
    async stop(): Promise<void> {
      stopping.abort();
      const late = setTimeout(() => hanging.abort(), PUT_DOWN_AFTER);
      while (held.size > 0) await Promise.allSettled(held.values());
      clearTimeout(late);
    },
  };
}

async function every(milliseconds: number, walk: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await walk();
    await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
  }
}

/** Waits for work until a signal is raised; throws `Stopping` then, and drops whatever comes of it. */
function unless<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const drop = () => reject(new Stopping());
    signal.addEventListener('abort', drop);
    if (signal.aborted) drop();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', drop));
  });
}

function nameOf(stack: Stack): string {
  return [stack.clientId, stack.accountId, stackKey(stack)].join('/');
}
