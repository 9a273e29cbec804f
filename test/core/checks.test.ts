import fc from 'fast-check';
import t from 'tap';
import type { Account } from '../../src/core/account.js';
import type { Change, Revision } from '../../src/core/change.js';
import { type Checked, decideCheck } from '../../src/core/decide-check.js';
import { decideRegistration, type Registration } from '../../src/core/decide-registration.js';
import { type FailureCode, failure } from '../../src/core/failure.js';
import { parseRoleArn } from '../../src/core/role-arn.js';
import { stackKey } from '../../src/core/stack.js';
import { judge, type Verdict } from '../../src/core/verdict.js';
import {
  aClient,
  accountId,
  aLaunch,
  aLock,
  anAccount,
  aStack,
  bad,
  eventTypes,
  good,
  hour,
  humanRoleArn,
  kinds,
  must,
  now,
  otherAccountId,
  otherRoleArn,
  providerAccountId,
  put,
  roleArn,
  theirId,
} from './things.js';

const MINUTE = 60_000;
const day = 24 * hour;

const denied: Verdict = judge({ expectedAccountId: accountId, attempts: 1, own: { outcome: 'denied' } });
const unclear: Verdict = judge({
  expectedAccountId: accountId,
  attempts: 1,
  own: { outcome: 'inconclusive', error: 'ThrottlingException' },
});
const elsewhere: Verdict = judge({
  expectedAccountId: accountId,
  attempts: 1,
  own: { outcome: 'entered', accountId: otherAccountId },
});

function checked(changes: Partial<Checked> = {}): Checked {
  return {
    account: anAccount(),
    client: aClient({ status: 'connected' }, { accounts: [accountId] }),
    lock: aLock(),
    otherAccounts: [],
    standing: null,
    verdict: good,
    now,
    nextVerificationAt: now + day,
    ...changes,
  };
}

/** A role that was named by hand on a launch page, and is being tried. */
function aTrial(changes: Partial<Account> = {}): Account {
  return anAccount({
    status: 'verifying',
    stackId: null,
    region: null,
    templateVersion: null,
    verdict: null,
    connectedBy: null,
    connectedAt: null,
    lastVerifiedAt: null,
    trying: { until: now + hour, attempts: 0 },
    nextVerificationAt: now + MINUTE,
    ...changes,
  });
}

const tried = (changes: Partial<Checked> = {}) =>
  checked({ account: aTrial(), client: aClient({}, { callback: 'none' }), lock: null, ...changes });

/** Checks one account again and again, each time with what the time before has left. */
function checkAgain(start: Account, verdicts: readonly [minute: number, verdict: Verdict][]) {
  let account = start;
  let client = checked().client;
  const told: string[] = [];
  for (const [minute, verdict] of verdicts) {
    const time = now + minute * MINUTE;
    const change = decideCheck(
      checked({ account, client, verdict, now: time, nextVerificationAt: time + day }),
    );
    account = must(put(change, 'account'));
    client = put(change, 'client') ?? client;
    told.push(...eventTypes(change).map((type) => `${minute}: ${type}`));
  }
  return { account, client, told };
}

t.test('a connected account that is verified well is verified again a day later', async (t) => {
  const change = decideCheck(checked());
  t.strictSame(kinds(change), ['account'], 'nothing else moves');
  t.match(put(change, 'account'), {
    rev: 'account-1',
    status: 'connected',
    verdict: good,
    failing: null,
    lastVerifiedAt: now,
    nextVerificationAt: now + day,
    connectedAt: now - hour,
  });
  t.strictSame(eventTypes(change), []);
});

