/** Outcomes of verifications of the fleet's connected accounts, as far as this instance has made them. */
export interface Fleet {
  readonly note: (failed: boolean) => void;
  /** Why so many accounts fail at once that the fault is likely ours; null where they do not. */
  readonly suspicion: () => string | null;
}

/** What counts is what was found within this time, in milliseconds. */
const WINDOW = 10 * 60_000;
/** A share of fewer than these says nothing. */
const LEAST = 20;

/**
 * Clients do not all break their roles in the same ten minutes. Where more than `percent` of the accounts that are
 * verified fail at once, something of ours has changed: a policy, a principal, the way to AWS. Then no account changes
 * state, and whoever runs the service is told.
 */
export function makeFleet(now: () => number, percent: number): Fleet {
  let outcomes: { readonly at: number; readonly failed: boolean }[] = [];
  return {
    note(failed) {
      outcomes = outcomes.filter(({ at }) => at > now() - WINDOW);
      outcomes.push({ at: now(), failed });
    },
    suspicion() {
      const recent = outcomes.filter(({ at }) => at > now() - WINDOW);
      const failed = recent.filter((outcome) => outcome.failed).length;
      if (recent.length < LEAST || failed * 100 <= recent.length * percent) return null;
      return `${failed} of ${recent.length} accounts that were verified within ten minutes fail`;
    },
  };
}
