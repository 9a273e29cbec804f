import t from 'tap';
import type { Account } from '../../src/core/account.js';
import type { Entity } from '../../src/core/change.js';
import type { ExternalId } from '../../src/core/external-id.js';
import { type CheckPorts, checkAccount } from '../../src/keeping/check-account.js';
import type { EnterRole } from '../../src/onboarding/verify-account.js';
import {
  aClient,
  accountId,
  aLock,
  anAccount,
  hour,
  must,
  now,
  otherRoleArn,
  provider,
  roleArn,
  selfInspection,
} from '../core/things.js';
import { Memory } from '../onboarding/memory.js';

const { externalId } = aClient();
const day = 24 * hour;

/** Checks an account of a memory; `during` is what happens while AWS is asked. */
function checking(
  memory: Memory,
  own: 'entered' | 'denied' = 'entered',
  during = () => {},
  { trusted = externalId, fault = null }: { trusted?: string; fault?: string | null } = {},
) {
  const asked: Parameters<EnterRole>[0][] = [];
  const ports: CheckPorts = {
    ...provider,
    controls: async () => fault,
    enterRole: async (attempt) => {
      asked.push(attempt);
      if (attempt.externalId !== trusted || own === 'denied') return { outcome: 'denied' };
      during();
      return {
        outcome: 'entered',
        callerAccount: async () => ({ outcome: 'entered', accountId }),
        stackStatus: async () => null,
        ...selfInspection,
      };
    },
    uuid: () => '00000000-0000-4000-8000-000000000001',
    around: memory.around,
    commit: memory.commit,
    backoff: async () => undefined,
    now: () => now,
    nextVerification: () => now + day,
  };
  const check = () => checkAccount(ports, must(memory.all('account')[0]));
  return { asked, check };
}

const connected = (...others: Entity[]) =>
  new Memory(
    aClient({ rev: null, status: 'connected' }, { accounts: [accountId] }),
    anAccount({ rev: null }),
    aLock({ rev: null }),
    ...others,
  );
const trial = (changes: Partial<Account> = {}) =>
  anAccount({
    rev: null,
    status: 'verifying',
    stackId: null,
    connectedBy: null,
    trying: { until: now + hour, attempts: 4 },
    ...changes,
  });

t.test('an account is verified once, with the external ID that is stored and without it', async (t) => {
  const memory = connected();
  const { asked, check } = checking(memory);
  t.match(await check(), { failure: null, attempts: 1 });
  t.equal(asked.length, 3);
  t.strictSame(asked[0], { roleArn, externalId });
  t.strictSame(
    new Set(asked.map((attempt) => attempt.externalId)).size,
    3,
    'with it, without, with a wrong one',
  );
  t.match(memory.all('account'), [
    { status: 'connected', lastVerifiedAt: now, nextVerificationAt: now + day },
  ]);
});

t.test('a role that is tried counts its attempts', async (t) => {
  const memory = new Memory(aClient({ rev: null }, { callback: 'none' }), trial());
  t.match(await checking(memory, 'denied').check(), { attempts: 5 });
  t.match(memory.all('account'), [{ status: 'verifying', trying: { attempts: 5 } }]);
  await checking(memory).check();
  t.match(memory.all('account'), [{ status: 'connected', trying: null, verdict: { attempts: 6 } }]);
  t.match(memory.all('aws-account'), [{ clients: [aClient().id] }]);
  t.match(memory.all('client'), [{ status: 'connected', launches: [{ accounts: [accountId] }] }]);
});

t.test('what is gone is neither asked about nor written', async (t) => {
  const memory = new Memory(anAccount({ rev: null }));
  const { asked, check } = checking(memory);
  t.equal(await check(), null);
  t.strictSame([asked, memory.commits], [[], 0]);
});

