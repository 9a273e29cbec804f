import t from 'tap';
import type { Account } from '../../src/core/account.js';
import type { Found } from '../../src/core/circumstances.js';
import { withNewLaunch } from '../../src/core/client.js';
import { decideCheck } from '../../src/core/decide-check.js';
import { decideStackEvent } from '../../src/core/decide-stack-event.js';
import { decideVerdict, type Verified } from '../../src/core/decide-verdict.js';
import type { FailureCode } from '../../src/core/failure.js';
import { admit, type Launch, launchStatus, refuseAdmission } from '../../src/core/launch.js';
import { besides, isStackSetInstance } from '../../src/core/organization.js';
import { type Stack, stackKey } from '../../src/core/stack.js';
import { parseStackId } from '../../src/core/stack-id.js';
import {
  aClient,
  aConnectedStack,
  accountId,
  aLaunch,
  aLock,
  anAccount,
  anEvent,
  answerIn,
  aRequest,
  aStack,
  at,
  bad,
  eventTypes,
  found,
  good,
  hour,
  kinds,
  otherAccountId as managementAccountId,
  must,
  now,
  otherRoleArn,
  put,
  stackIdText,
  verified,
} from './things.js';

/** An organization's link whose management account has come, and which has expired long ago. */
const link: Partial<Launch> = {
  organization: true,
  accounts: [managementAccountId],
  expiresAt: now - 100 * hour,
};
const client = aClient({ status: 'connected' }, link);
const management = anAccount({
  accountId: managementAccountId,
  organization: { managementAccountId, left: false },
});
const proof = { managementAccountId };
const around = { client, otherAccounts: ['connected'], managementAccounts: [management] } as const;
const failedWith = (code: FailureCode) => ({ status: 'FAILED', reason: new RegExp(`\\(${code}\\)$`) });
const member = (changes: Partial<Account> = {}) =>
  anAccount({ organization: { managementAccountId, left: false }, ...changes });
/** As a stack set names what it rolls out. */
const instanceId = stackIdText(1).replace(
  'stack/rolecall-acme-000101',
  'stack/StackSet-rolecall-acme-000101-0a1b2c3d-0000-4000-8000-00000000000f',
);

t.test('members come by their management account’s connection, whatever the link’s expiry', async (t) => {
  const rows: [string, Partial<Launch>, Account['status'] | null, FailureCode | null][] = [
    ['the management account is connected', {}, 'connected', null],
    ['its last check failed', {}, 'degraded', null],
    ['its stack was deleted', {}, 'disconnected', 'organization-not-connected'],
    ['it is verified anew after that', {}, 'verifying', 'organization-not-connected'],
    ['it was refused', {}, 'rejected', 'organization-not-connected'],
    ['it is not there', {}, null, 'organization-not-connected'],
    ['the link was withdrawn', { revokedAt: now - 1 }, 'connected', 'launch-revoked'],
    [
      'the link names the management account',
      { expectedAccountIds: [managementAccountId] },
      'connected',
      null,
    ],
  ];
  for (const [name, changes, status, code] of rows) {
    const launch = aLaunch({ ...link, ...changes });
    const managementAccounts = status === null ? [] : [{ ...management, status }];
    t.equal(refuseAdmission(launch, accountId, now, managementAccounts)?.code ?? null, code, name);
    const event = anEvent({ stackId: instanceId });
    const change = decideStackEvent(
      event,
      found({ ...around, client: { ...client, launches: [launch] }, managementAccounts }),
      at(),
    );
    if (code === null) t.equal(answerIn(change), null, `${name}: its role is to be verified`);
    else t.match(answerIn(change), failedWith(code), name);
    t.strictSame(kinds(change), ['stack'], 'no account before the verdict');
  }
});

t.test('the management account itself comes back only while the link lasts', async (t) => {
  const launch = aLaunch(link);
  t.equal(refuseAdmission(launch, managementAccountId, now, [])?.code, 'launch-expired');
  t.equal(refuseAdmission({ ...launch, expiresAt: now + 1 }, managementAccountId, now, []), null);
  const plain = aLaunch({ accounts: [managementAccountId], expiresAt: now });
  t.equal(
    refuseAdmission(plain, accountId, now, [management])?.code,
    'launch-expired',
    'nor is it for others',
  );
});

t.test(
  'what a stack set rolls out before the management account is connected is no first account',
  async (t) => {
    const early = aClient({}, { organization: true });
    const create = (stackId: string) =>
      decideStackEvent(anEvent({ stackId }), found({ client: early }), at());
    t.match(answerIn(create(instanceId)), failedWith('organization-not-connected'));
    t.equal(answerIn(create(stackIdText())), null, 'a person’s own stack is verified');
    t.equal(isStackSetInstance(must(parseStackId(instanceId))), true);
    for (const name of ['StackSet', 'StackSet-acme', 'rolecall-StackSet-1'])
      t.equal(isStackSetInstance({ name }), false, name);
  },
);

