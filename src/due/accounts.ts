import { type Account, CHECK_LEASE } from '../core/account.js';
import type { Commit } from '../core/change.js';

export interface AccountWalkPorts {
  readonly shards: number;
  readonly dueAccounts: (shard: number, now: number, limit: number) => Promise<readonly Account[]>;
  readonly commit: Commit;
  readonly now: () => number;
  /** Whether so many calls of STS may be made now, by the rate that all instances share. */
  readonly budget: (calls: number) => Promise<boolean>;
  /** Verifies an account that this instance has taken. */
  readonly check: (account: Account) => Promise<unknown>;
  /** Hears of a shard or an account that could not be looked after; the others are. */
  readonly failed: (error: unknown, account?: Account) => void;
}

const MOST_A_SHARD = 50;
/** The role entered, the caller asked, two probes that have to be denied, and one by a retired external ID. */
const CALLS_A_CHECK = 5;
/** Two more that have to be denied, where people enter by a role of their own. */
const CALLS_FOR_PEOPLE = 2;

/**
 * Finds accounts whose verification is due, and verifies them.
 *
 * Taking one moves its due time ahead under its revision: of two instances that find it, one gets it, and should
 * that one die, it is due again. A verification that is made twice does no harm.
 *
 * Returns a function that makes one round over all shards.
 */
export function makeAccountWalk(ports: AccountWalkPorts): () => Promise<void> {
  const walkShard = async (shard: number): Promise<void> => {
    const due = await ports.dueAccounts(shard, ports.now(), MOST_A_SHARD);
    await Promise.all(
      due.map(async (account) => {
        const calls = account.humanRoleArn === null ? CALLS_A_CHECK : CALLS_A_CHECK + CALLS_FOR_PEOPLE;
        if (!(await ports.budget(calls))) return;
        const taken = await takeAccount(ports, account);
        if (taken !== null) await ports.check(taken).catch((error: unknown) => ports.failed(error, taken));
      }),
    );
  };
  return async () => {
    for (let shard = 0; shard < ports.shards; shard += 1)
      await walkShard(shard).catch((error: unknown) => ports.failed(error));
  };
}

/** The account in this instance's hands, or null where somebody else was first. */
async function takeAccount(
  { commit, now }: Pick<AccountWalkPorts, 'commit' | 'now'>,
  account: Account,
): Promise<Account | null> {
  const committed = await commit({ put: [{ ...account, nextVerificationAt: now() + CHECK_LEASE }] });
  const taken = committed.ok ? committed.written[0] : undefined;
  return taken?.kind === 'account' ? taken : null;
}
