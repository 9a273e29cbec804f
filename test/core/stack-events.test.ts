import t from 'tap';
import type { Account } from '../../src/core/account.js';
import { announce } from '../../src/core/announce-verification.js';
import type { Change, Revision } from '../../src/core/change.js';
import type { Circumstances, Found } from '../../src/core/circumstances.js';
import { decideStackEvent } from '../../src/core/decide-stack-event.js';
import { decideUnanswered } from '../../src/core/decide-unanswered.js';
import { decideVerdict } from '../../src/core/decide-verdict.js';
import type { FailureCode } from '../../src/core/failure.js';
import {
  type AnswerOutcome,
  openRequest,
  type Stack,
  type StackRequest,
  stackKey,
} from '../../src/core/stack.js';
import { olderStackInTheWay } from '../../src/core/takeover.js';
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
  hour,
  humanRoleArn,
  kinds,
  must,
  now,
  otherAccountId,
  otherRoleArn,
  ourId,
  propertiesOf,
  put,
  roleArn,
  stackIdText,
  templateVersion,
  theirId,
  tokensOf,
  topicArnText,
  verified,
} from './things.js';

const SUCCESS = { status: 'SUCCESS', reason: null } as const;
const failedWith = (code: FailureCode) => ({
  status: 'FAILED' as const,
  reason: new RegExp(`\\(${code}\\)$`),
});

/** Another stack of the same client for the same account, and an account that it has connected. */
const older = aConnectedStack({ stackId: stackIdText(2) });
const connectedByOlder = anAccount({ connectedBy: stackKey(older), stackId: older.stackId });
const connectedClient = aClient({ status: 'connected' }, { accounts: [accountId] });

/** Three sets of properties that a stack went through, one after the other. */
const first = { roleArn, humanRoleArn: null, templateVersion, properties: propertiesOf({}) };
const second = {
  roleArn: otherRoleArn,
  humanRoleArn,
  templateVersion,
  properties: propertiesOf({ roleArn: otherRoleArn }),
};
const third = { ...second, templateVersion: 'ba9876543210', properties: 'third-properties' };

/** The stack as it stands in the table once a change has been committed. */
function stored(change: Change | null): Stack {
  return { ...must(put(change, 'stack')), rev: 'stack-2' as Revision };
}

t.test('a launch serves the callback it was made for, and no other', async (t) => {
  for (const made of ['sns', 'lambda', 'none'] as const)
    for (const came of ['sns', 'lambda'] as const) {
      const around = found({ client: aClient({}, { callback: made }) });
      const change = decideStackEvent(anEvent(), around, at({ callback: came }));
      const name = `made for ${made}, called by ${came}`;
      if (made === came) t.equal(answerIn(change), null, `${name}: verified`);
      else t.match(answerIn(change), failedWith('launch-unknown'), name);
      t.strictSame(kinds(change), ['stack'], name);
    }
});

t.test('a stack whose accounts differ is told which they are, by what signed for it', async (t) => {
  const functionArn = `arn:aws:sts::${accountId}:assumed-role/Function`;
  const rows: [EventWords, RegExp][] = [
    [
      { sourceArn: functionArn, stackId: stackIdText(1, otherAccountId) },
      new RegExp(`Function: ${accountId}; stack: ${otherAccountId}; role: ${accountId}`),
    ],
    [
      { roleArn: `arn:aws:iam::${otherAccountId}:role/Client` },
      new RegExp(`Topic: ${accountId}; stack: ${accountId}; role: ${otherAccountId}`),
    ],
  ];
  for (const [words, named] of rows)
    t.match(answerIn(decideStackEvent(anEvent(words), found(), at())), { status: 'FAILED', reason: named });
});

