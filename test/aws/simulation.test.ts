import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { EvaluationResult } from '@aws-sdk/client-iam';
import t, { type Test } from 'tap';
import { permissionsOf } from '../../src/aws/simulation.js';
import { readTrial, type TrialAnswer } from '../../src/aws/trial-answer.js';
import { trialActions, trialCall } from '../../src/aws/trial-calls.js';
import { endpointIn, services } from '../../src/aws/trial-services.js';
import { tryActions } from '../../src/aws/try-actions.js';
import { partitionById } from '../../src/core/partition.js';
import { parseRoleArn } from '../../src/core/role-arn.js';
import { readProfiles } from '../../src/templates/profiles.js';
import { must } from '../core/things.js';
import { makeRole, providerAccount, sessionIn, startQuickly, trusting } from '../sandbox/clients.js';

const result = (EvalActionName: string, changes: Partial<EvaluationResult> = {}): EvaluationResult => ({
  EvalActionName,
  EvalDecision: 'implicitDeny',
  ...changes,
});
const byOrganization = (AllowedByOrganizations: boolean) => ({
  OrganizationsDecisionDetail: { AllowedByOrganizations },
});
const byBoundary = (AllowedByPermissionsBoundary: boolean) => ({
  PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary },
});
const nothing = { granted: [], missing: [], denied: [], unchecked: [] };

t.test('each decision of a simulation has its place', async (t) => {
  const rows = [
    ['allowed', { EvalDecision: 'allowed' }, 'granted'],
    ['allowed, and the organization agrees', { EvalDecision: 'allowed', ...byOrganization(true) }, 'granted'],
    ['allowed by no policy', {}, 'missing'],
    ['denied by a policy of the role', { EvalDecision: 'explicitDeny' }, 'missing'],
    ['allowed by no policy, and the organization agrees', byOrganization(true), 'missing'],
    ['allowed by no policy, and the boundary agrees', byBoundary(true), 'missing'],
    ['not allowed by the organization', byOrganization(false), 'denied'],
    ['denied by the organization', { EvalDecision: 'explicitDeny', ...byOrganization(false) }, 'denied'],
    ['not allowed by the boundary', byBoundary(false), 'denied'],
    [
      'the organization agrees, the boundary does not',
      { ...byOrganization(true), ...byBoundary(false) },
      'denied',
    ],
    ['a detail that says nothing', { OrganizationsDecisionDetail: {} }, 'missing'],
    ['no decision at all', { EvalDecision: undefined }, 'missing'],
  ] as const;
  for (const [what, changes, kind] of rows)
    t.strictSame(
      permissionsOf(
        ['s3:ListAllMyBuckets'],
        [result('s3:ListAllMyBuckets', changes as Partial<EvaluationResult>)],
      ),
      { ...nothing, [kind]: ['s3:ListAllMyBuckets'] },
      what,
    );
});

t.test('what was asked and not answered is unchecked', async (t) => {
  t.strictSame(permissionsOf(['a:B', 'c:D'], [result('c:D', { EvalDecision: 'allowed' })]), {
    ...nothing,
    granted: ['c:D'],
    unchecked: ['a:B'],
  });
  t.strictSame(permissionsOf(['a:B'], []), { ...nothing, unchecked: ['a:B'] });
});

t.test('actions are named as they were asked, in that order, and answered whatever their case', async (t) => {
  const asked = ['iam:GetRole', 's3:ListBucket', 'ec2:DescribeInstances'];
  const results = [...asked].reverse().map((name) => result(name.toUpperCase(), { EvalDecision: 'allowed' }));
  t.strictSame(permissionsOf(asked, results), { ...nothing, granted: asked });
});

t.test('what was not asked is not told', async (t) => {
  t.strictSame(permissionsOf([], [result('a:B', { EvalDecision: 'allowed' })]), nothing);
});

const denial = (why: string, action = 'ec2:DescribeInstances') =>
  `User: arn:aws:sts::111122223333:assumed-role/Client/x is not authorized to perform: ${action} on resource: * ${why}`;
