import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteAccessKeyCommand,
  DeleteGroupCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteUserCommand,
  DeleteVirtualMFADeviceCommand,
  DetachGroupPolicyCommand,
  EnableMFADeviceCommand,
  GetGroupCommand,
  GetGroupPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetUserCommand,
  type IAMClient,
  ListAccessKeysCommand,
  ListAttachedGroupPoliciesCommand,
  ListGroupsCommand,
  ListGroupsForUserCommand,
  ListMFADevicesCommand,
  ListPoliciesCommand,
  ListPolicyVersionsCommand,
  ListRolesCommand,
  ListUsersCommand,
  ListVirtualMFADevicesCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  RemoveUserFromGroupCommand,
  SetDefaultPolicyVersionCommand,
} from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  type Credentials as GivenCredentials,
} from '@aws-sdk/client-sts';
import t, { type Test } from 'tap';
import {
  type Credentials,
  clientAccount,
  control,
  failure,
  iamFor,
  makeRole,
  startQuickly,
  stsFor,
} from './clients.js';

/** The account of the third party's people. */
const central = '444455556666';
const arnOf = (resource: string) => `arn:aws:iam::${central}:${resource}`;

function allow(Action: string | string[], Resource: string | string[] = '*', Condition?: object) {
  const statement = { Effect: 'Allow', Action, Resource, ...(Condition === undefined ? {} : { Condition }) };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

const read = (document: string | undefined) => JSON.parse(decodeURIComponent(document ?? ''));

async function keyOf(iam: IAMClient, UserName: string): Promise<Credentials> {
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

function asCredentials(given: GivenCredentials | undefined): Credentials {
  return {
    accessKeyId: given?.AccessKeyId ?? '',
    secretAccessKey: given?.SecretAccessKey ?? '',
    sessionToken: given?.SessionToken ?? '',
  };
}

/** A device of the user's. Returns its serial number. */
async function giveDevice(iam: IAMClient, UserName: string): Promise<string> {
  const { VirtualMFADevice } = await iam.send(
    new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: UserName }),
  );
  const SerialNumber = VirtualMFADevice?.SerialNumber ?? '';
  const codes = { AuthenticationCode1: '123456', AuthenticationCode2: '654321' };
  await iam.send(new EnableMFADeviceCommand({ UserName, SerialNumber, ...codes }));
  return SerialNumber;
}

async function start(t: Test) {
  const sandbox = await startQuickly(t);
  return { sandbox, iam: iamFor(sandbox, central) };
}

t.test('users, groups and memberships are made, read, and deleted in order', async (t) => {
  const { iam } = await start(t);
  const { User } = await iam.send(new CreateUserCommand({ UserName: 'ada', Path: '/people/' }));
  t.match(User, { Arn: arnOf('user/people/ada'), UserName: 'ada', Path: '/people/', UserId: /^AIDA/ });
  const { Group } = await iam.send(new CreateGroupCommand({ GroupName: 'Security-Audit' }));
  t.match(Group, { Arn: arnOf('group/Security-Audit'), GroupId: /^AGPA/ });
  t.match(await failure(iam.send(new CreateUserCommand({ UserName: 'Ada' }))), {
    code: 'EntityAlreadyExistsException',
    message: 'User with name Ada already exists.',
  });
  t.match(await failure(iam.send(new CreateGroupCommand({ GroupName: 'no spaces' }))), {
    code: 'ValidationError',
  });

  const membership = { UserName: 'ada', GroupName: 'Security-Audit' };
  await iam.send(new AddUserToGroupCommand(membership));
  await iam.send(new AddUserToGroupCommand(membership));
  const group = await iam.send(new GetGroupCommand({ GroupName: 'Security-Audit' }));
  t.match(group, { Group: { GroupName: 'Security-Audit' }, Users: [{ UserName: 'ada' }] });
  t.equal(group.Users?.length, 1);
  const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName: 'ada' }));
  t.match(Groups, [{ GroupName: 'Security-Audit' }]);
  t.match(await failure(iam.send(new AddUserToGroupCommand({ ...membership, UserName: 'nobody' }))), {
    code: 'NoSuchEntityException',
    message: 'The user with name nobody cannot be found.',
  });

  const deleteUser = new DeleteUserCommand({ UserName: 'ada' });
  const deleteGroup = new DeleteGroupCommand({ GroupName: 'Security-Audit' });
  const inTheWay = (code: string, message: RegExp) => ({ code, message });
  t.match(
    await failure(iam.send(deleteUser)),
    inTheWay('DeleteConflictException', /must remove users from group first/),
  );
  t.match(
    await failure(iam.send(deleteGroup)),
    inTheWay('DeleteConflictException', /must remove users from group first/),
  );
  await iam.send(new RemoveUserFromGroupCommand(membership));
  await iam.send(deleteGroup);
  await iam.send(deleteUser);
  t.strictSame((await iam.send(new ListUsersCommand({}))).Users, []);
  t.strictSame((await iam.send(new ListGroupsCommand({}))).Groups, []);
});

