import type { Change, Commit, Entity } from '../core/change.js';
import type { Found } from '../core/circumstances.js';
import { type Stack, stackKey } from '../core/stack.js';
import type { ReadAround, Surroundings } from './surroundings.js';

export interface HoldPorts {
  readonly around: ReadAround;
  readonly commit: Commit;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Waits for work of which nothing has to be kept, unless it hangs while the process stops. */
  readonly unlessItHangs: <Result>(work: Promise<Result>) => Promise<Result>;
  /** Waits longer the more often a commit met another, and never as long as the other does. */
  readonly backoff: (conflicts: number) => Promise<void>;
}

/**
 * A stack in this instance's hands. Whoever wrote its item last holds it: the hold is the revision, so an
 * older holder finds out by its next write failing, and lets go.
 */
export interface Hold {
  /** As last written. */
  readonly stack: Stack;
  readonly found: () => Promise<Found>;
  /** Decides and commits, anew where something else moved meanwhile; false where the hold is lost. */
  readonly commit: (decide: (found: Found, stack: Stack) => Change) => Promise<boolean>;
  /** Writes the stack alone; false where the hold is lost. */
  readonly write: (change: (stack: Stack) => Stack) => Promise<boolean>;
  /** Waits, writing the stack often enough that nobody takes it over; false where somebody has. */
  readonly pause: (milliseconds: number, attempts?: number) => Promise<boolean>;
  /** Does something that may take long, and writes the stack meanwhile. Throws `HoldLost` where it was lost. */
  readonly during: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

/** Thrown where somebody else has taken the stack over: whatever was under way is theirs to do. */
export class HoldLost extends Error {}

/** Others take a stack over after 15 s without a write. */
const WRITE_EVERY = 4_000;
/** Every account of a client meets in the client's item, and a whole organization may connect at once. */
const MOST_CONFLICTS = 40;

export function holdStack(ports: HoldPorts, taken: Stack, surroundings: Surroundings): Hold {
  let stack = taken;
  let known = surroundings;
  let wroteAt = performance.now();

  const found = async (): Promise<Found> => {
    const { clientId, accountId } = stack;
    known ??= await ports.around.everything({ clientId, accountId, stackKey: stackKey(stack) });
    return known;
  };

  const took = (written: readonly Entity[]): void => {
    wroteAt = performance.now();
    for (const entity of written) {
      if (entity.kind === 'stack') stack = entity;
      if (known === null) continue;
      if (entity.kind === 'account') known = { ...known, account: entity };
      if (entity.kind === 'client') known = { ...known, client: entity };
      if (entity.kind === 'aws-account') known = { ...known, lock: entity };
    }
  };

  const commit: Hold['commit'] = async (decide) => {
    for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts += 1) {
      const committed = await ports.commit(decide(await found(), stack));
      if (committed.ok) {
        took(committed.written);
        return true;
      }
      if (committed.lost.some(({ kind }) => kind === 'stack')) return false;
      known = null;
      await ports.backoff(conflicts);
    }
    throw new Error(`the surroundings of a stack moved ${MOST_CONFLICTS} times in a row`);
  };

  const write: Hold['write'] = async (change) => {
    const committed = await ports.commit({ put: [change(stack)] });
    if (committed.ok) took(committed.written);
    return committed.ok;
  };

  const pause: Hold['pause'] = async (milliseconds, attempts = stack.attempts) => {
    for (let left = milliseconds; left > 0; left -= WRITE_EVERY) {
      const silence = performance.now() - wroteAt;
      const keep = silence >= WRITE_EVERY || attempts !== stack.attempts;
      if (keep && !(await write((held) => ({ ...held, attempts })))) return false;
      await ports.sleep(Math.min(left, WRITE_EVERY));
    }
    return true;
  };

  const during: Hold['during'] = async (work) => {
    let beat = Promise.resolve(true);
    const timer = setInterval(() => {
      beat = beat.then((holds) => holds && write((held) => held));
      // Looked at below, and not before.
      beat.catch(() => undefined);
    }, WRITE_EVERY);
    try {
      const result = await ports.unlessItHangs(work());
      clearInterval(timer);
      if (!(await beat)) throw new HoldLost();
      return result;
    } finally {
      clearInterval(timer);
      // Whoever writes the stack next has to know the revision of a write under way.
      await beat.catch(() => undefined);
    }
  };

  return {
    get stack() {
      return stack;
    },
    found,
    commit,
    write,
    pause,
    during,
  };
}
