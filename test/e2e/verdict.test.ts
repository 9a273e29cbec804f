import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { entering, makeRole, policyOf, withTrust } from '../conformance/aws.js';
import { startDeployment } from '../support/deployment.js';
import {
  api,
  createStack,
  deleteStack,
  eventually,
  invite,
  type Json,
  settledStack,
  startService,
} from '../support/world.js';

// What a verdict says of real roles: trust policies that nearly are what they should be, permissions that are not
// all there, and our own control roles when they cannot be entered.
const { world, service, accountsOf } = await startDeployment(t);

const principalArn = 'arn:aws:iam::999999999999:role/RolecallService';
const PROVEN = [
  'iam:GetAccountSummary',
  's3:ListAllMyBuckets',
  'ec2:DescribeInstances',
  'cloudtrail:DescribeTrails',
];
let drawn = 500_000_000_000;
const freshAccount = () => String(++drawn);
const strike = (fault: object) =>
  fetch(`${world.sandbox.url}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(fault) });
const calm = () => fetch(`${world.sandbox.url}/_sandbox/faults`, { method: 'DELETE' });

/** Makes a stack whose template was edited; returns how it ended and the account as it stands then. */
async function verdictOn(edit: (template: string, client: Json) => string, account = freshAccount()) {
  const client = await invite(service);
  const stackId = await createStack(world, client, { account, edit: (template) => edit(template, client) });
  const { status, reasons } = await settledStack(world, stackId);
  const [shown] = await accountsOf(client);
  return { client, status, reasons, account: shown };
}
const asItIs = (template: string) => template;
/** A trust policy whose entering statement is changed. */
const entered =
  (changes: (externalId: string) => object) =>
  (template: string, { externalId }: Json) =>
    withTrust(policyOf(entering({ principalArn }, externalId, changes(externalId))))(template);
const asked = (block: (externalId: string) => object) =>
  entered((externalId) => ({
    Condition: { ArnEquals: { 'aws:PrincipalArn': principalArn }, ...block(externalId) },
  }));
const stranger = { AWS: 'arn:aws:iam::444455556666:root' };
const withId = (externalId: string) => ({ Condition: { StringEquals: { 'sts:ExternalId': externalId } } });

const nearMisses = [
  ['no external ID', asked(() => ({})), 'trust-without-external-id', /without any external ID/],
  [
    'StringEqualsIfExists',
    asked((id) => ({ StringEqualsIfExists: { 'sts:ExternalId': id } })),
    'trust-without-external-id',
    /without any external ID/,
  ],
  [
    'ForAllValues',
    asked((id) => ({ 'ForAllValues:StringEquals': { 'sts:ExternalId': id } })),
    'trust-without-external-id',
    /without any external ID/,
  ],
  [
    'any external ID',
    asked(() => ({ StringLike: { 'sts:ExternalId': '*' } })),
    'trust-accepts-any-external-id',
    /an external ID that is not yours/,
  ],
  [
    'a pattern that begins like the ID',
    asked((id) => ({ StringLike: { 'sts:ExternalId': `${id.slice(0, 13)}*` } })),
    'trust-policy-unsafe',
    /compared with a pattern.*\(external-id-wildcard\)/,
  ],
  [
    'a further ID',
    asked((id) => ({ StringEquals: { 'sts:ExternalId': [id, 'another'] } })),
    'trust-policy-unsafe',
    /Other external IDs than yours.*\(external-id-others\)/,
  ],
  [
    'anybody, with the ID',
    entered((id) => ({ Principal: '*', ...withId(id) })),
    'trust-policy-unsafe',
    /the principal is a wildcard.*\(principal-anyone\)/,
  ],
  [
    'another account beside ours, with the ID',
    entered((id) => ({
      Principal: { AWS: ['arn:aws:iam::999999999999:root', stranger.AWS] },
      ...withId(id),
    })),
    'trust-policy-unsafe',
    /another AWS account.*\(principal-other-account\)/,
  ],
  [
    'a stranger in a further statement, without the ID',
    (template: string, { externalId }: Json) =>
      withTrust(
        policyOf(
          entering({ principalArn }, externalId),
          entering({ principalArn }, externalId, { Principal: stranger, Condition: {} }),
        ),
      )(template),
    'trust-policy-unsafe',
    /\(principal-other-account\).*without asking for an external ID.*\(external-id-not-required\)/,
  ],
] as const;

for (const [what, edit, code, words] of nearMisses)
  t.test(`a role that trusts ${what} is rejected, and what is wrong with it is named`, async (t) => {
    const { status, reasons, account } = await verdictOn(edit);
    t.equal(status, 'ROLLBACK_COMPLETE');
    t.match(account, { status: 'rejected', verdict: { failure: { code, message: words } } });
    t.match(reasons, words, 'to the stack’s administrator, too');
    t.match(reasons, `(${code})`);
  });

t.test('what is only to be noticed connects, and is told', async (t) => {
  const rows = [
    ['external-id-ignores-case', asked((id) => ({ StringEqualsIgnoreCase: { 'sts:ExternalId': id } }))],
    ['principal-account-wide', entered(withId)],
    [
      'principal-service',
      entered(() => ({ Principal: { AWS: principalArn, Service: 'ec2.amazonaws.com' } })),
    ],
  ] as const;
  for (const [code, edit] of rows) {
    const { status, account } = await verdictOn(edit);
    t.equal(status, 'CREATE_COMPLETE', code);
    t.match(account, {
      status: 'connected',
      verdict: { failure: null, findings: [{ code, severity: 'notice', message: /\.$/ }] },
    });
  }
});

t.test('the verdict says which of a profile’s actions are granted', async (t) => {
  const { account } = await verdictOn(asItIs);
  t.strictSame(account.verdict.permissions, { granted: PROVEN, missing: [], denied: [], unchecked: [] });
  t.strictSame(account.verdict.findings, []);
});

t.test('actions of a policy that was not attached are missing, and the account connects', async (t) => {
  const { status, account } = await verdictOn((template) =>
    template.replace(/ +ManagedPolicyArns:\n +- .*SecurityAudit\n/, ''),
  );
  t.equal(status, 'CREATE_COMPLETE');
  t.match(account, { status: 'connected', verdict: { failure: null } });
  t.strictSame(account.verdict.permissions, { granted: [], missing: PROVEN, denied: [], unchecked: [] });
});

t.test('an action that the client’s organization denies is denied, not missing', async (t) => {
  const account = freshAccount();
  await strike({ name: 'scp-deny', account, actions: ['s3:List*'] });
  t.teardown(calm);
  const { account: shown } = await verdictOn(asItIs, account);
  t.equal(shown.status, 'connected');
  const granted = PROVEN.filter((action) => !action.startsWith('s3:'));
  t.strictSame(shown.verdict.permissions, {
    granted,
    missing: [],
    denied: ['s3:ListAllMyBuckets'],
    unchecked: [],
  });
});

t.test('where the role may not simulate, its permissions are tried', async (t) => {
  const account = freshAccount();
  await strike({ name: 'scp-deny', account, actions: ['iam:SimulatePrincipalPolicy'] });
  t.teardown(calm);
  const { account: shown } = await verdictOn(asItIs, account);
  t.match(shown, { status: 'connected', verdict: { failure: null, findings: [] } });
  t.strictSame(shown.verdict.permissions, { granted: PROVEN, missing: [], denied: [], unchecked: [] });
});

/** Without the policy by which a role looks at itself, and with another for its work, which does not let it either. */
const unseen = (policy: string) => (template: string) =>
  template
    .replace(/\n( +#[^\n]*\n)+ +SelfInspection:\n(?: {4}[^\n]*\n)+/, '\n')
    .replace(/ +- SelfInspection\n/, '')
    .replace('policy/SecurityAudit', `policy/${policy}`);

t.test('a role that may not look at itself still shows what is granted, missing and denied', async (t) => {
  const account = freshAccount();
  await strike({ name: 'scp-deny', account, actions: ['s3:List*'] });
  t.teardown(calm);
  const { status, account: shown } = await verdictOn((template) => {
    const edited = unseen('job-function/ViewOnlyAccess')(template);
    t.notMatch(edited, /SelfInspection:/);
    return edited;
  }, account);
  t.equal(status, 'CREATE_COMPLETE');
  t.match(shown, { status: 'connected', verdict: { failure: null, findings: null, assumable: true } });
  t.strictSame(shown.verdict.permissions, {
    granted: ['iam:GetAccountSummary', 'ec2:DescribeInstances'],
    missing: ['cloudtrail:DescribeTrails'],
    denied: ['s3:ListAllMyBuckets'],
    unchecked: [],
  });
  t.notMatch(service.output(), /SessionToken|x-amz-security-token|ASIA[A-Z2-7]{16}/, 'and nothing is logged');
});

t.test('what a boundary takes away is denied, and what AWS does not answer is unchecked', async (t) => {
  const [account, busy] = [freshAccount(), freshAccount()];
  const boundary = 'arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess';
  const bounded = (template: string) =>
    unseen('job-function/ViewOnlyAccess')(template).replace(
      / PermissionsBoundary: .*/,
      ` PermissionsBoundary: ${boundary}`,
    );
  const { account: shown } = await verdictOn(bounded, account);
  t.strictSame(shown.verdict.permissions, {
    granted: ['ec2:DescribeInstances'],
    missing: ['cloudtrail:DescribeTrails'],
    denied: ['iam:GetAccountSummary', 's3:ListAllMyBuckets'],
    unchecked: [],
  });
  await strike({ name: 'read-throttle', account: busy });
  t.teardown(calm);
  const { account: throttled } = await verdictOn(unseen('job-function/ViewOnlyAccess'), busy);
  t.match(throttled, { status: 'connected', verdict: { failure: null } });
  t.strictSame(throttled.verdict.permissions, {
    granted: ['iam:GetAccountSummary', 's3:ListAllMyBuckets'],
    ...{ missing: [], denied: [], unchecked: ['ec2:DescribeInstances', 'cloudtrail:DescribeTrails'] },
  });
});

t.test(
  'where the role may not look at itself, it connects by its probes, and the findings are unknown',
  async (t) => {
    const denial = "- { Effect: Deny, Action: iam:GetRole, Resource: '*' }\n          - Sid: SeeThisRole";
    const { status, account: shown } = await verdictOn((template) =>
      template.replace('- Sid: SeeThisRole', denial),
    );
    t.equal(status, 'CREATE_COMPLETE');
    t.match(shown, { status: 'connected', verdict: { failure: null, findings: null, attempts: 3 } });
    t.strictSame(shown.verdict.permissions.granted, PROVEN);
  },
);

t.test('a role named by hand that nobody let look at itself connects by its probes', async (t) => {
  const client = await invite(service);
  const policy = policyOf(entering({ principalArn }, client.externalId));
  const roleArn = await makeRole({ world }, freshAccount(), policy);
  t.equal((await api(service, 'POST', `/v1/clients/${client.id}/accounts`, { roleArn })).status, 202);
  const [account] = await eventually(
    () => accountsOf(client),
    ([one]) => one?.status !== 'verifying',
  );
  t.match(account, { status: 'connected', verdict: { failure: null, findings: null } });
});

t.test(
  'while our own control roles cannot be entered, nothing is connected and nothing rejected',
  async (t) => {
    const already = await verdictOn(asItIs);
    await strike({ name: 'provider-scp-deny' });
    t.teardown(calm);
    // What an instance found stands for five minutes, so that it is another one that finds out.
    const other = await startService(world, undefined, {
      TABLE_NAME: `${world.environment['TABLE_NAME']}-2`,
    });
    t.teardown(() => other.kill());
    const unproven =
      /^No verdict counts: the strict control role with its external ID could not be entered \(denied\)\.$/;
    // A look that a cold start made late is kept for a few seconds.
    await eventually(
      async () => (await api(other, 'GET', '/readyz')).body,
      ({ status, warnings }) => status === 'ready' && warnings.length === 1 && unproven.test(warnings[0]),
    );
    const client = await invite(other);
    const open = await invite(other, { name: 'Open' });
    const stackId = await createStack(world, client, { account: freshAccount() });
    const edit = (template: string) => asked(() => ({}))(template, open);
    const openStack = await createStack(world, open, { account: freshAccount(), edit });
    for (const one of [client, open])
      await eventually(
        () => accountsOf(one, other),
        ([account]) => account !== undefined,
      );
    await sleep(3_000);
    for (const one of [client, open]) t.match(await accountsOf(one, other), [{ status: 'verifying' }]);

    await calm();
    t.equal((await settledStack(world, stackId)).status, 'CREATE_COMPLETE', 'and then they are');
    t.match(await accountsOf(client, other), [{ status: 'connected', verdict: { failure: null } }]);
    t.equal((await settledStack(world, openStack)).status, 'ROLLBACK_COMPLETE');
    t.match(await accountsOf(open, other), [
      { status: 'rejected', verdict: { failure: { code: 'trust-without-external-id' } } },
    ]);
    const { status, warnings } = (await api(other, 'GET', '/readyz')).body;
    t.strictSame([status, warnings], ['ready', []]);
    t.match(await accountsOf(already.client), [{ status: 'connected' }]);
    await deleteStack(world, stackId);
  },
);

t.test('without control roles the service is ready, and says that its probes are unproven', async (t) => {
  const other = await startService(world, undefined, {
    ...{ TABLE_NAME: `${world.environment['TABLE_NAME']}-4`, CONTROL_EXTERNAL_ID: '' },
    ...{ CONTROL_ROLE_STRICT_ARN: '', CONTROL_ROLE_OPEN_ARN: '' },
  });
  t.teardown(() => other.kill());
  const warnings = ['Probes are unproven: no control roles are configured.'];
  await eventually(
    async () => (await api(other, 'GET', '/readyz')).body,
    (body) => body.status === 'ready' && body.warnings.length === 1 && body.warnings[0] === warnings[0],
  );
  const client = await invite(other);
  const { status } = await settledStack(world, await createStack(world, client, { account: freshAccount() }));
  t.equal(status, 'CREATE_COMPLETE');
});

t.test('a stack whose time runs out meanwhile hears that nothing is wrong on its side', async (t) => {
  await strike({ name: 'provider-scp-deny', account: '888888888888' });
  t.teardown(calm);
  const other = await startService(world, undefined, { TABLE_NAME: `${world.environment['TABLE_NAME']}-3` });
  t.teardown(() => other.kill());
  const client = await invite(other);
  const { status, reasons } = await settledStack(
    world,
    await createStack(world, client, { account: freshAccount() }),
  );
  t.equal(status, 'ROLLBACK_COMPLETE');
  t.match(
    reasons,
    /check of itself fails.*strict control role.*Nothing is wrong on your side.*\(service-at-fault\)/,
  );
  const documentation = `${other.url}/failures#service-at-fault`;
  const verdict = { failure: { code: 'service-at-fault', documentation } };
  t.match(await accountsOf(client, other), [{ status: 'disconnected', verdict }], 'not refused, and over');
  const { body } = await api(other, 'GET', `/v1/clients/${client.id}/events?limit=100`);
  t.notOk(body.items.some(({ type }: { type: string }) => type === 'account.rejected'));
});