t.test('a stack of a link that is none of ours is forgotten after a day, one of ours never', async (t) => {
  const day = 24 * hour;
  const rows: [string, Partial<Found>, Partial<Circumstances>, number | null][] = [
    ['an open link', {}, {}, null],
    ['an expired link', { client: aClient({}, { expiresAt: now - 1 }) }, {}, null],
    ['a withdrawn link', { client: aClient({}, { revokedAt: now - 1 }) }, {}, null],
    ['a link of a removed client', { client: aClient({ removedAt: now - 1 }) }, {}, null],
    ['a link by another callback', {}, { callback: 'lambda' }, now + day],
    ['no such client', { client: null }, {}, now + day],
    ['a client without links', { client: aClient({ launches: [] }) }, {}, now + day],
    ['another token', {}, { callbackTokenHash: tokensOf(ourId, 9).callbackHash }, now + day],
  ];
  for (const [name, around, circumstances, forgetAt] of rows)
    for (const type of ['Create', 'Update', 'Delete'] as const) {
      const change = decideStackEvent(anEvent({ type }), found(around), at(circumstances));
      t.equal(put(change, 'stack')?.forgetAt, forgetAt, `${type} by ${name}`);
      if (forgetAt !== null) t.strictSame(kinds(change), ['stack'], `${type} by ${name}: nothing else`);
    }
});

t.test('an event that wants its answer elsewhere is written down, told, and does nothing else', async (t) => {
  const stacks: [string, Stack | null][] = [
    ['a stack that nobody knows', null],
    ['a stack that is being verified', aStack()],
    ['the connecting stack', aConnectedStack()],
    ['a stack that is gone', aConnectedStack({ gone: true })],
  ];
  for (const [name, stack] of stacks)
    for (const type of ['Create', 'Update', 'Delete'] as const) {
      const around = found({
        stack,
        client: connectedClient,
        ...(stack?.accepted && { account: anAccount(), lock: aLock() }),
      });
      const event = anEvent({ type, request: 'request-9', properties: second.properties });
      const change = decideStackEvent(event, around, at({ answerable: false }));
      const recorded = must(put(change, 'stack'));
      t.match(
        recorded.requests.at(-1),
        { responseUrl: null, outcome: 'refused', answer: failedWith('response-url-refused') },
        `${type} of ${name} is answered nowhere`,
      );
      t.strictSame(kinds(change), ['stack'], `${type} of ${name} moves nothing`);
      t.strictSame(change?.remove ?? [], []);
      t.match(change?.events, [
        { type: 'stack.failed', accountId, data: { cause: 'response-url-refused', request: type } },
      ]);
      for (const field of ['gone', 'accepted', 'previous', 'rollsBackTo', 'due'] as const)
        t.strictSame(
          recorded[field],
          stack?.[field] ?? (field === 'gone' ? false : null),
          `${field} of ${name}`,
        );
      t.equal(
        decideStackEvent(event, found({ ...around, stack: stored(change) }), at({ answerable: false })),
        null,
        `${type} of ${name} is told once`,
      );
    }
});

