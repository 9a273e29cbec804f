import t from 'tap';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import {
  type Credentials,
  clientAccount,
  control,
  makeRole,
  providerAccount,
  sessionIn,
  startQuickly,
  trusting,
} from './clients.js';
import { signedQuery } from './signed-query.js';

const audit = 'arn:aws:iam::aws:policy/SecurityAudit';
const billing = 'arn:aws:iam::aws:policy/job-function/Billing';

function policy(action: string, Resource: string, Effect = 'Allow') {
  return { Version: '2012-10-17', Statement: [{ Effect, Action: action, Resource }] };
}

/** Calls IAM; the answer is its JSON, without the envelope. */
async function iam(sandbox: Sandbox, who: string | Credentials, parameters: Record<string, string>) {
  const { body } = await signedQuery(sandbox, 'iam', who, parameters, { accept: 'application/json' });
  const answer = JSON.parse(body);
  const name = parameters['Action'];
  return answer.Error ?? answer[`${name}Response`][`${name}Result`];
}

t.test('a role and its policies can be read back and changed', async (t) => {
  const sandbox = await startQuickly(t);
  const arn = await makeRole(sandbox, 'Client', trusting(providerAccount), { ManagedPolicyArns: [audit] });
  const call = (Action: string, parameters: Record<string, string> = {}) =>
    iam(sandbox, clientAccount, { Action, RoleName: 'Client', ...parameters });
  t.match(await call('GetRole'), { Role: { Arn: arn, RoleName: 'Client' } });
  const attached = { PolicyName: 'SecurityAudit', PolicyArn: audit };
  t.match(await call('ListAttachedRolePolicies'), { AttachedPolicies: [attached], IsTruncated: false });
  t.strictSame((await call('ListRolePolicies')).PolicyNames, []);

  const document = policy('s3:GetObject', '*');
  await call('PutRolePolicy', { PolicyName: 'files', PolicyDocument: JSON.stringify(document) });
  t.strictSame((await call('ListRolePolicies')).PolicyNames, ['files']);
  const { PolicyDocument } = await call('GetRolePolicy', { PolicyName: 'files' });
  t.strictSame(JSON.parse(decodeURIComponent(PolicyDocument)), document);
  await call('DeleteRolePolicy', { PolicyName: 'files' });
  t.match(await call('GetRolePolicy', { PolicyName: 'files' }), { Code: 'NoSuchEntity' });
  t.match(await call('DeleteRolePolicy', { PolicyName: 'files' }), { Code: 'NoSuchEntity' });

  await call('AttachRolePolicy', { PolicyArn: billing });
  t.equal((await call('ListAttachedRolePolicies')).AttachedPolicies.length, 2);
  await call('DetachRolePolicy', { PolicyArn: billing });
  t.match(await call('DetachRolePolicy', { PolicyArn: billing }), { Code: 'NoSuchEntity' });

  const trust = trusting(providerAccount, { StringEquals: { 'sts:ExternalId': 'x' } });
  await call('UpdateAssumeRolePolicy', { PolicyDocument: JSON.stringify(trust) });
  const { Role } = await call('GetRole');
  t.strictSame(JSON.parse(decodeURIComponent(Role.AssumeRolePolicyDocument)), trust);

  const { Policy } = await call('GetPolicy', { PolicyArn: billing });
  t.match(Policy, { PolicyName: 'Billing', Path: '/job-function/', DefaultVersionId: 'v1' });
  const { PolicyVersion } = await call('GetPolicyVersion', { PolicyArn: audit, VersionId: 'v1' });
  t.match(JSON.parse(decodeURIComponent(PolicyVersion.Document)).Statement[0].Effect, 'Allow');
  t.match(await call('GetPolicyVersion', { PolicyArn: audit, VersionId: 'v9' }), { Code: 'NoSuchEntity' });
  t.match(await call('GetPolicy', { PolicyArn: `${audit}x` }), { Code: 'NoSuchEntity' });
});

