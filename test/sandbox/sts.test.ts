import { CreateStackCommand, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
} from '@aws-sdk/client-sts';
import t from 'tap';
import {
  administrator,
  clientAccount,
  cloudFormationFor,
  control,
  failure,
  makeRole,
  providerAccount,
  serviceCredentials,
  serviceRole,
  sessionIn,
  settled,
  startQuickly,
  stsFor,
  trusting,
} from './clients.js';

const externalId = { StringEquals: { 'sts:ExternalId': 'right' } };
const clientRole = `arn:aws:iam::${clientAccount}:role/Client`;

function entering(input: Partial<AssumeRoleCommandInput> = {}): AssumeRoleCommand {
  return new AssumeRoleCommand({
    RoleArn: clientRole,
    RoleSessionName: 'probe',
    ExternalId: 'right',
    ...input,
  });
}

t.test('GetCallerIdentity tells who signed', async (t) => {
  const sandbox = await startQuickly(t);
  const admin = await stsFor(sandbox, administrator(clientAccount)).send(new GetCallerIdentityCommand({}));
  t.match(admin, { Account: clientAccount, Arn: `arn:aws:iam::${clientAccount}:user/administrator` });
  const service = await stsFor(sandbox, await serviceCredentials(sandbox)).send(
    new GetCallerIdentityCommand({}),
  );
  t.match(service, {
    Account: providerAccount,
    Arn: /^arn:aws:sts::999999999999:assumed-role\/RolecallService\/.+/,
    UserId: /^AROA[A-Z2-7]{17}:.+/,
  });
});

t.test('a signature has to be right', async (t) => {
  const sandbox = await startQuickly(t);
  const identify = (credentials: Parameters<typeof stsFor>[1]) =>
    failure(stsFor(sandbox, credentials).send(new GetCallerIdentityCommand({})));
  t.equal(
    (await identify({ accessKeyId: clientAccount, secretAccessKey: 'wrong' })).code,
    'SignatureDoesNotMatch',
  );
  t.equal(
    (await identify({ accessKeyId: 'AKIANOBODY', secretAccessKey: 'sandbox' })).code,
    'InvalidClientTokenId',
  );
  const credentials = await serviceCredentials(sandbox);
  t.equal((await identify({ ...credentials, sessionToken: 'other' })).code, 'InvalidClientTokenId');
  const unsigned = await fetch(sandbox.url, {
    method: 'POST',
    body: 'Action=GetCallerIdentity&Version=2011-06-15',
  });
  t.equal(unsigned.status, 403);
  t.match(await unsigned.text(), 'MissingAuthenticationToken');
});

t.test('a role lets in by its trust policy, and refusals look alike', async (t) => {
  const sandbox = await startQuickly(t);
  const sts = stsFor(sandbox, await serviceCredentials(sandbox));
  await makeRole(sandbox, 'Client', trusting(serviceRole, externalId), { Path: '/' });

  const { AssumedRoleUser, Credentials } = await sts.send(entering());
  t.equal(AssumedRoleUser?.Arn, `arn:aws:sts::${clientAccount}:assumed-role/Client/probe`);
  const session = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
  const identity = await stsFor(sandbox, session).send(new GetCallerIdentityCommand({}));
  t.equal(identity.Arn, AssumedRoleUser?.Arn);

  const refusals = [
    await failure(sts.send(entering({ ExternalId: 'wrong' }))),
    await failure(sts.send(entering({ ExternalId: undefined }))),
    await failure(sts.send(entering({ RoleArn: `arn:aws:iam::${clientAccount}:role/Missing` }))),
    await failure(sts.send(entering({ RoleArn: 'arn:aws:iam::444455556666:role/Client' }))),
    await failure(sts.send(entering({ RoleArn: `arn:aws-us-gov:iam::${clientAccount}:role/Client` }))),
    await failure(stsFor(sandbox, administrator('555566667777')).send(entering())),
  ];
  for (const { code, message } of refusals) {
    t.equal(code, 'AccessDenied');
    t.match(
      message,
      /^User: arn:aws\S+ is not authorized to perform: sts:AssumeRole on resource: arn:aws\S+$/,
    );
  }
  const { stsCalls } = await control(sandbox, 'GET', 'state');
  t.strictSame(stsCalls.AssumeRole, { ok: 1, AccessDenied: 6 });
});