const identity = 'because no identity-based policy allows the ec2:DescribeInstances action';
const xml = (code: string, message = '', status = 403): TrialAnswer => ({
  ...{ status, headers: { 'content-type': 'text/xml' } },
  body: `<?xml version="1.0"?>\n<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors></Response>`,
});
const coral = (name: string, message: string, status = 400): TrialAnswer => ({
  ...{ status, headers: {} },
  body: JSON.stringify({ __type: `com.amazon.coral.service#${name}`, Message: message }),
});
const restful = (name: string, message: string, status = 403): TrialAnswer => ({
  ...{ status, headers: { 'x-amzn-errortype': `${name}:http://internal.amazon.com/coral/` } },
  body: JSON.stringify({ message }),
});

t.test('each answer to a real call has its place', async (t) => {
  const scp = 'a service control policy';
  const rows: [string, TrialAnswer, string][] = [
    ['success', { status: 200, headers: {}, body: '{}' }, 'granted'],
    ['a dry run that would have succeeded', xml('DryRunOperation', '', 412), 'granted'],
    ['no policy of the role allows it', xml('AccessDenied', denial(identity)), 'missing'],
    ['EC2 says the same', xml('UnauthorizedOperation', `You are not. ${denial(identity)}`), 'missing'],
    [
      'a policy of the role denies it',
      xml('AccessDenied', denial('with an explicit deny in an identity-based policy')),
      'missing',
    ],
    ['a denial without a reason', xml('AccessDenied', 'Access Denied'), 'missing'],
    [
      'a session policy',
      coral('AccessDeniedException', denial('because no session policy allows the action')),
      'missing',
    ],
    [
      'an organization’s policy denies it',
      coral('AccessDeniedException', denial(`with an explicit deny in ${scp}`)),
      'denied',
    ],
    [
      'one that is named',
      restful(
        'AccessDeniedException',
        denial(
          `with an explicit deny in ${scp}: arn:aws:organizations::1:policy/o-1/service_control_policy/p-1`,
        ),
      ),
      'denied',
    ],
    [
      'none of them allows it',
      xml('AccessDenied', denial('because no service control policy allows the action')),
      'denied',
    ],
    [
      'one on resources',
      xml('AccessDenied', denial('with an explicit deny in a resource control policy')),
      'denied',
    ],
    [
      'a boundary does not allow it',
      coral('AccessDeniedException', denial('because no permissions boundary allows the action')),
      'denied',
    ],
    [
      'a boundary denies it',
      xml('UnauthorizedOperation', denial('with an explicit deny in a permissions boundary')),
      'denied',
    ],
    [
      'the policy of an endpoint of ours',
      xml('AccessDenied', denial('because no VPC endpoint policy allows the action')),
      'unchecked',
    ],
    ['throttling', coral('ThrottlingException', 'Rate exceeded'), 'unchecked'],
    ['EC2’s throttling', xml('RequestLimitExceeded', '', 503), 'unchecked'],
    [
      'a failed validation, which comes before the permission',
      coral('ValidationException', 'x'),
      'unchecked',
    ],
    ['a region that is switched off', xml('AuthFailure', '', 401), 'unchecked'],
    ['an expired session', coral('ExpiredTokenException', ''), 'unchecked'],
    ['an error that only quotes a denial', coral('InternalFailure', denial(identity), 500), 'unchecked'],
    ['no error of AWS’s', { status: 502, headers: {}, body: 'Bad Gateway' }, 'unchecked'],
    ['nothing', { status: 403, headers: {}, body: '' }, 'unchecked'],
    ['JSON that is no object', { status: 403, headers: {}, body: '"AccessDenied"' }, 'unchecked'],
    ['a code that is no text', { status: 403, headers: {}, body: '{"__type":1}' }, 'unchecked'],
    ['a redirect', { status: 301, headers: {}, body: '' }, 'unchecked'],
  ];
  for (const [what, answer, kind] of rows) t.equal(readTrial(answer, ['DryRunOperation']), kind, what);
  t.equal(readTrial(xml('DryRunOperation', '', 412)), 'unchecked', 'where it was not asked for');
});

