import fc from 'fast-check';
import t from 'tap';
import { type Account, type AccountStatus, mayHold } from '../../src/core/account.js';
import { announce } from '../../src/core/announce-verification.js';
import type { Revision } from '../../src/core/change.js';
import type { Found } from '../../src/core/circumstances.js';
import { statusFromAccounts } from '../../src/core/client.js';
import { decideDisconnection } from '../../src/core/decide-disconnection.js';
import { decideStackEvent } from '../../src/core/decide-stack-event.js';
import { decideVerdict } from '../../src/core/decide-verdict.js';
import { externalId } from '../../src/core/external-id.js';
import type { FailureCode } from '../../src/core/failure.js';
import { admit, type Launch, launchStatus, refuseAdmission } from '../../src/core/launch.js';
import { addRequest, openRequest, stackKey } from '../../src/core/stack.js';
import { hashToken } from '../../src/core/token.js';
import { isWorthRetrying, judge, type Probe } from '../../src/core/verdict.js';
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
  aSettledRequest,
  aStack,
  at,
  bad,
  type EventWords,
  eventTypes,
  found,
  good,
  hour,
  kinds,
  must,
  now,
  otherAccountId,
  otherRoleArn,
  ourId,
  providerAccountId,
  put,
  roleArn,
  stackIdText,
  templateVersion,
  theirId,
  tokensOf,
  topicArnText,
  verified,
} from './things.js';

/** Another stack of the same client for the same account, and an account that it has connected. */
const another = aStack({ stackId: stackIdText(2) });
const connectedByAnother = anAccount({
  connectedBy: stackKey(another),
  stackId: another.stackId,
});

const failedWith = (code: FailureCode) => ({
  status: 'FAILED' as const,
  reason: new RegExp(`\\(${code}\\)$`),
});

t.test('a launch lets in the accounts it is for, while it is open', async (t) => {
  const open = aLaunch();
  const rows: [string, Partial<Launch>, string, number, FailureCode | null][] = [
    ['an open link', {}, accountId, now, null],
    ['a moment before it expires', { expiresAt: now + 1 }, accountId, now, null],
    ['at the moment it expires', { expiresAt: now }, accountId, now, 'launch-expired'],
    ['a withdrawn link', { revokedAt: now - 1 }, accountId, now, 'launch-revoked'],
    ['withdrawn and expired', { revokedAt: now - 1, expiresAt: now - 1 }, accountId, now, 'launch-revoked'],
    ['an account that is named', { expectedAccountIds: [otherAccountId, accountId] }, accountId, now, null],
    ['one that is not', { expectedAccountIds: [otherAccountId] }, accountId, now, 'account-not-expected'],
    ['a second account by a link for one', { accounts: [otherAccountId] }, accountId, now, 'launch-used'],
    [
      'a second account by a link for two',
      { accounts: [otherAccountId], maxAccounts: 2 },
      accountId,
      now,
      null,
    ],
    ['the account it let in, again', { accounts: [accountId] }, accountId, now, null],
    [
      'the account it let in, after it expired',
      { accounts: [accountId], expiresAt: now },
      accountId,
      now,
      'launch-expired',
    ],
    [
      'as many as are named, whatever maxAccounts says',
      {
        expectedAccountIds: [otherAccountId, accountId],
        accounts: [otherAccountId],
      },
      accountId,
      now,
      null,
    ],
  ];
  for (const [name, changes, account, time, code] of rows)
    t.equal(refuseAdmission({ ...open, ...changes }, account, time)?.code ?? null, code, name);

  t.equal(launchStatus(open, now), 'open');
  t.equal(launchStatus(open, open.expiresAt), 'expired');
  t.equal(launchStatus({ ...open, revokedAt: now, accounts: [accountId] }, now), 'revoked');
  t.equal(launchStatus({ ...open, accounts: [accountId] }, open.expiresAt + 1), 'used');
  t.equal(launchStatus({ ...open, accounts: [accountId], maxAccounts: 2 }, now), 'open');
  t.strictSame(admit(admit(open, accountId), accountId).accounts, [accountId], 'admitted once');
});

t.test('a client’s status follows from its accounts’', async (t) => {
  const status = fc.constantFrom<AccountStatus>(
    'verifying',
    'connected',
    'rejected',
    'degraded',
    'disconnected',
  );
  const accounts = fc.array(status, { maxLength: 6 });
  const rows: [AccountStatus[], string][] = [
    [[], 'invited'],
    [['verifying'], 'invited'],
    [['connected', 'verifying', 'disconnected'], 'connected'],
    [['connected', 'rejected'], 'connected'],
    [['connected', 'degraded'], 'attention'],
    [['rejected', 'disconnected'], 'attention'],
    [['degraded'], 'attention'],
    [['disconnected', 'verifying'], 'disconnected'],
  ];
  for (const [statuses, expected] of rows)
    t.equal(statusFromAccounts(statuses), expected, `${statuses.join(', ') || 'none'}: ${expected}`);
  fc.assert(
    fc.property(accounts, (some) => statusFromAccounts(some) === statusFromAccounts([...some].reverse())),
  );
});

t.test('an AWS account is held by one client, unless every holder allows sharing', async (t) => {
  t.ok(mayHold(null, ourId, false), 'an account that nobody holds');
  t.ok(mayHold(aLock(), ourId, false), 'an account that the client holds already');
  const rows: [boolean, boolean, boolean][] = [
    [false, false, false],
    [false, true, false],
    [true, false, false],
    [true, true, true],
  ];
  for (const [holders, ours, may] of rows)
    t.equal(
      mayHold(aLock({ clients: [theirId], shared: holders }), ourId, ours),
      may,
      `the holder ${holders ? 'shares' : 'does not share'}, the newcomer ${ours ? 'does' : 'does not'}`,
    );
});

