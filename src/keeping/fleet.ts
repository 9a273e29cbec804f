import type { Account } from '../core/account.js';
import type { ClientId } from '../core/id.js';

/** Outcomes of verifications of the fleet's connected accounts, as far as this instance has made them. */
export interface Fleet {
  readonly note: (account: Pick<Account, 'clientId' | 'accountId'>, failed: boolean) => void;
  /** How many were verified of late, and how many of those failed the last time. */
  readonly recent: () => { readonly checked: number; readonly failed: number };
  /** Why so many accounts fail at once that the fault is likely ours; null where they do not. */
  readonly suspicion: () => string | null;
}

/** What counts is what was found within this time, in milliseconds. */
const WINDOW = 10 * 60_000;
/** A share of fewer than these says nothing. */
const LEAST = 20;

/**
 * Clients do not all break their roles in the same ten minutes. Where more than `percent` of the accounts that are
 * verified fail at once, and of their clients, something of ours has changed: a policy, a principal, the way to AWS.
 * Then no account changes state, and whoever runs the service is told.
 */
export function makeFleet(now: () => number, percent: number): Fleet {
  // Each account counts once, by what was found last: one that fails is looked at more often than others.
  const outcomes = new Map<
    string,
    { readonly clientId: ClientId; readonly at: number; readonly failed: boolean }
  >();
  const recent = () => {
    // In the order of their times, so that what is over stands first.
    for (const [key, { at }] of outcomes) {
      if (at > now() - WINDOW) break;
      outcomes.delete(key);
    }
    const counted = [...outcomes.values()];
    return { checked: counted.length, failed: counted.filter(({ failed }) => failed).length };
  };
  return {
    recent,
    note({ clientId, accountId }, failed) {
      const key = `${clientId} ${accountId}`;
      outcomes.delete(key);
      outcomes.set(key, { clientId, at: now(), failed });
    },
    suspicion() {
      const { checked, failed } = recent();
      if (checked < LEAST || failed * 100 <= checked * percent) return null;
      // One organization that breaks all its roles is its own fault, however many accounts it has.
      const found = [...outcomes.values()];
      const clients = new Set(found.map(({ clientId }) => clientId));
      const failing = new Set(found.filter((one) => one.failed).map(({ clientId }) => clientId));
      if (failing.size * 100 <= clients.size * percent) return null;
      return `${failed} of ${checked} accounts that were verified within ten minutes fail`;
    },
  };
}