t.test('a link stays open for members, is kept, and does not grow by them', async (t) => {
  const launch = aLaunch(link);
  t.equal(launchStatus(launch, now), 'open');
  t.equal(launchStatus({ ...launch, revokedAt: now }, now), 'revoked');
  t.equal(launchStatus({ ...launch, accounts: [] }, now), 'expired');
  t.strictSame(admit({ ...launch, accounts: [] }, managementAccountId).accounts, [managementAccountId]);
  t.equal(admit(launch, accountId), launch, 'a member is not written into it');
  let grown = aClient({ launches: [launch] });
  for (let place = 2; place <= 40; place += 1)
    grown = withNewLaunch(grown, aLaunch({ revokedAt: now }, undefined, place), now);
  t.equal(grown.launches.length, 12);
  t.equal(grown.launches[0], launch, 'the oldest of all, and still found by its token');
  t.equal(grown.retired.length, 28);
});

t.test('an account is let in by an organization’s link only on proof', async (t) => {
  const first = aClient({}, { organization: true });
  const rows: [string, Partial<Verified>, FailureCode | null][] = [
    ['a listed member', { ...around, proof }, null],
    ['a member of which nothing was proven', { ...around, proof: null }, 'organization-not-readable'],
    ['the management account', { client: first, proof: { managementAccountId: accountId } }, null],
    [
      'a first account of which nothing was proven',
      { client: first, proof: null },
      'organization-not-readable',
    ],
    [
      'another organization’s management account, verified while this one’s came in',
      { ...around, proof: { managementAccountId: accountId } },
      'launch-used',
    ],
    [
      'a member whose management account’s stack was deleted meanwhile',
      { ...around, proof, managementAccounts: [{ ...management, status: 'disconnected' }] },
      'organization-not-connected',
    ],
    [
      'a member whose link was withdrawn meanwhile',
      { ...around, proof, client: aClient({}, { ...link, revokedAt: now }) },
      'launch-revoked',
    ],
    [
      'a member that another client holds',
      { ...around, proof, lock: aLock({ clients: [aClient().id.replace('1', '9') as Account['clientId']] }) },
      'account-connected-elsewhere',
    ],
  ];
  for (const [name, changes, code] of rows) {
    const change = decideVerdict(verified(changes));
    if (code === null) t.equal(answerIn(change)?.status, 'SUCCESS', name);
    else t.match(answerIn(change), failedWith(code), name);
    if (code !== null) t.strictSame(kinds(change), ['stack'], `${name}: no trace`);
  }
  const connected = decideVerdict(verified({ ...around, proof }));
  t.match(put(connected, 'account'), { status: 'connected', organization: { ...proof, left: false } });
  t.strictSame(put(connected, 'client')?.launches, client.launches, 'the link does not grow');
  t.strictSame(eventTypes(connected), ['stack.started', 'account.verifying', 'account.connected']);
  const opened = decideVerdict(verified({ client: first, proof: { managementAccountId: accountId } }));
  t.strictSame(put(opened, 'client')?.launches[0]?.accounts, [accountId]);
  t.match(put(opened, 'account'), { organization: { managementAccountId: accountId, left: false } });
});

t.test('a link for accounts asks for no proof, and says of no organization', async (t) => {
  t.match(put(decideVerdict(verified()), 'account'), { status: 'connected', organization: null });
});

t.test('whoever is on no list leaves no trace; a member that fails is recorded', async (t) => {
  const strange = decideVerdict(verified({ ...around, verdict: bad, proof: null }));
  t.strictSame(kinds(strange), ['stack']);
  t.strictSame(eventTypes(strange), []);
  const before = member({ status: 'disconnected', connectedBy: null });
  const left = decideVerdict(verified({ ...around, account: before, verdict: bad, proof: null }));
  t.strictSame(kinds(left), ['stack'], 'nor does one that was a member once');
  const refused = decideVerdict(verified({ ...around, verdict: bad, proof }));
  t.match(put(refused, 'account'), { status: 'rejected', organization: { ...proof, left: false } });
  t.strictSame(eventTypes(refused), ['stack.started', 'account.verifying', 'account.rejected']);
  const first = decideVerdict(verified({ client: aClient({}, { organization: true }), verdict: bad }));
  t.match(put(first, 'account'), { status: 'rejected' }, 'whoever waits at the page is told');
});