t.test('a verdict without failure needs every probe to have ended as it should', async (t) => {
  const entered: Probe = { outcome: 'entered', accountId };
  const elsewhere: Probe = { outcome: 'entered', accountId: otherAccountId };
  const denied: Probe = { outcome: 'denied' };
  const unclear: Probe = {
    outcome: 'inconclusive',
    error: 'TimeoutError',
  };
  const rows: [string, Probe, Probe | undefined, Probe | undefined, FailureCode | null][] = [
    ['entered, denied, denied', entered, denied, denied, null],
    ['the role is denied', denied, undefined, undefined, 'role-not-assumable'],
    ['the role is denied, and so are the probes', denied, denied, denied, 'role-not-assumable'],
    ['AWS could not be asked for the role', unclear, denied, denied, 'verification-inconclusive'],
    ['another account is entered', elsewhere, denied, denied, 'account-mismatch'],
    ['entered without an ID', entered, entered, denied, 'trust-without-external-id'],
    ['entered without and with a wrong ID', entered, entered, entered, 'trust-without-external-id'],
    ['entered with a wrong ID', entered, denied, entered, 'trust-accepts-any-external-id'],
    ['throttled without an ID', entered, unclear, denied, 'verification-inconclusive'],
    ['throttled with a wrong ID', entered, denied, unclear, 'verification-inconclusive'],
    [
      'a wrong ID enters while the other probe is throttled',
      entered,
      unclear,
      entered,
      'trust-accepts-any-external-id',
    ],
    ['the probes were never made', entered, undefined, undefined, 'verification-inconclusive'],
    ['one probe was never made', entered, denied, undefined, 'verification-inconclusive'],
  ];
  for (const [name, own, without, wrong, code] of rows) {
    const verdict = judge({
      expectedAccountId: accountId,
      attempts: 3,
      own,
      ...(without && { without }),
      ...(wrong && { wrong }),
    });
    t.equal(verdict.failure?.code ?? null, code, name);
    t.equal(
      isWorthRetrying(verdict),
      code === 'role-not-assumable' || code === 'verification-inconclusive',
      `${name}: worth another attempt or not`,
    );
    if (own === unclear) t.equal(verdict.assumable, null, `${name}: nothing is claimed about the role`);
    if (without === unclear)
      t.equal(verdict.requiresExternalId, null, `${name}: nothing is claimed about the ID`);
  }
  const probe = fc.constantFrom<Probe>(entered, elsewhere, denied, unclear);
  fc.assert(
    fc.property(
      probe,
      fc.option(probe, { nil: undefined }),
      fc.option(probe, { nil: undefined }),
      (own, without, wrong) => {
        const verdict = judge({
          expectedAccountId: accountId,
          attempts: 1,
          own,
          ...(without && { without }),
          ...(wrong && { wrong }),
        });
        return (verdict.failure === null) === (own === entered && without === denied && wrong === denied);
      },
    ),
    { numRuns: 500 },
  );
});

t.test('a Create by an open link is verified before anything is answered', async (t) => {
  const change = decideStackEvent(anEvent(), found(), at());
  const stack = must(put(change, 'stack'));
  t.equal(answerIn(change), null, 'not answered yet');
  t.strictSame(kinds(change), ['stack'], 'nothing but the stack is recorded');
  t.strictSame(eventTypes(change), []);
  t.equal(stack.rev, null, 'the stack must not have been there');
  t.ok(stack.due !== null && stack.due > now, 'somebody looks after it should this instance die');
  t.match(stack, { clientId: ourId, accountId, gone: false, accepted: null });
  t.equal(openRequest(stack)?.roleArn, roleArn);
});

