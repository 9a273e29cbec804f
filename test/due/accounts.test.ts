import t from 'tap';
import { type Account, CHECK_LEASE } from '../../src/core/account.js';
import { type AccountWalkPorts, makeAccountWalk } from '../../src/due/accounts.js';
import { anAccount, humanRoleArn, must, now, otherAccountId } from '../core/things.js';
import { Memory } from '../onboarding/memory.js';

/** One instance that walks over a memory's accounts. */
function walker(memory: Memory, changes: Partial<AccountWalkPorts> = {}) {
  const clock = { now };
  const checked: Account[] = [];
  const failures: unknown[] = [];
  const walk = makeAccountWalk({
    budget: async () => true,
    shards: 2,
    dueAccounts: async (shard, time) =>
      shard === 1
        ? []
        : memory.all('account').filter(({ nextVerificationAt: at }) => at !== null && at <= time),
    commit: memory.commit,
    now: () => clock.now,
    check: async (account) => checked.push(account),
    failed: (error) => failures.push(error),
    ...changes,
  });
  return { clock, checked, failures, walk };
}

const due = (changes: Partial<Account> = {}) => anAccount({ rev: null, nextVerificationAt: now, ...changes });

t.test('an account that is due is taken, and verified at the revision that was written', async (t) => {
  const memory = new Memory(due(), anAccount({ rev: null, accountId: otherAccountId }));
  const { checked, walk } = walker(memory);
  await walk();
  t.equal(checked.length, 1, 'what is not due is left alone');
  t.strictSame(checked[0], memory.all('account')[0]);
  t.equal(checked[0]?.nextVerificationAt, now + CHECK_LEASE);
  await walk();
  t.equal(checked.length, 1, 'and is nobody’s for as long as it may take');
});

t.test('of two instances that find an account at once, one takes it', async (t) => {
  const memory = new Memory(due(), due({ accountId: otherAccountId }));
  const read = memory.all('account');
  const dueAccounts = async (shard: number) => (shard === 0 ? read : []);
  const walkers = [1, 2, 3].map(() => walker(memory, { dueAccounts }));
  await Promise.all(walkers.map(({ walk }) => walk()));
  t.strictSame(
    walkers
      .flatMap(({ checked }) => checked)
      .map(({ accountId }) => accountId)
      .sort(),
    read.map(({ accountId }) => accountId).sort(),
  );
});

t.test('an account whose instance died is due again', async (t) => {
  const memory = new Memory(due());
  const dead = walker(memory, { check: () => new Promise(() => undefined) });
  dead.walk();
  await new Promise((resolve) => setImmediate(resolve));
  const { clock, checked, walk } = walker(memory);
  clock.now = now + CHECK_LEASE - 1;
  await walk();
  t.strictSame(checked, []);
  clock.now = now + CHECK_LEASE;
  await walk();
  t.equal(checked.length, 1);
});

t.test('an account that moved since it was read is left to whoever moved it', async (t) => {
  const memory = new Memory(due());
  const read = memory.all('account');
  memory.write({ ...must(read[0]), status: 'disconnected', nextVerificationAt: null });
  const { checked, failures, walk } = walker(memory, { dueAccounts: async () => read });
  await walk();
  t.strictSame([checked, failures], [[], []]);
  t.match(memory.all('account'), [{ status: 'disconnected', nextVerificationAt: null }]);
});

t.test('one that cannot be verified, and a shard that cannot be read, keep no other waiting', async (t) => {
  const memory = new Memory(due(), due({ accountId: otherAccountId }));
  const checked: string[] = [];
  const { failures, walk } = walker(memory, {
    dueAccounts: async (shard) => {
      if (shard === 0) throw new Error('out of order');
      return memory.all('account');
    },
    check: async ({ accountId }) => {
      checked.push(accountId);
      if (accountId !== otherAccountId) throw new Error('it moved too often');
    },
  });
  await walk();
  t.equal(checked.length, 2);
  t.match(failures, [/out of order/, /moved too often/]);
});

t.test(
  'a verification takes its calls from the rate that all share, two more where people enter',
  async (t) => {
    const asked: number[] = [];
    const budget = async (calls: number) => {
      asked.push(calls);
      return true;
    };
    await walker(new Memory(due()), { budget }).walk();
    await walker(new Memory(due({ humanRoleArn })), { budget }).walk();
    t.strictSame(asked, [5, 7]);
  },
);
