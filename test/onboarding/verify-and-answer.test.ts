import fc from 'fast-check';
import t from 'tap';
import type { Account } from '../../src/core/account.js';
import { parseArn } from '../../src/core/arn.js';
import { settled } from '../../src/core/decide-unanswered.js';
import { type ExternalId, externalId as toExternalId } from '../../src/core/external-id.js';
import { type Stack, type StackRequest, stackKey } from '../../src/core/stack.js';
import { callbackToken } from '../../src/core/token.js';
import type { Probe, Reading, Verdict } from '../../src/core/verdict.js';
import { type AnswerBody, answerStack } from '../../src/onboarding/answer-stack.js';
import { receiveSnsMessage, type SnsMessage } from '../../src/onboarding/receive-sns-message.js';
import { type SettlePorts, Stopping, settleStack } from '../../src/onboarding/settle-stack.js';
import type { Surroundings } from '../../src/onboarding/surroundings.js';
import {
  type EnterRole,
  type Session,
  type Subject,
  type VerifyPorts,
  verifyAccount,
} from '../../src/onboarding/verify-account.js';
import {
  aClient,
  aConnectedStack,
  accountId,
  aLock,
  anAccount,
  aRequest,
  aSettledRequest,
  aStack,
  good,
  hour,
  humanRoleArn,
  must,
  now,
  otherAccountId,
  otherRoleArn,
  ourId,
  ourToken,
  provider,
  providerAccountId,
  roleArn,
  selfInspection,
  stackIdText,
  templateVersion,
  topicArnText,
  trustPolicy,
} from '../core/things.js';
import { Memory } from './memory.js';

type Outcome = 'entered' | 'denied' | 'inconclusive';
const { externalId } = aClient();
const subject = { accountId, roleArn, externalIds: [externalId] as const, profile: 'security-audit' };

/** Plays AWS: what each question is answered, in the order in which it is asked; the last answer repeats. */
interface Script {
  readonly own?: readonly Outcome[];
  readonly without?: readonly Outcome[];
  readonly wrong?: readonly Outcome[];
  readonly caller?: readonly Probe[];
  readonly stackStatus?: string;
}
function aws(script: Script) {
  const asked: { kind: 'own' | 'without' | 'wrong' | 'caller'; id: string | null }[] = [];
  const askedStacks: string[] = [];
  const left = {
    own: [...(script.own ?? ['entered' as const])],
    without: [...(script.without ?? ['denied' as const])],
    wrong: [...(script.wrong ?? ['denied' as const])],
  };
  const callers: Probe[] = [...(script.caller ?? [{ outcome: 'entered' as const, accountId }])];
  const next = <Value>(list: Value[]): Value => must(list.length > 1 ? list.shift() : list[0]);
  const enterRole: EnterRole = async (attempt) => {
    const id = attempt.externalId;
    const kind = id === externalId ? 'own' : id === null ? 'without' : 'wrong';
    asked.push({ kind, id });
    if (attempt.roleArn !== roleArn) throw new Error('another role is entered');
    const outcome = next(left[kind]);
    if (outcome === 'inconclusive') return { outcome, error: 'TimeoutError' };
    if (outcome === 'denied') return { outcome };
    return {
      outcome,
      callerAccount: async () => {
        asked.push({ kind: 'caller', id });
        return next(callers);
      },
      ...selfInspection,
      stackStatus: async (stackId) => {
        askedStacks.push(stackId);
        return script.stackStatus ?? null;
      },
    };
  };
  let drawn = 0;
  const uuid = () => {
    drawn += 1;
    return `00000000-0000-4000-8000-${String(drawn).padStart(12, '0')}`;
  };
  return { ...provider, asked, askedStacks, enterRole, uuid, kinds: () => asked.map(({ kind }) => kind) };
}