t.test(
  'a Create that may not come in is answered FAILED at once and leaves nothing but that answer',
  async (t) => {
    const revoked = aClient({}, { revokedAt: now - 1 });
    const rows: [string, EventWords, Partial<Found>, FailureCode, RegExp | null][] = [
      ['expired link', {}, { client: aClient({}, { expiresAt: now }) }, 'launch-expired', /new link/],
      ['withdrawn link', {}, { client: revoked }, 'launch-revoked', /new link/],
      ['removed client', {}, { client: aClient({ removedAt: now - 1 }) }, 'client-removed', /new link/],
      ['no such client', {}, { client: null }, 'launch-unknown', /new link/],
      ['no such link', {}, { client: aClient({ launches: [] }) }, 'launch-unknown', /new link/],
      [
        'the link of another client',
        {},
        { client: aClient({ launches: [aLaunch({}, theirId)] }) },
        'launch-unknown',
        /new link/,
      ],
      [
        'more accounts than the link lets in',
        {},
        { client: aClient({}, { accounts: [otherAccountId] }) },
        'launch-used',
        null,
      ],
      [
        'not among the accounts the link is for',
        {},
        { client: aClient({}, { expectedAccountIds: [otherAccountId] }) },
        'account-not-expected',
        null,
      ],
      [
        'connected under another client',
        {},
        { lock: aLock({ clients: [theirId] }) },
        'account-connected-elsewhere',
        null,
      ],
      [
        'connected under another client that shares, while this one does not',
        {},
        { lock: aLock({ clients: [theirId], shared: true }) },
        'account-connected-elsewhere',
        null,
      ],
      [
        'connected under another client that does not share, while this one does',
        {},
        {
          lock: aLock({ clients: [theirId] }),
          client: aClient({ allowSharedAccounts: true }),
        },
        'account-connected-elsewhere',
        null,
      ],
      [
        'another stack for the account is being verified',
        {},
        {
          account: anAccount({
            status: 'verifying',
            connectedBy: null,
            pending: stackKey(another),
          }),
        },
        'another-stack-under-way',
        null,
      ],
      [
        'the stack is of another account than the topic',
        { stackId: stackIdText(1, otherAccountId) },
        {},
        'account-mismatch',
        new RegExp(`Topic: ${accountId}; stack: ${otherAccountId}; role: ${accountId}`),
      ],
      [
        'the role is of another account than the topic',
        { roleArn: `arn:aws:iam::${otherAccountId}:role/Client` },
        {},
        'account-mismatch',
        new RegExp(`Topic: ${accountId}; stack: ${accountId}; role: ${otherAccountId}`),
      ],
      [
        'the topic is of another account than stack and role',
        { sourceArn: topicArnText(otherAccountId) },
        {},
        'account-mismatch',
        new RegExp(`Topic: ${otherAccountId}; stack: ${accountId}; role: ${accountId}`),
      ],
      [
        'the provider’s own account',
        {
          stackId: stackIdText(1, providerAccountId),
          sourceArn: topicArnText(providerAccountId),
          roleArn: `arn:aws:iam::${providerAccountId}:role/Client`,
        },
        {},
        'account-of-provider',
        null,
      ],
      [
        'a role of another partition',
        { roleArn: `arn:aws-cn:iam::${accountId}:role/Client` },
        {},
        'partition-not-served',
        null,
      ],
      [
        'everything of another partition',
        {
          stackId: stackIdText(1, accountId, 'aws-us-gov', 'us-gov-west-1'),
          sourceArn: `arn:aws-us-gov:sns:us-gov-west-1:${accountId}:Topic`,
          roleArn: `arn:aws-us-gov:iam::${accountId}:role/Client`,
        },
        {},
        'partition-not-served',
        null,
      ],
      [
        'a user instead of a role',
        { roleArn: `arn:aws:iam::${accountId}:user/Client` },
        {},
        'role-arn-invalid',
        null,
      ],
      ['no role at all', { roleArn: '' }, {}, 'role-arn-invalid', null],
    ];
    for (const [name, words, around, code, words2] of rows)
      t.test(name, async (t) => {
        const change = decideStackEvent(anEvent(words), found(around), at());
        t.match(answerIn(change), failedWith(code));
        if (words2 !== null) t.match(answerIn(change)?.reason, words2);
        t.strictSame(kinds(change), ['stack'], 'no account, no client, no lock');
        t.strictSame(change?.remove ?? [], []);
        t.strictSame(eventTypes(change), [], 'and nothing is told');
        t.equal(put(change, 'stack')?.accepted, null);
        t.ok(put(change, 'stack')?.due, 'the answer is due');
        t.notMatch(answerIn(change)?.reason, theirId, 'no other client is named');
      });
  },
);

t.test('a Create is let in where the rules allow it', async (t) => {
  const rows: [string, Partial<Found>][] = [
    [
      'an account that two clients share',
      {
        lock: aLock({ clients: [theirId], shared: true }),
        client: aClient({ allowSharedAccounts: true }),
      },
    ],
    [
      'an account that this client holds',
      {
        lock: aLock(),
        account: connectedByAnother,
        client: aClient({}, { accounts: [accountId] }),
      },
    ],
    ['an account that was disconnected', { account: anAccount({ status: 'disconnected' }) }],
    ['an account that was rejected', { account: anAccount({ status: 'rejected', connectedBy: null }) }],
    [
      'the stack that is being verified, asking again',
      {
        stack: aConnectedStack(),
        account: anAccount({ pending: stackKey(aStack()) }),
        client: aClient({}, { accounts: [accountId] }),
      },
    ],
  ];
  for (const [name, around] of rows) {
    const change = decideStackEvent(anEvent({ request: 'request-2' }), found(around), at());
    t.equal(answerIn(change), null, `${name} is verified`);
    t.strictSame(kinds(change), ['stack'], `${name}: the connection there is stays as it is`);
  }
});

t.test('the same request again changes nothing', async (t) => {
  for (const type of ['Create', 'Update', 'Delete'] as const)
    for (const stack of [aStack(), aConnectedStack(), aConnectedStack({ gone: true })])
      t.equal(decideStackEvent(anEvent({ type }), found({ stack, account: anAccount() }), at()), null, type);
});

t.test('the last requests are remembered, and none that is still open is forgotten', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 30 }), (openings) => {
      let stack = aConnectedStack({ requests: [] });
      openings.forEach((open, place) => {
        const request = open ? aRequest({ id: `r${place}` }) : aSettledRequest({ id: `r${place}` });
        stack = addRequest(stack, request, now + 1);
      });
      const ids = stack.requests.map(({ id }) => id);
      openings.forEach((open, place) => {
        if (open) t.ok(ids.includes(`r${place}`));
      });
      openings.slice(-7).forEach((_, place) => {
        const id = `r${Math.max(0, openings.length - 7) + place}`;
        if (!ids.includes(id)) t.fail(`${id} of ${openings.length} is forgotten`);
      });
    }),
    { numRuns: 50 },
  );
  t.pass('held for every order');
});