t.test('the account as principal needs the role in aws:PrincipalArn, if the condition says so', async (t) => {
  const sandbox = await startQuickly(t);
  const condition = { ArnEquals: { 'aws:PrincipalArn': serviceRole } };
  await makeRole(sandbox, 'Client', trusting(`arn:aws:iam::${providerAccount}:root`, condition));
  await stsFor(sandbox, await serviceCredentials(sandbox)).send(entering());
  const other = await failure(stsFor(sandbox, administrator(providerAccount)).send(entering()));
  t.equal(other.code, 'AccessDenied');
});

t.test('a new role is unknown to STS until it has propagated', async (t) => {
  const sandbox = await startQuickly(t, { propagationMs: 5_000 });
  const sts = stsFor(sandbox, await serviceCredentials(sandbox));
  await makeRole(sandbox, 'Client', trusting(providerAccount));
  t.equal((await failure(sts.send(entering()))).code, 'AccessDenied');
  const enter = async () => (await failure(sts.send(entering()))).code;
  while ((await enter()) !== 'none') await new Promise((resolve) => setTimeout(resolve, 100));
});

t.test('a source identity and session tags need actions of their own', async (t) => {
  const sandbox = await startQuickly(t);
  const sts = stsFor(sandbox, await serviceCredentials(sandbox));
  await makeRole(sandbox, 'Plain', trusting(providerAccount));
  await makeRole(
    sandbox,
    'Full',
    trusting(providerAccount, {}, ['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession']),
  );
  const Tags = [{ Key: 'team', Value: 'audit' }];
  const outcome = async (name: string, input: Partial<AssumeRoleCommandInput>) =>
    (await failure(sts.send(entering({ RoleArn: `arn:aws:iam::${clientAccount}:role/${name}`, ...input }))))
      .message;
  t.match(await outcome('Plain', { SourceIdentity: 'ann' }), 'sts:SetSourceIdentity');
  t.match(await outcome('Plain', { Tags }), 'sts:TagSession');
  t.equal(await outcome('Full', { SourceIdentity: 'ann', Tags }), '');
});

t.test('a source identity stays with a session from role to role', async (t) => {
  const sandbox = await startQuickly(t);
  const actions = ['sts:AssumeRole', 'sts:SetSourceIdentity'];
  const Policies = [
    {
      PolicyName: 'enter',
      PolicyDocument: { Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] },
    },
  ];
  const first = await makeRole(sandbox, 'First', trusting(providerAccount, {}, actions), { Policies });
  const second = await makeRole(sandbox, 'Second', trusting(clientAccount, {}, actions));
  const closed = await makeRole(sandbox, 'Closed', trusting(clientAccount));
  const sts = stsFor(sandbox, await serviceCredentials(sandbox));
  const { Credentials } = await sts.send(entering({ RoleArn: first, SourceIdentity: 'ann' }));
  const session = stsFor(sandbox, {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  });
  t.equal((await session.send(entering({ RoleArn: second }))).SourceIdentity, 'ann');
  t.match((await failure(session.send(entering({ RoleArn: closed })))).message, 'sts:SetSourceIdentity');
  const other = await failure(session.send(entering({ RoleArn: second, SourceIdentity: 'bob' })));
  t.equal(other.code, 'AccessDenied');
});

t.test('a trust policy has at most 2048 characters', async (t) => {
  const sandbox = await startQuickly(t);
  const ids = Array.from({ length: 100 }, (_, index) => `a-rather-long-external-id-${index}`);
  const long = trusting(providerAccount, { StringEquals: { 'sts:ExternalId': ids } });
  await t.rejects(makeRole(sandbox, 'Client', long), /ROLLBACK_COMPLETE/);
});

t.test('MFA is for people: a service never has it', async (t) => {
  const sandbox = await startQuickly(t);
  await makeRole(
    sandbox,
    'Client',
    trusting(providerAccount, { Bool: { 'aws:MultiFactorAuthPresent': 'true' } }),
  );
  const device = { SerialNumber: `arn:aws:iam::${providerAccount}:mfa/administrator`, TokenCode: '123456' };
  const service = stsFor(sandbox, await serviceCredentials(sandbox));
  const person = stsFor(sandbox, administrator(providerAccount));
  t.equal((await failure(service.send(entering()))).code, 'AccessDenied');
  t.equal((await failure(service.send(entering(device)))).code, 'AccessDenied');
  t.equal((await failure(person.send(entering()))).code, 'AccessDenied');
  t.equal((await failure(person.send(entering(device)))).code, 'none');
});