t.test('an Update that CloudFormation sends to roll another back is answered SUCCESS at once', async (t) => {
  const stack = aConnectedStack({ accepted: second, previous: first, rollsBackTo: 'refused-old-props' });
  const account = anAccount({ ...second, connectedBy: stackKey(stack) });
  const around = found({ client: connectedClient, account, stack, lock: aLock() });
  const update = (properties: string) =>
    anEvent({ type: 'Update', request: 'request-2', roleArn, properties, oldProperties: 'whatever' });

  const rows: [string, string, Partial<Stack>, Partial<Account>][] = [
    [
      'what is accepted',
      second.properties,
      { accepted: second, previous: first },
      { roleArn: otherRoleArn, humanRoleArn },
    ],
    [
      'what was accepted before',
      first.properties,
      { accepted: first, previous: null },
      { roleArn, humanRoleArn: null },
    ],
    [
      'what a refused Update was to replace',
      'refused-old-props',
      { accepted: second, previous: first },
      { roleArn: otherRoleArn },
    ],
  ];
  for (const [name, properties, stands, entered] of rows) {
    const change = decideStackEvent(update(properties), around, at());
    t.strictSame(answerIn(change), SUCCESS, name);
    t.match(put(change, 'stack'), stands, `${name}: the stack stands at it`);
    t.match(
      put(change, 'account'),
      { ...entered, status: 'connected', nextVerificationAt: now, rev: 'account-1' },
      `${name}: its role is entered from now on, and verified at once`,
    );
    t.strictSame(kinds(change), ['account', 'stack'], `${name}: nothing else moves`);
    t.strictSame(eventTypes(change), []);
  }

  t.test('and a degraded account is looked at again as well', async (t) => {
    const degraded = { ...account, status: 'degraded' as const };
    const change = decideStackEvent(update(first.properties), found({ ...around, account: degraded }), at());
    t.match(put(change, 'account'), { status: 'degraded', roleArn, nextVerificationAt: now });
  });

  t.test('and one that returns to what was accepted long ago is verified like any other', async (t) => {
    const later = { ...stack, accepted: third, previous: second, rollsBackTo: null };
    const change = decideStackEvent(update(first.properties), found({ ...around, stack: later }), at());
    t.equal(answerIn(change), null);
    t.strictSame(kinds(change), ['stack']);
    t.equal(put(change, 'stack')?.rollsBackTo, 'whatever', 'and what it replaces is remembered');
  });
});

t.test('an Update goes through, is taken back, and comes again', async (t) => {
  const steps: [string, Stack['accepted'], 'verified' | 'at once'][] = [
    ['an Update to another role is verified', second, 'verified'],
    ['another resource failed: back to the first role', first, 'at once'],
    ['the Update is tried again', second, 'verified'],
    ['a third version', third, 'verified'],
    ['which is taken back', second, 'at once'],
  ];
  let stack = aConnectedStack();
  let account = anAccount();
  let standsAt = first.properties;
  for (const [place, [name, to, how]] of steps.entries()) {
    const words = {
      ...must(to),
      type: 'Update' as const,
      request: `update-${place}`,
      oldProperties: standsAt,
    };
    const around = found({ client: connectedClient, account, stack, lock: aLock() });
    const change = decideStackEvent(anEvent(words), around, at());
    t.equal(answerIn(change) === null ? 'verified' : 'at once', how, name);
    const recorded = stored(change);
    const request = must(recorded.requests.at(-1));
    const decided =
      how === 'at once'
        ? change
        : decideVerdict(
            verified({ client: connectedClient, account, lock: aLock(), stack: recorded, request }),
          );
    stack = { ...stored(decided), requests: [{ ...request, outcome: 'accepted' }], due: null };
    account = must(put(decided, 'account'));
    t.match(
      account,
      {
        status: 'connected',
        roleArn: to?.roleArn,
        humanRoleArn: to?.humanRoleArn,
        templateVersion: to?.templateVersion,
      },
      name,
    );
    t.strictSame(stack.accepted, to, `${name}: it is what is accepted`);
    standsAt = must(to).properties;
  }
});

t.test('an Update that was refused is taken back in peace, whoever sent it', async (t) => {
  const rows: [string, Partial<Found>, FailureCode][] = [
    ['a stack that nobody knows', { account: null }, 'stack-not-connected'],
    ['a stack that nobody knows, on a live account', { account: connectedByOlder }, 'stack-not-connected'],
    ['a superseded stack', { stack: aConnectedStack(), account: connectedByOlder }, 'stack-not-connected'],
    [
      'a stack whose account is disconnected',
      { stack: aConnectedStack({ gone: true }), account: anAccount({ status: 'disconnected' }) },
      'stack-not-connected',
    ],
    [
      'a stack of a removed client',
      { stack: aConnectedStack(), account: anAccount(), client: aClient({ removedAt: now }) },
      'client-removed',
    ],
    ['a stack of no client', { client: null }, 'client-removed'],
  ];
  for (const [name, around, code] of rows)
    for (const before of [first.properties, 'properties-that-nobody-ever-saw']) {
      const forth = { type: 'Update' as const, request: 'forth', ...second, oldProperties: before };
      const refused = decideStackEvent(anEvent(forth), found(around), at());
      t.match(answerIn(refused), failedWith(code), name);
      t.strictSame(kinds(refused), ['stack'], name);
      const back = { type: 'Update' as const, request: 'back', roleArn, properties: before };
      const event = anEvent({ ...back, oldProperties: second.properties });
      const rolledBack = decideStackEvent(event, found({ ...around, stack: stored(refused) }), at());
      t.strictSame(answerIn(rolledBack), SUCCESS, `${name}: rolled back to ${before}`);
      t.strictSame(kinds(rolledBack), ['stack'], `${name}: nothing changes`);
      t.strictSame(eventTypes(rolledBack), [], `${name}: nothing is told`);
    }
});

