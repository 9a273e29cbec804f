import fc from 'fast-check';
import t from 'tap';
import { type Finding, type FindingCode, finding } from '../../src/core/finding.js';
import {
  type HumanRoleSeen,
  isBadProbe,
  isInconclusive,
  isWorthRetrying,
  judge,
  type Permissions,
  type Probe,
  type Probes,
  type Reading,
} from '../../src/core/verdict.js';

const accountId = '111122223333';
const entered: Probe = { outcome: 'entered', accountId };
const denied: Probe = { outcome: 'denied' };
const throttled: Probe = { outcome: 'inconclusive', error: 'Throttling' };
const failing = (error: string): Probe => ({ outcome: 'inconclusive', error });
const unread = { outcome: 'inconclusive', error: 'Throttling' } as const;
const asked = ['s3:ListAllMyBuckets', 'ec2:DescribeInstances'];
const permissions = (changes: Partial<Permissions> = {}): Reading<Permissions> => ({
  outcome: 'read',
  value: { granted: asked, missing: [], denied: [], unchecked: [], ...changes },
});
const trust = (...codes: readonly FindingCode[]): Reading<readonly Finding[]> => ({
  outcome: 'read',
  value: codes.map(finding),
});

/** What was seen of a role for people. */
const people = (seen: Partial<HumanRoleSeen> = {}) => ({
  humanRole: { probes: [denied, denied], trust: trust(), ...seen },
});

/** Probes of a role that is as it should be, changed. */
const probes = (changes: Partial<Probes> = {}): Probes => ({
  ...{ expectedAccountId: accountId, attempts: 1, controls: null },
  ...{ own: entered, without: denied, wrong: denied },
  ...{ trust: trust(), permissions: permissions(), prove: asked, refuseMissing: true },
  ...changes,
});
const codeOf = (changes: Partial<Probes> = {}) => judge(probes(changes)).failure?.code ?? null;

t.test('a role that is as it should be has no failure', async (t) => {
  t.strictSame(judge(probes({ attempts: 3 })), {
    assumable: true,
    requiresExternalId: true,
    rejectsWrongExternalId: true,
    accountMatches: true,
    permissions: { granted: asked, missing: [], denied: [], unchecked: [] },
    findings: [],
    humanRole: null,
    attempts: 3,
    stackStatus: null,
    enteredBy: null,
    failure: null,
  });
});

