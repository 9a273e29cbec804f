import t from 'tap';
import type { Account } from '../../src/core/account.js';
import type { Launch } from '../../src/core/launch.js';
import type { Standing } from '../../src/core/organization.js';
import type { Organization, Reading } from '../../src/core/verdict.js';
import type { AnswerBody } from '../../src/onboarding/answer-stack.js';
import { type SettlePorts, settleStack } from '../../src/onboarding/settle-stack.js';
import {
  aClient,
  aConnectedStack,
  accountId,
  anAccount,
  aRequest,
  aStack,
  hour,
  otherAccountId as managementAccountId,
  must,
  now,
  provider,
  selfInspection,
} from '../core/things.js';
import { Memory } from './memory.js';

type Answers<Value> = readonly [Value, ...Value[]];

/** What AWS answers, in order; the last answer repeats. */
interface Script {
  readonly enters?: Answers<boolean>;
  readonly organization?: Answers<Reading<Organization | null>>;
  readonly standing?: Answers<Standing>;
  readonly isSafe?: boolean;
}

const itself = { outcome: 'read', value: { managementAccountId: accountId, hasAllFeatures: true } } as const;
const denied = { outcome: 'denied' } as const;
const throttled = { outcome: 'inconclusive', error: 'TooManyRequestsException' } as const;

/** A client whose link is an organization's; its management account has come where `link` says so. */
function memoryOf(link: Partial<Launch>, ...accounts: Account[]): Memory {
  const status = accounts.length > 0 ? 'connected' : 'invited';
  return new Memory(aClient({ rev: null, status }, { organization: true, ...link }), ...accounts);
}

const withManagement = () =>
  memoryOf(
    { accounts: [managementAccountId], expiresAt: now - hour },
    anAccount({ rev: null, accountId: managementAccountId }),
  );

/** Settles a Create of a stack; time passes by sleeping alone. */
async function settled(memory: Memory, script: Script, stack = aStack({ rev: null })) {
  memory.write(stack);
  const sent: AnswerBody[] = [];
  const asked = { organization: 0, standing: [] as object[] };
  const clock = { now };
  const next = <Value>([first, ...rest]: Answers<Value>, place: number): Value =>
    [first, ...rest][place] ?? must(rest.at(-1) ?? first);
  let entered = 0;
  const ports: SettlePorts = {
    ...provider,
    enterRole: async ({ externalId }) => {
      if (externalId !== aClient().externalId && script.isSafe !== false) return denied;
      entered += 1;
      if (!next(script.enters ?? [true], entered - 1)) return denied;
      return {
        outcome: 'entered',
        callerAccount: async () => ({ outcome: 'entered', accountId }),
        stackStatus: async () => null,
        ...selfInspection,
        organization: async () => {
          asked.organization += 1;
          return next(script.organization ?? [denied], asked.organization - 1);
        },
      };
    },
    standing: async ({ client: _, ...question }) => {
      asked.standing.push(question);
      return next(script.standing ?? ['unreadable'], asked.standing.length - 1);
    },
    uuid: () => '00000000-0000-4000-8000-000000000001',
    putAnswer: async (_, body) => {
      sent.push(body);
      return 'accepted';
    },
    responseUrl: (text) => new URL(text),
    around: memory.around,
    commit: memory.commit,
    now: () => clock.now,
    backoff: async () => undefined,
    unlessItHangs: (work) => work,
    sleep: async (milliseconds) => {
      clock.now += milliseconds;
    },
    nextVerification: () => now + 24 * hour,
    random: () => 1,
    giveUpAfter: 20,
  };
  await settleStack(ports, must(memory.all('stack')[0]), null);
  const account = memory.all('account').find((one) => one.accountId === accountId);
  return {
    ...asked,
    answer: must(sent[0]),
    account,
    events: memory.events.map(({ type }) => type),
    took: clock.now - now,
  };
}

t.test('the first account by an organization’s link has to be its management account', async (t) => {
  const rows: [string, Answers<Reading<Organization | null>>, string | null, number][] = [
    ['it is', [itself], null, 1],
    ['its policies are not in force yet', [denied, denied, itself], null, 3],
    ['AWS asks to slow down for a while', [throttled, itself], null, 2],
    [
      'it is a member',
      [{ outcome: 'read', value: { managementAccountId, hasAllFeatures: true } }],
      `not-the-management-account ${managementAccountId}`,
      1,
    ],
    [
      'it has consolidated billing alone',
      [{ outcome: 'read', value: { managementAccountId: accountId, hasAllFeatures: false } }],
      'organization-without-all-features',
      1,
    ],
    ['it is in none', [{ outcome: 'read', value: null }], 'organization-not-readable no organization', 1],
  ];
  for (const [name, organization, code, times] of rows) {
    const memory = memoryOf({});
    const seen = await settled(memory, { organization });
    t.equal(seen.organization, times, name);
    t.strictSame(seen.standing, [], 'there is nobody to ask for a list yet');
    for (const word of code?.split(' ') ?? []) t.match(seen.answer.Reason, word, name);
    t.equal(seen.answer.Status, code === null ? 'SUCCESS' : 'FAILED', name);
    t.equal(seen.account?.status, code === null ? 'connected' : 'rejected', name);
    t.strictSame(memory.all('client')[0]?.launches[0]?.accounts, code === null ? [accountId] : [], name);
  }
});