t.test('an Update by the connecting stack', async (t) => {
  const around = {
    stack: aConnectedStack(),
    account: anAccount(),
    lock: aLock(),
  };
  const update: EventWords = { type: 'Update', request: 'request-2' };

  t.test('is verified where something changed', async (t) => {
    for (const changed of [{ roleArn: otherRoleArn }, { templateVersion: 'ba9876543210' }]) {
      const change = decideStackEvent(anEvent({ ...update, ...changed }), found(around), at());
      t.equal(answerIn(change), null);
      t.strictSame(kinds(change), ['stack']);
      t.match(put(change, 'stack')?.accepted, { roleArn, templateVersion }, 'what was accepted stays so');
    }
  });

  t.test('is accepted at once where it asks for what is accepted already, as a rollback does', async (t) => {
    const rows: [Partial<Found>, string[]][] = [
      [{ client: aClient() }, ['account', 'stack']],
      [{ client: aClient({ launches: [] }) }, ['account', 'stack']],
      [{ client: aClient({ removedAt: now }) }, ['stack']],
      [{ client: null }, ['stack']],
    ];
    for (const [who, written] of rows) {
      const change = decideStackEvent(anEvent(update), found({ ...around, ...who }), at());
      t.strictSame(answerIn(change), { status: 'SUCCESS', reason: null });
      t.strictSame(kinds(change), written, 'the account of a client that is there is verified again');
      t.match(put(change, 'account') ?? { nextVerificationAt: now }, { nextVerificationAt: now });
    }
  });

  t.test('works although its link has expired, was withdrawn or used', async (t) => {
    for (const launch of [{ expiresAt: now - 1 }, { revokedAt: now - 1 }, { accounts: [accountId] }]) {
      const client = aClient({}, launch);
      const change = decideStackEvent(
        anEvent({ ...update, roleArn: otherRoleArn }),
        found({ ...around, client }),
        at(),
      );
      t.equal(answerIn(change), null, Object.keys(launch).join());
    }
  });

  t.test('is refused where the role is none, or of another account', async (t) => {
    const rows: [string, FailureCode][] = [
      [`arn:aws:iam::${otherAccountId}:role/Client`, 'account-mismatch'],
      [`arn:aws:iam::${accountId}:role/*`, 'role-arn-invalid'],
    ];
    for (const [arn, code] of rows)
      t.match(
        answerIn(decideStackEvent(anEvent({ ...update, roleArn: arn }), found(around), at())),
        failedWith(code),
      );
  });

  t.test('is refused at once where the role is of another partition', async (t) => {
    const elsewhere = anEvent({
      ...update,
      roleArn: `arn:aws-cn:iam::${accountId}:role/Client`,
    });
    t.match(answerIn(decideStackEvent(elsewhere, found(around), at())), failedWith('partition-not-served'));
  });
});

t.test('an Update by any other stack is refused and changes nothing', async (t) => {
  const changed: EventWords = {
    type: 'Update',
    request: 'request-2',
    roleArn: otherRoleArn,
  };
  const rows: [string, Partial<Found>, FailureCode][] = [
    ['a stack that nobody knows', { account: null }, 'stack-not-connected'],
    ['a stack that nobody knows, on a live account', { account: connectedByAnother }, 'stack-not-connected'],
    ['a superseded stack', { stack: aConnectedStack(), account: connectedByAnother }, 'stack-not-connected'],
    [
      'a stack whose account is disconnected',
      {
        stack: aConnectedStack(),
        account: anAccount({ status: 'disconnected' }),
      },
      'stack-not-connected',
    ],
    [
      'a stack whose account was rejected',
      {
        stack: aConnectedStack(),
        account: anAccount({ status: 'rejected' }),
      },
      'stack-not-connected',
    ],
    [
      'a stack that is gone',
      { stack: aConnectedStack({ gone: true }), account: anAccount() },
      'stack-not-connected',
    ],
    [
      'a stack of a removed client',
      {
        stack: aConnectedStack(),
        account: anAccount(),
        client: aClient({ removedAt: now }),
      },
      'client-removed',
    ],
    ['a stack of no client', { stack: aConnectedStack(), client: null }, 'client-removed'],
  ];
  for (const [name, around, code] of rows) {
    const change = decideStackEvent(anEvent(changed), found(around), at());
    t.match(answerIn(change), failedWith(code), name);
    t.strictSame(kinds(change), ['stack'], `${name} changes nothing`);
    t.strictSame(eventTypes(change), [], `${name} is not told`);
  }
});

t.test('a Delete by the connecting stack disconnects the account and frees it', async (t) => {
  const event = anEvent({ type: 'Delete', request: 'request-2' });
  const around = {
    stack: aConnectedStack(),
    account: anAccount(),
    lock: aLock(),
    client: aClient({ status: 'connected' }),
  };
  const change = decideStackEvent(event, found(around), at());
  t.strictSame(answerIn(change), { status: 'SUCCESS', reason: null });
  t.equal(put(change, 'stack')?.gone, true);
  t.match(put(change, 'account'), {
    status: 'disconnected',
    nextVerificationAt: null,
    rev: 'account-1',
  });
  t.match(put(change, 'client'), {
    status: 'disconnected',
    updatedAt: now,
    rev: 'client-1',
  });
  t.strictSame(change?.remove, [{ ...aLock(), clients: [] }], 'the lock is removed');
  t.strictSame(eventTypes(change), ['account.disconnected']);

  const sharing = decideStackEvent(
    event,
    found({
      ...around,
      lock: aLock({ clients: [theirId, ourId], shared: true }),
    }),
    at(),
  );
  t.strictSame(sharing?.remove ?? [], [], 'where another client shares the account, it keeps its hold');
  t.strictSame(put(sharing, 'aws-account')?.clients, [theirId]);

  const others = decideStackEvent(event, found({ ...around, otherAccounts: ['connected'] }), at());
  t.equal(
    put(others, 'client')?.status,
    'connected',
    'a client with another connected account stays connected',
  );

  const degraded = decideStackEvent(
    event,
    found({
      ...around,
      account: anAccount({ status: 'degraded' }),
      client: aClient({ status: 'attention' }),
    }),
    at(),
  );
  t.equal(put(degraded, 'account')?.status, 'disconnected', 'a degraded account is disconnected as well');

  const later = decideStackEvent(
    event,
    found({
      ...around,
      client: aClient({ status: 'connected', launches: [] }),
    }),
    at(),
  );
  t.equal(put(later, 'account')?.status, 'disconnected', 'whether or not its link is still known');
});