t.test('verification', async (t) => {
  const never = async () => false;
  const times = (count: number) => {
    let left = count;
    return async () => {
      left -= 1;
      return left >= 0;
    };
  };

  t.test('enters first, and only then asks whether others could', async (t) => {
    const { asked, kinds, ...ports } = aws({ own: ['denied', 'denied', 'entered'] });
    const verdict = await verifyAccount(ports, subject, times(9));
    t.equal(verdict.failure, null);
    t.equal(verdict.attempts, 3);
    t.strictSame(kinds().slice(0, 4), ['own', 'own', 'own', 'caller']);
    t.strictSame(new Set(kinds().slice(4)), new Set(['without', 'wrong']));
    t.equal(kinds().length, 6);
    t.equal(asked.filter(({ kind, id }) => kind === 'caller' && id !== externalId).length, 0);
  });

  t.test('asks nothing else while the role cannot be entered', async (t) => {
    for (const own of ['denied', 'inconclusive'] as const) {
      const { kinds, ...ports } = aws({ own: [own] });
      const verdict = await verifyAccount(ports, subject, times(3));
      t.strictSame(kinds(), ['own', 'own', 'own', 'own'], own);
      t.equal(verdict.requiresExternalId, null);
      t.equal(verdict.failure?.code, own === 'denied' ? 'role-not-assumable' : 'verification-inconclusive');
    }
  });

  t.test('tries a wrong ID that is fresh each time, and never the stored one', async (t) => {
    const { asked, kinds: _, ...ports } = aws({ wrong: ['inconclusive'] });
    await verifyAccount(ports, subject, times(5));
    const wrong = asked.filter(({ kind }) => kind === 'wrong').map(({ id }) => id);
    t.equal(wrong.length, 6);
    t.equal(new Set(wrong).size, 6);
    t.ok(
      wrong.every((id) => id !== null && id !== externalId && /^[0-9a-f-]{36}$/.test(id)),
      'of the same shape',
    );
  });

  t.test('never takes what is no denial for one', async (t) => {
    for (const probes of [
      { without: ['inconclusive' as const] },
      { wrong: ['inconclusive' as const] },
      { without: ['inconclusive' as const], wrong: ['inconclusive' as const] },
      { caller: [{ outcome: 'inconclusive' as const, error: 'TimeoutError' }] },
    ]) {
      const { asked: _, kinds: __, ...ports } = aws(probes);
      const verdict = await verifyAccount(ports, subject, never);
      t.equal(verdict.failure?.code, 'verification-inconclusive', JSON.stringify(probes));
    }
    const { asked: _, kinds: __, ...ports } = aws({ without: ['inconclusive', 'denied'] });
    t.equal(
      (await verifyAccount(ports, subject, times(1))).failure,
      null,
      'but asks again while there is time',
    );
  });

  t.test('does not try again what no attempt would change', async (t) => {
    for (const [probes, code] of [
      [{ without: ['entered' as const] }, 'trust-without-external-id'],
      [{ wrong: ['entered' as const] }, 'trust-accepts-any-external-id'],
      [{ caller: [{ outcome: 'entered' as const, accountId: otherAccountId }] }, 'account-mismatch'],
    ] as const) {
      const { asked, kinds: _, ...ports } = aws({ ...probes });
      const verdict = await verifyAccount(ports, subject, times(9));
      t.equal(verdict.failure?.code, code);
      t.equal(asked.filter(({ kind }) => kind === 'own').length, 1);
    }
  });

  t.test('looks twice more at a role that would be refused for what it lacks', async (t) => {
    const permissions = (missing: string[]) =>
      ({ outcome: 'read', value: { granted: [], missing, denied: [], unchecked: [] } }) as const;
    for (const [lacks, attempts, code] of [
      [1, 2, undefined],
      [9, 3, 'permissions-missing'],
    ] as const) {
      let left: number = lacks;
      const { enterRole, ...ports } = aws({});
      const regions: (string | null)[] = [];
      const enter: EnterRole = async (attempt) => {
        const session = await enterRole(attempt);
        if (session.outcome !== 'entered') return session;
        return {
          ...session,
          permissions: async (_, __, region) => {
            regions.push(region);
            left -= 1;
            return permissions(left >= 0 ? ['a:B'] : []);
          },
        };
      };
      const proofOf = () => ({ actions: ['a:B'], refuse: true });
      const asked = { ...subject, region: 'eu-west-1' };
      const verdict = await verifyAccount({ ...ports, enterRole: enter, proofOf }, asked, times(9));
      t.match(verdict, { attempts });
      t.equal(verdict.failure?.code, code);
      t.strictSame(new Set(regions), new Set(['eu-west-1']), 'where the stack is');
    }
  });

  t.test('a session that does not work yet says nothing about the role', async (t) => {
    const {
      kinds,
      asked: _,
      ...ports
    } = aws({ caller: [{ outcome: 'denied' }, { outcome: 'entered', accountId }] });
    t.equal((await verifyAccount(ports, subject, times(1))).failure, null);
    t.strictSame(kinds().slice(0, 4), ['own', 'caller', 'own', 'caller']);
  });

  t.test('asks each question, and what is found out by it counts', async (t) => {
    const [newer, retired] = ['newer', 'retired'].map(toExternalId) as [ExternalId, ExternalId];
    const denied = async () => ({ outcome: 'denied' as const });
    /** A role that lets in by these IDs alone, and what its session says. */
    const role = (ids: readonly string[], says: Partial<Session> = {}) => {
      const ports = aws({ stackStatus: 'UPDATE_COMPLETE' });
      const enterRole: EnterRole = async (attempt) => {
        if (attempt.externalId === null || !ids.includes(attempt.externalId)) return denied();
        const session = await ports.enterRole({ ...attempt, externalId });
        return session.outcome === 'entered' ? { ...session, ...says } : session;
      };
      return { ...ports, enterRole };
    };
    const verdictOn = (ports: VerifyPorts, changes: Partial<Subject> = {}) =>
      verifyAccount(ports, { ...subject, ...changes }, never);

    t.match(await verdictOn(role([externalId])), { failure: null, enteredBy: externalId, findings: [] });
    const others = async () => ({ outcome: 'read' as const, value: trustPolicy('another') });
    t.match(
      await verdictOn(role([externalId], { trustPolicy: others })),
      { failure: { code: 'trust-policy-unsafe', message: /\(external-id-others\)/ } },
      'the trust policy is read back',
    );
    for (const says of [{}, { trustPolicy: denied }])
      t.match(
        await verdictOn(role([externalId, retired], says), { retired }),
        { failure: { code: 'trust-policy-unsafe', message: /\(retired-external-id\)/ } },
        'the external ID that was replaced is tried',
      );
    t.match(await verdictOn(role([externalId]), { retired }), { failure: null });
    const permissions: Session['permissions'] = async (_, missing) => ({
      outcome: 'read',
      value: { granted: [], missing, denied: [], unchecked: [] },
    });
    const proofOf = (profile: string) => ({ actions: [`${profile}:Read`], refuse: true });
    t.match(
      await verdictOn({ ...role([externalId], { permissions }), proofOf }),
      { failure: { code: 'permissions-missing', message: /security-audit:Read/ } },
      'the profile’s permissions are asked for',
    );
    t.match(
      await verdictOn({ ...role([externalId]), controls: async () => 'The control role is shut.' }),
      { failure: { code: 'service-at-fault', message: /The control role is shut/ } },
      'our own roles are looked at',
    );
    for (const [ids, enteredBy] of [
      [[newer], newer],
      [[externalId], externalId],
    ] as const)
      t.match(
        await verdictOn(role(ids, { trustPolicy: denied }), { externalIds: [newer, externalId] }),
        { failure: null, enteredBy },
        'where one external ID replaces another, both are tried',
      );
    t.match(
      await verdictOn(role([externalId]), { stackId: stackIdText() }),
      { stackStatus: 'UPDATE_COMPLETE' },
      'the stack is asked for its status',
    );
  });

  t.test(
    'looks at the role for people once its own is right, with the ID that let it in and without',
    async (t) => {
      const next = toExternalId('next-id-of-the-client');
      const people = { arns: ['arn:aws:iam::444455556666:user/*'], mfaMaxAgeSeconds: 3_600 };
      const seen = async (trust: Reading<string>, mayEnter = false, own: Outcome = 'entered') => {
        const tried: (string | null)[] = [];
        const enterRole: EnterRole = async (attempt) => {
          if (attempt.roleArn === humanRoleArn) tried.push(attempt.externalId);
          const isOwn = attempt.roleArn === roleArn && attempt.externalId === next && own === 'entered';
          if (!isOwn && !(mayEnter && attempt.roleArn === humanRoleArn && attempt.externalId === next))
            return { outcome: 'denied' };
          return {
            outcome: 'entered',
            callerAccount: async () => ({ outcome: 'entered', accountId }),
            ...selfInspection,
            trustPolicy: async (arn) =>
              arn === roleArn ? { outcome: 'read', value: trustPolicy(next) } : trust,
            stackStatus: async () => null,
          };
        };
        const ports = { ...provider, enterRole, uuid: () => 'a-uuid', peopleOf: () => people };
        const both = { ...subject, humanRoleArn, externalIds: [externalId, next] as const };
        const verdict = await verifyAccount(ports, both, times(5));
        return { verdict, tried };
      };
      const unread = await seen({ outcome: 'denied' });
      t.match(unread.verdict, {
        failure: null,
        humanRole: { rejectsService: true, findings: null },
        attempts: 3,
      });
      t.strictSame(
        unread.tried.slice(0, 2).sort(),
        [next, null],
        'two attempts in each round, by the newer ID',
      );
      t.equal(unread.tried.length, 6);
      const gone = await seen({ outcome: 'inconclusive', error: 'NoSuchEntityException' });
      t.match(
        gone.verdict,
        { failure: null, humanRole: { findings: null }, attempts: 3 },
        'a name that nobody has',
      );
      const silent = await seen({ outcome: 'inconclusive', error: 'TimeoutError' });
      t.match(silent.verdict, { failure: { code: 'verification-inconclusive' }, attempts: 6 });
      const others = await seen({ outcome: 'read', value: trustPolicy(next) });
      t.match(others.verdict, { failure: { code: 'human-role-unsafe' }, attempts: 1 });
      const open = await seen({ outcome: 'denied' }, true);
      t.match(open.verdict, { failure: { code: 'human-role-open' }, humanRole: { rejectsService: false } });
      const shut = await seen({ outcome: 'denied' }, false, 'denied');
      t.strictSame(shut.tried, [], 'nothing is asked of it before');
      t.equal(shut.verdict.humanRole, null);
    },
  );

  t.test('stops as soon as it is told to', async (t) => {
    const { kinds, asked: _, ...ports } = aws({ own: ['denied'] });
    const waits: [Verdict['attempts'], number][] = [];
    const verdict = await verifyAccount(ports, subject, async (soFar, wait) => {
      waits.push([soFar.attempts, wait]);
      return soFar.attempts < 8;
    });
    t.equal(verdict.attempts, 8);
    t.equal(kinds().length, 8);
    t.strictSame(
      waits.map(([attempts]) => attempts),
      [1, 2, 3, 4, 5, 6, 7, 8],
      'it tells how far it is',
    );
    t.ok(
      waits.every(([, wait], place) => wait > 0 && wait >= (waits[place - 1]?.[1] ?? 0)),
      'and waits longer',
    );
  });

  t.test('passes one script alone: entered, denied, denied', async () => {
    const outcome = fc.constantFrom<Outcome>('entered', 'denied', 'inconclusive');
    const caller = fc.constantFrom<Probe>(
      { outcome: 'entered', accountId },
      { outcome: 'entered', accountId: otherAccountId },
      { outcome: 'denied' },
      { outcome: 'inconclusive', error: 'x' },
    );
    await fc.assert(
      fc.asyncProperty(outcome, outcome, outcome, caller, async (own, without, wrong, who) => {
        const {
          asked: _,
          kinds: __,
          ...ports
        } = aws({ own: [own], without: [without], wrong: [wrong], caller: [who] });
        const { failure } = await verifyAccount(ports, subject, never);
        const safe = own === 'entered' && without === 'denied' && wrong === 'denied';
        const right = who.outcome === 'entered' && who.accountId === accountId;
        return (failure === null) === (safe && right);
      }),
      { numRuns: 300 },
    );
  });
});

