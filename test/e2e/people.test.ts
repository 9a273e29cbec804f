import t from 'tap';
import { changeTrust, freshAccount } from '../conformance/aws.js';
import { startDeployment } from '../support/deployment.js';
import {
  api,
  createStack,
  eventually,
  invite,
  type Json,
  settledStack,
  updateStack,
} from '../support/world.js';

// The role by which people enter, in stacks that were made as they are, edited, and changed afterwards.
const centralAccountId = '444455556666';
const profile = 'security-audit-team';
const { world, service, accountsOf } = await startDeployment(t, { centralAccountId });

const principalArn = 'arn:aws:iam::999999999999:role/RolecallService';
const users = `arn:aws:iam::${centralAccountId}:user/*`;
const mfa = {
  Bool: { 'aws:MultiFactorAuthPresent': 'true' },
  NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' },
};
const enterAs = (changes: object = {}) => ({
  Sid: 'EnterAsPerson',
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${centralAccountId}:root` },
  Action: 'sts:AssumeRole',
  Condition: { ArnLike: { 'aws:PrincipalArn': users }, ...mfa },
  ...changes,
});
const policyOf = (...Statement: readonly object[]) => ({ Version: '2012-10-17', Statement });
const nameOf = (account: string) => `arn:aws:iam::${account}:role/CrossAccountSecurityAuditRole`;

/** A template whose role for people has this trust policy instead. JSON is YAML. */
const withTrust = (policy: object) => (template: string) => {
  const edited = template.replace(
    /(\n {2}HumanRole:\n[\s\S]*?\n)( +)AssumeRolePolicyDocument:\n(?:\2 +.*\n)+/,
    (_, before: string, indent: string) =>
      `${before}${indent}AssumeRolePolicyDocument: ${JSON.stringify(policy)}\n`,
  );
  if (edited === template) throw new Error('the template has no role for people');
  return edited;
};
const withArn = (value: string) => (template: string) =>
  template.replace('HumanRoleArn: !GetAtt HumanRole.Arn', `HumanRoleArn: ${value}`);
/** Without the role for people, as a client takes it out who wants none. */
const withoutPeople = (template: string) =>
  template
    .replace(/\n( +#[^\n]*\n)+ {2}HumanRole:\n(?: {4}[^\n]*\n)+/, '\n')
    .replace(/\n( +#[^\n]*\n)+ {2}HumanRoleInspection:\n(?: {4}[^\n]*\n)+/, '\n')
    .replace(/ +- HumanRoleInspection\n/, '')
    .replace(/ +HumanRoleArn: .*\n/, '')
    .replace(/ {2}HumanRoleArn:\n(?: {4}[^\n]*\n)+/, '');

async function stackOf(edit?: (template: string) => string, fields: object = { profile }) {
  const account = freshAccount();
  const client = await invite(service, fields);
  const stackId = await createStack(world, client, { account, ...(edit && { edit }) });
  const { status, reasons } = await settledStack(world, stackId);
  const [shown] = await accountsOf(client);
  return { account, client, stackId, status, reasons, shown };
}

const verify = async (client: Json, account: string): Promise<Json> =>
  (await api(service, 'POST', `/v1/clients/${client.id}/accounts/${account}/verifications`)).body;

t.test('a stack with a role for people connects, and the account names that role', async (t) => {
  const { account, client, status, shown } = await stackOf();
  t.equal(status, 'CREATE_COMPLETE');
  t.match(shown, { status: 'connected', humanRoleArn: nameOf(account) });
  t.match(
    client.launch.commands.awsCli,
    '--capabilities CAPABILITY_NAMED_IAM ',
    'since that role has a name',
  );
  t.match(client.launch.commands.terraform, 'capabilities = ["CAPABILITY_NAMED_IAM"]');
  t.strictSame(shown.verdict.humanRole, { rejectsService: true, findings: [] });
  const { body } = await api(service, 'GET', `/v1/clients/${client.id}/events`);
  const connected = body.items.find(({ type }: Json) => type === 'account.connected');
  t.match(connected.data, { roleArn: shown.roleArn, humanRoleArn: nameOf(account) });
});

t.test('a verification of it asks STS twice more than one of an account that nobody enters', async (t) => {
  const calls = async (): Promise<number> =>
    Object.values(
      ((await (await fetch(`${world.sandbox.url}/_sandbox/state`)).json()) as Json).stsCalls as object,
    )
      .flatMap((outcomes) => Object.values(outcomes as Record<string, number>))
      .reduce((sum, count) => sum + count, 0);
  const cost = async ({ client, account }: Json) => {
    const before = await calls();
    t.match(await verify(client, account), { failure: null });
    return (await calls()) - before;
  };
  const [alone, together] = [await stackOf(undefined, {}), await stackOf()];
  t.equal(alone.shown.humanRoleArn, null);
  t.equal(alone.shown.verdict.humanRole, null);
  t.strictSame([await cost(alone), await cost(together)], [4, 6]);
});

const tampered = [
  [
    'asks for no second factor',
    withTrust(policyOf(enterAs({ Condition: { ArnLike: { 'aws:PrincipalArn': users } } }))),
    'human-role-unsafe',
    /\(people-without-mfa\).*\(people-mfa-stale\).*Sid EnterAsPerson/,
  ],
  [
    'asks for it only where it is sent',
    withTrust(
      policyOf(
        enterAs({
          Condition: {
            ArnLike: { 'aws:PrincipalArn': users },
            BoolIfExists: mfa.Bool,
            NumericLessThanIfExists: mfa.NumericLessThan,
          },
        }),
      ),
    ),
    'human-role-unsafe',
    /\(people-without-mfa\)/,
  ],
  [
    'takes one that is a day old',
    withTrust(
      policyOf(
        enterAs({
          Condition: {
            ArnLike: { 'aws:PrincipalArn': users },
            ...mfa,
            NumericLessThan: { 'aws:MultiFactorAuthAge': '86400' },
          },
        }),
      ),
    ),
    'human-role-unsafe',
    /\(people-mfa-stale\)/,
  ],
  [
    'lets in the whole central account',
    withTrust(policyOf(enterAs({ Condition: mfa }))),
    'human-role-unsafe',
    /\(people-others\)/,
  ],
  [
    'lets in the service',
    withTrust(policyOf(enterAs(), enterAs({ Principal: { AWS: principalArn }, Condition: {} }))),
    'human-role-open',
    /lets the service itself in.*Sid EnterAsPerson/,
  ],
  [
    'lets in the service, but only with a second factor',
    withTrust(policyOf(enterAs(), enterAs({ Principal: { AWS: principalArn }, Condition: mfa }))),
    'human-role-unsafe',
    /\(people-others\)/,
  ],
] as const;

for (const [what, edit, code, words] of tampered)
  t.test(`a stack whose role for people ${what} is refused, and what is wrong is named`, async (t) => {
    const { status, reasons, shown } = await stackOf(edit);
    t.equal(status, 'ROLLBACK_COMPLETE');
    t.match(shown, { status: 'rejected', verdict: { failure: { code } } });
    t.match(`${shown.verdict.failure.message} ${shown.verdict.failure.remedy}`, words);
    t.match(reasons, `(${code})`, 'to the stack’s administrator, too');
  });

t.test('a role for people that lets in the service with the client’s external ID is refused', async (t) => {
  const account = freshAccount();
  const client = await invite(service, { profile });
  const Condition = { StringEquals: { 'sts:ExternalId': client.externalId } };
  const edit = withTrust(policyOf(enterAs(), enterAs({ Principal: { AWS: principalArn }, Condition })));
  const { status, reasons } = await settledStack(world, await createStack(world, client, { account, edit }));
  t.equal(status, 'ROLLBACK_COMPLETE');
  t.match(reasons, '(human-role-open)');
});

t.test('what is no other role of the same account is not taken for one', async (t) => {
  for (const arn of [
    '!GetAtt ClientRole.Arn',
    'arn:aws:iam::999999999999:role/RolecallService',
    'arn:aws:iam::aws:policy/SecurityAudit',
    "''",
  ]) {
    const { status, reasons, shown } = await stackOf(withArn(arn));
    t.equal(status, 'ROLLBACK_COMPLETE', arn);
    t.match(reasons, '(human-role-arn-invalid)', arn);
    t.equal(shown, undefined, `${arn}: no account comes of it`);
  }
});

t.test('a stack that hands a role for people where the profile has none is refused', async (t) => {
  const { status, reasons } = await stackOf(
    (template) =>
      template.replace(
        'RoleArn: !GetAtt ClientRole.Arn\n',
        'RoleArn: !GetAtt ClientRole.Arn\n      HumanRoleArn: !Sub arn:aws:iam::$' +
          '{AWS::AccountId}:role/Somebody\n',
      ),
    {},
  );
  t.equal(status, 'ROLLBACK_COMPLETE');
  t.match(reasons, '(human-role-unexpected)');
});

t.test('a client may leave people out, from the first or by an update, and let them in again', async (t) => {
  const { client, stackId, status, shown, account } = await stackOf(withoutPeople);
  t.equal(status, 'CREATE_COMPLETE');
  t.match(shown, { status: 'connected', humanRoleArn: null, verdict: { humanRole: null } });

  await updateStack(world, client, stackId, { edit: (template) => template });
  t.equal((await settledStack(world, stackId)).status, 'UPDATE_COMPLETE');
  t.match(await accountsOf(client), [{ humanRoleArn: nameOf(account), verdict: { failure: null } }]);

  await updateStack(world, client, stackId, { edit: withoutPeople });
  t.equal((await settledStack(world, stackId)).status, 'UPDATE_COMPLETE');
  t.match(await accountsOf(client), [{ status: 'connected', humanRoleArn: null }]);
});

t.test(
  'an update that opens the role for people is rolled back, and the account stays as it was',
  async (t) => {
    const { client, stackId, account } = await stackOf();
    const edit = withTrust(policyOf(enterAs({ Condition: { ArnLike: { 'aws:PrincipalArn': users } } })));
    await updateStack(world, client, stackId, {
      // CloudFormation tells the service of an update where a property of the connection has changed.
      edit: (template) => edit(template).replace(/TemplateVersion: .*/, "TemplateVersion: 'edited'"),
    });
    const { status, reasons } = await settledStack(world, stackId);
    t.equal(status, 'UPDATE_ROLLBACK_COMPLETE');
    t.match(reasons, '(human-role-unsafe)');
    t.match(await verify(client, account), {
      failure: null,
      humanRole: { rejectsService: true, findings: [] },
    });
    t.match(await accountsOf(client), [{ status: 'connected', humanRoleArn: nameOf(account) }]);
  },
);

t.test('an account whose role for people is opened later is degraded at once, and recovers', async (t) => {
  const { client, account } = await stackOf();
  const open = policyOf(enterAs({ Condition: { ArnLike: { 'aws:PrincipalArn': users } } }));
  await changeTrust({ world }, account, nameOf(account), open);
  t.match(await verify(client, account), {
    failure: { code: 'human-role-unsafe', remedy: /Sid EnterAsPerson/ },
    humanRole: {
      rejectsService: true,
      findings: [{ code: 'people-without-mfa' }, { code: 'people-mfa-stale' }],
    },
  });
  t.match(await accountsOf(client), [{ status: 'degraded', humanRoleArn: nameOf(account) }]);
  await changeTrust({ world }, account, nameOf(account), policyOf(enterAs()));
  t.match(await verify(client, account), { failure: null });
  t.match(await accountsOf(client), [{ status: 'connected' }]);
});

t.test('an account that is named by hand may name its role for people', async (t) => {
  const account = freshAccount();
  const client = await invite(service, { profile, callback: 'none' });
  const stackId = await createStack(world, client, { account });
  t.equal((await settledStack(world, stackId)).status, 'CREATE_COMPLETE');
  const roleArn = `arn:aws:iam::${account}:role/${client.launch.stackName}`;
  const name = (humanRoleArn?: string | null) =>
    api(service, 'POST', `/v1/clients/${client.id}/accounts`, { roleArn, humanRoleArn });
  t.match(await name(roleArn), {
    status: 422,
    body: { code: 'account-refused', errors: [{ field: 'humanRoleArn' }] },
  });
  t.equal((await name(nameOf(account))).status, 202);
  const [shown] = await eventually(
    () => accountsOf(client),
    ([one]) => one?.status !== 'verifying',
  );
  t.match(shown, {
    ...{ status: 'connected', humanRoleArn: nameOf(account) },
    verdict: { humanRole: { rejectsService: true, findings: [] } },
  });
  t.equal((await name(null)).status, 202, 'and take it away');
  await eventually(
    () => accountsOf(client),
    ([one]) => one?.humanRoleArn === null && one.verdict.humanRole === null,
  );
});