t.test('a session may look at what its policies name', async (t) => {
  const sandbox = await startQuickly(t);
  const arn = `arn:aws:iam::${clientAccount}:role/there/Client`;
  const own = {
    PolicyName: 'own',
    PolicyDocument: {
      Statement: [{ Effect: 'Allow', Action: ['iam:GetRole', 'iam:SimulatePrincipalPolicy'], Resource: arn }],
    },
  };
  await makeRole(sandbox, 'Client', trusting(providerAccount), { Path: '/there/', Policies: [own] });
  await makeRole(sandbox, 'Other', trusting(providerAccount));
  const session = await sessionIn(sandbox, arn);
  const call = (Action: string, parameters: Record<string, string>) =>
    iam(sandbox, session, { Action, ...parameters });
  t.match(await call('GetRole', { RoleName: 'Client' }), { Role: { Arn: arn } });
  t.match(await call('GetRole', { RoleName: 'Other' }), {
    Code: 'AccessDenied',
    Message: /not authorized to perform: iam:GetRole on resource: .*:role\/Other because no identity-based/,
  });
  for (const Action of ['ListRolePolicies', 'GetRolePolicy', 'PutRolePolicy', 'UpdateAssumeRolePolicy']) {
    t.match(await call(Action, { RoleName: 'Client', PolicyName: 'own' }), { Code: 'AccessDenied' }, Action);
  }
  t.match(await call('GetPolicy', { PolicyArn: audit }), { Code: 'AccessDenied' });
  const ask = { 'ActionNames.member.1': 'iam:GetRole', 'ResourceArns.member.1': arn };
  const simulated = await call('SimulatePrincipalPolicy', { PolicySourceArn: arn, ...ask });
  t.match(simulated.EvaluationResults, [{ EvalDecision: 'allowed', EvalResourceName: arn }]);
});

t.test('SimulatePrincipalPolicy asks policies, boundary and organization', async (t) => {
  const sandbox = await startQuickly(t);
  const Policies = [
    { PolicyName: 'files', PolicyDocument: policy('s3:*', 'arn:aws:s3:::own/*') },
    { PolicyName: 'no', PolicyDocument: policy('s3:DeleteObject', '*', 'Deny') },
    {
      PolicyName: 'tagged',
      PolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sqs:*',
            Resource: '*',
            Condition: { StringEquals: { 'aws:SourceIp': '10.0.0.1' } },
          },
        ],
      },
    },
  ];
  const arn = await makeRole(sandbox, 'Client', trusting(providerAccount), {
    Policies,
    ManagedPolicyArns: [audit],
  });
  const bounded = await makeRole(sandbox, 'Bounded', trusting(providerAccount), {
    ManagedPolicyArns: [audit],
    PermissionsBoundary: billing,
  });
  const simulate = async (
    PolicySourceArn: string,
    actions: string[],
    resources: string[] = [],
    more: Record<string, string> = {},
  ) => {
    const list = (name: string, values: string[]) =>
      Object.fromEntries(values.map((value, index) => [`${name}.member.${index + 1}`, value]));
    return iam(sandbox, clientAccount, {
      Action: 'SimulatePrincipalPolicy',
      PolicySourceArn,
      ...list('ActionNames', actions),
      ...list('ResourceArns', resources),
      ...more,
    });
  };
  const decisions = async (...given: Parameters<typeof simulate>) =>
    (await simulate(...given)).EvaluationResults.map(
      ({ EvalDecision }: { EvalDecision: string }) => EvalDecision,
    );
  t.strictSame(await decisions(arn, ['iam:GetRole', 'ec2:RunInstances']), ['allowed', 'implicitDeny']);
  t.strictSame(
    await decisions(arn, ['s3:GetObject', 's3:DeleteObject'], ['arn:aws:s3:::own/x', 'arn:aws:s3:::other/x']),
    ['allowed', 'implicitDeny', 'explicitDeny', 'explicitDeny'],
  );
  t.strictSame(await decisions(arn, ['sqs:SendMessage']), ['implicitDeny']);
  const context = {
    'ContextEntries.member.1.ContextKeyName': 'aws:SourceIp',
    'ContextEntries.member.1.ContextKeyValues.member.1': '10.0.0.1',
    'ContextEntries.member.1.ContextKeyType': 'ip',
  };
  t.strictSame(await decisions(arn, ['sqs:SendMessage'], [], context), ['allowed']);

  const [free] = (await simulate(arn, ['iam:GetRole'])).EvaluationResults;
  t.match(free, { OrganizationsDecisionDetail: { AllowedByOrganizations: true } });
  t.notOk('PermissionsBoundaryDecisionDetail' in free);
  t.match((await simulate(bounded, ['iam:GetRole'])).EvaluationResults, [
    {
      EvalDecision: 'implicitDeny',
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
    },
  ]);
  await control(sandbox, 'POST', 'faults', { name: 'scp-deny', account: clientAccount, actions: 'iam:Get*' });
  t.match((await simulate(arn, ['iam:GetRole', 'iam:ListRoles'])).EvaluationResults, [
    { EvalDecision: 'explicitDeny', OrganizationsDecisionDetail: { AllowedByOrganizations: false } },
    { EvalDecision: 'allowed', OrganizationsDecisionDetail: { AllowedByOrganizations: true } },
  ]);

  const page = await simulate(arn, ['iam:GetRole', 'iam:ListRoles'], [], { MaxItems: '1' });
  t.match(page, { IsTruncated: true, EvaluationResults: [{ EvalActionName: 'iam:GetRole' }] });
  const next = await simulate(arn, ['iam:GetRole', 'iam:ListRoles'], [], { Marker: page.Marker });
  t.match(next, { IsTruncated: false, EvaluationResults: [{ EvalActionName: 'iam:ListRoles' }] });
  t.match(await simulate(arn, ['nonsense']), { Code: 'InvalidInput' });
  t.match(await simulate(`${arn}x`, ['iam:GetRole']), { Code: 'NoSuchEntity' });
});