t.test('a connected account is degraded by three failures in a row over at least ten minutes', async (t) => {
  const rows: [string, [number, Verdict][], string[], number][] = [
    ['one failure', [[0, denied]], [], 1],
    [
      'two over an hour',
      [
        [0, denied],
        [60, denied],
      ],
      [],
      2,
    ],
    [
      'three within nine minutes',
      [
        [0, denied],
        [5, denied],
        [9.9, denied],
      ],
      [],
      3,
    ],
    [
      'three over ten minutes',
      [
        [0, denied],
        [5, denied],
        [10, denied],
      ],
      ['10: account.degraded'],
      3,
    ],
    [
      'the fourth, once ten minutes are over',
      [
        [0, denied],
        [1, denied],
        [2, denied],
        [11, denied],
      ],
      ['11: account.degraded'],
      4,
    ],
    [
      'two, a success, and two',
      [
        [0, denied],
        [5, denied],
        [6, good],
        [11, denied],
        [16, denied],
      ],
      [],
      2,
    ],
    [
      'failures with AWS out of reach between them',
      [
        [0, denied],
        [5, unclear],
        [6, unclear],
        [12, denied],
      ],
      [],
      2,
    ],
    [
      'and the third of them',
      [
        [0, denied],
        [5, unclear],
        [7, denied],
        [12, denied],
      ],
      ['12: account.degraded'],
      3,
    ],
  ];
  for (const [name, verdicts, told, times] of rows) {
    const { account, client, told: events } = checkAgain(anAccount(), verdicts);
    t.strictSame(events, told, name);
    t.equal(account.status, told.length > 0 ? 'degraded' : 'connected', name);
    t.equal(client.status, told.length > 0 ? 'attention' : 'connected', `${name}: and its client`);
    t.equal(account.failing?.times, times, `${name}: so many in a row`);
  }
  const { account } = checkAgain(anAccount(), [[0, denied]]);
  t.equal(account.nextVerificationAt, now + 5 * MINUTE, 'a failing account is looked at soon');
  t.equal(account.verdict?.failure?.code, 'role-not-assumable', 'and what failed is kept');
});

t.test(
  'a connected account that leads elsewhere, or whose trust policy reads unsafe, is degraded at once',
  async (t) => {
    const read: Verdict = { ...good, failure: failure('trust-policy-unsafe') };
    for (const [verdict, code] of [
      [read, 'trust-policy-unsafe'],
      [elsewhere, 'account-mismatch'],
    ] as const) {
      const change = decideCheck(checked({ verdict }));
      t.match(put(change, 'account'), { status: 'degraded', failing: { since: now, times: 1 } });
      t.equal(put(change, 'client')?.status, 'attention');
      t.match(change.events, [
        { type: 'account.degraded', accountId, actor: { type: 'service' }, data: { code } },
      ]);
    }
  },
);

t.test('a probe that was not denied is repeated after 10 and 20 s before it counts', async (t) => {
  const first = must(put(decideCheck(checked({ verdict: bad })), 'account'));
  t.match(first, { status: 'connected', verdict: { failure: { code: 'trust-without-external-id' } } });
  t.equal(first.nextVerificationAt, now + 10_000);
  const second = must(put(decideCheck(checked({ account: first, verdict: bad })), 'account'));
  t.match(second, { status: 'connected', nextVerificationAt: now + 20_000 });
  const third = decideCheck(checked({ account: second, verdict: bad }));
  t.match(put(third, 'account'), { status: 'degraded' });
  t.match(third.events, [{ type: 'account.degraded', data: { code: 'trust-without-external-id' } }]);
  const passed = put(decideCheck(checked({ account: second, verdict: good })), 'account');
  t.match(
    passed,
    { status: 'connected', failing: null },
    'an old policy that answered for a while is forgiven',
  );
});

t.test('a degraded account recovers at its first success, and is degraded once', async (t) => {
  const { account, client, told } = checkAgain(anAccount(), [
    [0, elsewhere],
    [5, elsewhere],
    [10, denied],
    [15, unclear],
    [20, good],
    [25, good],
  ]);
  t.strictSame(told, ['0: account.degraded', '20: account.recovered']);
  t.match(account, { status: 'connected', failing: null, verdict: good });
  t.equal(client.status, 'connected');
  const others = decideCheck(
    checked({
      account: anAccount({ status: 'degraded' }),
      otherAccounts: ['degraded'],
      client: aClient({ status: 'attention' }),
    }),
  );
  t.equal(
    put(others, 'client')?.status,
    'attention',
    'a client with another degraded account still needs attention',
  );
  const still = decideCheck(checked({ account: anAccount({ status: 'degraded' }), verdict: denied }));
  t.equal(
    put(still, 'account')?.nextVerificationAt,
    now + day,
    'one that stays degraded is not asked about all day',
  );
});

t.test('what AWS could not be asked moves no connected account', async (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom<Account['status']>('connected', 'degraded'),
      fc.option(fc.record({ since: fc.constant(now - day), times: fc.integer({ min: 1, max: 9 }) }), {
        nil: null,
      }),
      fc.integer({ min: 1, max: 30 }),
      (status, failing, times) => {
        const start = anAccount({ status, failing });
        const verdicts = Array.from({ length: times }, (_, minute): [number, Verdict] => [minute, unclear]);
        const { account, told } = checkAgain(start, verdicts);
        const { nextVerificationAt, ...rest } = account;
        const { nextVerificationAt: _, ...before } = start;
        if (told.length > 0) throw new Error('it is told');
        if (JSON.stringify(rest) !== JSON.stringify(before)) throw new Error('it moves');
        if (nextVerificationAt !== now + times * MINUTE) throw new Error('it is not asked again in a minute');
      },
    ),
  );
  t.pass('held for every account');
});