t.test(
  'an organization that cannot be read until the time is over is never taken for a good one',
  async (t) => {
    for (const answer of [denied, throttled]) {
      const {
        answer: sent,
        account,
        took,
        organization,
      } = await settled(memoryOf({}), { organization: [answer] });
      t.match(sent, { Status: 'FAILED', Reason: /organization-not-readable/ });
      t.match(account, { status: 'rejected', verdict: { failure: { code: 'organization-not-readable' } } });
      t.ok(organization > 5, `asked ${organization} times`);
      t.ok(took > 60_000 && took <= 90_000, `${took} ms, the time that a role gets`);
    }
  },
);

t.test('an unsafe role of a first account is told before anything about organizations', async (t) => {
  const seen = await settled(memoryOf({}), { isSafe: false, organization: [itself] });
  t.match(seen.answer.Reason, /trust-without-external-id/);
  t.equal(seen.organization, 0);
});

t.test('a member is let in because the organization lists it, long after the link expired', async (t) => {
  const memory = withManagement();
  const seen = await settled(memory, { standing: ['unreadable', 'unreadable', 'member'] });
  t.match(seen.answer, { Status: 'SUCCESS' });
  t.match(seen.account, { status: 'connected', organization: { managementAccountId, left: false } });
  t.strictSame(must(seen.standing[0]), { managementAccountId, accountId, since: now });
  t.equal(seen.standing.length, 3, 'asked until it is answered');
  t.equal(seen.organization, 0, 'a member is not asked about itself');
  t.strictSame(memory.all('client')[0]?.launches[0]?.accounts, [managementAccountId]);
});

t.test('whoever is not listed is refused and leaves no trace', async (t) => {
  const rows: [Standing, string][] = [
    ['stranger', 'not-in-organization'],
    ['unreadable', 'organization-not-readable'],
    ['not-connected', 'organization-not-connected'],
  ];
  const scripts: [string, Script][] = [
    ['a good role', {}],
    ['a role that is slow to come', { enters: [false, false, true] }],
    ['a role that never comes', { enters: [false] }],
    ['an unsafe role', { isSafe: false }],
  ];
  for (const [standing, code] of rows)
    for (const [name, script] of scripts) {
      const memory = withManagement();
      const seen = await settled(memory, { ...script, standing: [standing] });
      t.match(seen.answer, { Status: 'FAILED', Reason: new RegExp(code) }, `${name}: ${code}`);
      t.equal(memory.all('account').length, 1, 'the management account alone');
      t.equal(memory.all('aws-account').length, 0);
      t.strictSame(seen.events, []);
      t.match(
        memory.all('stack'),
        [{ due: null, requests: [{ outcome: 'accepted' }] }],
        'and it is answered',
      );
    }
});

t.test('a member that is listed and fails is shown, and told to the platform at the end', async (t) => {
  for (const [script, code] of [
    [{ isSafe: false }, 'trust-without-external-id'],
    [{ enters: [false] }, 'resource-control-policy-suspected'],
  ] as const) {
    const seen = await settled(withManagement(), { ...script, standing: ['member'] });
    t.match(seen.answer, { Status: 'FAILED', Reason: new RegExp(code) });
    t.match(seen.account, { status: 'rejected', verdict: { failure: { code } } });
    t.strictSame(seen.events, ['stack.started', 'account.verifying', 'account.rejected']);
  }
});

t.test('an Update asks nothing of the organization, and changes nothing about it', async (t) => {
  const memory = withManagement();
  const accepted = aConnectedStack({ rev: null });
  memory.write(anAccount({ rev: null, organization: { managementAccountId, left: true } }));
  const update = aRequest({ id: 'request-2', type: 'Update', physicalResourceId: 'kept' });
  const seen = await settled(memory, {}, { ...accepted, requests: [...accepted.requests, update], due: now });
  t.match(seen.answer, { Status: 'SUCCESS' });
  t.strictSame([seen.organization, seen.standing.length], [0, 0]);
  t.match(seen.account, { organization: { managementAccountId, left: true } });
});
