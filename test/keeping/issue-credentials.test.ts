import t from 'tap';
import type { Actor } from '../../src/core/event.js';
import { externalId } from '../../src/core/external-id.js';
import type { Verdict } from '../../src/core/verdict.js';
import {
  type IssueSession,
  makeIssueCredentials,
  type SessionWish,
} from '../../src/keeping/issue-credentials.js';
import { Kept } from '../../src/keeping/kept.js';
import { makeSharedReading } from '../../src/keeping/shared-reading.js';
import { makeQueries } from '../../src/store/queries.js';
import {
  aClient,
  accountId,
  anAccount,
  hour,
  must,
  now,
  otherAccountId,
  otherRoleArn,
  ourId,
  roleArn,
  theirId,
} from '../core/things.js';
import { Memory } from '../onboarding/memory.js';
import { databaseAt, freshDatabase, startProxy } from '../store/database.js';

const minute = 60_000;
const where = { clientId: ourId, accountId };
const usual: SessionWish = { durationSeconds: 900, sessionName: 'nightly', policy: null };
const crm: Actor = { type: 'api-key', name: 'crm' };

type Asked = Parameters<IssueSession>[0];
type Answer = Awaited<ReturnType<IssueSession>>;

/** Issues credentials from a memory; `answer` is AWS's, null where it lets us in. */
function issuing(
  memory: Memory,
  answer: (asked: Asked) => Answer | null | Promise<Answer | null> = () => null,
) {
  const asked: Asked[] = [];
  const clock = { now };
  const reads = { made: 0 };
  const issueSession: IssueSession = async (wish) => {
    asked.push(wish);
    const place = asked.length;
    const other = await answer(wish);
    if (other !== null) return other;
    const expiration = clock.now + wish.durationSeconds * 1_000;
    const secrets = { secretAccessKey: `secret-${place}`, sessionToken: `token-${place}` };
    return { outcome: 'issued', session: { accessKeyId: `ASIA${place}`, ...secrets, expiration } };
  };
  const issue = makeIssueCredentials({
    clientWithAccount: async (clientId, number) => {
      reads.made += 1;
      return memory.around.everything({ clientId, accountId: number });
    },
    issueSession,
    commit: memory.commit,
    now: () => clock.now,
  });
  const ask = (wish: Partial<SessionWish> = {}, actor: Actor = crm, place: typeof where = where) =>
    issue(place, { ...usual, ...wish }, actor);
  return { ask, asked, clock, reads };
}

const connected = () => new Memory(aClient({ rev: null, status: 'connected' }), anAccount({ rev: null }));
const account = (memory: Memory) => must(memory.all('account')[0]);
const client = (memory: Memory) => must(memory.all('client')[0]);

t.test('a connected account is entered with the stored ID, in the names of who asks', async (t) => {
  const memory = connected();
  const { ask, asked } = issuing(memory);
  t.strictSame(await ask({ durationSeconds: 3_600 }), {
    accessKeyId: 'ASIA1',
    secretAccessKey: 'secret-1',
    sessionToken: 'token-1',
    expiration: now + hour,
    roleArn,
    accountId,
  });
  t.strictSame(asked, [
    {
      durationSeconds: 3_600,
      sessionName: 'nightly',
      policy: null,
      roleArn,
      externalId: aClient().externalId,
      sourceIdentity: 'crm',
    },
  ]);
  t.strictSame(memory.events, [
    {
      type: 'credentials.issued',
      at: now,
      ...where,
      actor: crm,
      data: {
        roleArn,
        sessionName: 'nightly',
        durationSeconds: 3_600,
        sourceIdentity: 'crm',
        narrowed: false,
      },
    },
  ]);
});

t.test('nobody gets credentials of an account that is not connected, or that is not there', async (t) => {
  for (const status of ['verifying', 'rejected', 'degraded', 'disconnected'] as const) {
    const memory = new Memory(aClient({ rev: null }), anAccount({ rev: null, status }));
    const { ask, asked } = issuing(memory);
    await t.rejects(ask(), { code: 'account-not-connected', message: new RegExp(status) });
    t.strictSame([asked, memory.events], [[], []], status);
  }
  for (const code of [
    'trust-without-external-id',
    'trust-accepts-any-external-id',
    'human-role-open',
  ] as const) {
    const { verdict } = anAccount({});
    if (verdict === null) throw new Error('a connected account has a verdict');
    const bad = { ...verdict, failure: { code, message: '', remedy: '' } } satisfies Verdict;
    const { ask, asked } = issuing(
      new Memory(aClient({ rev: null }), anAccount({ rev: null, verdict: bad })),
    );
    await t.rejects(ask(), { code: 'account-not-connected', message: /being verified again/ }, code);
    t.strictSame(asked, []);
  }
  const removed = new Memory(aClient({ rev: null, removedAt: now }), anAccount({ rev: null }));
  const empty = new Memory(aClient({ rev: null }));
  for (const memory of [removed, empty, new Memory()]) {
    const { ask, asked } = issuing(memory);
    await t.rejects(ask(), { code: 'not-found' });
    t.strictSame(asked, []);
  }
});