t.test('a list comes page by page', async (t) => {
  const { iam } = await start(t);
  for (const name of ['one', 'two', 'three']) await iam.send(new CreateGroupCommand({ GroupName: name }));
  const first = await iam.send(new ListGroupsCommand({ MaxItems: 2 }));
  t.match([first.IsTruncated, first.Groups?.length], [true, 2]);
  const second = await iam.send(new ListGroupsCommand({ Marker: first.Marker, MaxItems: 2 }));
  t.match([second.IsTruncated, second.Groups], [false, [{ GroupName: 'three' }]]);
});

t.test('a managed policy has versions, and goes when nothing holds it', async (t) => {
  const { iam } = await start(t);
  const { Policy } = await iam.send(
    new CreatePolicyCommand({ PolicyName: 'Enter', PolicyDocument: allow('sts:AssumeRole') }),
  );
  const PolicyArn = arnOf('policy/Enter');
  t.match(Policy, { Arn: PolicyArn, DefaultVersionId: 'v1', AttachmentCount: 0, PolicyId: /^ANPA/ });
  t.match(
    await failure(
      iam.send(new CreatePolicyCommand({ PolicyName: 'enter', Path: '/x/', PolicyDocument: allow('*') })),
    ),
    { code: 'EntityAlreadyExistsException' },
  );
  const document = async (VersionId: string) =>
    read((await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId }))).PolicyVersion?.Document)
      .Statement[0].Action;
  const add = (action: string, SetAsDefault: boolean) =>
    iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: allow(action), SetAsDefault }));
  t.match(await add('iam:ListRoles', true), { PolicyVersion: { VersionId: 'v2', IsDefaultVersion: true } });
  t.equal(await document('v1'), 'sts:AssumeRole');
  t.equal(await document('v2'), 'iam:ListRoles');
  for (const action of ['a:3', 'a:4', 'a:5']) await add(action, false);
  t.match(await failure(add('a:6', false)), { code: 'LimitExceededException', message: /up to 5 versions/ });
  t.match(await failure(iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v2' }))), {
    code: 'DeleteConflictException',
  });
  await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
  await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v2' }));
  t.match(await add('a:6', false), { PolicyVersion: { VersionId: 'v6' } });
  const { Versions = [] } = await iam.send(new ListPolicyVersionsCommand({ PolicyArn }));
  t.strictSame(
    Versions.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion]),
    [
      ['v6', false],
      ['v5', false],
      ['v4', false],
      ['v3', false],
      ['v1', true],
    ],
  );

  await iam.send(new CreateGroupCommand({ GroupName: 'Dev' }));
  await iam.send(new AttachGroupPolicyCommand({ GroupName: 'Dev', PolicyArn }));
  t.match(await iam.send(new GetPolicyCommand({ PolicyArn })), { Policy: { AttachmentCount: 1 } });
  const { Policies } = await iam.send(new ListPoliciesCommand({ Scope: 'Local', OnlyAttached: true }));
  t.match(Policies, [{ PolicyName: 'Enter' }]);
  const remove = () => iam.send(new DeletePolicyCommand({ PolicyArn }));
  t.match(await failure(remove()), { code: 'DeleteConflictException', message: /attached to entities/ });
  await iam.send(new DetachGroupPolicyCommand({ GroupName: 'Dev', PolicyArn }));
  t.match(await failure(remove()), { code: 'DeleteConflictException', message: /more than one version/ });
  for (const VersionId of ['v3', 'v4', 'v5', 'v6'])
    await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
  await remove();
  t.match(await failure(iam.send(new GetPolicyCommand({ PolicyArn }))), { code: 'NoSuchEntityException' });
});