t.test(
  'a refused Update of the connecting stack is taken back, and its account verified at once',
  async (t) => {
    const around = found({
      client: connectedClient,
      account: anAccount(),
      stack: aConnectedStack(),
      lock: aLock(),
    });
    const forth = { type: 'Update' as const, request: 'forth', ...second, oldProperties: first.properties };
    const change = decideStackEvent(anEvent(forth), around, at());
    const recorded = stored(change);
    const { stack: _, ...circumstances } = around;
    const refused = decideVerdict(verified({ ...circumstances, stack: recorded, verdict: bad }));
    t.match(answerIn(refused), failedWith('trust-without-external-id'));
    t.strictSame(put(refused, 'stack')?.accepted, first);
    const back = anEvent({ type: 'Update', request: 'back', ...first, oldProperties: second.properties });
    const rolledBack = decideStackEvent(back, found({ ...around, stack: stored(refused) }), at());
    t.strictSame(answerIn(rolledBack), SUCCESS);
    t.match(put(rolledBack, 'account'), { roleArn, status: 'connected', nextVerificationAt: now });
  },
);

t.test('an Update under way when it is taken back does not count any more', async (t) => {
  const around = found({
    client: connectedClient,
    account: anAccount(),
    stack: aConnectedStack(),
    lock: aLock(),
  });
  const forth = { type: 'Update' as const, request: 'forth', ...second, oldProperties: first.properties };
  const open = stored(decideStackEvent(anEvent(forth), around, at()));
  const back = anEvent({ type: 'Update', request: 'back', ...first, oldProperties: second.properties });
  const rolledBack = decideStackEvent(back, found({ ...around, stack: open }), at());
  const next = openRequest(stored(rolledBack));
  t.not(next?.answer, null, 'nothing of it is verified after the rollback');
});

t.test('a Delete disconnects whatever PhysicalResourceId it names', async (t) => {
  for (const physicalResourceId of [
    `${ourId}/${accountId}`,
    'invented-by-CloudFormation',
    `${theirId}/${otherAccountId}`,
    'x',
  ]) {
    const event = { ...anEvent({ type: 'Delete', request: 'request-2' }), physicalResourceId };
    const around = found({
      client: connectedClient,
      account: anAccount(),
      stack: aConnectedStack(),
      lock: aLock(),
    });
    const change = decideStackEvent(event, around, at());
    t.strictSame(answerIn(change), SUCCESS, physicalResourceId);
    t.equal(put(change, 'account')?.status, 'disconnected', physicalResourceId);
    t.equal(
      put(change, 'stack')?.requests.at(-1)?.physicalResourceId,
      physicalResourceId,
      'which it is answered with',
    );
  }
});