t.test('a Delete by anybody else is answered SUCCESS and changes nothing', async (t) => {
  const live = {
    account: anAccount(),
    lock: aLock(),
    client: aClient({ status: 'connected' }),
  };
  const rows: [string, EventWords, Partial<Found>, TokenName][] = [
    ['another stack', { stackId: stackIdText(2) }, live, 'ours'],
    ['another topic', { sourceArn: topicArnText(accountId, 'Another') }, live, 'ours'],
    ['another token', {}, live, 'other'],
    ['a superseded stack', {}, { ...live, stack: aConnectedStack(), account: connectedByAnother }, 'ours'],
    [
      'a stack that was deleted before',
      {},
      {
        ...live,
        stack: aConnectedStack({ gone: true }),
        account: connectedByAnother,
      },
      'ours',
    ],
    ['a stack whose account nobody knows', {}, {}, 'ours'],
    ['a stack of a client that nobody knows', {}, { client: null }, 'ours'],
    [
      'a stack whose account is disconnected already',
      {},
      {
        account: anAccount({ status: 'disconnected' }),
        stack: aConnectedStack({ gone: true }),
      },
      'ours',
    ],
    [
      'a failed stack, while another connection of the account lives',
      {},
      {
        ...live,
        account: connectedByAnother,
        stack: aStack({
          requests: [aSettledRequest({ answer: { status: 'FAILED', reason: 'x' } })],
          due: null,
        }),
      },
      'ours',
    ],
  ];
  for (const [name, words, around, token] of rows) {
    const event = anEvent({ type: 'Delete', request: 'request-9', ...words });
    const callbackTokenHash = token === 'ours' ? at().callbackTokenHash : tokensOf(ourId, 7).callbackHash;
    const change = decideStackEvent(event, found(around), at({ callbackTokenHash }));
    t.strictSame(answerIn(change), { status: 'SUCCESS', reason: null }, name);
    const account = put(change, 'account');
    if (account !== undefined) t.strictSame(account, around.account, `${name}: the account stays as it is`);
    t.equal(put(change, 'client'), undefined, `${name}: the client stays`);
    t.equal(put(change, 'aws-account'), undefined, `${name}: the lock stays`);
    t.strictSame(change?.remove ?? [], [], `${name}: nothing is removed`);
    t.strictSame(eventTypes(change), [], `${name}: nothing is told`);
  }
});
type TokenName = 'ours' | 'other';

t.test('a Delete of a removed client’s stack is answered SUCCESS and changes nothing', async (t) => {
  const client = aClient({ status: 'connected', removedAt: now - 1 });
  const around = {
    stack: aConnectedStack(),
    account: anAccount(),
    lock: aLock(),
    client,
  };
  const change = decideStackEvent(anEvent({ type: 'Delete', request: 'request-9' }), found(around), at());
  t.strictSame(answerIn(change), { status: 'SUCCESS', reason: null });
  t.strictSame(kinds(change), ['stack']);
  t.strictSame(eventTypes(change), []);
});

t.test('a Delete ends what was left undecided by its stack, and by no other', async (t) => {
  const undecided = { status: 'verifying', connectedBy: null, pending: null } as const;
  const event = anEvent({ type: 'Delete', request: 'request-9' });
  const ours = anAccount(undecided);
  const rows = [
    ['its own', ours, aStack(), true],
    ['another’s', { ...ours, stackId: `${ours.stackId}-2` }, aStack(), false],
    ['its own, by another topic, which saw no Create', ours, null, false],
    ['its own, by a token of nobody’s', ours, aStack({ forgetAt: now + hour }), false],
  ] as const;
  for (const [what, account, stack, ends] of rows) {
    const change = decideStackEvent(event, found({ stack, account }), at());
    t.strictSame(answerIn(change), { status: 'SUCCESS', reason: null });
    t.equal(put(change, 'account')?.status, ends ? 'disconnected' : undefined, what);
    t.strictSame(eventTypes(change), ends ? ['account.disconnected'] : [], what);
  }
});