t.test(
  'every action that a profile asks to be proven can be tried, but those that cost, and no trial writes',
  async (t) => {
    const profiles = await readProfiles(new URL('../../templates/profiles/', import.meta.url));
    // Cost Explorer bills the client for each request.
    for (const { name, prove } of profiles.values())
      for (const action of prove)
        t.equal(trialCall(action) === undefined, /^ce:/.test(action), `${name}: ${action}`);
    for (const action of [
      'ce:GetCostAndUsage',
      'ce:ListCostCategoryDefinitions',
      'iam:GenerateCredentialReport',
      'x:Y',
    ])
      t.equal(trialCall(action), undefined, action);
    const aws = must(partitionById('aws'));
    const usual = [
      'iam:ListRoles ec2:DescribeRegions config:DescribeConfigurationRecorders kms:ListKeys rds:DescribeDBInstances',
      'lambda:ListFunctions logs:DescribeLogGroups cloudformation:DescribeStacks cloudformation:ListStacks',
      'budgets:ViewBudget organizations:DescribeOrganization sts:GetCallerIdentity',
    ];
    for (const action of usual.flatMap((line) => line.split(' ')))
      t.ok(trialActions.includes(action), action);
    for (const action of trialActions) {
      const { request, service } = must(trialCall(action));
      const { method, headers, body } = request('111122223333');
      const operation = new URLSearchParams(body).get('Action') ?? headers['x-amz-target']?.split('.').at(-1);
      if (method === 'POST') t.match(operation, /^(Get|List|Describe)/, action);
      t.match(endpointIn(service, aws, 'eu-west-1')?.url, /^https:\/\/[a-z0-9.-]+\.amazonaws\.com$/);
    }
  },
);

t.test('services are asked where they are in a partition', async (t) => {
  const rows = [
    ['ec2', 'aws', 'eu-west-1', 'ec2.eu-west-1.amazonaws.com', 'eu-west-1'],
    ['logs', 'aws-cn', 'cn-north-1', 'logs.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    ['s3', 'aws-eusc', 'eusc-de-east-1', 's3.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1'],
    ['iam', 'aws', 'eu-west-1', 'iam.amazonaws.com', 'us-east-1'],
    ['iam', 'aws-us-gov', 'us-gov-east-1', 'iam.us-gov.amazonaws.com', 'us-gov-west-1'],
    [
      'organizations',
      'aws-cn',
      'cn-north-1',
      'organizations.cn-northwest-1.amazonaws.com.cn',
      'cn-northwest-1',
    ],
  ] as const;
  for (const [service, partition, region, host, signedFor] of rows) {
    const endpoint = endpointIn(services[service], must(partitionById(partition)), region);
    t.strictSame(endpoint, { url: `https://${host}`, region: signedFor });
  }
  t.equal(endpointIn(services.budgets, must(partitionById('aws-us-gov')), 'us-gov-west-1'), null);
});

/** Lets the settings of endpoints stand in the environment until the test is over. */
function pointTo(t: Test, settings: Readonly<Record<string, string>>): void {
  const before = { ...process.env };
  Object.assign(process.env, settings);
  t.teardown(() => {
    for (const name of Object.keys(settings)) delete process.env[name];
    Object.assign(process.env, before);
  });
}

t.test('every trial is taken by its service, and tells who may from who may not', async (t) => {
  const sandbox = await startQuickly(t);
  pointTo(t, { AWS_ENDPOINT_URL: sandbox.url });
  const permissionsOfRole = async (name: string, properties: Record<string, unknown>) => {
    const arn = await makeRole(sandbox, name, trusting(providerAccount), properties);
    const credentials = await sessionIn(sandbox, arn);
    const settings = { credentials, requestHandler: {}, systemClockOffset: 0 };
    return tryActions(settings, must(parseRoleArn(arn)), 'us-east-1', trialActions, 120_000);
  };
  const everything = { ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] };
  t.strictSame(await permissionsOfRole('All', everything), { ...nothing, granted: trialActions });
  const open = ['sts:GetCallerIdentity'];
  const missing = trialActions.filter((action) => !open.includes(action));
  t.strictSame(await permissionsOfRole('None', {}), { ...nothing, granted: open, missing });
  const bounded = { ...everything, PermissionsBoundary: 'arn:aws:iam::aws:policy/job-function/SupportUser' };
  const { granted, denied, ...rest } = await permissionsOfRole('Bounded', bounded);
  t.strictSame([...granted, ...denied].sort(), [...trialActions].sort());
  t.strictSame(rest, { missing: [], unchecked: [] });
  t.ok(denied.includes('kms:ListKeys') && granted.includes('ec2:DescribeVpcs'));
});