t.test('answering a stack', async (t) => {
  const request = aRequest({
    answer: { status: 'SUCCESS', reason: null },
    responseUrl: 'https://x.example/',
  });
  const stack = aStack({ requests: [request] });
  const url = (text: string) => new URL(text);
  const put = (outcomes: ('accepted' | 'refused' | 'again')[]) => {
    const sent: AnswerBody[] = [];
    const putAnswer = async (_: URL, body: AnswerBody) => {
      sent.push(body);
      return must(outcomes.length > 1 ? outcomes.shift() : outcomes[0]);
    };
    return { sent, putAnswer };
  };

  t.test('repeats until the answer is taken or refused', async (t) => {
    for (const last of ['accepted', 'refused'] as const) {
      const { sent, putAnswer } = put(['again', 'again', last]);
      const waits: number[] = [];
      const outcome = await answerStack(
        { putAnswer, random: () => 1, now: () => now, responseUrl: url },
        stack,
        request,
        async (wait) => {
          waits.push(wait);
          return true;
        },
      );
      t.equal(outcome, last);
      t.equal(sent.length, 3);
      t.strictSame(sent[0], sent[2], 'with the same answer');
      t.ok(must(waits[1]) > must(waits[0]), 'waiting longer each time');
    }
  });

  t.test('past its deadline sends no SUCCESS that would be none, and whatever else it has', async (t) => {
    const rows: [StackRequest['type'], 'SUCCESS' | 'FAILED', number][] = [
      ['Create', 'SUCCESS', 0],
      ['Update', 'SUCCESS', 0],
      ['Delete', 'SUCCESS', 1],
      ['Create', 'FAILED', 1],
      ['Update', 'FAILED', 1],
    ];
    for (const [type, status, times] of rows) {
      const one = aRequest({ type, answer: { status, reason: 'because' } });
      const { sent, putAnswer } = put(['again']);
      const late = { putAnswer, random: () => 1, now: () => one.deadline, responseUrl: url };
      t.equal(await answerStack(late, stack, one, async () => true), 'too-late', `${type} ${status}`);
      t.equal(sent.length, times, `${type} ${status} is sent ${times} times`);
    }
  });

  t.test('stops repeating a SUCCESS the moment the deadline has passed', async (t) => {
    const { sent, putAnswer } = put(['again']);
    let time = now;
    const ports = { putAnswer, random: () => 1, now: () => time, responseUrl: url };
    const wait = async (milliseconds: number) => {
      time += milliseconds;
      return true;
    };
    const inTime = aRequest({ ...request, deadline: now + 1_000 });
    t.equal(await answerStack(ports, stack, inTime, wait), 'too-late');
    t.equal(sent.length, 3, 'at 0, 250 and 750 ms, and not at 1750');
  });

  t.test('stops where another instance has the stack now', async (t) => {
    const { sent, putAnswer } = put(['again']);
    t.equal(
      await answerStack(
        { putAnswer, random: () => 1, now: () => now, responseUrl: url },
        stack,
        request,
        async () => false,
      ),
      null,
    );
    t.equal(sent.length, 1);
  });

  t.test('sends nothing where the address is not CloudFormation’s', async (t) => {
    const { sent, putAnswer } = put(['accepted']);
    const ports = { putAnswer, random: () => 1, now: () => now, responseUrl: () => null };
    t.equal(await answerStack(ports, stack, request, async () => true), 'refused');
    t.equal(sent.length, 0);
  });

  t.test('says what CloudFormation needs to hear', async (t) => {
    const rows: [Parameters<typeof aRequest>[0], object][] = [
      [
        { answer: { status: 'SUCCESS', reason: null } },
        {
          Status: 'SUCCESS',
          PhysicalResourceId: `${ourId}/${accountId}`,
          Data: { ClientId: ourId, AccountStatus: 'connected' },
        },
      ],
      [
        { answer: { status: 'FAILED', reason: 'because' } },
        { Status: 'FAILED', Reason: 'because', Data: undefined },
      ],
      [{ answer: { status: 'FAILED', reason: null } }, { Status: 'FAILED', Reason: /.+/ }],
      [
        { type: 'Delete', physicalResourceId: 'invented', answer: { status: 'SUCCESS', reason: null } },
        { Status: 'SUCCESS', PhysicalResourceId: 'invented', Data: undefined, Reason: undefined },
      ],
      [
        { type: 'Update', physicalResourceId: 'kept', answer: { status: 'SUCCESS', reason: null } },
        { PhysicalResourceId: 'kept' },
      ],
    ];
    for (const [changes, expected] of rows) {
      const { sent, putAnswer } = put(['accepted']);
      const one = aRequest(changes);
      await answerStack(
        { putAnswer, random: () => 1, now: () => now, responseUrl: url },
        stack,
        one,
        async () => true,
      );
      t.match(sent[0], {
        ...expected,
        StackId: stack.stackId,
        RequestId: one.id,
        LogicalResourceId: 'Connection',
      });
    }
  });

  t.test('forgets the address once it has been answered', async (t) => {
    const done = settled(stack, request, 'accepted');
    t.match(done.requests[0], { outcome: 'accepted', responseUrl: null });
    t.equal(done.due, null);
    const another = aStack({ requests: [request, aRequest({ id: 'request-2' })] });
    t.equal(settled(another, request, 'accepted').due, another.due, 'what else is open stays due');
  });
});