t.test('a Delete that overtakes its Create ends both well, with nothing connected', async (t) => {
  t.test('before the Create', async (t) => {
    const deleted = decideStackEvent(anEvent({ type: 'Delete', request: 'request-2' }), found(), at());
    t.strictSame(answerIn(deleted), { status: 'SUCCESS', reason: null });
    const stack = {
      ...must(put(deleted, 'stack')),
      rev: 'stack-1' as Revision,
    };
    t.equal(stack.gone, true);
    const created = decideStackEvent(anEvent(), found({ stack }), at());
    t.strictSame(answerIn(created), { status: 'SUCCESS', reason: null });
    t.strictSame(kinds(created), ['stack']);
    t.equal(put(created, 'stack')?.accepted, null);
  });

  t.test('while the Create is being verified', async (t) => {
    const change = decideStackEvent(
      anEvent({ type: 'Delete', request: 'request-2' }),
      found({ stack: aStack() }),
      at(),
    );
    t.strictSame(
      put(change, 'stack')?.requests.map(({ answer }) => answer?.status),
      ['SUCCESS', 'SUCCESS'],
    );
    t.ok(put(change, 'stack')?.due, 'both answers are due');
    t.strictSame(kinds(change), ['stack']);
  });

  t.test('while the launch page shows the Create', async (t) => {
    const stack = aStack({ announced: true });
    const account = anAccount({
      status: 'verifying',
      connectedBy: null,
      connectedAt: null,
      pending: stackKey(stack),
    });
    const change = decideStackEvent(
      anEvent({ type: 'Delete', request: 'request-2' }),
      found({ stack, account }),
      at(),
    );
    t.match(put(change, 'account'), {
      status: 'disconnected',
      pending: null,
    });
  });

  t.test('while an older connection of the account lives on', async (t) => {
    const stack = aStack({ announced: true });
    const account = { ...connectedByAnother, pending: stackKey(stack) };
    const change = decideStackEvent(
      anEvent({ type: 'Delete', request: 'request-2' }),
      found({
        stack,
        account,
        lock: aLock(),
        client: aClient({ status: 'connected' }),
      }),
      at(),
    );
    t.strictSame(put(change, 'account'), connectedByAnother, 'which stays as it was');
    t.strictSame(eventTypes(change), []);
    t.strictSame(change?.remove ?? [], []);
  });

  t.test('an older connection’s own stack goes while a new one is verified', async (t) => {
    const account = anAccount({ pending: stackKey(another) });
    const change = decideStackEvent(
      anEvent({ type: 'Delete', request: 'request-2' }),
      found({
        stack: aConnectedStack(),
        account,
        lock: aLock(),
        client: aClient({ status: 'connected' }),
      }),
      at(),
    );
    t.match(put(change, 'account'), {
      status: 'disconnected',
      pending: stackKey(another),
    });
    t.equal(change?.remove?.length, 1);
  });
});

t.test('an answer already given stays when the Delete comes', async (t) => {
  const answer = { status: 'FAILED' as const, reason: 'because' };
  const stack = aStack({ requests: [aRequest({ answer })] });
  const change = decideStackEvent(anEvent({ type: 'Delete', request: 'request-2' }), found({ stack }), at());
  t.strictSame(put(change, 'stack')?.requests[0]?.answer, answer);
});

t.test('a good verdict connects account, lock, link and client at once, and answers SUCCESS', async (t) => {
  const change = decideVerdict(verified());
  t.strictSame(answerIn(change), { status: 'SUCCESS', reason: null });
  t.match(put(change, 'stack')?.accepted, { roleArn, templateVersion });
  t.match(put(change, 'account'), {
    rev: null,
    status: 'connected',
    roleArn,
    connectedBy: stackKey(aStack()),
    pending: null,
    connectedAt: now,
    lastVerifiedAt: now,
    nextVerificationAt: now + 24 * hour,
    launchId: aLaunch().id,
    stackId: stackIdText(),
    region: 'us-east-1',
  });
  t.match(put(change, 'aws-account'), {
    rev: null,
    clients: [ourId],
    shared: false,
    partition: 'aws',
  });
  t.match(put(change, 'client'), { status: 'connected', rev: 'client-1' });
  t.strictSame(put(change, 'client')?.launches[0]?.accounts, [accountId]);
  t.strictSame(eventTypes(change), ['stack.started', 'account.verifying', 'account.connected']);
  t.ok(put(change, 'stack')?.due, 'the answer is due');
});

t.test(
  'a bad verdict answers FAILED with what to do, and rejects an account that was not connected',
  async (t) => {
    const change = decideVerdict(verified({ verdict: bad }));
    t.match(answerIn(change), failedWith('trust-without-external-id'));
    t.match(put(change, 'account'), {
      status: 'rejected',
      connectedBy: null,
      verdict: bad,
    });
    t.equal(put(change, 'client')?.status, 'attention');
    t.equal(put(change, 'aws-account'), undefined, 'a rejected account is nobody’s');
    t.strictSame(put(change, 'client')?.launches[0]?.accounts, [], 'and does not use up the link');
    t.strictSame(eventTypes(change), ['stack.started', 'account.verifying', 'account.rejected']);
    const other = decideVerdict(
      verified({
        verdict: bad,
        otherAccounts: ['connected'],
        client: aClient({ status: 'connected' }),
      }),
    );
    t.equal(
      put(other, 'client')?.status,
      'connected',
      'a client with a connected account needs no attention for it',
    );
  },
);

t.test(
  'a second stack for a connected account takes the connection over only once its role is verified',
  async (t) => {
    const around = {
      client: aClient({ status: 'connected' }, { accounts: [accountId] }),
      lock: aLock(),
      account: connectedByAnother,
      stack: aStack({ requests: [aRequest({ roleArn: otherRoleArn, holder: stackKey(another) })] }),
    };
    t.test('on success the newer one holds it, and the older stack’s Delete changes nothing', async (t) => {
      const change = decideVerdict(verified(around));
      const account = must(put(change, 'account'));
      t.match(account, {
        status: 'connected',
        roleArn: otherRoleArn,
        connectedBy: stackKey(aStack()),
      });
      t.equal(account.connectedAt, connectedByAnother.connectedAt, 'connected since it first was');
      t.strictSame(eventTypes(change), ['stack.started', 'account.verifying', 'account.updated']);
      const deleted = decideStackEvent(
        anEvent({
          type: 'Delete',
          request: 'request-9',
          stackId: another.stackId,
        }),
        found({
          ...around,
          account,
          stack: { ...another, requests: [aSettledRequest()] },
        }),
        at(),
      );
      t.strictSame(answerIn(deleted), { status: 'SUCCESS', reason: null });
      t.strictSame(kinds(deleted), ['stack']);
    });
    t.test('on failure the live connection is left untouched', async (t) => {
      const change = decideVerdict(verified({ ...around, verdict: bad }));
      t.match(answerIn(change), failedWith('trust-without-external-id'));
      t.strictSame(kinds(change), ['stack']);
      t.strictSame(eventTypes(change), []);
      const pending = { ...connectedByAnother, pending: stackKey(aStack()) };
      const announced = decideVerdict(verified({ ...around, account: pending, verdict: bad }));
      t.strictSame(put(announced, 'account'), connectedByAnother, 'and shows no verification any more');
    });
    t.test('an Update that fails keeps the old role', async (t) => {
      const stack = aConnectedStack({
        requests: [aSettledRequest(), aRequest({ id: 'request-2', type: 'Update', roleArn: otherRoleArn })],
        due: now,
      });
      const change = decideVerdict(verified({ ...around, stack, account: anAccount(), verdict: bad }));
      t.match(answerIn(change), failedWith('trust-without-external-id'));
      t.strictSame(kinds(change), ['stack']);
      t.match(put(change, 'stack')?.accepted, {
        roleArn,
        templateVersion,
      });
    });
  },
);

