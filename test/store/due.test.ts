import t from 'tap';
import { CHECK_LEASE } from '../../src/core/account.js';
import { makeAccountWalk } from '../../src/due/accounts.js';
import { makeCommit } from '../../src/store/commit.js';
import { DUE_SHARDS, dueIndex } from '../../src/store/keys.js';
import { makeQueries } from '../../src/store/queries.js';
import {
  aConnectedStack,
  accountId,
  anAccount,
  aStack,
  hour,
  must,
  now,
  otherAccountId,
  ourId,
  stackIdText,
} from '../core/things.js';
import { freshDatabase } from './database.js';

const nobody = () => undefined;
const isNew = { rev: null };

t.test('what is overdue is found in its shard', async (t) => {
  const database = await freshDatabase(t);
  const commit = makeCommit(database, nobody);
  const queries = makeQueries(database);
  const everywhere = async (time: number) => {
    const shards = Array.from({ length: DUE_SHARDS }, (_, shard) => queries.dueStacks(shard, time, 50));
    return (await Promise.all(shards)).flat();
  };
  const dues = [0, 1, 5, 60];
  for (const [place, due] of dues.entries())
    await commit({
      put: [
        aStack({
          ...isNew,
          stackId: stackIdText(place + 1),
          due: now + due * 1000,
        }),
      ],
    });
  await commit({
    put: [aConnectedStack({ ...isNew, stackId: stackIdText(9) })],
  });
  t.strictSame(await everywhere(now - 1), [], 'not before its time');
  t.strictSame(
    (await everywhere(now)).map(({ stackId }) => stackId),
    [stackIdText(1)],
  );
  t.equal((await everywhere(now + 5000)).length, 3);
  const [first] = await everywhere(now);
  t.ok((await commit({ put: [{ ...must(first), requests: [], due: null }] })).ok);
  t.strictSame(await everywhere(now), [], 'and not once nothing is left to do');
  t.equal((await everywhere(now + hour)).length, 3, 'a settled stack is in no shard');
});

t.test('the longest overdue come first', async (t) => {
  const database = await freshDatabase(t);
  const commit = makeCommit(database, nobody);
  const places = Array.from({ length: 12 }, (_, place) => place);
  for (const place of places)
    await commit({
      put: [
        aStack({
          ...isNew,
          stackId: stackIdText(place),
          due: now - place * 1000,
        }),
      ],
    });
  const shard = shardOf(ourId + accountId);
  const dues = (await makeQueries(database).dueStacks(shard, now, 50)).map(({ due }) => must(due));
  t.strictSame(
    dues,
    [...dues].sort((a, b) => a - b),
  );
});

t.test('a stack is found however many accounts are due for their next verification', async (t) => {
  const database = await freshDatabase(t);
  const commit = makeCommit(database, nobody);
  const shard = shardOf(ourId + accountId);
  let put = 0;
  for (let number = 0; put < 50; number += 1) {
    const account = anAccount({
      ...isNew,
      accountId: String(number).padStart(12, '0'),
      nextVerificationAt: now - hour,
    });
    if (shardOf(ourId + account.accountId) !== shard) continue;
    await commit({ put: [account] });
    put += 1;
  }
  await commit({ put: [aStack({ ...isNew, due: now - 1 })] });
  const stacks = await makeQueries(database).dueStacks(shard, now, 50);
  t.equal(stacks.length, 1);
});

t.test('an account that is due is taken by one of the instances that find it', async (t) => {
  const database = await freshDatabase(t);
  const commit = makeCommit(database, nobody);
  const queries = makeQueries(database);
  const numbers = Array.from({ length: 6 }, (_, place) => String(100000000000 + place));
  for (const number of numbers)
    await commit({ put: [anAccount({ ...isNew, accountId: number, nextVerificationAt: now })] });
  await commit({ put: [anAccount({ ...isNew, accountId: otherAccountId, nextVerificationAt: now + 1 })] });
  await commit({ put: [aStack({ ...isNew, due: now })] });
  const checked: string[] = [];
  const walker = (time: number) =>
    makeAccountWalk({
      budget: async () => true,
      shards: DUE_SHARDS,
      dueAccounts: queries.dueAccounts,
      commit,
      now: () => time,
      check: async (account) => {
        checked.push(account.accountId);
        const stored = await queries.account(account.clientId, account.accountId);
        t.equal(account.rev, stored?.rev, 'at the revision that was written');
      },
      failed: (error) => {
        throw error;
      },
    });
  await walker(now - 1)();
  t.strictSame(checked, [], 'none before its time');
  await Promise.all([1, 2, 3].map(() => walker(now)()));
  t.strictSame(checked.sort(), numbers, 'each once');
  await walker(now)();
  t.equal(checked.length, numbers.length, 'and none again while it may still be verified');
  await walker(now + CHECK_LEASE)();
  t.equal(checked.length, 2 * numbers.length + 1, 'but once whoever took it has had its time');
});

function shardOf(name: string): number {
  return Number(dueIndex('STACKS', name, now).i2p.S.split('#').at(-1));
}