/** Settles a stack of a memory; time passes by sleeping alone. */
function settling(memory: Memory, script: Script = {}, changes: Partial<SettlePorts> = {}) {
  const { asked, askedStacks, enterRole, uuid } = aws(script);
  const sent: AnswerBody[] = [];
  const clock = { now, slept: 0 };
  const ports: SettlePorts = {
    ...provider,
    enterRole,
    uuid,
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
      clock.slept += milliseconds;
    },
    nextVerification: () => now + 24 * hour,
    random: () => 1,
    giveUpAfter: 20,
    ...changes,
  };
  return { asked, askedStacks, sent, clock, ports };
}

t.test('settling a stack', async (t) => {
  t.test('verifies, connects and answers, and then nothing is due', async (t) => {
    const memory = new Memory(aClient({ rev: null }), aStack({ rev: null }));
    const { ports, sent } = settling(memory);
    await settleStack(ports, must(memory.all('stack')[0]), null);
    t.match(memory.all('account'), [{ status: 'connected' }]);
    t.match(memory.all('client'), [{ status: 'connected' }]);
    t.match(memory.all('stack'), [{ due: null, requests: [{ outcome: 'accepted' }] }]);
    t.match(sent, [{ Status: 'SUCCESS' }]);
    t.equal(memory.commits, 2, 'in two writes');
    t.strictSame(
      memory.events.map(({ type }) => type),
      ['stack.started', 'account.verifying', 'account.connected'],
    );
  });

  t.test('shows a verification that takes longer, once, and tells its attempts', async (t) => {
    const memory = new Memory(aClient({ rev: null }), aStack({ rev: null }));
    const { ports } = settling(memory, { own: ['denied', 'denied', 'denied', 'entered'] });
    await settleStack(ports, must(memory.all('stack')[0]), null);
    t.match(memory.all('account'), [{ status: 'connected', pending: null, verdict: { attempts: 4 } }]);
    t.strictSame(
      memory.events.map(({ type }) => type),
      ['stack.started', 'account.verifying', 'account.connected'],
    );
  });

  t.test('gives up on a role in good time before the stack does', async (t) => {
    for (const deadline of [now + 270_000, now + 30_000, now - 1]) {
      const memory = new Memory(
        aClient({ rev: null }),
        aStack({ rev: null, requests: [aRequest({ deadline })] }),
      );
      const { ports, sent, clock } = settling(memory, { own: ['denied'] });
      await settleStack(ports, must(memory.all('stack')[0]), null);
      t.match(sent, [{ Status: 'FAILED', Reason: /resource-control-policy-suspected/ }]);
      t.ok(clock.slept <= 90_000 && clock.now <= Math.max(now, deadline));
      t.match(memory.all('account'), [{ status: 'rejected' }]);
      t.match(memory.all('client'), [{ status: 'attention' }]);
    }
  });

  t.test('refuses nobody for a fault of its own: the account stays as it is', async (t) => {
    const memory = new Memory(aClient({ rev: null }), aStack({ rev: null }));
    const { ports, sent } = settling(memory, {}, { controls: async () => 'The strict one is shut.' });
    await settleStack(ports, must(memory.all('stack')[0]), null);
    t.match(sent, [{ Status: 'FAILED', Reason: /The strict one is shut.*\(service-at-fault\)/ }]);
    t.match(memory.all('account'), [
      { status: 'verifying', pending: null, verdict: { failure: { code: 'service-at-fault' } } },
    ]);
    t.notOk(memory.events.some(({ type }) => type === 'account.rejected'));
  });

  t.test(
    'takes no role for people where the profile has none, but one that was accepted before',
    async (t) => {
      const settle = async (stack: Stack, account: Account[] = []) => {
        const memory = new Memory(aClient({ rev: null }), stack, ...account);
        const { enterRole } = aws({});
        const { ports, sent } = settling(
          memory,
          {},
          {
            enterRole: async (attempt) =>
              attempt.roleArn === humanRoleArn ? { outcome: 'denied' } : enterRole(attempt),
          },
        );
        await settleStack(ports, must(memory.all('stack')[0]), null);
        return { sent, account: memory.all('account')[0] };
      };
      const create = await settle(aStack({ rev: null, requests: [aRequest({ humanRoleArn })] }));
      t.match(create.sent, [{ Status: 'FAILED', Reason: /\(human-role-unexpected\)/ }]);
      const update = aRequest({ id: 'request-2', type: 'Update', humanRoleArn, properties: 'newer' });
      const connectedWith = (
        people: string | null,
      ): Promise<{ sent: AnswerBody[]; account?: Account | undefined }> => {
        const { accepted } = aConnectedStack();
        const stands = { ...must(accepted), humanRoleArn: people };
        const requests = [aSettledRequest(), update];
        const stack = aConnectedStack({ rev: null, accepted: stands, requests, due: now });
        return settle(stack, [anAccount({ rev: null, humanRoleArn: people })]);
      };
      t.match((await connectedWith(null)).sent, [{ Status: 'FAILED', Reason: /\(human-role-unexpected\)/ }]);
      const kept = await connectedWith(humanRoleArn);
      t.match(kept.sent, [{ Status: 'SUCCESS' }]);
      t.match(kept.account, {
        ...{ status: 'connected', humanRoleArn },
        verdict: { humanRole: { rejectsService: true, findings: [{ code: 'people-not-expected' }] } },
      });
    },
  );

  t.test('says what may be behind a role that cannot be entered, as far as its event tells', async (t) => {
    const rows = [
      [
        {},
        /resource control policy.*"aws:PrincipalAccount": "\d{12}".*\(resource-control-policy-suspected\)/,
      ],
      [{ echo: 'other' }, /\(external-id-edited\)/],
      [{ type: 'Update' }, /\(role-not-assumable\)/],
    ] as const;
    for (const [changes, reason] of rows) {
      const memory = new Memory(
        aClient({ rev: null }),
        aStack({ rev: null, requests: [aRequest(changes)] }),
        anAccount({ rev: null, connectedBy: stackKey(aStack()) }),
      );
      const { ports, sent } = settling(memory, { own: ['denied'] });
      await settleStack(ports, must(memory.all('stack')[0]), null);
      t.match(sent, [{ Status: 'FAILED', Reason: reason }], JSON.stringify(changes));
    }
  });

  t.test('lets go without a word where another instance took the stack over', async (t) => {
    for (const whileDoing of ['verifying', 'deciding', 'answering'] as const) {
      const memory = new Memory(aClient({ rev: null }), aStack({ rev: null }));
      const takeOver = () => memory.write({ ...must(memory.all('stack')[0]), attempts: 99 });
      const { ports, sent } = settling(
        memory,
        { own: ['denied', 'entered'] },
        whileDoing === 'answering'
          ? {
              putAnswer: async () => {
                takeOver();
                return 'accepted';
              },
            }
          : {},
      );
      let commits = 0;
      memory.before = () => {
        commits += 1;
        if (commits === (whileDoing === 'verifying' ? 1 : whileDoing === 'deciding' ? 2 : 0)) takeOver();
      };
      await settleStack(ports, must(memory.all('stack')[0]), null);
      t.match(memory.all('stack'), [{ attempts: 99 }], `${whileDoing}: the other’s stack stands`);
      t.strictSame(sent, [], `${whileDoing}: and nothing is answered here`);
      if (whileDoing !== 'answering')
        t.strictSame(
          memory.all('account').filter(({ status }) => status === 'connected'),
          [],
        );
    }
  });

  t.test('decides anew where something else moved meanwhile', async (t) => {
    const memory = new Memory(aClient({ rev: null }), aStack({ rev: null }));
    const stack = must(memory.all('stack')[0]);
    const stale: Surroundings = await memory.around.everything({ clientId: ourId, accountId, stackKey: 'x' });
    memory.write({ ...must(memory.all('client')[0]), name: 'Renamed' });
    const { ports, sent } = settling(memory);
    await settleStack(ports, stack, stale);
    t.match(memory.all('client'), [{ name: 'Renamed', status: 'connected' }]);
    t.match(sent, [{ Status: 'SUCCESS' }]);
  });

  t.test('of two clients that verify one account at once, one connects it', async (t) => {
    const memory = new Memory(aClient({ rev: null }), aStack({ rev: null }));
    const { ports, sent } = settling(memory);
    memory.before = (change) => {
      if (!change.put.some(({ kind }) => kind === 'aws-account')) return;
      memory.before = () => undefined;
      memory.write(aLock({ clients: ['cli_other' as typeof ourId], rev: null }));
    };
    await settleStack(ports, must(memory.all('stack')[0]), null);
    t.match(sent, [{ Status: 'FAILED', Reason: /account-connected-elsewhere/ }]);
    t.match(memory.all('aws-account'), [{ clients: ['cli_other'] }]);
  });

  t.test('throws where its surroundings never stand still, so that the due walk tries again', async (t) => {
    const memory = new Memory(aClient({ rev: null }), aStack({ rev: null }));
    const { ports, sent } = settling(memory);
    memory.before = () => memory.write(must(memory.all('client')[0]));
    await t.rejects(settleStack(ports, must(memory.all('stack')[0]), null), /moved/);
    t.strictSame(sent, []);
    t.ok(memory.all('stack')[0]?.due, 'it stays due');
  });

  t.test('puts the stack down where the process stops', async (t) => {
    const memory = new Memory(aClient({ rev: null }), aStack({ rev: null }));
    const { ports, sent } = settling(
      memory,
      { own: ['denied'] },
      {
        backoff: async () => undefined,
        unlessItHangs: (work) => work,
        sleep: async () => {
          throw new Stopping();
        },
      },
    );
    await settleStack(ports, must(memory.all('stack')[0]), null);
    t.match(memory.all('stack'), [{ free: true, due: now, requests: [{ answer: null, outcome: null }] }]);
    t.strictSame(sent, []);
  });

  t.test('goes through every request that is open, the oldest first', async (t) => {
    const requests = [
      aRequest({ id: 'create', answer: { status: 'SUCCESS', reason: null } }),
      aRequest({
        id: 'delete',
        type: 'Delete',
        physicalResourceId: 'x',
        answer: { status: 'SUCCESS', reason: null },
      }),
    ];
    const memory = new Memory(aClient({ rev: null }), aStack({ rev: null, gone: true, requests }));
    const { ports, sent, asked } = settling(memory);
    await settleStack(ports, must(memory.all('stack')[0]), null);
    t.strictSame(
      sent.map(({ RequestId }) => RequestId),
      ['create', 'delete'],
    );
    t.strictSame(asked, [], 'nothing of a stack that is gone is verified');
  });

  t.test('an answer that is not taken undoes the connection, unless the stack is complete', async (t) => {
    const rows: [string | null, 'connected' | 'disconnected'][] = [
      ['CREATE_COMPLETE', 'connected'],
      ['UPDATE_COMPLETE', 'connected'],
      ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'connected'],
      ['CREATE_IN_PROGRESS', 'disconnected'],
      ['CREATE_FAILED', 'disconnected'],
      ['ROLLBACK_IN_PROGRESS', 'disconnected'],
      ['ROLLBACK_COMPLETE', 'disconnected'],
      ['DELETE_COMPLETE', 'disconnected'],
      [null, 'disconnected'],
    ];
    for (const [stackStatus, status] of rows)
      for (const how of ['refused', 'too-late'] as const) {
        const memory = new Memory(aClient({ rev: null }), aStack({ rev: null }));
        const script = stackStatus === null ? {} : { stackStatus };
        const { ports, clock } = settling(memory, script, {
          putAnswer: async () => {
            if (how === 'refused') return 'refused';
            clock.now = now + 270_000;
            return 'again';
          },
        });
        await settleStack(ports, must(memory.all('stack')[0]), null);
        t.match(memory.all('account'), [{ status }], `${how}, and the stack reads ${stackStatus}`);
        t.match(memory.all('client'), [{ status }]);
        t.match(memory.all('stack'), [{ due: null, requests: [{ outcome: how, responseUrl: null }] }]);
        t.equal(memory.all('aws-account').length, status === 'connected' ? 1 : 0);
        t.strictSame(
          memory.events.map(({ type }) => type).slice(3),
          status === 'connected' ? [] : ['stack.failed', 'account.disconnected'],
        );
      }
  });

  t.test('an Update’s answer that is not taken has its account verified at once', async (t) => {
    const update = aRequest({ id: 'request-2', type: 'Update', templateVersion: 'ba9876543210' });
    const requests = [aSettledRequest(), update];
    const memory = new Memory(
      aClient({ rev: null, status: 'connected' }, { accounts: [accountId] }),
      anAccount({ rev: null }),
      aLock({ rev: null }),
      aConnectedStack({ rev: null, requests, due: now }),
    );
    const told: unknown[] = [];
    const unanswered = (...words: unknown[]) => told.push(words[1]);
    const { ports } = settling(memory, {}, { putAnswer: async () => 'refused', unanswered });
    await settleStack(ports, must(memory.all('stack')[0]), null);
    t.strictSame(told, ['refused'], 'and whoever runs the service is told');
    t.match(memory.all('account'), [{ status: 'connected', nextVerificationAt: now }]);
    t.strictSame(
      memory.events.map(({ type }) => type),
      ['account.updated', 'stack.failed'],
    );
  });

  t.test('the role of another live stack is refused, unless that stack is deleted', async (t) => {
    const rows: [string | undefined, string][] = [
      ['DELETE_COMPLETE', 'SUCCESS'],
      ['DELETE_IN_PROGRESS', 'FAILED'],
      ['DELETE_FAILED', 'FAILED'],
      ['CREATE_COMPLETE', 'FAILED'],
      [undefined, 'FAILED'],
    ];
    for (const [stackStatus, status] of rows) {
      const older = aConnectedStack({ rev: null, stackId: stackIdText(2) });
      const memory = new Memory(
        aClient({ rev: null, status: 'connected' }, { accounts: [accountId] }),
        anAccount({ rev: null, stackId: older.stackId, connectedBy: stackKey(older) }),
        aLock({ rev: null }),
        older,
        aStack({ rev: null, requests: [aRequest({ holder: stackKey(older) })] }),
      );
      const { ports, sent, askedStacks } = settling(memory, stackStatus === undefined ? {} : { stackStatus });
      const stack = memory.all('stack').find(({ stackId }) => stackId !== older.stackId);
      await settleStack(ports, must(stack), null);
      t.match(sent, [{ Status: status, ...(status === 'FAILED' && { Reason: /role-of-another-stack/ }) }]);
      t.strictSame(askedStacks, [older.stackId], `it reads ${stackStatus}`);
      t.match(memory.all('account'), [{ status: 'connected' }]);
      const holder = must(memory.all('account')[0]).connectedBy;
      t.equal(holder === stackKey(older), status === 'FAILED');
    }
  });

  t.test('what fails for ever is given up after so many takeovers, and told', async (t) => {
    for (const answer of [null, { status: 'SUCCESS', reason: null } as const]) {
      const requests = [aRequest({ answer })];
      const go = new Memory(aClient({ rev: null }), aStack({ rev: null, takeovers: 20, requests }));
      const going = settling(go);
      await settleStack(going.ports, must(go.all('stack')[0]), null);
      t.equal(going.sent.length, 1, 'the twentieth still tries');

      const memory = new Memory(aClient({ rev: null }), aStack({ rev: null, takeovers: 21, requests }));
      const { ports, sent, asked } = settling(memory);
      await settleStack(ports, must(memory.all('stack')[0]), null);
      t.match(memory.all('stack'), [{ due: null, requests: [{ outcome: 'given-up', responseUrl: null }] }]);
      t.strictSame(sent, [], 'nothing is sent');
      t.notOk(
        asked.some(({ kind }) => kind !== 'own'),
        'and nothing verified',
      );
      t.match(memory.events, [{ type: 'stack.failed', data: { cause: 'given-up' } }]);
    }
  });

  t.test('uses the external ID that is stored', async (t) => {
    const memory = new Memory(aClient({ rev: null }), aStack({ rev: null }));
    const { ports, asked } = settling(memory);
    await settleStack(ports, must(memory.all('stack')[0]), null);
    t.equal(asked.find(({ kind }) => kind === 'own')?.id, externalId);
  });
});