t.test('what happened during the verification counts', async (t) => {
  const rows: [string, Parameters<typeof verified>[0], FailureCode][] = [
    ['the client was removed', { client: aClient({ removedAt: now }) }, 'client-removed'],
    ['the client is not there', { client: null }, 'client-removed'],
    ['the link was withdrawn', { client: aClient({}, { revokedAt: now }) }, 'launch-revoked'],
    ['the link is not there', { client: aClient({ launches: [] }) }, 'launch-unknown'],
    ['another account came first', { client: aClient({}, { accounts: [otherAccountId] }) }, 'launch-used'],
    [
      'another client connected the account',
      { lock: aLock({ clients: [theirId] }) },
      'account-connected-elsewhere',
    ],
  ];
  for (const [name, around, code] of rows) {
    const change = decideVerdict(verified(around));
    t.match(answerIn(change), failedWith(code), name);
    t.not(put(change, 'account')?.status, 'connected', name);
    t.equal(put(change, 'aws-account'), undefined, name);
  }
  const expired = decideVerdict(verified({ client: aClient({}, { expiresAt: now - 1 }) }));
  t.equal(answerIn(expired)?.status, 'SUCCESS', 'that the link ran out meanwhile is nobody’s fault');
});

t.test('an account of two clients that share is held by both', async (t) => {
  const client = aClient({ allowSharedAccounts: true });
  const change = decideVerdict(verified({ client, lock: aLock({ clients: [theirId], shared: true }) }));
  t.match(put(change, 'aws-account'), {
    clients: [theirId, ourId],
    shared: true,
    rev: 'lock-1',
  });
  const first = decideVerdict(verified({ client }));
  t.match(put(first, 'aws-account'), { clients: [ourId], shared: true });
});

t.test('a verification that takes longer is shown once', async (t) => {
  const { verdict: _, nextVerificationAt: __, ...around } = verified();
  const change = announce(around);
  t.equal(put(change, 'stack')?.announced, true);
  t.match(put(change, 'account'), {
    status: 'verifying',
    pending: stackKey(aStack()),
    launchId: aLaunch().id,
  });
  t.strictSame(eventTypes(change), ['stack.started', 'account.verifying']);
  const shown = { stack: must(put(change, 'stack')), account: must(put(change, 'account')) };
  t.strictSame(eventTypes(announce({ ...around, ...shown })), [], 'not twice');
  const letGo = { ...shown.account, status: 'disconnected', pending: null } as const;
  const again = announce({ ...around, ...shown, account: letGo });
  t.strictSame([eventTypes(again), again.put], [[], [shown.stack]], 'nor where it was let go meanwhile');
  const late = decideVerdict(verified({ stack: shown.stack, account: letGo }));
  t.match(put(late, 'stack')?.requests, [
    { answer: { status: 'FAILED', reason: /\(stack-not-connected\)$/ } },
  ]);
  t.strictSame([put(late, 'account'), eventTypes(late)], [undefined, []], 'it stays let go');
  const connected = decideVerdict(
    verified({
      stack: must(put(change, 'stack')),
      account: must(put(change, 'account')),
    }),
  );
  t.strictSame(eventTypes(connected), ['account.connected']);
  const live = announce({ ...around, account: connectedByAnother });
  t.strictSame(
    put(live, 'account'),
    { ...connectedByAnother, pending: stackKey(aStack()) },
    'an older connection goes on showing',
  );
});

t.test('an Update whose stack was superseded while it was verified is answered FAILED', async (t) => {
  const stack = aConnectedStack({
    requests: [aSettledRequest(), aRequest({ id: 'request-2', type: 'Update', roleArn: otherRoleArn })],
    due: now,
  });
  const client = aClient({ status: 'connected' }, { accounts: [accountId] });
  const rows: [string, Parameters<typeof verified>[0]][] = [
    ['another stack connected the account', { account: connectedByAnother, lock: aLock() }],
    ['the account was disconnected', { account: anAccount({ status: 'disconnected' }) }],
    [
      'the account was disconnected, and another client connected it',
      {
        account: anAccount({ status: 'disconnected' }),
        lock: aLock({ clients: [theirId] }),
      },
    ],
  ];
  for (const [name, around] of rows) {
    const change = decideVerdict(verified({ stack, client, ...around }));
    t.match(answerIn(change), { status: 'FAILED' }, name);
    t.strictSame(kinds(change), ['stack'], `${name}: nothing but the answer is recorded`);
  }
});

t.test('a verdict for a removed client records nothing but the answer', async (t) => {
  const change = decideVerdict(verified({ client: aClient({ removedAt: now }) }));
  t.strictSame(kinds(change), ['stack']);
  t.strictSame(eventTypes(change), []);
});