t.test(
  'a Delete whose topic or stack is another account’s is answered SUCCESS, and changes nothing',
  async (t) => {
    const rows: EventWords[] = [
      { sourceArn: topicArnText(otherAccountId) },
      { stackId: stackIdText(1, otherAccountId) },
      { roleArn: '' },
      { stackId: stackIdText(3), roleArn },
    ];
    for (const words of rows) {
      const event = anEvent({ type: 'Delete', request: 'request-2', ...words });
      const known = words.roleArn === '' ? { stack: aConnectedStack(), account: connectedByOlder } : {};
      const change = decideStackEvent(event, found({ account: anAccount(), lock: aLock(), ...known }), at());
      t.strictSame(answerIn(change), SUCCESS, JSON.stringify(words));
      t.strictSame(kinds(change), ['stack'], JSON.stringify(words));
      t.strictSame(eventTypes(change), []);
    }
  },
);

t.test('of two stacks that create one account’s connection at once, the first verdict wins', async (t) => {
  const skews = [-5 * 60_000, -1, 0, 1, 5 * 60_000];
  for (const skew of skews) {
    // Neither has been shown yet, and the instances that took them have clocks of their own.
    const one = stored(decideStackEvent(anEvent({ request: 'one' }), found(), at({ now: now + skew })));
    const words = { request: 'two', stackId: stackIdText(2), roleArn: otherRoleArn };
    const two = stored(decideStackEvent(anEvent(words), found(), at()));
    t.equal(openRequest(one)?.holder, null, 'nobody held the account when they came');
    const connected = decideVerdict(verified({ stack: two, request: must(openRequest(two)) }));
    t.equal(answerIn(connected)?.status, 'SUCCESS');
    const { client, account, lock } = {
      client: must(put(connected, 'client')),
      account: must(put(connected, 'account')),
      lock: must(put(connected, 'aws-account')),
    };
    const late = { client, account, lock, stack: one, request: must(openRequest(one)) };
    const refused = decideVerdict(verified(late));
    t.match(answerIn(refused), failedWith('another-stack-under-way'), `clocks differ by ${skew} ms`);
    t.strictSame(kinds(refused), ['stack'], 'and the first connection stays as it is');
    t.strictSame(eventTypes(refused), []);
    const lateToo = decideVerdict(verified({ ...late, verdict: bad }));
    t.match(answerIn(lateToo), failedWith('trust-without-external-id'), 'a bad role is called bad first');
    t.strictSame(kinds(lateToo), ['stack']);
  }
});

t.test('who holds the account when a Create comes is who it may take it over from', async (t) => {
  const rows: [string, Account | null, string | null][] = [
    ['nobody', null, null],
    ['a stack', connectedByOlder, stackKey(older)],
    ['a stack, degraded', { ...connectedByOlder, status: 'degraded' }, stackKey(older)],
    ['a stack that was disconnected', { ...connectedByOlder, status: 'disconnected' }, null],
    ['a stack that was refused', { ...connectedByOlder, status: 'rejected' }, null],
    ['a role that was named by hand', anAccount({ connectedBy: null, stackId: null }), null],
  ];
  for (const [name, account, holder] of rows) {
    const words = { request: 'request-3', roleArn: otherRoleArn };
    const around = found({ account, client: connectedClient, lock: account && aLock() });
    const stack = stored(decideStackEvent(anEvent(words), around, at()));
    t.equal(openRequest(stack)?.holder, holder, name);
    const { stack: _, ...rest } = around;
    const change = decideVerdict(verified({ ...rest, stack, request: must(openRequest(stack)) }));
    t.equal(answerIn(change)?.status, 'SUCCESS', `${name}: taken over once it is verified`);
    t.match(put(change, 'account'), { connectedBy: stackKey(stack), roleArn: otherRoleArn });
    if (account === null || holder !== null) continue;
    const meanwhile = decideVerdict(
      verified({ ...rest, account: connectedByOlder, stack, request: must(openRequest(stack)) }),
    );
    t.match(answerIn(meanwhile), failedWith('another-stack-under-way'), `${name}, and then another stack`);
  }
});