t.test('an account that was disconnected meanwhile is not due any more, whatever the verdict', async (t) => {
  for (const status of ['disconnected', 'rejected', 'verifying'] as const)
    for (const verdict of [good, bad, denied, unclear]) {
      const account = anAccount({ status });
      const change = decideCheck(checked({ account, verdict }));
      t.strictSame(change, { put: [{ ...account, nextVerificationAt: null }] }, status);
    }
});

t.test('a role that was named by hand is tried more and more seldom until its time is over', async (t) => {
  let account = aTrial({ trying: { until: now + day, attempts: 0 } });
  const waits: number[] = [];
  let time = now;
  while (account.status === 'verifying' && waits.length < 1_000) {
    // Another that nothing was found out about at the very end would be looked at for an hour longer.
    const verdict = waits.length % 2 && time < now + day - hour ? unclear : denied;
    const change = decideCheck(tried({ account, verdict, now: time }));
    const next = must(put(change, 'account'));
    if (next.status === 'verifying') {
      t.strictSame(kinds(change), ['account']);
      t.strictSame(eventTypes(change), []);
      waits.push(must(next.nextVerificationAt) - time);
    }
    account = next;
    time = account.nextVerificationAt ?? time;
  }
  t.strictSame(waits.slice(0, 6), [1_000, 2_000, 3_000, 5_000, 8_000, 15_000]);
  t.equal(waits.at(-1), 300_000, 'every five minutes in the end');
  t.ok(waits.every((wait, place) => wait >= (waits[place - 1] ?? 0)));
  t.ok(
    waits.slice(0, 29).reduce((sum, wait) => sum + wait, 0) > 5 * MINUTE,
    'often while somebody waits at the page',
  );
  t.ok(time < now + day && time > now + day - 6 * MINUTE, 'nearly to the end');
  t.match(account, { status: 'rejected', trying: null, nextVerificationAt: null, lastVerifiedAt: time });
  t.equal(account.verdict?.attempts, waits.length + 1, 'it tells how often it was tried');
});

t.test('a role that was named by hand', async (t) => {
  t.test('is connected at its first success, with lock, link and client', async (t) => {
    const account = aTrial({ trying: { until: now + hour, attempts: 4 } });
    const change = decideCheck(tried({ account }));
    t.match(put(change, 'account'), {
      status: 'connected',
      trying: null,
      connectedBy: null,
      connectedAt: now,
      nextVerificationAt: now + day,
      verdict: { attempts: 5, failure: null },
    });
    t.match(put(change, 'aws-account'), { rev: null, clients: [aClient().id], shared: false });
    t.strictSame(put(change, 'client')?.launches[0]?.accounts, [accountId]);
    t.equal(put(change, 'client')?.status, 'connected');
    t.strictSame(eventTypes(change), ['account.connected']);
  });

  t.test('is rejected at once where no attempt would change it', async (t) => {
    for (const verdict of [bad, elsewhere]) {
      const change = decideCheck(tried({ verdict }));
      t.match(put(change, 'account'), { status: 'rejected', trying: null, nextVerificationAt: null });
      t.equal(put(change, 'client')?.status, 'attention');
      t.equal(put(change, 'aws-account'), undefined, 'nobody holds it');
      t.strictSame(put(change, 'client')?.launches[0]?.accounts, [], 'nor does it use up the link');
      t.match(change.events, [{ type: 'account.rejected', data: { code: verdict.failure?.code } }]);
    }
  });

  t.test('is rejected at the attempt past which there is no time for another', async (t) => {
    // About which nothing was found out, it is tried for an hour longer.
    for (const [left, status] of [
      [1_001, 'verifying'],
      [1_000, 'rejected'],
      [-1, 'rejected'],
    ] as const)
      for (const [verdict, longer] of [
        [denied, 0],
        [unclear, hour],
      ] as const) {
        const account = aTrial({ trying: { until: now + left - longer, attempts: 0 } });
        const change = decideCheck(tried({ account, verdict }));
        t.equal(put(change, 'account')?.status, status, `${left} ms before its time is over`);
        t.strictSame(eventTypes(change), status === 'rejected' ? ['account.rejected'] : []);
      }
    const late = aTrial({ trying: { until: now - 1, attempts: 9 } });
    t.equal(
      put(decideCheck(tried({ account: late })), 'account')?.status,
      'connected',
      'a success counts even then',
    );
  });

  t.test(
    'is not let in by a link that closed meanwhile, and not into another client’s account',
    async (t) => {
      const link = (changes: Parameters<typeof aLaunch>[0]) => ({
        client: aClient({}, { callback: 'none', ...changes }),
      });
      const rows: [string, Partial<Checked>, FailureCode][] = [
        ['withdrawn', link({ revokedAt: now }), 'launch-revoked'],
        ['used by another account', link({ accounts: [otherAccountId] }), 'launch-used'],
        ['made for other accounts', link({ expectedAccountIds: [otherAccountId] }), 'account-not-expected'],
        ['connected elsewhere', { lock: aLock({ clients: [theirId] }) }, 'account-connected-elsewhere'],
      ];
      for (const [name, around, code] of rows) {
        const change = decideCheck(tried(around));
        t.match(put(change, 'account'), { status: 'rejected', verdict: { failure: { code } } }, name);
        t.equal(put(change, 'aws-account'), undefined, name);
        t.match(change.events, [{ type: 'account.rejected', data: { code } }], name);
      }
      const expired = decideCheck(tried(link({ expiresAt: now - 1 })));
      t.equal(
        put(expired, 'account')?.status,
        'connected',
        'that the link ran out meanwhile is nobody’s fault',
      );
      const platform = decideCheck(
        tried({ account: aTrial({ launchId: null }), ...link({ accounts: [otherAccountId] }) }),
      );
      t.equal(put(platform, 'account')?.status, 'connected', 'what the platform names needs no link');
    },
  );

  t.test('shares an account with another client where both allow it', async (t) => {
    const client = aClient({ allowSharedAccounts: true }, { callback: 'none' });
    const change = decideCheck(tried({ client, lock: aLock({ clients: [theirId], shared: true }) }));
    t.strictSame(put(change, 'aws-account')?.clients, [theirId, client.id]);
  });
});