/** Receives events of a memory’s stacks as the service does, with settling done before the next. */
function receiving(memory: Memory) {
  const settles: [Stack, Surroundings][] = [];
  const confirmed: SnsMessage[] = [];
  const message = (changes: Partial<SnsMessage> = {}, event: Record<string, unknown> = {}): SnsMessage => {
    const topicArn = changes.topicArn ?? topicArnText();
    return {
      type: 'Notification',
      topic: must(parseArn(topicArn)),
      topicArn,
      messageId: 'message-1',
      sentAt: now,
      token: null,
      simulated: false,
      message: JSON.stringify({
        RequestType: 'Create',
        ResponseURL: 'https://answers.example/',
        StackId: stackIdText(),
        RequestId: 'request-1',
        LogicalResourceId: 'Connection',
        ResourceProperties: { RoleArn: roleArn, TemplateVersion: templateVersion, ExternalId: 'claimed' },
        ...event,
      }),
      ...changes,
    };
  };
  const ports = (signed: SnsMessage) => ({
    verifySnsMessage: async () => signed,
    confirmSubscription: async (one: SnsMessage) => {
      confirmed.push(one);
    },
    around: memory.around,
    commit: memory.commit,
    backoff: async () => undefined,
    allow: async () => true,
    now: () => now,
    providerAccountId,
    partitionId: 'aws',
    responseUrl: (text: string) => (text.startsWith('https://answers.example/') ? new URL(text) : null),
    heard: () => undefined,
    settle: (stack: Stack, surroundings: Surroundings) => settles.push([stack, surroundings]),
  });
  return { settles, confirmed, message, ports };
}