t.test('each single thing that is not as it should be has its failure', async (t) => {
  const rows: readonly (readonly [string, Partial<Probes>, ReturnType<typeof codeOf>])[] = [
    ['it cannot be entered', { own: denied }, 'role-not-assumable'],
    ['AWS could not be asked', { own: throttled }, 'throttled'],
    ['it leads elsewhere', { own: { outcome: 'entered', accountId: '444455556666' } }, 'account-mismatch'],
    ['it is entered without an ID', { without: entered }, 'trust-without-external-id'],
    ['whether it is could not be asked', { without: throttled }, 'throttled'],
    ['it is entered with a wrong ID', { wrong: entered }, 'trust-accepts-any-external-id'],
    ['whether it is could not be asked', { wrong: throttled }, 'throttled'],
    ['its trust is unsafe', { trust: trust('external-id-wildcard') }, 'trust-policy-unsafe'],
    ['its trust could not be asked', { trust: unread }, 'throttled'],
    ['its permissions could not be asked', { permissions: unread }, 'throttled'],
    ['it lacks one', { permissions: permissions({ missing: ['a:B'] }) }, 'permissions-missing'],
    ['it is denied one', { permissions: permissions({ denied: ['a:B'] }) }, 'permissions-denied'],
    [
      'it lacks one and is denied one',
      { permissions: permissions({ missing: ['a:B'], denied: ['c:D'] }) },
      'permissions-missing',
    ],
    ['AWS did not answer', { own: failing('TimeoutError') }, 'verification-inconclusive'],
    ['our region is switched off', { own: failing('RegionDisabledException') }, 'region-disabled'],
    [
      'it is, and the rest is throttled',
      { without: throttled, wrong: failing('RegionDisabledException') },
      'region-disabled',
    ],
    ['the role for people lets the service in', people({ probes: [entered, denied] }), 'human-role-open'],
    ['it does so with the ID alone', people({ probes: [denied, entered] }), 'human-role-open'],
    ['it does so once, and AWS did not answer', people({ probes: [throttled, entered] }), 'human-role-open'],
    ['whether it does could not be asked', people({ probes: [denied, throttled] }), 'throttled'],
    ['whom it trusts could not be asked', people({ trust: unread }), 'throttled'],
    ['it asks for no second factor', people({ trust: trust('people-without-mfa') }), 'human-role-unsafe'],
    ['our own roles fail', { controls: 'the open one is shut' }, 'service-at-fault'],

    ['the role for people is as it should be', people(), null],
    ['it may not look at whom that trusts', people({ trust: { outcome: 'denied' } }), null],
    ['that is to be noticed', people({ trust: trust('people-own-account', 'people-locked-out') }), null],
    ['its trust is to be noticed', { trust: trust('principal-account-wide', 'principal-service') }, null],
    ['it may not look at its trust', { trust: { outcome: 'denied' } }, null],
    ['it may not look at its permissions', { permissions: { outcome: 'denied' } }, null],
    [
      'it lacks one, and that is told only',
      { permissions: permissions({ missing: ['a:B'] }), refuseMissing: false },
      null,
    ],
    ['one could not be checked', { permissions: permissions({ unchecked: ['a:B'] }) }, null],
  ];
  for (const [what, changes, code] of rows) t.equal(codeOf(changes), code, what);
  for (const left of ['without', 'wrong'] as const) {
    const { [left]: _, ...others } = probes();
    t.equal(judge(others).failure?.code, 'verification-inconclusive', `${left} was never asked`);
  }
  for (const changes of [{ without: entered }, { wrong: entered }, people({ probes: [entered, denied] })])
    t.ok(isBadProbe(judge(probes(changes))), 'what may be an older trust is asked again before it counts');
  const { controls: _, ...unproven } = probes();
  t.equal(judge(unproven).failure, null, 'no control roles are configured');
});

t.test('where several things are wrong, the first to know of is told', async (t) => {
  const worse: readonly Partial<Probes>[] = [
    { controls: 'x' },
    { own: { outcome: 'entered', accountId: '444455556666' } },
    { without: entered },
    { wrong: entered },
    people({ probes: [entered, denied] }),
    { trust: unread },
    { trust: trust('principal-anyone') },
    people({ trust: trust('people-others') }),
    { permissions: permissions({ missing: ['a:B'] }) },
  ];
  const order = [
    ...['service-at-fault', 'account-mismatch', 'trust-without-external-id', 'trust-accepts-any-external-id'],
    ...['human-role-open', 'throttled', 'trust-policy-unsafe', 'human-role-unsafe', 'permissions-missing'],
  ];
  for (const [place, code] of order.entries())
    t.equal(codeOf(Object.assign({}, ...worse.slice(place).reverse())), code, code);
  t.equal(codeOf({ own: denied, controls: 'x' }), 'service-at-fault', 'nor does a denial count meanwhile');
  t.equal(
    codeOf({ without: entered, wrong: throttled }),
    'trust-without-external-id',
    'an entry is an entry',
  );
  t.equal(codeOf({ without: throttled, wrong: entered }), 'trust-accepts-any-external-id');
});