t.test('what is out of bounds is a ValidationError', async (t) => {
  const sandbox = await startQuickly(t);
  await makeRole(sandbox, 'Client', trusting(providerAccount), { MaxSessionDuration: 7200 });
  const service = stsFor(sandbox, await serviceCredentials(sandbox));
  const person = stsFor(sandbox, administrator(providerAccount));
  const cases: [string, Partial<AssumeRoleCommandInput>][] = [
    ['a session name of one character', { RoleSessionName: 'x' }],
    ['a session name with a blank', { RoleSessionName: 'a b' }],
    ['an external ID of one character', { ExternalId: 'x' }],
    ['an external ID with a blank', { ExternalId: 'a b' }],
    ['too short', { DurationSeconds: 899 }],
    ['too long', { DurationSeconds: 43201 }],
    ['longer than chaining allows', { DurationSeconds: 3601 }],
    ['a user', { RoleArn: `arn:aws:iam::${clientAccount}:user/someone` }],
  ];
  for (const [name, input] of cases) {
    t.equal((await failure(service.send(entering(input)))).code, 'ValidationError', name);
  }
  t.equal((await failure(person.send(entering({ DurationSeconds: 7200 })))).code, 'none');
  t.equal((await failure(person.send(entering({ DurationSeconds: 7201 })))).code, 'ValidationError');
});

t.test('a session policy narrows what a session may do', async (t) => {
  const sandbox = await startQuickly(t);
  const managed = { ManagedPolicyArns: ['arn:aws:iam::aws:policy/SecurityAudit'] };
  await makeRole(sandbox, 'Client', trusting(providerAccount), managed);
  const sts = stsFor(sandbox, await serviceCredentials(sandbox));
  const describe = async (input: Partial<AssumeRoleCommandInput>) => {
    const { Credentials } = await sts.send(entering(input));
    const client = cloudFormationFor(sandbox, {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    });
    return {
      read: (await failure(settled(client, 'Client'))).code,
      write: (await failure(client.send(new DeleteStackCommand({ StackName: 'Client' })))).code,
    };
  };
  t.strictSame(await describe({}), { read: 'none', write: 'AccessDenied' });
  const Policy = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: 'iam:*', Resource: '*' }] });
  t.strictSame(await describe({ Policy }), { read: 'AccessDenied', write: 'AccessDenied' });
  t.equal((await failure(sts.send(entering({ Policy: '{' })))).code, 'MalformedPolicyDocumentException');
});

t.test('a trust policy names roles that exist, and is bound to them', async (t) => {
  const sandbox = await startQuickly(t);
  await t.rejects(
    makeRole(sandbox, 'Client', trusting(`arn:aws:iam::${providerAccount}:role/Missing`)),
    /ROLLBACK_COMPLETE/,
  );
  await makeRole(sandbox, 'Caller', trusting(providerAccount), {}, providerAccount);
  await makeRole(sandbox, 'Bound', trusting(`arn:aws:iam::${providerAccount}:role/Caller`));
  const provider = cloudFormationFor(sandbox, providerAccount);
  const enterBound = async () => {
    const { Credentials } = await stsFor(sandbox, administrator(providerAccount)).send(
      new AssumeRoleCommand({
        RoleArn: `arn:aws:iam::${providerAccount}:role/Caller`,
        RoleSessionName: 'one',
      }),
    );
    const caller = stsFor(sandbox, {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    });
    return failure(caller.send(entering({ RoleArn: `arn:aws:iam::${clientAccount}:role/Bound` })));
  };
  const policy = {
    Policies: [
      {
        PolicyName: 'enter',
        PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' }] },
      },
    ],
  };
  t.equal((await enterBound()).code, 'AccessDenied', 'the caller needs permission of its own');
  const replace = async () => {
    await provider.send(new DeleteStackCommand({ StackName: 'Caller' }));
    while ((await failure(settled(provider, 'Caller'))).code === 'none');
    await makeRole(sandbox, 'Caller', trusting(providerAccount), policy, providerAccount);
  };
  await replace();
  await makeRole(sandbox, 'Rebound', trusting(`arn:aws:iam::${providerAccount}:role/Caller`));
  t.equal((await enterBound()).code, 'AccessDenied', 'a role made again under its name is another role');
  const { accounts } = await control(sandbox, 'GET', 'state');
  const bound = accounts
    .find(({ id }: { id: string }) => id === clientAccount)
    .roles.find(({ name }: { name: string }) => name === 'Bound');
  t.match(bound.trustPolicy.Statement[0].Principal.AWS, /^AROA/, 'IAM shows the ID that was left');
});