t.test('receiving what a client’s topic posts', async (t) => {
  const token = callbackToken(ourToken.page);
  const fresh = () => new Memory(aClient({ rev: null }));

  t.test('an event is recorded, then settled, and a repetition does nothing', async (t) => {
    const memory = fresh();
    const { settles, message, ports } = receiving(memory);
    await receiveSnsMessage(ports(message()), token, '');
    t.match(memory.all('stack'), [{ requests: [{ id: 'request-1', roleArn, answer: null }] }]);
    t.equal(settles.length, 1);
    t.equal(settles[0]?.[0].rev, memory.all('stack')[0]?.rev, 'at the revision that was written');
    await receiveSnsMessage(ports(message()), token, '');
    t.equal(settles.length, 1);
    t.equal(memory.commits, 1);
  });

  t.test('what is none of ours is refused before anything is stored', async (t) => {
    const memory = fresh();
    const { settles, message, ports } = receiving(memory);
    const rows: [string, SnsMessage, string][] = [
      ['', message(), 'token-unknown'],
      [token.slice(1), message(), 'token-unknown'],
      ['A'.repeat(64), message(), 'token-unknown'],
      [token, message({ message: 'hello' }), 'request-invalid'],
      [token, message({}, { StackId: 'x' }), 'request-invalid'],
    ];
    for (const [text, signed, code] of rows)
      await t.rejects(receiveSnsMessage(ports(signed), text, ''), { code }, code);
    const unsigned = {
      ...ports(message()),
      verifySnsMessage: async () => {
        throw Object.assign(new Error('x'), { code: 'signature-invalid' });
      },
    };
    await t.rejects(receiveSnsMessage(unsigned, token, ''), { code: 'signature-invalid' });
    t.strictSame(memory.all('stack'), []);
    t.strictSame(settles, []);
  });

  t.test(
    'an event that wants its answer elsewhere is refused, and written down without its address',
    async (t) => {
      const memory = fresh();
      const { settles, message, ports } = receiving(memory);
      const elsewhere = message({}, { ResponseURL: 'https://169.254.169.254/' });
      for (const times of [1, 2])
        await t.rejects(
          receiveSnsMessage(ports(elsewhere), token, ''),
          { code: 'request-invalid', message: /ResponseURL/ },
          `sent ${times} times`,
        );
      t.match(memory.all('stack'), [{ due: null, requests: [{ responseUrl: null, outcome: 'refused' }] }]);
      t.equal(memory.all('stack')[0]?.requests.length, 1, 'once');
      t.strictSame(
        memory.events.map(({ type }) => type),
        ['stack.failed'],
      );
      t.strictSame(settles, [], 'nobody goes on with it');
    },
  );

  t.test('a subscription is confirmed for a known link alone', async (t) => {
    const memory = fresh();
    const { confirmed, message, ports } = receiving(memory);
    const confirmation = message({ type: 'SubscriptionConfirmation', token: 'abc' });
    await receiveSnsMessage(ports(confirmation), token, '');
    t.equal(confirmed.length, 1);
    await t.rejects(
      receiveSnsMessage(ports(confirmation), ourToken.page, ''),
      { code: 'token-unknown' },
      'the page’s token is no callback’s',
    );
    memory.write(aClient({ launches: [] }));
    await t.rejects(receiveSnsMessage(ports(confirmation), token, ''), { code: 'token-unknown' });
    const broken = {
      ...ports(confirmation),
      around: { ...memory.around, client: async () => Promise.reject(new Error('down')) },
    };
    await receiveSnsMessage(broken, token, '');
    t.equal(confirmed.length, 2, 'where the table is out of reach the signature suffices');
    await receiveSnsMessage(ports(message({ type: 'UnsubscribeConfirmation', token: 'abc' })), token, '');
    t.equal(confirmed.length, 2);
    t.strictSame(memory.all('stack'), []);
  });

  t.test(
    'an event that meets others is decided anew, and SNS is asked to send again if it never gets through',
    async (t) => {
      const memory = fresh();
      const { settles, message, ports } = receiving(memory);
      let collisions = 2;
      memory.before = () => {
        if (collisions === 0) return;
        collisions -= 1;
        memory.write(aStack({ requests: [aSettledRequest({ id: `other-${collisions}` })] }));
      };
      await receiveSnsMessage(ports(message()), token, '');
      t.strictSame(
        memory.all('stack')[0]?.requests.map(({ id }) => id),
        ['other-0', 'request-1'],
      );
      t.equal(settles.length, 1);
      collisions = 100;
      await t.rejects(receiveSnsMessage(ports(message({}, { RequestId: 'another' })), token, ''), {
        code: 'unavailable',
      });
    },
  );

  t.test('the account is the topic’s, whatever the event claims', async (t) => {
    const memory = fresh();
    const { message, ports } = receiving(memory);
    await receiveSnsMessage(ports(message({ topicArn: topicArnText(otherAccountId) })), token, '');
    t.match(memory.all('stack'), [
      { accountId: otherAccountId, requests: [{ answer: { status: 'FAILED', reason: /account-mismatch/ } }] },
    ]);
  });

  t.test('the verdict on a second account leaves the client’s status to all of its accounts', async (t) => {
    for (const [others, script, expected] of [
      ['connected', { without: ['entered' as const] }, 'connected'],
      ['degraded', {}, 'attention'],
    ] as const satisfies [string, Script, string][]) {
      const memory = new Memory(
        aClient(
          { rev: null, status: others === 'connected' ? 'connected' : 'attention' },
          { maxAccounts: 2, accounts: [otherAccountId] },
        ),
        anAccount({ rev: null, accountId: otherAccountId, status: others }),
      );
      const { settles, message, ports } = receiving(memory);
      await receiveSnsMessage(ports(message()), token, '');
      const [stack, surroundings] = must(settles[0]);
      await settleStack(settling(memory, { ...script }).ports, stack, surroundings);
      t.equal(memory.all('client')[0]?.status, expected, `the other account is ${others}`);
    }
  });

  t.test('an event for a stack that was put down is not handed to whoever walks by', async (t) => {
    const memory = new Memory(
      aClient({ rev: null }),
      aConnectedStack({ rev: null, free: true }),
      anAccount({ rev: null, verdict: good }),
    );
    const { settles, message, ports } = receiving(memory);
    const update = { RequestType: 'Update', RequestId: 'request-2', PhysicalResourceId: 'x' };
    const properties = { ResourceProperties: { RoleArn: otherRoleArn, TemplateVersion: templateVersion } };
    await receiveSnsMessage(ports(message({}, { ...update, ...properties })), token, '');
    t.equal(settles[0]?.[0].free, false);
  });
});