t.test('1,000 equal requests at once enter the role once and tell it once', async (t) => {
  const memory = connected();
  const { ask, asked, reads } = issuing(memory, () => new Promise((go) => setTimeout(go, 20, null)));
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => ask()));
  t.equal(new Set(answers.map(({ sessionToken }) => sessionToken)).size, 1);
  t.equal(asked.length, 1, `${asked.length} AssumeRole for 1,000 requests`);
  t.equal(memory.events.length, 1);
  t.equal(reads.made, 2, 'read together, before and after');
  t.match(await ask(), { sessionToken: 'token-1' });
  t.equal(memory.events.length, 1, 'a repeated answer is not told again');
});

t.test('a session is handed out again until five minutes before its end', async (t) => {
  const { ask, asked, clock } = issuing(connected());
  await ask();
  clock.now = now + 10 * minute - 1;
  await ask();
  t.equal(asked.length, 1);
  clock.now += 1;
  t.match(await ask(), { sessionToken: 'token-2', expiration: clock.now + 15 * minute });
  t.equal(asked.length, 2);
});

t.test('a clock that differs from AWS’s does not make a session last', async (t) => {
  for (const [skew, again] of [
    [30 * minute, 'our clock is behind'],
    [-30 * minute, 'our clock is ahead'],
  ] as const) {
    const session = { accessKeyId: 'A', secretAccessKey: 's', sessionToken: 't' };
    const { ask, asked, clock } = issuing(connected(), ({ durationSeconds }) => ({
      outcome: 'issued',
      session: { ...session, expiration: clock.now + skew + durationSeconds * 1_000 },
    }));
    await ask();
    clock.now += 10 * minute;
    t.match(await ask(), { sessionToken: 't' });
    t.equal(asked.length, 2, again);
  }
});

t.test('whatever AWS or the client’s CloudTrail can tell apart is a session of its own', async (t) => {
  const memory = connected();
  memory.write(aClient({ id: theirId }));
  memory.write(anAccount({ clientId: theirId }));
  memory.write(anAccount({ accountId: otherAccountId }));
  const { ask, asked } = issuing(memory);
  await ask();
  const policy = '{"Statement":[]}';
  const change = (changes: Parameters<typeof anAccount>[0]) => () => {
    memory.write({ ...anAccount(), ...changes });
    return ask();
  };
  const rows: [string, () => Promise<unknown>][] = [
    ['the duration', () => ask({ durationSeconds: 1_800 })],
    ['the session name', () => ask({ sessionName: 'daily' })],
    ['the policy', () => ask({ policy })],
    ['the API key', () => ask({}, { type: 'api-key', name: 'billing' })],
    ['the client', () => ask({}, crm, { ...where, clientId: theirId })],
    ['the account', () => ask({}, crm, { ...where, accountId: otherAccountId })],
    ['the role', change({ roleArn: otherRoleArn })],
    ['the connection, by time', change({ connectedAt: now })],
    ['the connection, by stack', change({ connectedBy: 'another' })],
    [
      'the external ID',
      () => {
        memory.write({ ...anAccount() });
        memory.write({ ...client(memory), externalId: externalId('the-next') });
        return ask();
      },
    ],
  ];
  for (const [place, [what, changed]] of rows.entries()) {
    await changed();
    await changed();
    t.equal(asked.length, place + 2, what);
  }
  t.match(asked.at(-1), { externalId: 'the-next' });
});

t.test('what is kept in memory gives nothing away once the account or its client is gone', async (t) => {
  const rows: [string, string, (memory: Memory) => unknown][] = [
    ['degraded', 'account-not-connected', (m) => m.write({ ...account(m), status: 'degraded' })],
    ['disconnected', 'account-not-connected', (m) => m.write({ ...account(m), status: 'disconnected' })],
    ['forgotten', 'not-found', (m) => m.remove(account(m))],
    ['the client is removed', 'not-found', (m) => m.write({ ...client(m), removedAt: now })],
  ];
  for (const [what, code, meanwhile] of rows) {
    const memory = connected();
    const { ask, asked } = issuing(memory);
    await ask();
    meanwhile(memory);
    await t.rejects(ask(), { code }, `${what}, though it is kept`);
    t.equal(asked.length, 1);

    const slow = connected();
    const late = issuing(slow, () => {
      meanwhile(slow);
      return null;
    });
    const waiting = [late.ask(), late.ask()];
    for (const one of waiting) await t.rejects(one, { code }, `${what} while AWS was asked`);
  }
});