t.test('a user may what its policies allow, and signs with a key of its own', async (t) => {
  const sandbox = await startQuickly(t);
  await makeRole(sandbox, 'Client', trusting(providerAccount));
  const user = { UserName: 'Auditor' };
  const asAdministrator = (parameters: Record<string, string>) => iam(sandbox, clientAccount, parameters);
  t.match(await asAdministrator({ Action: 'CreateAccessKey', ...user }), { Code: 'NoSuchEntity' });
  const made = await asAdministrator({ Action: 'CreateUser', ...user });
  const arn = `arn:aws:iam::${clientAccount}:user/Auditor`;
  t.match(made, { User: { Arn: arn, UserId: /^AIDA\w{17}$/ } });
  t.match(await asAdministrator({ Action: 'CreateUser', ...user }), { Code: 'EntityAlreadyExists' });
  const { AccessKey } = await asAdministrator({ Action: 'CreateAccessKey', ...user });
  const credentials = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
  const look = (who: Credentials) => iam(sandbox, who, { Action: 'GetRole', RoleName: 'Client' });
  t.match(await look(credentials), {
    Code: 'AccessDenied',
    Message: `User: ${arn} is not authorized to perform: iam:GetRole on resource: arn:aws:iam::${clientAccount}:role/Client because no identity-based policy allows the iam:GetRole action`,
  });
  const document = policy('iam:GetRole', `arn:aws:iam::${clientAccount}:role/\${aws:username}*`);
  const PolicyDocument = JSON.stringify(document);
  await asAdministrator({ Action: 'PutUserPolicy', ...user, PolicyName: 'look', PolicyDocument });
  t.match(await look(credentials), { Code: 'AccessDenied' }, 'a variable stands for its own name');
  const any = JSON.stringify(policy('iam:GetRole', '*'));
  await asAdministrator({ Action: 'PutUserPolicy', ...user, PolicyName: 'look', PolicyDocument: any });
  t.match(await look(credentials), { Role: { RoleName: 'Client' } });
  t.match(await look({ ...credentials, secretAccessKey: 'other' }), { Code: 'SignatureDoesNotMatch' });
  const more = await iam(sandbox, credentials, { Action: 'CreateAccessKey', ...user });
  t.match(more, { Code: 'AccessDenied' });
});