function registration(changes: Partial<Registration> = {}): Registration {
  return {
    role: must(parseRoleArn(roleArn)),
    peopleEnter: true,
    launch: aLaunch({ callback: 'none' }),
    until: now + hour,
    actor: { type: 'visitor' },
    now,
    providerAccountId,
    partitionId: 'aws',
    ...changes,
  };
}

t.test('a role that somebody names is tried from then on', async (t) => {
  const rows: [string, Account | null, Partial<Account>][] = [
    ['an account that is new', null, { rev: null, createdAt: now }],
    [
      'one that was refused',
      anAccount({ status: 'rejected' }),
      { rev: 'account-1' as Revision, createdAt: now - hour },
    ],
    ['one that was disconnected', anAccount({ status: 'disconnected' }), { rev: 'account-1' as Revision }],
    ['one that is tried already', aTrial({ roleArn: otherRoleArn, trying: { until: now, attempts: 7 } }), {}],
  ];
  for (const [name, account, expected] of rows) {
    const decided = decideRegistration(registration(), aClient(), { account, lock: null, otherAccounts: [] });
    const change = decided as Change;
    t.match(
      put(change, 'account'),
      {
        ...expected,
        status: 'verifying',
        roleArn,
        launchId: aLaunch().id,
        stackId: null,
        connectedBy: null,
        connectedAt: null,
        verdict: null,
        trying: { until: now + hour, attempts: 0 },
      },
      name,
    );
    t.ok(
      must(put(change, 'account')?.nextVerificationAt) > now,
      `${name}: due again should this instance die`,
    );
    t.strictSame(kinds(change), ['account', 'client'], `${name}: nobody holds it yet`);
    t.match(change.events, [{ type: 'account.verifying', actor: { type: 'visitor' }, data: { roleArn } }]);
  }
  const live = decideRegistration(registration(), aClient(), {
    account: anAccount(),
    lock: aLock(),
    otherAccounts: [],
  });
  t.strictSame(live, { put: [] }, 'one that is connected by this very role stays as it is');
  const people = decideRegistration(registration({ humanRoleArn }), aClient(), {
    ...{ account: null, lock: null, otherAccounts: [] },
  }) as Change;
  t.match(put(people, 'account'), { roleArn, humanRoleArn }, 'with the role by which people enter');
  t.match(people.events, [{ data: { roleArn, humanRoleArn } }]);
  const byHand = anAccount({ stackId: null, humanRoleArn });
  for (const [name, named, expected] of [
    ['nothing is said of', undefined, { put: [] }],
    ['is named again', humanRoleArn, { put: [] }],
    ['is taken away', null, { put: [{ status: 'connected', humanRoleArn: null }] }],
    ['is replaced', `${humanRoleArn}2`, { put: [{ status: 'connected', humanRoleArn: `${humanRoleArn}2` }] }],
  ] as const)
    t.match(
      decideRegistration(registration({ humanRoleArn: named }), aClient(), {
        ...{ account: byHand, lock: aLock(), otherAccounts: [] },
      }),
      expected,
      `a connected account whose role for people ${name}`,
    );
  const client = aClient({ status: 'disconnected' });
  const around = { account: anAccount({ status: 'disconnected' }), lock: null, otherAccounts: [] };
  const moved = decideRegistration(registration(), client, around);
  t.equal(put(moved as Change, 'client')?.status, 'invited', 'the client’s status follows');
});

