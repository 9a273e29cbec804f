import t from 'tap';
import type { Account } from '../../src/core/account.js';
import { externalId } from '../../src/core/external-id.js';
import type { Standing } from '../../src/core/organization.js';
import type { Reading } from '../../src/core/verdict.js';
import { type CheckPorts, checkAccount } from '../../src/keeping/check-account.js';
import { makeAskStanding } from '../../src/keeping/organization-members.js';
import type { EnterRole } from '../../src/onboarding/verify-account.js';
import {
  aClient,
  accountId,
  aLock,
  anAccount,
  hour,
  otherAccountId as managementAccountId,
  must,
  now,
  provider,
  selfInspection,
} from '../core/things.js';
import { Memory } from '../onboarding/memory.js';

const managementRole = `arn:aws:iam::${managementAccountId}:role/Client`;
const management = anAccount({
  accountId: managementAccountId,
  roleArn: managementRole,
  organization: { managementAccountId, left: false },
});
const client = aClient({ status: 'connected' }, { organization: true, accounts: [managementAccountId] });
const minute = 60_000;

/** An organization that answers when it is let; what it lists may change meanwhile. */
function organization(account: Account | null = management) {
  const state = { now, members: new Set([accountId]), fails: false, lists: 0, atOnce: 0, most: 0 };
  let open: Promise<void> = Promise.resolve();
  let release = () => {};
  const activeAccounts = async (): Promise<Reading<ReadonlySet<string>>> => {
    const seen = new Set(state.members);
    state.lists += 1;
    state.atOnce += 1;
    state.most = Math.max(state.most, state.atOnce);
    await open;
    state.atOnce -= 1;
    return state.fails ? { outcome: 'inconclusive', error: 'TooManyRequestsException' } : read(seen);
  };
  const enterRole: EnterRole = async (attempt) => {
    if (attempt.roleArn !== managementRole || attempt.externalId !== client.externalId)
      return { outcome: 'denied' };
    return {
      outcome: 'entered',
      callerAccount: async () => ({ outcome: 'entered', accountId: managementAccountId }),
      stackStatus: async () => null,
      ...selfInspection,
      activeAccounts,
    };
  };
  const standing = makeAskStanding({ account: async () => account, enterRole, now: () => state.now });
  return {
    state,
    ask: (number = accountId, since = state.now, asked = client): Promise<Standing> =>
      standing({ client: asked, managementAccountId, accountId: number, since }),
    /** Lists wait from now on until what this returns is called. */
    hold() {
      open = new Promise((resolve) => {
        release = resolve;
      });
      return () => release();
    },
  };
}

function read(value: ReadonlySet<string>): Reading<ReadonlySet<string>> {
  return { outcome: 'read', value };
}

t.test('an organization says who its members are', async (t) => {
  const { ask } = organization();
  t.equal(await ask(), 'member');
  t.equal(await ask('777788889999'), 'stranger');
  for (const status of ['verifying', 'rejected', 'disconnected'] as const)
    t.equal(await organization({ ...management, status }).ask(), 'not-connected', status);
  t.equal(await organization(null).ask(), 'not-connected', 'no such account');
  t.equal(await organization({ ...management, status: 'degraded' }).ask(), 'member');
});

t.test('its role is entered by any external ID that the client’s accounts may have', async (t) => {
  const next = externalId('11111111-0000-4000-8000-000000000001');
  const rotation = { externalId: next, pageTokenHash: must(client.launches[0]).pageTokenHash };
  const rotating = { ...client, rotation: { ...rotation, startedAt: now, expiresAt: now + hour } };
  t.equal(
    await organization().ask(accountId, now, rotating),
    'member',
    'the new one is denied, the old one not',
  );
  t.equal(await organization().ask(accountId, now, { ...client, externalId: next }), 'unreadable');
});

t.test('one list serves all who come at once', async (t) => {
  const { state, ask, hold } = organization();
  const numbers = Array.from({ length: 500 }, (_, place) => String(place + 1).padStart(12, '0'));
  state.members = new Set(numbers);
  const release = hold();
  const asked = Promise.all(numbers.map((number) => ask(number)));
  release();
  t.strictSame(new Set(await asked), new Set(['member']));
  t.equal(state.lists, 1);
});