t.test('the quotas are those of IAM', async (t) => {
  const { iam } = await start(t);
  const limit = (message: string) => ({ code: 'LimitExceededException', message });
  // 6,144 characters without white space.
  const sized = (length: number, space = '') => {
    const empty = allow('sts:AssumeRole', '');
    const document = allow('sts:AssumeRole', 'x'.repeat(length - empty.length));
    return document.replace('{', `{${space}`);
  };
  const create = (PolicyName: string, PolicyDocument: string) =>
    iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }));
  await create('full', sized(6144, ' \n\t'.repeat(100)));
  t.match(await failure(create('over', sized(6145))), limit('Cannot exceed quota for PolicySize: 6144'));

  for (let n = 1; n <= 300; n += 1) await iam.send(new CreateGroupCommand({ GroupName: `group-${n}` }));
  t.match(
    await failure(iam.send(new CreateGroupCommand({ GroupName: 'group-301' }))),
    limit('Cannot exceed quota for GroupsPerAccount: 300'),
  );
  await iam.send(new CreateUserCommand({ UserName: 'ada' }));
  const join = (n: number) =>
    iam.send(new AddUserToGroupCommand({ UserName: 'ada', GroupName: `group-${n}` }));
  for (let n = 1; n <= 10; n += 1) await join(n);
  t.match(await failure(join(11)), limit('Cannot exceed quota for GroupsPerUser: 10'));

  for (let n = 1; n <= 11; n += 1) await create(`policy-${n}`, allow('sts:AssumeRole'));
  const attach = (n: number) =>
    iam.send(new AttachGroupPolicyCommand({ GroupName: 'group-1', PolicyArn: arnOf(`policy/policy-${n}`) }));
  for (let n = 1; n <= 10; n += 1) await attach(n);
  await attach(10);
  t.match(await failure(attach(11)), limit('Cannot exceed quota for PoliciesPerGroup: 10'));

  const put = (PolicyName: string, length: number) =>
    iam.send(new PutGroupPolicyCommand({ GroupName: 'group-1', PolicyName, PolicyDocument: sized(length) }));
  await put('one', 3000);
  t.match(
    await failure(put('two', 2121)),
    limit('Maximum policy size of 5120 bytes exceeded for group group-1'),
  );
  await put('two', 2120);
  await keyOf(iam, 'ada');
  await keyOf(iam, 'ada');
  t.match(await failure(keyOf(iam, 'ada')), limit('Cannot exceed quota for AccessKeysPerUser: 2'));
});