t.test(
  'an account whose client was removed is let go, and looked at until its role trusts us no more',
  async (t) => {
    const removed = aClient({ rev: null, removedAt: now });
    const memory = new Memory(removed, anAccount({ rev: null }), aLock({ rev: null }));
    await checking(memory).check();
    t.match(memory.all('account'), [{ status: 'disconnected', trustRemains: true, nextVerificationAt: now }]);
    t.strictSame(memory.all('aws-account'), [], 'and is free for others');
    await checking(memory).check();
    t.match(memory.all('account'), [{ trustRemains: true, nextVerificationAt: now + day }]);
    await checking(memory, 'denied').check();
    t.match(memory.all('account'), [
      { status: 'disconnected', trustRemains: false, nextVerificationAt: null },
    ]);
    t.match(memory.events, [
      { type: 'account.disconnected', data: { trustRemains: true } },
      { type: 'account.updated', data: { trustRemains: false } },
    ]);
  },
);

t.test('a verdict on what was replaced or removed meanwhile means nothing', async (t) => {
  const rows: [string, (memory: Memory) => void][] = [
    ['another role', (memory) => memory.write({ ...must(memory.all('account')[0]), roleArn: otherRoleArn })],
    ['the account is forgotten', (memory) => memory.remove(must(memory.all('account')[0]))],
    ['the client is gone', (memory) => memory.remove(must(memory.all('client')[0]))],
  ];
  for (const [name, meanwhile] of rows) {
    const memory = connected();
    const { check } = checking(memory, 'entered', () => meanwhile(memory));
    t.equal(await check(), null, name);
    t.equal(memory.commits, 0, name);
  }
});

t.test('a verdict is decided on the account as it stands afterwards', async (t) => {
  const memory = connected();
  const disconnect = () => memory.write({ ...must(memory.all('account')[0]), status: 'disconnected' });
  await checking(memory, 'entered', disconnect).check();
  t.match(memory.all('account'), [{ status: 'disconnected', nextVerificationAt: null }], 'it stays so');

  const busy = connected();
  let collisions = 3;
  busy.before = () => {
    collisions -= 1;
    if (collisions >= 0)
      busy.write({ ...must(busy.all('account')[0]), templateVersion: `moved-${collisions}` });
  };
  t.match(await checking(busy).check(), { failure: null });
  t.match(busy.all('account'), [{ templateVersion: 'moved-0', lastVerifiedAt: now }]);
  collisions = 1_000;
  await t.rejects(
    checking(busy).check(),
    { code: 'unavailable' },
    'and where it never stands still it stays due',
  );
});

const letGo = (changes: Partial<Account> = {}) =>
  anAccount({
    rev: null,
    ...{ status: 'disconnected', connectedBy: null, trustRemains: true, nextVerificationAt: now },
    ...changes,
  });

t.test('that a role trusts us no more is said by a denial, and not by a fault of our own', async (t) => {
  const memory = new Memory(aClient({ rev: null }), letGo());
  await checking(memory, 'denied', undefined, { fault: 'the control roles deny as well' }).check();
  t.match(memory.all('account'), [{ trustRemains: true, nextVerificationAt: now + day }]);
  t.strictSame(memory.events, [], 'nobody is told anything');
  await checking(memory, 'denied').check();
  t.match(memory.all('account'), [{ trustRemains: false, nextVerificationAt: null }]);
});

t.test(
  'an account that was let go before a rotation is tried by the external ID that it trusts',
  async (t) => {
    const old = '11111111-2222-4333-8444-555555555555' as ExternalId;
    const rotated = aClient({ rev: null, retiredExternalId: { externalId: old, at: now - day } });
    const memory = new Memory(rotated, letGo());
    await checking(memory, 'entered', undefined, { trusted: old }).check();
    t.match(memory.all('account'), [{ trustRemains: true }]);
    t.strictSame(memory.events, []);
    const live = connected();
    live.write({ ...must(live.all('client')[0]), retiredExternalId: rotated.retiredExternalId });
    const { asked, check } = checking(live, 'entered', undefined, { trusted: old });
    t.match(await check(), { assumable: false });
    t.strictSame(asked, [{ roleArn, externalId }], 'one that is connected is not');
  },
);

t.test('a verdict by the old external ID does not undo that the account has gone over', async (t) => {
  const next = '11111111-2222-4333-8444-555555555555' as ExternalId;
  const memory = connected();
  const goOver = () => memory.write({ ...must(memory.all('account')[0]), rotatedTo: next });
  t.equal(await checking(memory, 'entered', goOver).check(), null);
  t.match(memory.all('account'), [{ rotatedTo: next }]);
  t.equal(memory.commits, 0);
});