t.test('a list proves members for ten minutes', async (t) => {
  const { state, ask } = organization();
  await ask();
  state.now += 10 * minute - 1;
  t.equal(await ask(), 'member');
  t.equal(state.lists, 1);
  state.now += 1;
  state.members.clear();
  t.equal(await ask(), 'stranger', 'and then it is read anew');
  t.equal(state.lists, 2);
});

t.test(
  'nobody is a stranger by a list that is older than the account’s coming, or than a minute',
  async (t) => {
    const { state, ask } = organization();
    await ask();
    const joined = '777788889999';
    state.members.add(joined);
    state.now += 1_000;
    t.equal(await ask(joined, state.now), 'member', 'it joined since');
    t.equal(state.lists, 2);
    t.equal(await ask('000000000001', state.now - 30_000), 'stranger', 'it came before the list');
    t.equal(state.lists, 2);
    state.now += minute + 1;
    t.equal(await ask('000000000001', 0), 'stranger');
    t.equal(state.lists, 3, 'a minute later it is asked anew');
    t.equal(
      await ask('000000000001', state.now + hour),
      'stranger',
      'a clock that runs ahead asks no more of it',
    );
    t.equal(state.lists, 3);
  },
);

t.test('strangers at once have one list read at a time, begun after they came', async (t) => {
  const { state, ask, hold } = organization();
  const release = hold();
  const first = ask('000000000001');
  await turn();
  state.now += 1;
  const later = Promise.all(Array.from({ length: 50 }, (_, place) => ask(`00000000001${place % 10}`)));
  const known = ask();
  await turn();
  t.equal(state.lists, 1, 'the others wait');
  release();
  t.equal(await first, 'stranger');
  t.equal(await known, 'member', 'whoever it names needs no other');
  t.strictSame(new Set(await later), new Set(['stranger']));
  t.equal(state.lists, 2);
  t.equal(state.most, 1);
});

t.test('a list that cannot be read proves nothing, and is read anew by the next', async (t) => {
  const { state, ask } = organization();
  state.fails = true;
  t.equal(await ask(), 'unreadable');
  t.equal(await ask('777788889999'), 'unreadable');
  state.fails = false;
  t.equal(await ask(), 'member');
  state.now += 11 * minute;
  state.fails = true;
  t.equal(await ask(), 'unreadable', 'what is too old does not help either');
});

t.test('a member’s check asks its organization, and that of any other account does not', async (t) => {
  const check = async (account: Account, answer: Standing) => {
    const memory = new Memory({ ...client, rev: null }, account, aLock({ rev: null }));
    const asked: unknown[] = [];
    const ports: CheckPorts = {
      ...provider,
      enterRole: async ({ externalId: id }) =>
        id === client.externalId
          ? {
              outcome: 'entered',
              callerAccount: async () => ({ outcome: 'entered', accountId: account.accountId }),
              stackStatus: async () => null,
              ...selfInspection,
            }
          : { outcome: 'denied' },
      standing: async ({ client: _, ...question }) => {
        asked.push(question);
        return answer;
      },
      uuid: () => '00000000-0000-4000-8000-000000000001',
      around: memory.around,
      commit: memory.commit,
      backoff: async () => undefined,
      now: () => now,
      nextVerification: () => now + hour,
    };
    await checkAccount(ports, must(memory.all('account')[0]));
    return { asked, account: memory.all('account')[0], events: memory.events };
  };
  const member = anAccount({ rev: null, organization: { managementAccountId, left: false } });
  const left = await check(member, 'stranger');
  t.strictSame(left.asked, [{ managementAccountId, accountId, since: 0 }]);
  t.match(left.account, { status: 'connected', organization: { left: true } });
  t.match(left.events, [
    { type: 'account.updated', accountId, data: { organization: 'left', trustRemains: true } },
  ]);
  for (const other of [
    anAccount({ rev: null }),
    { ...management, rev: null },
    { ...member, status: 'disconnected' as const, trustRemains: true },
  ]) {
    const { asked, events } = await check(other, 'stranger');
    t.strictSame(asked, []);
    t.strictSame(events, []);
  }
});

/** Lets everything that does not wait for anybody happen. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