t.test('a user may what its own policies and those of its groups allow together', async (t) => {
  const { sandbox, iam } = await start(t);
  await iam.send(new CreateUserCommand({ UserName: 'ada' }));
  await iam.send(new CreateGroupCommand({ GroupName: 'Dev' }));
  const key = await keyOf(iam, 'ada');
  const ada = iamFor(sandbox, key);
  t.match(await stsFor(sandbox, key).send(new GetCallerIdentityCommand({})), {
    Arn: arnOf('user/ada'),
    Account: central,
    UserId: /^AIDA/,
  });
  const mayList = async () => (await failure(ada.send(new ListRolesCommand({})))).code;
  t.match(await failure(ada.send(new ListRolesCommand({}))), {
    code: 'AccessDenied',
    message: `User: ${arnOf('user/ada')} is not authorized to perform: iam:ListRoles on resource: * because no identity-based policy allows the iam:ListRoles action`,
  });

  const inGroup = { GroupName: 'Dev', PolicyName: 'roles' };
  await iam.send(new PutGroupPolicyCommand({ ...inGroup, PolicyDocument: allow('iam:ListRoles') }));
  t.equal(await mayList(), 'AccessDenied');
  await iam.send(new AddUserToGroupCommand({ UserName: 'ada', GroupName: 'Dev' }));
  t.equal(await mayList(), 'none');
  const { PolicyDocument } = await iam.send(new GetGroupPolicyCommand(inGroup));
  t.equal(read(PolicyDocument).Statement[0].Action, 'iam:ListRoles');

  const denied = allow('iam:ListRoles').replace('Allow', 'Deny');
  await iam.send(new PutUserPolicyCommand({ UserName: 'ada', PolicyName: 'no', PolicyDocument: denied }));
  t.match(
    (await failure(ada.send(new ListRolesCommand({})))).message,
    /with an explicit deny in an identity/,
  );
  await iam.send(
    new PutUserPolicyCommand({ UserName: 'ada', PolicyName: 'no', PolicyDocument: allow('iam:ListUsers') }),
  );
  t.equal(await mayList(), 'none');
  await iam.send(new RemoveUserFromGroupCommand({ UserName: 'ada', GroupName: 'Dev' }));
  t.equal(await mayList(), 'AccessDenied');

  const PolicyArn = 'arn:aws:iam::aws:policy/SecurityAudit';
  await iam.send(new AttachGroupPolicyCommand({ GroupName: 'Dev', PolicyArn }));
  const { AttachedPolicies } = await iam.send(new ListAttachedGroupPoliciesCommand({ GroupName: 'Dev' }));
  t.match(AttachedPolicies, [{ PolicyName: 'SecurityAudit', PolicyArn }]);
  await iam.send(new AddUserToGroupCommand({ UserName: 'ada', GroupName: 'Dev' }));
  t.equal(await mayList(), 'none');

  t.match(await ada.send(new ListAccessKeysCommand({})), {
    AccessKeyMetadata: [{ UserName: 'ada', AccessKeyId: key.accessKeyId, Status: 'Active' }],
  });
  await iam.send(new DeleteAccessKeyCommand({ UserName: 'ada', AccessKeyId: key.accessKeyId }));
  t.match(await failure(ada.send(new ListRolesCommand({}))), { code: 'InvalidClientTokenId' });
});

t.test('an MFA device belongs to the one user who showed two of its codes', async (t) => {
  const { iam } = await start(t);
  for (const UserName of ['ada', 'bob']) await iam.send(new CreateUserCommand({ UserName }));
  const { VirtualMFADevice } = await iam.send(
    new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'ada' }),
  );
  const SerialNumber = VirtualMFADevice?.SerialNumber ?? '';
  t.equal(SerialNumber, arnOf('mfa/ada'));
  t.match(Buffer.from(VirtualMFADevice?.Base32StringSeed ?? []).toString(), /^[A-Z2-7]{64}$/);
  const enable = (UserName: string, one: string, two: string) =>
    iam.send(
      new EnableMFADeviceCommand({
        UserName,
        SerialNumber,
        AuthenticationCode1: one,
        AuthenticationCode2: two,
      }),
    );
  t.match(await failure(enable('ada', '123456', '000000')), { code: 'InvalidAuthenticationCodeException' });
  t.match(await failure(enable('ada', '123456', '123456')), { code: 'InvalidAuthenticationCodeException' });
  const unassigned = new ListVirtualMFADevicesCommand({ AssignmentStatus: 'Unassigned' });
  t.match((await iam.send(unassigned)).VirtualMFADevices, [{ SerialNumber }]);
  await enable('ada', '123456', '654321');
  t.strictSame((await iam.send(unassigned)).VirtualMFADevices, []);
  t.match(await failure(enable('bob', '123456', '654321')), { code: 'EntityAlreadyExistsException' });
  const { MFADevices } = await iam.send(new ListMFADevicesCommand({ UserName: 'ada' }));
  t.match(MFADevices, [{ UserName: 'ada', SerialNumber, EnableDate: Date }]);
  t.match(await failure(iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }))), {
    code: 'DeleteConflictException',
  });
  t.match(await failure(iam.send(new DeleteUserCommand({ UserName: 'ada' }))), {
    message: /must delete MFA device first/,
  });
  await iam.send(new DeactivateMFADeviceCommand({ UserName: 'ada', SerialNumber }));
  await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
  await iam.send(new DeleteUserCommand({ UserName: 'ada' }));
});