t.test('a role that was replaced while AWS was asked is asked for anew', async (t) => {
  const memory = connected();
  const { ask, asked } = issuing(memory, (wish) => {
    if (wish.roleArn === roleArn) memory.write({ ...account(memory), roleArn: otherRoleArn });
    return null;
  });
  t.match(await ask(), { roleArn: otherRoleArn, sessionToken: 'token-2' });
  t.equal(asked.length, 2);

  let moves = 0;
  const restless = issuing(memory, () => {
    moves += 1;
    memory.write({ ...account(memory), roleArn: `${otherRoleArn}${moves}` });
    return null;
  });
  await t.rejects(restless.ask(), { code: 'unavailable' });
});

t.test('each answer, kept or not, comes after a reading of client and account', async (t) => {
  const { ask, reads } = issuing(connected());
  await ask();
  const before = reads.made;
  await ask();
  t.equal(reads.made, before + 1);
});

t.test(
  'where no source identity may be set it goes without, and that is remembered of the role',
  async (t) => {
    const memory = connected();
    const { ask, asked, clock } = issuing(memory, ({ sourceIdentity }) =>
      sourceIdentity === null ? null : { outcome: 'denied' },
    );
    const identities = () => asked.splice(0).map(({ sourceIdentity }) => sourceIdentity);
    await ask();
    t.strictSame(identities(), ['crm', null]);
    t.match(memory.events, [{ data: { sourceIdentity: null } }]);
    await ask({ sessionName: 'daily' });
    t.strictSame(identities(), [null]);
    clock.now += hour;
    await ask();
    t.strictSame(identities(), ['crm', null], 'for an hour: its trust policy may be updated');
  },
);

t.test('a key whose name cannot be one gives no source identity', async (t) => {
  for (const name of ['x', 'our crm', 'crm/2', 'ü-crm', 'x'.repeat(65), '']) {
    const { ask, asked } = issuing(connected());
    await ask({}, { type: 'api-key', name });
    t.match(asked, [{ sourceIdentity: null }], name);
  }
});

t.test('a denial makes the account due for verification at once', async (t) => {
  const memory = connected();
  const { ask, asked } = issuing(memory, () => ({ outcome: 'denied' }));
  await t.rejects(ask(), { code: 'account-not-enterable', message: /verified again/ });
  t.strictSame(
    asked.map(({ sourceIdentity }) => sourceIdentity),
    ['crm', null],
  );
  t.match(account(memory), { status: 'connected', nextVerificationAt: now });
  t.strictSame(memory.events, []);
  await t.rejects(ask(), { code: 'account-not-enterable' });
  t.equal(memory.commits, 1, 'what is due already is not written again');
});

t.test('an account that is known to fail is not verified as often as it is asked for', async (t) => {
  const failing = { since: now - minute, times: 1 };
  const next = now + 5 * minute;
  for (const [ago, due] of [
    [minute - 1, next],
    [minute, now],
  ] as const) {
    const times = { failing, lastVerifiedAt: now - ago, nextVerificationAt: next };
    const memory = new Memory(aClient({ rev: null }), anAccount({ rev: null, ...times }));
    await t.rejects(issuing(memory, () => ({ outcome: 'denied' })).ask(), { code: 'account-not-enterable' });
    t.equal(account(memory).nextVerificationAt, due);
  }
});

t.test('a denial whose account moves meanwhile is noted on what it is then', async (t) => {
  const memory = connected();
  let moves = 1;
  memory.before = () => {
    if (moves > 0) memory.write({ ...account(memory), templateVersion: 'moved' });
    moves -= 1;
  };
  const { ask } = issuing(memory, () => ({ outcome: 'denied' }));
  await t.rejects(ask(), { code: 'account-not-enterable' });
  t.match(account(memory), { templateVersion: 'moved', nextVerificationAt: now });

  const gone = connected();
  gone.before = () => gone.write({ ...account(gone), status: 'disconnected', nextVerificationAt: null });
  await t.rejects(issuing(gone, () => ({ outcome: 'denied' })).ask(), { code: 'account-not-enterable' });
  t.match(account(gone), { status: 'disconnected', nextVerificationAt: null });
});