t.test('nobody connects the very role that another live stack has made', async (t) => {
  const stack = aStack({ requests: [aRequest({ holder: stackKey(older) })] });
  const around = { client: connectedClient, account: connectedByOlder, lock: aLock(), stack };
  const refused = decideVerdict(verified(around));
  t.match(answerIn(refused), failedWith('role-of-another-stack'));
  t.strictSame(kinds(refused), ['stack'], 'and the older connection stays as it is');
  t.strictSame(eventTypes(refused), []);

  const shown = decideVerdict(
    verified({ ...around, account: { ...connectedByOlder, pending: stackKey(stack) } }),
  );
  t.strictSame(put(shown, 'account'), connectedByOlder, 'nor does it show a verification any more');

  const gone = decideVerdict(verified({ ...around, olderStackGone: true }));
  t.strictSame(answerIn(gone), SUCCESS, 'unless that stack is known to be deleted');
  t.match(put(gone, 'account'), { connectedBy: stackKey(stack), status: 'connected', roleArn });

  const another = aStack({ requests: [aRequest({ roleArn: otherRoleArn, holder: stackKey(older) })] });
  t.strictSame(
    answerIn(decideVerdict(verified({ ...around, stack: another }))),
    SUCCESS,
    'a role of its own',
  );

  for (const status of ['disconnected', 'rejected'] as const) {
    const free = decideVerdict(verified({ ...around, account: { ...connectedByOlder, status }, lock: null }));
    t.strictSame(answerIn(free), SUCCESS, `nobody’s role: the account is ${status}`);
  }
});

t.test('CloudFormation is asked about the older stack only where the verdict hangs on it', async (t) => {
  const stack = aStack();
  const rows: [string, Account | null, Partial<StackRequest>, string | null][] = [
    ['another stack’s role', connectedByOlder, {}, older.stackId],
    ['another stack’s role, degraded', { ...connectedByOlder, status: 'degraded' }, {}, older.stackId],
    ['a role of its own', connectedByOlder, { roleArn: otherRoleArn }, null],
    ['an Update', connectedByOlder, { type: 'Update' }, null],
    ['its own connection', anAccount(), {}, null],
    ['a connection that has ended', { ...connectedByOlder, status: 'disconnected' }, {}, null],
    ['a role that was named by hand', anAccount({ connectedBy: null, stackId: null }), {}, null],
    ['no account', null, {}, null],
  ];
  for (const [name, account, changes, stackId] of rows)
    t.equal(olderStackInTheWay({ account, stack, request: aRequest(changes) }, aLaunch()), stackId, name);
  const link = aLaunch({ organization: true, accounts: [otherAccountId] });
  const rolledOut = { account: connectedByOlder, stack, request: aRequest({ roleArn: otherRoleArn }) };
  t.equal(olderStackInTheWay(rolledOut, link), older.stackId, 'a member that is connected already');
});