/** A user of the central account who may enter roles, and a role of a client's as the service's templates make it. */
async function auditor(t: Test) {
  const { sandbox, iam } = await start(t);
  await iam.send(new CreateUserCommand({ UserName: 'ada' }));
  const PolicyDocument = allow('sts:AssumeRole');
  await iam.send(new PutUserPolicyCommand({ UserName: 'ada', PolicyName: 'enter', PolicyDocument }));
  const serial = await giveDevice(iam, 'ada');
  const RoleArn = await makeRole(sandbox, 'Audit', {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: arnOf('root') },
        Action: 'sts:AssumeRole',
        Condition: {
          ArnLike: { 'aws:PrincipalArn': arnOf('user/*') },
          Bool: { 'aws:MultiFactorAuthPresent': 'true' },
          NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' },
        },
      },
    ],
  });
  const key = await keyOf(iam, 'ada');
  const enter = async (who: Credentials, mfa: { SerialNumber?: string; TokenCode?: string } = {}) => {
    const input = { RoleArn, RoleSessionName: 'ada', ...mfa };
    return stsFor(sandbox, who).send(new AssumeRoleCommand(input));
  };
  const sessionOf = async (TokenCode?: string, SerialNumber = serial) => {
    const mfa = TokenCode === undefined ? {} : { SerialNumber, TokenCode };
    const { Credentials } = await stsFor(sandbox, key).send(new GetSessionTokenCommand(mfa));
    return asCredentials(Credentials);
  };
  return { sandbox, iam, key, serial, enter, sessionOf };
}

t.test('a role that wants MFA lets a user in who gives a code, at the time or shortly before', async (t) => {
  const { key, serial, enter, sessionOf } = await auditor(t);
  t.match(await failure(enter(key)), { code: 'AccessDenied', message: /not authorized to perform: sts:Ass/ });
  t.match(await enter(key, { SerialNumber: serial, TokenCode: '123456' }), {
    AssumedRoleUser: { Arn: `arn:aws:sts::${clientAccount}:assumed-role/Audit/ada` },
  });
  t.match(await failure(enter(await sessionOf())), { code: 'AccessDenied' });
  t.match(await enter(await sessionOf('123456')), { Credentials: { AccessKeyId: /^ASIA/ } });
});

t.test('a code is wrong, another’s, or incomplete', async (t) => {
  const { iam, key, serial, enter, sessionOf } = await auditor(t);
  const wrong = {
    code: 'AccessDenied',
    message: /MultiFactorAuthentication failed with invalid MFA one time/,
  };
  t.match(await failure(sessionOf('000000')), wrong);
  t.match(await failure(enter(key, { SerialNumber: serial, TokenCode: '000000' })), wrong);
  t.match(await failure(enter(key, { TokenCode: '123456' })), { message: /must provide both MFA serial/ });
  t.match(await failure(sessionOf('12345')), { code: 'ValidationError' });
  await iam.send(new CreateUserCommand({ UserName: 'bob' }));
  const unable = { code: 'AccessDenied', message: /unable to validate MFA code/ };
  t.match(await failure(sessionOf('123456', await giveDevice(iam, 'bob'))), unable);
  t.match(await failure(sessionOf('123456', arnOf('mfa/nobody'))), unable);
});

t.test('a session older than the role allows is denied, and one that has ended is expired', async (t) => {
  const { sandbox, enter, sessionOf } = await auditor(t);
  const session = await sessionOf('123456');
  const ahead = (clockAheadSeconds: number) => control(sandbox, 'PATCH', 'settings', { clockAheadSeconds });
  await ahead(3500);
  t.match(await enter(session), { Credentials: {} });
  await ahead(3600);
  t.match(await failure(enter(session)), { code: 'AccessDenied', message: /not authorized to perform/ });
  t.match(await enter(await sessionOf('123456')), { Credentials: {} });
  await ahead(12 * 3600 + 1);
  t.match(await failure(enter(session)), { code: 'ExpiredToken' });
});

t.test("a user's policies can ask for MFA, and a deny spares nobody who has none", async (t) => {
  const { sandbox, iam, key, sessionOf } = await auditor(t);
  const document = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'iam:*', Resource: '*' },
      {
        Effect: 'Deny',
        NotAction: ['iam:GetUser', 'sts:GetSessionToken'],
        Resource: '*',
        Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
      },
    ],
  });
  await iam.send(new PutUserPolicyCommand({ UserName: 'ada', PolicyName: 'mfa', PolicyDocument: document }));
  t.match(await failure(iamFor(sandbox, key).send(new ListUsersCommand({}))), {
    code: 'AccessDenied',
    message: /with an explicit deny in an identity-based policy/,
  });
  t.match(await iamFor(sandbox, key).send(new GetUserCommand({})), { User: { UserName: 'ada' } });
  t.match(await iamFor(sandbox, await sessionOf('123456')).send(new ListUsersCommand({})), {
    Users: [{ UserName: 'ada' }],
  });
  // Without a code GetSessionToken's credentials are none for IAM at all.
  const without = iamFor(sandbox, await sessionOf());
  t.match(await failure(without.send(new GetUserCommand({}))), { code: 'InvalidClientTokenId' });
});

