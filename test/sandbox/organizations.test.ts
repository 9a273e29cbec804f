import {
  DescribeOrganizationCommand,
  ListAccountsCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import t from 'tap';
import {
  administrator,
  control,
  failure,
  makeRole,
  organizationsFor,
  serviceRole,
  sessionIn,
  startQuickly,
  trusting,
} from './clients.js';

const manager = '222222222222';
const member = '333333333333';
const outsider = '444444444444';

t.test(
  'each member is told of its organization, and only the management account of the others',
  async (t) => {
    const sandbox = await startQuickly(t);
    const made = await control(sandbox, 'POST', 'organizations', {
      managementAccountId: manager,
      accounts: [],
      units: [{ name: 'Workloads', units: [{ name: 'Production', accounts: [member] }] }],
    });
    t.match(made, {
      id: /^o-[a-z0-9]{10}$/,
      managementAccountId: manager,
      rootId: /^r-[a-z0-9]{4}$/,
      features: 'ALL',
      trustedAccess: true,
      units: [
        { id: /^ou-[a-z0-9]{4}-[a-z0-9]{8}$/, name: 'Workloads', parentId: made.rootId },
        { name: 'Production', parentId: made.units[0].id },
      ],
      accounts: [
        { accountId: manager, unit: made.rootId, status: 'ACTIVE' },
        { accountId: member, unit: made.units[1].id, status: 'ACTIVE' },
      ],
    });
    t.match(made.units[0].id, made.rootId.slice(2), "a unit's ID holds the root's");

    for (const account of [manager, member]) {
      const { Organization } = await organizationsFor(sandbox, account).send(
        new DescribeOrganizationCommand({}),
      );
      t.match(Organization, {
        Id: made.id,
        Arn: `arn:aws:organizations::${manager}:organization/${made.id}`,
        FeatureSet: 'ALL',
        MasterAccountArn: `arn:aws:organizations::${manager}:account/${made.id}/${manager}`,
        MasterAccountId: manager,
      });
    }
    const { Accounts } = await organizationsFor(sandbox, manager).send(new ListAccountsCommand({}));
    t.match(Accounts, [
      { Id: manager, JoinedMethod: 'INVITED' },
      {
        Id: member,
        Arn: `arn:aws:organizations::${manager}:account/${made.id}/${member}`,
        Email: /@/,
        Name: /./,
        Status: 'ACTIVE',
        State: 'ACTIVE',
        JoinedMethod: 'CREATED',
      },
    ]);
    t.ok(
      Accounts?.every(
        ({ JoinedTimestamp }) => Math.abs((JoinedTimestamp?.getTime() ?? 0) - Date.now()) < 60_000,
      ),
    );

    const refused = (account: string, command: DescribeOrganizationCommand | ListAccountsCommand) =>
      failure(organizationsFor(sandbox, account).send(command));
    t.match(await refused(member, new ListAccountsCommand({})), {
      code: 'AccessDeniedException',
      message: "You don't have permissions to access this resource.",
    });
    const nowhere = {
      code: 'AWSOrganizationsNotInUseException',
      message: 'Your account is not a member of an organization.',
    };
    t.match(await refused(outsider, new DescribeOrganizationCommand({})), nowhere);
    t.match(await refused(outsider, new ListAccountsCommand({})), nowhere);
  },
);

t.test('accounts are listed page by page, twenty at most', async (t) => {
  const sandbox = await startQuickly(t);
  const accounts = Array.from({ length: 41 }, (_, at) => String(500_000_000_000 + at));
  await control(sandbox, 'POST', 'organizations', { managementAccountId: manager, accounts });
  const client = organizationsFor(sandbox, manager);
  const pages: string[][] = [];
  let token: string | undefined;
  do {
    const page = await client.send(new ListAccountsCommand({ NextToken: token }));
    pages.push((page.Accounts ?? []).map(({ Id }) => Id ?? ''));
    token = page.NextToken;
  } while (token !== undefined);
  t.strictSame(
    pages.map(({ length }) => length),
    [20, 20, 2],
  );
  t.strictSame(pages.flat(), [manager, ...accounts]);
  const small = await client.send(new ListAccountsCommand({ MaxResults: 1 }));
  t.equal(small.Accounts?.length, 1);
  for (const wrong of [{ MaxResults: 21 }, { MaxResults: 0 }, { NextToken: 'mine' }]) {
    t.equal((await failure(client.send(new ListAccountsCommand(wrong)))).code, 'InvalidInputException');
  }
});

t.test(
  'a role reads the organization as far as its policies and service control policies let it',
  async (t) => {
    const sandbox = await startQuickly(t);
    await control(sandbox, 'POST', 'organizations', { managementAccountId: manager, accounts: [member] });
    const roleMay = (name: string, actions: string[]) => {
      const document = { Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] };
      const properties = { Policies: [{ PolicyName: 'reads', PolicyDocument: document }] };
      return makeRole(sandbox, name, trusting(serviceRole), properties, manager);
    };
    const one = await sessionIn(sandbox, await roleMay('one', ['organizations:DescribeOrganization']));
    const both = await sessionIn(sandbox, await roleMay('both', ['organizations:*']));
    const list = (who: typeof one) =>
      failure(organizationsFor(sandbox, who).send(new ListAccountsCommand({})));
    t.equal(
      (await failure(organizationsFor(sandbox, one).send(new DescribeOrganizationCommand({})))).code,
      'none',
    );
    t.match(await list(one), {
      code: 'AccessDeniedException',
      message: /not authorized to perform: organizations:ListAccounts .* no identity-based policy allows/,
    });
    t.equal((await list(both)).code, 'none');
    await control(sandbox, 'POST', 'faults', {
      name: 'scp-deny',
      account: manager,
      actions: ['organizations:List*'],
    });
    t.match(await list(both), {
      code: 'AccessDeniedException',
      message: /explicit deny in a service control policy/,
    });
  },
);