t.test('an answer that CloudFormation did not take', async (t) => {
  interface Row {
    readonly request: Partial<StackRequest>;
    readonly outcome: Exclude<AnswerOutcome, 'accepted'>;
    readonly complete?: boolean;
    readonly around?: Partial<Found>;
    readonly writes: readonly string[];
    readonly events: readonly string[];
  }
  const create = { type: 'Create', answer: SUCCESS } as const;
  const update = { type: 'Update', answer: SUCCESS } as const;
  const failed = { status: 'FAILED', reason: 'because' } as const;
  const disconnects = {
    writes: ['account', 'client', 'stack'],
    events: ['stack.failed', 'account.disconnected'],
  };
  const ends = { writes: ['stack'], events: ['stack.failed'] };
  const rows: Record<string, Row> = {
    'a Create’s SUCCESS that was refused undoes the connection': {
      request: create,
      outcome: 'refused',
      ...disconnects,
    },
    'a Create’s SUCCESS that came too late undoes it': {
      request: create,
      outcome: 'too-late',
      ...disconnects,
    },
    'a Create’s SUCCESS that was given up undoes it': {
      request: create,
      outcome: 'given-up',
      ...disconnects,
    },
    'a degraded account’s Create undoes it as well': {
      request: create,
      outcome: 'refused',
      around: { account: anAccount({ status: 'degraded' }) },
      ...disconnects,
    },
    'a Create whose stack is complete stays connected': {
      request: create,
      outcome: 'too-late',
      complete: true,
      writes: ['stack'],
      events: [],
    },
    'a Create that another stack has superseded leaves that one alone': {
      request: create,
      outcome: 'refused',
      around: { account: connectedByOlder },
      ...ends,
    },
    'a Create whose account has been disconnected leaves it so': {
      request: create,
      outcome: 'refused',
      around: { account: anAccount({ status: 'disconnected' }) },
      ...ends,
    },
    'a Create of a removed client leaves its account to the removal': {
      request: create,
      outcome: 'refused',
      around: { client: aClient({ removedAt: now }) },
      ...ends,
    },
    'a Create of no client ends': { request: create, outcome: 'refused', around: { client: null }, ...ends },
    'a Create’s FAILED changes nothing more': {
      request: { type: 'Create', answer: failed },
      outcome: 'refused',
      ...ends,
    },
    'an Update’s SUCCESS has its account verified at once': {
      request: update,
      outcome: 'refused',
      writes: ['account', 'stack'],
      events: ['stack.failed'],
    },
    'an Update’s SUCCESS that came too late, too': {
      request: update,
      outcome: 'too-late',
      writes: ['account', 'stack'],
      events: ['stack.failed'],
    },
    'an Update whose stack is complete stands': {
      request: update,
      outcome: 'refused',
      complete: true,
      writes: ['stack'],
      events: [],
    },
    'an Update’s FAILED changes nothing more': {
      request: { type: 'Update', answer: failed },
      outcome: 'too-late',
      ...ends,
    },
    'a Delete’s SUCCESS changes nothing more': {
      request: { type: 'Delete', answer: SUCCESS },
      outcome: 'refused',
      ...ends,
    },
    'what was never verified is given up': {
      request: { type: 'Create', answer: null },
      outcome: 'given-up',
      ...ends,
    },
  };
  const causes = {
    refused: 'answer-refused',
    'too-late': 'answer-too-late',
    'given-up': 'given-up',
  } as const;
  for (const [
    name,
    { request: changes, outcome, complete = false, around, writes, events },
  ] of Object.entries(rows))
    t.test(name, async (t) => {
      const request = aRequest({ id: 'request-2', ...changes });
      const stack = aConnectedStack({ requests: [aSettledRequest(), request], due: now });
      const circumstances = found({
        client: connectedClient,
        account: anAccount(),
        lock: aLock(),
        ...around,
      });
      const change = decideUnanswered(circumstances, stack, request, outcome, { complete, now });
      t.strictSame(kinds(change), writes);
      t.strictSame(eventTypes(change), events);
      t.match(put(change, 'stack')?.requests.at(-1), { id: 'request-2', outcome, responseUrl: null });
      t.equal(put(change, 'stack')?.due, null, 'nothing is due any more');
      if (events.length > 0)
        t.match(change.events?.[0], { accountId, data: { cause: causes[outcome], request: request.type } });
      const account = put(change, 'account');
      if (request.type === 'Update')
        t.match(account ?? {}, account ? { status: 'connected', nextVerificationAt: now } : {});
      t.equal(change.remove?.length ?? 0, events.length < 2 ? 0 : 1);
      if (events.length < 2) return;
      t.match(account, { status: 'disconnected', nextVerificationAt: null });
      t.match(put(change, 'stack'), { gone: true, accepted: null });
      t.equal(put(change, 'client')?.status, 'disconnected');
      t.strictSame(change.remove, [{ ...aLock(), clients: [] }], 'the account is nobody’s');
      t.match(change.events?.[1], { actor: { type: 'service' }, data: { code: causes[outcome] } });
    });

  t.test('that was taken settles the request and tells nothing', async (t) => {
    const stack = aStack({ requests: [aRequest({ answer: SUCCESS })] });
    const change = decideUnanswered(found(), stack, must(stack.requests[0]), 'accepted', {
      complete: false,
      now,
    });
    t.strictSame(kinds(change), ['stack']);
    t.strictSame(eventTypes(change), []);
  });

  t.test('to a Create of an account that two clients share leaves the other its hold', async (t) => {
    const stack = aConnectedStack({ requests: [aRequest({ answer: SUCCESS })], due: now });
    const lock = aLock({ clients: [theirId, ourId], shared: true });
    const around = found({ client: connectedClient, account: anAccount(), lock });
    const change = decideUnanswered(around, stack, must(stack.requests[0]), 'refused', {
      complete: false,
      now,
    });
    t.strictSame(put(change, 'aws-account')?.clients, [theirId]);
    t.strictSame(change.remove, []);
  });
});