t.test('a session in a role knows nothing of the code, and begins no session of a user', async (t) => {
  const { sandbox, key, serial, enter, sessionOf } = await auditor(t);
  const session = await sessionOf('123456');
  const again = stsFor(sandbox, session).send(new GetSessionTokenCommand({}));
  t.match(await failure(again), { code: 'AccessDenied', message: /session credentials/ });
  const { Credentials } = await enter(key, { SerialNumber: serial, TokenCode: '123456' });
  const inRole = asCredentials(Credentials);
  t.match(await failure(enter(inRole, { SerialNumber: serial, TokenCode: '123456' })), {
    code: 'AccessDenied',
    message: /unable to validate MFA code/,
  });
  const put = (condition?: object) =>
    iamFor(sandbox, clientAccount).send(
      new PutRolePolicyCommand({
        RoleName: 'Audit',
        PolicyName: 'list',
        PolicyDocument: allow('iam:ListRoles', '*', condition),
      }),
    );
  await put({ Bool: { 'aws:MultiFactorAuthPresent': 'true' } });
  t.match(await failure(iamFor(sandbox, inRole).send(new ListRolesCommand({}))), { code: 'AccessDenied' });
  await put();
  t.match(await iamFor(sandbox, inRole).send(new ListRolesCommand({})), { Roles: [{ RoleName: 'Audit' }] });
});

t.test('a switch-role link leads to a page that lets a user with MFA in, and no other', async (t) => {
  const { sandbox } = await auditor(t);
  const name = 'Client & "Sons" <script>';
  const link = { account: clientAccount, roleName: 'Audit', displayName: name, color: 'B7CA9D' };
  const page = await fetch(`${sandbox.url}/switchrole?${new URLSearchParams(link)}`);
  t.equal(page.status, 200);
  const html = await page.text();
  t.match(html, `value="${clientAccount}"`);
  t.notMatch(html, /<script>/, 'what comes in by the link stays a text');
  t.match(page.headers.get('content-security-policy'), /default-src 'none'/);

  const enter = async (fields: Record<string, string>, headers: Record<string, string> = {}) => {
    const body = new URLSearchParams({ ...link, userAccount: central, userName: 'ada', ...fields });
    const answer = await fetch(`${sandbox.url}/switchrole`, { method: 'POST', body, headers });
    return { status: answer.status, html: await answer.text() };
  };
  const entered = await enter({ tokenCode: '123456' });
  t.equal(entered.status, 200);
  t.match(entered.html, `arn:aws:sts::${clientAccount}:assumed-role/Audit/ada`);
  t.match(entered.html, 'fill="#B7CA9D"');
  t.match(await enter({ roleName: '/Audit', tokenCode: '123456', minutes: '59' }), { status: 200 });
  for (const [fields, reason] of [
    [{}, 'is not authorized to perform: sts:AssumeRole'],
    [{ tokenCode: '000000' }, 'invalid MFA one time pass code'],
    [{ tokenCode: '123456', minutes: '60' }, 'is not authorized to perform: sts:AssumeRole'],
    [{ tokenCode: '123456', roleName: 'Other' }, 'is not authorized to perform: sts:AssumeRole'],
    [{ tokenCode: '123456', account: '1' }, 'account is a number of 12 digits'],
    [{ tokenCode: '123456', userName: 'eve' }, 'There is no user eve'],
  ] as const) {
    const refused = await enter(fields);
    t.equal(refused.status, 403);
    t.match(refused.html, 'Could not switch roles using the provided information');
    t.match(refused.html, reason);
  }
  t.match(await enter({ tokenCode: '123456' }, { origin: 'https://example.com' }), { status: 403 });
});