t.test('what was not reached or not answered is null, and neither true nor false', async (t) => {
  t.match(judge({ expectedAccountId: accountId, attempts: 2, own: denied, prove: asked }), {
    ...{ assumable: false, requiresExternalId: null, rejectsWrongExternalId: null, accountMatches: null },
    ...{
      findings: null,
      permissions: { granted: [], missing: [], denied: [], unchecked: asked },
      attempts: 2,
    },
  });
  t.match(judge(probes({ own: throttled, without: throttled, wrong: throttled })), {
    ...{ assumable: null, requiresExternalId: null, rejectsWrongExternalId: null, accountMatches: null },
  });
  t.match(judge(probes({ trust: { outcome: 'denied' }, permissions: { outcome: 'denied' } })), {
    ...{ findings: null, permissions: { granted: [], unchecked: asked } },
  });
  t.match(judge(probes({ without: entered, wrong: entered })), {
    ...{ assumable: true, requiresExternalId: false, rejectsWrongExternalId: false, accountMatches: true },
  });
  t.match(judge(probes({ own: { outcome: 'entered', accountId: '444455556666' } })), {
    accountMatches: false,
  });
});

t.test('a failure says what it is about', async (t) => {
  const message = (changes: Partial<Probes>) => judge(probes(changes)).failure?.message ?? '';
  t.match(message({ controls: 'the open one is shut' }), /the open one is shut/);
  t.match(message({ own: { outcome: 'entered', accountId: '444455556666' } }), /111122223333.*444455556666/);
  const unsafe = message({ trust: trust('external-id-others', 'principal-service', 'not-action') });
  t.match(unsafe, /Other external IDs.*\(external-id-others\).*NotAction.*\(not-action\)/);
  t.notMatch(unsafe, 'principal-service', 'and not what is to be noticed only');
  const lacking = { permissions: permissions({ missing: ['a:B'], denied: ['c:D'], unchecked: ['e:F'] }) };
  t.match(message(lacking), /a:B, c:D$/);
});

t.test('what may end otherwise is asked again, and what found nothing out counts for nothing', async (t) => {
  const rows = [
    ['as it should be', {}, false, false],
    ['it cannot be entered', { own: denied }, true, false],
    ['AWS could not be asked', { own: throttled }, true, true],
    ['our own roles fail', { controls: 'x' }, true, true],
    ['it is open', { without: entered }, false, false],
    ['its trust is unsafe', { trust: trust('not-principal') }, false, false],
    ['it leads elsewhere', { own: { outcome: 'entered', accountId: '444455556666' } }, false, false],
  ] satisfies [string, Partial<Probes>, boolean, boolean][];
  for (const [what, changes, again, nothing] of rows) {
    t.equal(isWorthRetrying(judge(probes(changes))), again, `${what}: again`);
    t.equal(isInconclusive(judge(probes(changes))), nothing, `${what}: nothing found out`);
  }
});

t.test('no verdict is without failure unless all three probes were answered as they must be', async () => {
  const probe = fc.constantFrom<Probe>(entered, denied, throttled, {
    outcome: 'entered',
    accountId: '444455556666',
  });
  const all = fc.record(
    {
      own: probe,
      without: probe,
      wrong: probe,
      controls: fc.constantFrom(null, 'x'),
      trust: fc.constantFrom<Reading<readonly Finding[]>>(trust(), trust('principal-anyone'), unread, {
        outcome: 'denied',
      }),
    },
    { requiredKeys: ['own'] },
  );
  fc.assert(
    fc.property(all, (seen) => {
      const { own, without, wrong, controls = null, trust } = seen;
      const right =
        own.outcome === 'entered' &&
        own.accountId === accountId &&
        without?.outcome === 'denied' &&
        wrong?.outcome === 'denied' &&
        controls === null &&
        trust?.outcome !== 'inconclusive' &&
        !(trust?.outcome === 'read' && trust.value.length > 0);
      const verdict = judge({ expectedAccountId: accountId, attempts: 1, ...(seen as Pick<Probes, 'own'>) });
      return (verdict.failure === null) === right;
    }),
    { numRuns: 1_000 },
  );
});
