import t from 'tap';
import type { Account } from '../../src/core/account.js';
import { Problem } from '../../src/core/problem.js';
import { verifyNow } from '../../src/keeping/verify-now.js';
import { anAccount, good } from '../core/things.js';

/** An account as it is found at each reading, and which of them is still the same once it has been verified. */
function moving(found: readonly (Account | null)[], settled: number) {
  const checked: Account[] = [];
  let reads = 0;
  const ports = {
    allow: async () => true,
    read: async () => {
      const account = found[Math.min(reads, found.length - 1)] ?? null;
      reads += 1;
      if (account === null) throw new Problem('not-found', 'It is gone.');
      return account;
    },
    check: async (account: Account) => {
      checked.push(account);
      return checked.length > settled ? good : null;
    },
  };
  return { ports, checked };
}

const [before, after] = [anAccount({ lastVerifiedAt: 1 }), anAccount({ lastVerifiedAt: 2 })];

t.test('where another verification was faster, what the account has become is verified', async (t) => {
  const { ports, checked } = moving([before, after], 1);
  t.equal(await verifyNow(ports), good);
  t.strictSame(checked, [before, after]);
});

t.test('an account that is gone or has come to rest meanwhile is refused as at first', async (t) => {
  const rows: [Account | null, string][] = [
    [null, 'not-found'],
    [anAccount({ status: 'disconnected' }), 'account-not-connected'],
    [anAccount({ status: 'rejected' }), 'account-not-connected'],
  ];
  for (const [found, code] of rows) {
    await t.rejects(verifyNow(moving([found], 0).ports), { code });
    await t.rejects(verifyNow(moving([before, found], 1).ports), { code });
  }
});

t.test('it does not go on for ever', async (t) => {
  const { ports, checked } = moving([before], Number.POSITIVE_INFINITY);
  await t.rejects(verifyNow(ports), { code: 'unavailable' });
  t.equal(checked.length, 5);
});

t.test('and asks once whether it may', async (t) => {
  const { ports, checked } = moving([before], 0);
  await t.rejects(verifyNow({ ...ports, allow: async () => false }), { code: 'too-many-requests' });
  t.strictSame(checked, []);
});