t.test(
  'a stack that is given up while it is being verified leaves its account free for another',
  async (t) => {
    const { verdict: _, nextVerificationAt: __, olderStackGone: ___, ...around } = verified();
    const shown = announce(around);
    const account = must(put(shown, 'account'));
    const stack = stored(shown);
    const request = must(openRequest(stack));
    const change = decideUnanswered(found({ account }), stack, request, 'given-up', { complete: false, now });
    const left = put(change, 'account') ?? account;
    t.not(left.status, 'verifying');
    const words = { request: 'request-2', stackId: stackIdText(2) };
    t.equal(answerIn(decideStackEvent(anEvent(words), found({ account: left }), at())), null, 'let in');
  },
);

t.test(
  'a stack that connected once by a link is let in again by it, under the link’s own rules',
  async (t) => {
    const gone = aConnectedStack({
      gone: true,
      requests: [aSettledRequest({ type: 'Delete', id: 'delete-1' })],
    });
    const account = anAccount({ status: 'disconnected' });
    const again = anEvent({ request: 'create-2', sentAt: now + 1 });
    const rows: [string, Parameters<typeof aLaunch>[0], FailureCode | null][] = [
      ['open', { accounts: [accountId] }, null],
      ['expired', { accounts: [accountId], expiresAt: now }, 'launch-expired'],
      ['withdrawn', { accounts: [accountId], revokedAt: now }, 'launch-revoked'],
    ];
    for (const [name, launch, code] of rows) {
      const around = found({ stack: gone, account, client: aClient({ status: 'disconnected' }, launch) });
      const change = decideStackEvent(again, around, at());
      t.match(put(change, 'stack'), { gone: false, accepted: null, previous: null, rollsBackTo: null }, name);
      if (code === null) t.equal(answerIn(change), null, `${name}: verified like a first one`);
      else t.match(answerIn(change), failedWith(code), name);
    }
  },
);

t.test(
  'a stack that connects anew and is deleted while it is verified leaves its account disconnected',
  async (t) => {
    const stack = aStack({ announced: true });
    const before = { connectedBy: stackKey(stack), pending: stackKey(stack) };
    const around = found({ stack, account: anAccount({ ...before, status: 'verifying' }) });
    const change = decideStackEvent(anEvent({ type: 'Delete', request: 'delete-2' }), around, at());
    t.match(put(change, 'account'), { status: 'disconnected', pending: null });
    t.strictSame(eventTypes(change), ['account.disconnected']);
  },
);

t.test('a Create is not connected once an earlier one of its stack was undone', async (t) => {
  const requests = [
    aSettledRequest({ id: 'create-1', outcome: 'refused' }),
    aRequest({ id: 'create-2', roleArn: otherRoleArn }),
  ];
  const stack = aStack({ gone: true, requests });
  const change = decideVerdict(verified({ stack, account: anAccount({ status: 'disconnected' }) }));
  t.match(answerIn(change), failedWith('stack-not-connected'));
  t.strictSame(kinds(change), ['stack']);
});