t.test('requests are signed, for the one region that Organizations has', async (t) => {
  const sandbox = await startQuickly(t);
  await control(sandbox, 'POST', 'organizations', { managementAccountId: manager });
  const call = (region: string, secretAccessKey: string) =>
    failure(
      new OrganizationsClient({
        endpoint: sandbox.url,
        region,
        credentials: { ...administrator(manager), secretAccessKey },
        maxAttempts: 1,
      }).send(new DescribeOrganizationCommand({})),
    );
  t.equal((await call('us-east-1', 'sandbox')).code, 'none');
  t.equal((await call('us-east-1', 'guessed')).code, 'InvalidSignatureException');
  t.match(await call('eu-west-1', 'sandbox'), {
    code: 'InvalidSignatureException',
    message: 'Credential should be scoped to a valid region.',
  });
});

t.test('the control API lets accounts join, move, close and leave, and features go', async (t) => {
  const sandbox = await startQuickly(t);
  const { units, rootId } = await control(sandbox, 'POST', 'organizations', {
    managementAccountId: manager,
    units: [{ name: 'One', accounts: [member] }, { name: 'Two' }],
  });
  const path = `organizations/${manager}`;
  const status = async () => {
    const { Accounts = [] } = await organizationsFor(sandbox, manager).send(new ListAccountsCommand({}));
    return Accounts.map(({ Id, Status }) => `${Id} ${Status}`);
  };
  const unitOf = async (id: string) =>
    (await control(sandbox, 'GET', path)).accounts.find(
      ({ accountId }: { accountId: string }) => accountId === id,
    )?.unit;

  await control(sandbox, 'POST', `${path}/accounts`, { accountId: outsider, unit: rootId });
  t.equal(await unitOf(outsider), rootId);
  await control(sandbox, 'POST', `${path}/accounts`, { accountId: member, unit: units[1].id });
  t.equal(await unitOf(member), units[1].id, 'it moved');
  await control(sandbox, 'PATCH', `${path}/accounts/${member}`, { status: 'SUSPENDED' });
  t.strictSame(await status(), [`${manager} ACTIVE`, `${member} SUSPENDED`, `${outsider} ACTIVE`]);
  await control(sandbox, 'DELETE', `${path}/accounts/${member}`);
  t.strictSame(await status(), [`${manager} ACTIVE`, `${outsider} ACTIVE`]);

  await control(sandbox, 'PATCH', path, { features: 'CONSOLIDATED_BILLING', trustedAccess: false });
  const { Organization } = await organizationsFor(sandbox, manager).send(new DescribeOrganizationCommand({}));
  t.equal(Organization?.FeatureSet, 'CONSOLIDATED_BILLING');
  t.match(await control(sandbox, 'GET', 'organizations'), [
    { managementAccountId: manager, trustedAccess: false },
  ]);

  const refusals = [
    ['POST', 'organizations', { managementAccountId: outsider }, 'DuplicateAccount'],
    ['POST', 'organizations', { managementAccountId: '5', features: 'ALL' }, 'ValidationError'],
    ['POST', 'organizations', { managementAccountId: member, features: 'SOME' }, 'ValidationError'],
    ['POST', 'organizations', { managementAccountId: member, accounts: [member] }, 'DuplicateAccount'],
    ['POST', 'organizations', { managementAccountId: member, unit: [] }, 'ValidationError'],
    ['POST', `${path}/accounts`, { accountId: member, unit: 'ou-none-none' }, 'ValidationError'],
    ['PATCH', `${path}/accounts/${outsider}`, { status: 'GONE' }, 'ValidationError'],
    ['DELETE', `${path}/accounts/${manager}`, undefined, 'ValidationError'],
    ['DELETE', `${path}/accounts/${member}`, undefined, 'NotFound'],
    ['GET', `organizations/${outsider}`, undefined, 'NotFound'],
    ['PUT', path, {}, 'NotFound'],
  ] as const;
  for (const [method, at, body, code] of refusals) {
    t.equal((await control(sandbox, method, at, body)).code, code, `${method} ${at} ${JSON.stringify(body)}`);
  }
});