t.test('what AWS says otherwise is told, keeps nothing and blames nobody', async (t) => {
  const rows: [Answer, string, RegExp][] = [
    [{ outcome: 'policy-refused', message: 'Syntax errors.' }, 'session-policy-refused', /Syntax errors/],
    [{ outcome: 'throttled', error: 'Throttling' }, 'aws-throttled', /Throttling/],
    [{ outcome: 'unavailable', error: 'TimeoutError' }, 'aws-unavailable', /TimeoutError/],
    [{ outcome: 'refused', error: 'RegionDisabledException' }, 'aws-refused', /RegionDisabled/],
  ];
  for (const [answer, code, message] of rows) {
    const memory = connected();
    let failures = 1;
    const { ask, asked } = issuing(memory, () => {
      failures -= 1;
      return failures >= 0 ? answer : null;
    });
    await t.rejects(ask(), { code, message });
    t.equal(asked.length, 1, 'no second attempt');
    t.equal(memory.commits, 0, 'the account stays as it is');
    t.match(await ask(), { sessionToken: 'token-2' }, 'and the next request is a new one');
  }
});

t.test('credentials that cannot be told of do not leave', async (t) => {
  const memory = connected();
  let outages = 1;
  memory.before = () => {
    outages -= 1;
    if (outages >= 0) throw new Error('the table is away');
  };
  const { ask } = issuing(memory);
  await t.rejects(ask(), /the table is away/);
  t.match(await ask(), { sessionToken: 'token-2' });
  t.equal(memory.events.length, 1);
});

t.test('a session policy that AWS could not read is refused before AWS is asked', async (t) => {
  for (const policy of [
    'none',
    '',
    '[]',
    'null',
    '7',
    '{}',
    '{"Statement":null}',
    '{"Statement":"x"}',
    '{"Statement":[],"Id":"✓"}',
    `{"Statement":[],"Id":"${'x'.repeat(2_048)}"}`,
  ]) {
    const { ask, asked } = issuing(connected());
    await t.rejects(ask({ policy }), {
      code: 'request-invalid',
      message: /^policy has to /,
      errors: [{ field: 'policy', message: /./ }],
    });
    t.strictSame(asked, [], policy);
  }
  const { ask, asked } = issuing(connected());
  for (const policy of ['{"Statement":{}}', `{"Statement":[]}${' '.repeat(2_032)}`]) await ask({ policy });
  t.equal(asked.length, 2);
});

t.test('a memory holds so many values, and makes room by the oldest', async (t) => {
  const clock = { now: 0 };
  const kept = new Kept<number>(() => clock.now, 1_000);
  for (let place = 0; place < 1_001; place += 1) kept.keep(`${place}`, place, 10);
  t.strictSame([kept.get('0'), kept.get('1'), kept.get('1000')], [null, 1, 1_000]);
  kept.keep('1', -1, 20);
  kept.keep('new', 0, 20);
  t.strictSame([kept.get('1'), kept.get('2')], [-1, null], 'what was kept anew is not the oldest');
  clock.now = 10;
  t.strictSame([kept.get('1'), kept.get('3')], [-1, null]);
  kept.keep('over', 0, 10);
  t.equal(kept.get('over'), null);
});

t.test('who reads together is never told what was read before they asked', async (t) => {
  const share = makeSharedReading<number>();
  const begun: (() => void)[] = [];
  let stored = 1;
  const read = () => {
    const seen = stored;
    return new Promise<number>((go) => begun.push(() => go(seen)));
  };
  const turn = () => new Promise((go) => setImmediate(go));
  const first = [share('a', read), share('a', read)];
  await turn();
  stored = 2;
  const second = [share('a', read), share('a', read)];
  const other = share('b', read);
  await turn();
  t.equal(begun.length, 2, 'the second waits for the first, and for nobody else’s');
  for (const end of begun) end();
  t.strictSame(await Promise.all([...first, other]), [1, 1, 2]);
  await turn();
  begun.at(-1)?.();
  t.strictSame([await Promise.all(second), begun.length], [[2, 2], 3]);

  const failing = [share('a', () => Promise.reject(new Error('away'))), share('a', read)];
  for (const one of failing) await t.rejects(one, /away/);
  const after = share('a', read);
  await turn();
  begun.at(-1)?.();
  t.equal(await after, 2, 'a failure is not kept');
});

t.test('what is read before an answer is read strongly consistent', async (t) => {
  const asked: string[] = [];
  const url = await startProxy(t, (operation, body) => {
    if (operation === 'BatchGetItem') asked.push(body);
    return 'pass';
  });
  const { tableName } = await freshDatabase(t);
  const database = databaseAt(url, tableName);
  t.after(() => database.client.destroy());
  const issue = makeIssueCredentials({
    ...makeQueries(database),
    issueSession: async () => ({ outcome: 'denied' }),
    commit: async () => ({ ok: true, written: [] }),
    now: () => now,
  });
  await t.rejects(issue(where, usual, crm), { code: 'not-found' });
  t.equal(asked.length, 1);
  for (const body of asked) {
    const tables = Object.values(JSON.parse(body).RequestItems);
    t.match(tables, [{ ConsistentRead: true, Keys: { length: 2 } }]);
  }
});