t.test(
  'an account that lost the race for a link’s last seat, or to another client, leaves nothing but the answer',
  async (t) => {
    for (const around of [
      {
        client: aClient({ status: 'connected' }, { accounts: [otherAccountId] }),
        otherAccounts: ['connected' as const],
      },
      { lock: aLock({ clients: [theirId] }) },
    ]) {
      const change = decideVerdict(verified(around));
      t.strictSame(kinds(change), ['stack']);
      t.strictSame(eventTypes(change), []);
    }
  },
);

t.test('a token’s hash is what finds a link, whichever stack shows it', async (t) => {
  const stranger = tokensOf(theirId, 5);
  const change = decideStackEvent(anEvent(), found(), at({ callbackTokenHash: stranger.callbackHash }));
  t.match(answerIn(change), failedWith('launch-unknown'));
  const page = decideStackEvent(
    anEvent(),
    found(),
    at({ callbackTokenHash: hashToken(tokensOf(ourId).page) }),
  );
  t.match(answerIn(page), failedWith('launch-unknown'), 'the page token is no callback token');
});

t.test(
  'an Update that changes nothing but the external ID is verified, not taken for a rollback',
  async (t) => {
    const around = found({
      client: aClient({ status: 'connected' }),
      account: anAccount(),
      stack: aConnectedStack(),
    });
    const event = anEvent({ type: 'Update', request: 'request-2', properties: 'another-hash-000' });
    const stack = put(decideStackEvent(event, around, at()), 'stack');
    t.equal(stack?.requests.at(-1)?.answer, null, 'it is open');
  },
);

t.test('a Create that was sent after the Delete of its stack is verified like a first one', async (t) => {
  const gone = put(
    decideStackEvent(anEvent({ type: 'Delete', request: 'delete-1' }), found({ client: aClient() }), at()),
    'stack',
  );
  const around = found({ client: aClient(), stack: must(gone) });
  const later = decideStackEvent(anEvent({ request: 'create-2', sentAt: now + 1 }), around, at());
  t.match(put(later, 'stack'), { gone: false, accepted: null });
  t.equal(put(later, 'stack')?.requests.at(-1)?.answer, null);
  const overtaken = decideStackEvent(anEvent({ request: 'create-2', sentAt: now - 1 }), around, at());
  t.match(put(overtaken, 'stack')?.requests.at(-1)?.answer, { status: 'SUCCESS' });
  t.equal(put(overtaken, 'stack')?.gone, true);
});

t.test('a role that was entered by an external ID that is none any more is not connected', async (t) => {
  const old = externalId('11111111-2222-4333-8444-555555555555');
  const entered = (enteredBy: typeof old) => verified({ verdict: { ...good, enteredBy } });
  const late = decideVerdict(entered(old));
  t.match(put(late, 'stack')?.requests, [
    { answer: { status: 'FAILED', reason: /\(external-id-edited\)$/ } },
  ]);
  t.equal(put(late, 'aws-account'), undefined);
  t.match(put(decideVerdict(entered(aClient().externalId)), 'account'), { status: 'connected' });
});

t.test('a role that could be entered is said to trust us when it is let go, refused or not', async (t) => {
  const by = { actor: { type: 'service' }, now } as const;
  const rows: [string, Partial<Account>, boolean][] = [
    ['connected', {}, true],
    ['refused, since it is open', { status: 'rejected', verdict: bad, connectedBy: null }, true],
    ['refused, since it cannot be entered', { status: 'rejected', verdict: null, connectedBy: null }, false],
    ['not entered yet', { status: 'verifying', verdict: null, connectedBy: null }, false],
  ];
  for (const [name, changes, trustRemains] of rows) {
    const around = { lock: null, otherAccounts: [] };
    const change = decideDisconnection(anAccount(changes), aClient(), around, by);
    const nextVerificationAt = trustRemains ? now : null;
    t.match(put(change, 'account'), { status: 'disconnected', trustRemains, nextVerificationAt }, name);
    t.match(change.events, [{ type: 'account.disconnected', data: { trustRemains } }], name);
  }
});

t.test('an Update that is accepted leaves another stack’s Create under way', async (t) => {
  const stack = aConnectedStack({
    requests: [aSettledRequest(), aRequest({ id: 'request-2', type: 'Update', roleArn: otherRoleArn })],
    due: now,
  });
  const pending = 'the key of another stack';
  const around = { client: aClient({ status: 'connected' }, { accounts: [accountId] }), lock: aLock() };
  const connected = anAccount({ pending });
  const change = decideVerdict(verified({ ...around, stack, account: connected }));
  t.match(put(change, 'account'), { status: 'connected', roleArn: otherRoleArn, pending });
});

t.test('a Create is told for itself, unless another of its stack is under way', async (t) => {
  for (const [requests, announced] of [
    [[aSettledRequest()], false],
    [[aRequest()], true],
  ] as const) {
    const stack = aStack({ announced: true, requests });
    const change = decideStackEvent(anEvent({ request: 'request-2' }), found({ stack }), at());
    t.equal(put(change, 'stack')?.announced, announced);
  }
});

t.test(
  'an account that is let go while a stack comes after one that has left is let go as well',
  async (t) => {
    const by = { actor: { type: 'service' }, now } as const;
    const left = anAccount({ status: 'disconnected', connectedBy: null, pending: 'a stack' });
    const change = decideDisconnection(left, aClient(), { lock: null, otherAccounts: [] }, by);
    t.strictSame([change.put, change.events ?? []], [[{ ...left, pending: null }], []]);
    const again = { ...left, pending: null };
    t.strictSame(decideDisconnection(again, aClient(), { lock: null, otherAccounts: [] }, by), { put: [] });
  },
);