t.test('a role that cannot be the client’s is refused before anything is recorded', async (t) => {
  const role = (text: string) => ({ role: must(parseRoleArn(text)) });
  const link = (changes: Parameters<typeof aLaunch>[0]) => ({
    launch: aLaunch({ callback: 'none', ...changes }),
  });
  type Around = Partial<Parameters<typeof decideRegistration>[2]>;
  const rows: [string, Partial<Registration>, Around, FailureCode][] = [
    [
      'the provider’s own account',
      role(`arn:aws:iam::${providerAccountId}:role/Client`),
      {},
      'account-of-provider',
    ],
    ['another partition', role(`arn:aws-cn:iam::${accountId}:role/Client`), {}, 'partition-not-served'],
    ['a link that has expired', link({ expiresAt: now }), {}, 'launch-expired'],
    ['a link that was withdrawn', link({ revokedAt: now }), {}, 'launch-revoked'],
    ['a link that another account has used', link({ accounts: [otherAccountId] }), {}, 'launch-used'],
    ['a link for other accounts', link({ expectedAccountIds: [otherAccountId] }), {}, 'account-not-expected'],
    [
      'connected under another client',
      {},
      { lock: aLock({ clients: [theirId] }) },
      'account-connected-elsewhere',
    ],
    [
      'a stack is being verified',
      {},
      { account: anAccount({ status: 'verifying', connectedBy: null, pending: stackKey(aStack()) }) },
      'another-stack-under-way',
    ],
    [
      'a stack is being verified, while an older connection lives',
      {},
      { account: anAccount({ pending: stackKey(aStack()) }) },
      'another-stack-under-way',
    ],
    [
      'a role for people in another account',
      { humanRoleArn: `arn:aws:iam::${otherAccountId}:role/People` },
      {},
      'human-role-arn-invalid',
    ],
    [
      'the service’s role as the one for people, by another path',
      { humanRoleArn: roleArn.replace('/Client', '/path/client') },
      {},
      'human-role-arn-invalid',
    ],
    ['a role for people that is no role', { humanRoleArn: '' }, {}, 'human-role-arn-invalid'],
    [
      'a role for people that nobody asked for',
      { humanRoleArn, peopleEnter: false },
      {},
      'human-role-unexpected',
    ],
    [
      'another role for people than its stack has made',
      { humanRoleArn },
      { account: anAccount() },
      'human-role-of-stack',
    ],
    ['connected by another role', role(otherRoleArn), { account: anAccount() }, 'account-connected-already'],
    [
      'connected by another role, degraded',
      role(otherRoleArn),
      { account: anAccount({ status: 'degraded' }) },
      'account-connected-already',
    ],
  ];
  for (const [name, changes, around, code] of rows) {
    const found = { account: null, lock: null, otherAccounts: [], ...around };
    const decided = decideRegistration(registration(changes), aClient(), found);
    t.match(decided, { code }, name);
    t.notMatch(JSON.stringify(decided), theirId, `${name}: no other client is named`);
    if (changes.launch === undefined) continue;
    const platform = decideRegistration(registration({ ...changes, launch: null }), aClient(), found);
    t.match(platform, { put: [{}, {}] }, `${name}: the platform needs none`);
  }
});

t.test('what the platform names is not held against a link that the account once came by', async (t) => {
  for (const changes of [{ revokedAt: now }, { accounts: [otherAccountId] }]) {
    const client = aClient({}, changes);
    const account = anAccount({ status: 'rejected', connectedBy: null });
    const around = { account, lock: null, otherAccounts: [] };
    const begun = decideRegistration(registration({ launch: null }), client, around);
    const trial = must(put(begun as Change, 'account'));
    t.match(put(decideCheck(tried({ account: trial, client })), 'account'), { status: 'connected' });
  }
});