t.test('calls go where the settings say, a few at a time, and once', async (t) => {
  const seen: string[] = [];
  let [now, most] = [0, 0];
  let four = () => {};
  const areFour = new Promise<void>((resolve) => {
    four = resolve;
  });
  const answers = async (request: IncomingMessage, response: ServerResponse) => {
    const [, , service = ''] =
      /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)/.exec(request.headers.authorization ?? '') ?? [];
    seen.push(`${service} ${request.method} ${request.url}`);
    now += 1;
    most = Math.max(most, now);
    if (now === 4) four();
    // Fewer at once would come to their time-out.
    await areFour;
    await new Promise((resolve) => setTimeout(resolve, 20));
    now -= 1;
    // One never answers, and one answers at length.
    if (service === 'kms') return;
    if (service === 'ecs') return void response.write('{');
    response.end(service === 'logs' ? 'x'.repeat(200_000) : '{}');
  };
  const server = createServer((request, response) => void answers(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  pointTo(t, { AWS_ENDPOINT_URL: url, AWS_ENDPOINT_URL_CONFIG_SERVICE: `${url}/of-its-own/` });
  const settings = {
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' },
    requestHandler: { requestTimeout: 5_000, throwOnRequestTimeout: true },
    systemClockOffset: 0,
  };
  const role = must(parseRoleArn('arn:aws:iam::111122223333:role/Client'));
  const asked = [
    ...[
      'S3:listallmybuckets',
      'kms:ListKeys',
      'config:DescribeConfigurationRecorders',
      'lambda:ListFunctions',
    ],
    ...['logs:DescribeLogGroups', 'iam:ListRoles', 'rds:DescribeDBInstances', 'ce:GetCostAndUsage', 'x:Y'],
  ];
  const unchecked = ['kms:ListKeys', 'ce:GetCostAndUsage', 'x:Y'];
  t.strictSame(await tryActions(settings, role, 'us-east-1', asked, 60_000), {
    granted: asked.filter((action) => !unchecked.includes(action)),
    ...{ missing: [], denied: [], unchecked },
  });
  t.equal(most, 4);
  t.strictSame([...seen].sort(), [
    'config POST /of-its-own/',
    'iam POST /',
    'kms POST /',
    'lambda GET /2015-03-31/functions?MaxItems=1',
    'logs POST /',
    'rds POST /',
    's3 GET /?max-buckets=1',
  ]);
  // The second answer never ends.
  const endless = await tryActions(settings, role, 'us-east-1', ['ecs:ListClusters', 'iam:ListRoles'], 4_000);
  t.strictSame(endless, { ...nothing, granted: ['iam:ListRoles'], unchecked: ['ecs:ListClusters'] });
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  const nobodyThere = await tryActions(settings, role, 'us-east-1', ['ec2:DescribeVpcs']);
  t.strictSame(nobodyThere.unchecked, ['ec2:DescribeVpcs']);
  const elsewhere = await tryActions(settings, role, 'cn-north-1', ['ec2:DescribeVpcs']);
  t.strictSame(elsewhere.unchecked, ['ec2:DescribeVpcs'], 'a region of another partition');
});