t.test('the control roles show that a probe can see', async (t) => {
  const sandbox = await startQuickly(t, { propagationMs: 60_000 });
  const { strictArn, openArn, externalId } = sandbox.controlRoles;
  const service = stsFor(sandbox, await serviceCredentials(sandbox));
  const person = stsFor(sandbox, administrator(providerAccount));
  const enter = async (client: typeof service, RoleArn: string, ExternalId: string | undefined) =>
    (await failure(client.send(entering({ RoleArn, ExternalId, SourceIdentity: 'rolecall' })))).code;
  t.equal(await enter(service, strictArn, externalId), 'none');
  for (const given of [externalId, undefined, 'wrong']) {
    t.equal(await enter(service, openArn, given), 'none');
    t.equal(await enter(person, openArn, given), 'AccessDenied');
    if (given !== externalId) t.equal(await enter(service, strictArn, given), 'AccessDenied');
  }
  const session = await sessionIn(sandbox, openArn);
  const client = cloudFormationFor(sandbox, session);
  t.equal((await failure(settled(client, 'any'))).code, 'AccessDenied', 'and they may do nothing');
});

t.test('names are unique without regard to case', async (t) => {
  const sandbox = await startQuickly(t);
  await makeRole(sandbox, 'Client', trusting(providerAccount));
  const client = cloudFormationFor(sandbox);
  const role = {
    Type: 'AWS::IAM::Role',
    Properties: { RoleName: 'CLIENT', AssumeRolePolicyDocument: trusting(providerAccount) },
  };
  await client.send(
    new CreateStackCommand({
      StackName: 'again',
      TemplateBody: JSON.stringify({ Resources: { Role: role } }),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
    }),
  );
  t.equal((await settled(client, 'again')).StackStatus, 'ROLLBACK_COMPLETE');
  const { stacks } = await control(sandbox, 'GET', 'state');
  const events = stacks.find(({ name }: { name: string }) => name === 'again').events;
  t.ok(events.some(({ reason }: { reason?: string }) => reason?.includes('already exists')));
});

t.test('faults strike as often as asked, for the account asked', async (t) => {
  const sandbox = await startQuickly(t);
  await makeRole(sandbox, 'Client', trusting(providerAccount));
  const sts = stsFor(sandbox, await serviceCredentials(sandbox));
  const enter = async () => (await failure(sts.send(entering()))).code;
  const cases: [string, string][] = [
    ['sts-throttle', 'Throttling'],
    ['sts-outage', 'InternalFailure'],
    ['sts-region-disabled', 'RegionDisabledException'],
    ['rcp-deny', 'AccessDenied'],
    ['provider-scp-deny', 'AccessDenied'],
  ];
  for (const [name, code] of cases) {
    await control(sandbox, 'POST', 'faults', { name, account: clientAccount, times: 1 });
    t.equal(await enter(), code, name);
    t.equal(await enter(), 'none', `${name} is over`);
  }
  await control(sandbox, 'POST', 'faults', { name: 'sts-throttle', rate: 0.5 });
  const outcomes = new Set<string>();
  for (let calls = 0; calls < 100 && outcomes.size < 2; calls += 1) outcomes.add(await enter());
  t.strictSame(outcomes, new Set(['none', 'Throttling']), 'about half of the calls');
  await control(sandbox, 'DELETE', 'faults');
  await control(sandbox, 'POST', 'faults', { name: 'sts-throttle', forMs: 5_000 });
  t.equal(await enter(), 'Throttling');
  // Until the time is over.
  while ((await enter()) !== 'none') await new Promise((resolve) => setTimeout(resolve, 100));
  await control(sandbox, 'POST', 'faults', { name: 'rcp-deny', account: '444455556666' });
  t.equal(await enter(), 'none', 'another account has the trouble');
  await control(sandbox, 'POST', 'faults', { name: 'rcp-deny' });
  t.equal(await enter(), 'AccessDenied');
  await control(sandbox, 'DELETE', 'faults');
  t.equal(await enter(), 'none');
  t.match(await control(sandbox, 'POST', 'faults', { name: 'sts-nonsense' }), { code: 'ValidationError' });
  t.match(await control(sandbox, 'POST', 'faults', { name: 'sts-outage', often: 3 }), {
    code: 'ValidationError',
  });
  t.match(await control(sandbox, 'PATCH', 'settings', { propagation: 3 }), { code: 'ValidationError' });
});