t.test('what is rolled out replaces no connection, and its rollback ends none', async (t) => {
  const older = aConnectedStack({ stackId: stackIdText(2) });
  const rows: [string, Account][] = [
    ['by its own link', anAccount({ connectedBy: stackKey(older), stackId: older.stackId })],
    ['with a check that failed', anAccount({ connectedBy: stackKey(older), status: 'degraded' })],
    ['by hand', anAccount({ connectedBy: null, stackId: null, roleArn: otherRoleArn })],
  ];
  for (const [name, account] of rows) {
    const request = aRequest({ holder: account.connectedBy, roleArn: otherRoleArn });
    const stack = aStack({ stackId: instanceId, requests: [request] });
    const change = decideVerdict(verified({ ...around, account, stack, proof }));
    t.match(answerIn(change), failedWith('account-connected-already'), name);
    t.strictSame(kinds(change), ['stack'], name);
    const gone = deleted(must(put(change, 'stack')), { ...around, account });
    t.strictSame(kinds(gone), ['stack'], `${name}: the Delete touches nothing`);
    t.equal(answerIn(gone)?.status, 'SUCCESS');
  }
  const account = anAccount({ connectedBy: stackKey(older), stackId: older.stackId });
  const request = aRequest({ holder: account.connectedBy, roleArn: otherRoleArn });
  const taken = { ...around, account, proof, stack: aStack({ stackId: instanceId, requests: [request] }) };
  const over = decideVerdict(verified({ ...taken, olderStackGone: true }));
  t.equal(answerIn(over)?.status, 'SUCCESS', 'unless that connection’s stack is known to be deleted');
});

t.test('the management account’s Delete ends its own connection, and a member’s its own', async (t) => {
  const stack = aConnectedStack({
    accountId: managementAccountId,
    stackId: stackIdText(1, managementAccountId),
  });
  const holds = { ...management, connectedBy: stackKey(stack), stackId: stack.stackId };
  const change = deleted(stack, { client, account: holds, otherAccounts: ['connected'] });
  t.match(put(change, 'account'), { accountId: managementAccountId, status: 'disconnected' });
  t.equal(put(change, 'client')?.status, 'connected', 'its members stay');
  const own = aConnectedStack();
  const gone = deleted(own, { ...around, account: member({ connectedBy: stackKey(own) }) });
  t.match(put(gone, 'account'), { accountId, status: 'disconnected' });
  t.strictSame(eventTypes(gone), ['account.disconnected']);
});

t.test('a member that leaves stays connected, and the platform is told once', async (t) => {
  const checked = (account: Account, standing: Parameters<typeof decideCheck>[0]['standing']) =>
    decideCheck({
      ...{ account, client, lock: aLock(), otherAccounts: [], verdict: good, standing, now },
      nextVerificationAt: now + hour,
    });
  const gone = member({ organization: { managementAccountId, left: true } });
  const left = { organization: 'left', trustRemains: true };
  const rows: [string, Account, Parameters<typeof checked>[1], object | null, boolean | undefined][] = [
    ['it is listed', member(), 'member', null, false],
    ['it has left', member(), 'stranger', left, true],
    ['it is still away', gone, 'stranger', null, true],
    ['it has come back', gone, 'member', { organization: 'joined' }, false],
    ['nobody can be asked', member(), 'not-connected', null, false],
    ['nobody can be asked of one that had left', gone, 'not-connected', null, true],
    ['the list cannot be read', member(), 'unreadable', null, false],
    ['it was not asked', gone, null, null, true],
    ['the management account', management, 'stranger', null, false],
    ['an account that came by itself', anAccount(), 'stranger', null, undefined],
  ];
  for (const [name, account, standing, data, isLeft] of rows) {
    const change = checked(account, standing);
    t.match(put(change, 'account'), { status: 'connected', lastVerifiedAt: now }, name);
    t.equal(put(change, 'account')?.organization?.left, isLeft, name);
    const expected = data === null ? [] : [{ type: 'account.updated', accountId, data }];
    t.match(change.events ?? [], expected, name);
    t.equal(change.events?.length ?? 0, expected.length, name);
  }
  const both = checked(member({ status: 'degraded' }), 'stranger');
  t.strictSame(eventTypes(both), ['account.recovered', 'account.updated'], 'beside what else it is told');
});

t.test(
  'of the client’s other accounts those count that an organization’s link connected first',
  async (t) => {
    const others = [management, anAccount({ accountId: '777788889999', status: 'rejected' })];
    t.match(besides(client, others), {
      otherAccounts: ['connected', 'rejected'],
      managementAccounts: [{ accountId: managementAccountId }],
    });
    t.strictSame(besides(aClient({}, { accounts: [managementAccountId] }), others).managementAccounts, []);
    t.strictSame(besides(null, []).managementAccounts, []);
  },
);

function deleted(stack: Stack, around: Partial<Found>) {
  const { stackId, sourceArn } = stack;
  const event = anEvent({ type: 'Delete', request: 'delete', stackId, sourceArn });
  return decideStackEvent(event, found({ ...around, stack }), at());
}
