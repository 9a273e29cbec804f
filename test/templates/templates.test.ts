import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { parseDocument } from 'yaml';
import type { Callback } from '../../src/core/launch.js';
import { parseRoleArn } from '../../src/core/role-arn.js';
import { readCatalogue, readSource, templatePath } from '../../src/templates/catalogue.js';
import { peopleOf } from '../../src/templates/human-access.js';
import { renderTemplate, type Source, type Template } from '../../src/templates/render.js';
import { must } from '../core/things.js';

const { RegoEngine, TemplateFile } = createRequire(import.meta.url)(
  '@aws/cloudformation-validate',
) as typeof import('@aws/cloudformation-validate');

const principal = must(parseRoleArn('arn:aws:iam::999999999999:role/service/RolecallService'));
const root = 'arn:aws:iam::999999999999:root';
const CENTRAL = '444455556666';
const catalogue = await readCatalogue(principal, CENTRAL);
const callbacks = ['sns', 'lambda', 'none'] as const satisfies readonly Callback[];
const sources = {
  sns: await readSource('sns'),
  lambda: await readSource('lambda'),
  none: await readSource('none'),
};
const source = sources.sns.yaml;
const additionFile = new URL('../../templates/organization.yaml', import.meta.url);
const addition = await readFile(additionFile, 'utf8');
const code = must(sources.lambda.code);
/** The SNS template's source, changed. */
const sns = (yaml: string): Source => ({ ...sources.sns, yaml });
const profile = must(catalogue.profiles.get('security-audit'));
const team = must(catalogue.profiles.get('security-audit-team'));
const people = must(team.humanAccess);

/** A template as data; an intrinsic function stands there as `{ Ref: … }`, `{ 'Fn::Sub': … }` and the like. */
function parsed(body: string): Record<string, unknown> {
  const tags = ['Ref', 'Sub', 'GetAtt', 'If', 'Not', 'Equals', 'Select', 'Split', 'Join', 'And', 'Or'];
  const customTags = tags.flatMap((tag) => {
    const name = tag === 'Ref' ? 'Ref' : `Fn::${tag}`;
    return [
      { tag: `!${tag}`, resolve: (text: string) => ({ [name]: text }) },
      {
        tag: `!${tag}`,
        collection: 'seq' as const,
        resolve: (list: { toJSON(): unknown }) => ({ [name]: list.toJSON() }),
      },
    ];
  });
  const document = parseDocument(body, { customTags });
  if (document.errors.length > 0) throw must(document.errors[0]);
  return document.toJS();
}

/** A template's name in messages, and of its golden file. */
function nameOf({ profile, callback, kind }: Template): string {
  return [profile, callback, ...(kind === 'organization' ? [kind] : [])].join('-');
}

/** The template that an organization's members get, as it stands in the management account's; null in an account's. */
function memberIn(body: unknown): string | null {
  const member = at(body, 'Resources', 'Members', 'Properties', 'TemplateBody');
  return typeof member === 'string' ? member : null;
}

function at(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (inside, name) =>
      typeof inside === 'object' && inside !== null ? (inside as Record<string, unknown>)[name] : undefined,
    value,
  );
}

t.test('rendering', async (t) => {
  t.test('gives the same bytes for the same input', async (t) => {
    const again = await readCatalogue(principal, CENTRAL);
    t.strictSame(
      again.templates.map(({ body }) => body),
      catalogue.templates.map(({ body }) => body),
    );
    t.ok(catalogue.templates.length > 0);
  });

  t.test('gives the bytes that stand in the golden files', async (t) => {
    for (const template of catalogue.templates) {
      const golden = new URL(`golden/${nameOf(template)}.yaml`, import.meta.url);
      if (process.env['UPDATE_GOLDEN'] !== undefined) await writeFile(golden, template.body);
      t.equal(template.body, await readFile(golden, 'utf8'), nameOf(template));
    }
  });

  t.test('keeps every comment of the source', async (t) => {
    const commentsOf = (yaml: string) =>
      yaml.split('\n').flatMap((line) => (/^\s*#/.test(line) ? [line.trim()] : []));
    const aboveResources = (yaml: string) => yaml.slice(0, yaml.indexOf('\nResources:'));
    const [standIns = ''] = /# Only what(?:.*\n)*?(?=Parameters:)/.exec(addition) ?? [];
    for (const { body, callback, kind } of catalogue.templates) {
      const { yaml } = sources[callback];
      // What an organization's stack is, its own source says; what the accounts' templates have is not taken from there.
      const comments =
        kind === 'account'
          ? commentsOf(yaml)
          : [
              ...commentsOf(yaml.replace(aboveResources(yaml), '')),
              ...commentsOf(addition.replace(standIns, '')),
            ];
      t.ok(comments.length > 8);
      const [own = ''] = body.split('TemplateBody: |');
      const lines = new Set(commentsOf(own));
      for (const comment of comments) t.ok(lines.has(comment), comment);
      for (const comment of commentsOf(standIns)) t.notOk(lines.has(comment), comment);
      if (kind === 'organization')
        for (const comment of commentsOf(aboveResources(yaml))) t.notOk(lines.has(comment), comment);
    }
  });

  t.test('embeds the function as it stands in its file, within CloudFormation’s limit', async (t) => {
    const { body } = catalogue.template('security-audit', 'lambda');
    t.equal(at(parsed(body), 'Resources', 'Function', 'Properties', 'Code', 'ZipFile'), code);
    t.match(code, /^[\n\x20-\x7e]*$/, 'in ASCII, so that characters are bytes');
    t.ok(code.length <= 4096, `${code.length} characters`);
    const lines = body.split('\n').map((line) => line.trimStart());
    for (const line of code.split('\n')) t.ok(lines.includes(line.trimStart()), 'for people to read');
  });

  t.test('leaves nothing of the source’s own example behind', async (t) => {
    for (const { body } of catalogue.templates) {
      t.notMatch(body, '111122223333');
      t.notMatch(body, '000000000000');
    }
  });

  t.test('fails where the source and the code have parted', async (t) => {
    for (const [from, to] of [
      ['ClientRole:', 'Role:'],
      ['aws:PrincipalArn', 'aws:SourceArn'],
      ['    Profile: security-audit\n', ''],
    ] as const)
      t.throws(
        () => renderTemplate(sns(source.replaceAll(from, to)), profile, principal),
        /source has no/,
        from,
      );
    t.throws(() => renderTemplate({ ...sources.sns, code }, profile, principal), /source has no.*ZipFile/);
    for (const [from, to, fault] of [
      ['  Members:', '  Member:', /source has no Resources.Members.Properties.TemplateBody/],
      ['Description: >-\n  Lets', 'Descriptions: >-\n  Lets', /has no Description/],
      ['ParameterGroups', 'Groups', /source has no list .*ParameterGroups/],
    ] as const) {
      const organization = addition.replaceAll(from, to);
      t.throws(() => renderTemplate({ ...sources.sns, organization }, profile, principal), fault, from);
    }
  });

  t.test('takes names into the text as they are, without becoming YAML', async (t) => {
    const title = 'A "quoted": title\n  Evil: true # and\n\'more\'';
    for (const callback of callbacks)
      for (const organization of callback === 'none' ? [null] : [null, addition]) {
        const named = { ...profile, title };
        const { body } = renderTemplate({ ...sources[callback], organization }, named, principal);
        t.strictSame(Object.keys(parsed(body)), Object.keys(parsed(sources[callback].yaml)));
        const member = renderTemplate(sources[callback], named, principal);
        t.equal(
          memberIn(parsed(body)),
          organization && member.body,
          'nor do they change the members’ template',
        );
      }
  });

  t.test('brings back whatever code it was given, byte for byte', async (t) => {
    const line = fc.stringMatching(/^[\x20-\x7e]{0,40}$/);
    const text = fc
      .array(line, { minLength: 1, maxLength: 8 })
      .map((lines) => `${lines.join('\n')}\n`)
      // Blanks alone are no code, and YAML's literal blocks do not bring them back.
      .filter((some) => /\S/.test(some) && !/0{12}|111122223333|"Security audit"/.test(some));
    fc.assert(
      fc.property(text, (some) => {
        const codeIn = (body: string) =>
          at(parsed(body), 'Resources', 'Function', 'Properties', 'Code', 'ZipFile');
        const changed = { ...sources.lambda, code: some };
        t.equal(codeIn(renderTemplate(changed, profile, principal).body), some);
        const { body } = renderTemplate({ ...changed, organization: addition }, profile, principal);
        t.equal(codeIn(body), some);
        t.equal(codeIn(must(memberIn(parsed(body)))), some);
      }),
      { numRuns: 50 },
    );
  });
});

t.test('a template’s version is the hash of its content', async (t) => {
  const version = (text = source, who = principal, what = profile) =>
    renderTemplate(sns(text), what, who).version;
  t.match(version(), /^[0-9a-f]{12}$/);
  t.equal(version(), version());
  const other = must(parseRoleArn('arn:aws:iam::888888888888:role/RolecallService'));
  const versions = [
    version(),
    version(`${source}# a comment\n`),
    version(source.replace('ServiceTimeout: 300', 'ServiceTimeout: 200')),
    version(source, principal, { ...profile, maxSessionSeconds: 7_200 }),
    version(source, other),
    version(source, principal, { ...profile, managedPolicies: ['SecurityAudit', 'ViewOnlyAccess'] }),
    version(source, principal, { ...profile, title: 'Another' }),
    ...[code, `${code}// a comment\n`].map(
      (text) => renderTemplate({ ...sources.lambda, code: text }, profile, principal).version,
    ),
    ...[addition, addition.replace('# All accounts', '# Every account')].map(
      (organization) => renderTemplate({ ...sources.sns, organization }, profile, principal).version,
    ),
    renderTemplate({ ...sns(`${source}# a comment\n`), organization: addition }, profile, principal).version,
    ...[
      people,
      { ...people, roleName: 'Auditors' },
      { ...people, mfaMaxAgeSeconds: 1_800 },
      { ...people, maxSessionSeconds: 7_200 },
      { ...people, managedPolicies: ['ReadOnlyAccess'] },
      { ...people, principals: { kind: 'users' as const, centralAccountId: '555566667777' } },
    ].map((humanAccess) => version(source, principal, { ...profile, humanAccess })),
  ];
  t.equal(new Set(versions).size, versions.length, 'whatever changes, the version does');
  for (const template of catalogue.templates) {
    const body = parsed(template.body);
    t.strictSame(at(body, 'Metadata', 'Rolecall'), {
      Version: template.version,
      Source: [
        `templates/connect-${template.callback}.yaml`,
        ...(peopleEnter(template) ? ['templates/human-role.yaml'] : []),
        ...(template.kind === 'organization' ? ['templates/organization.yaml'] : []),
      ].join(', '),
      Profile: template.profile,
    });
    if (template.callback !== 'none')
      t.equal(at(body, 'Resources', 'Connection', 'Properties', 'TemplateVersion'), template.version);
    t.equal(templatePath(template), `${template.version}/${nameOf(template)}.yaml`);
  }
});

t.test('every template passes AWS’s own validator, in each partition', async (t) => {
  const engine = new RegoEngine();
  t.teardown(() => engine.free());
  const folder = t.testdir({});
  const findings = async (name: string, body: string) => {
    const path = join(folder, `${name}.yaml`);
    await writeFile(path, body);
    const report = engine.validateStandard(new TemplateFile(path));
    const grave = report.diagnostics.filter(({ severity }) => /^(fatal|error)$/i.test(severity));
    return grave.map(({ message }) => message);
  };
  const all = await Promise.all(
    ['aws', 'aws-us-gov', 'aws-cn', 'aws-eusc'].map((partition) =>
      readCatalogue(
        must(parseRoleArn(`arn:${partition}:iam::999999999999:role/service/RolecallService`)),
        CENTRAL,
      ),
    ),
  );
  for (const template of all.flatMap(({ templates }) => templates)) {
    // Defaults of nothing are left out by a condition, which the validator does not follow.
    const document = parseDocument(template.body);
    if (template.callback !== 'none') document.setIn(['Parameters', 'RoleName', 'Default'], 'ClientRole');
    const boundary = 'arn:aws:iam::111122223333:policy/Boundary';
    document.setIn(['Parameters', 'PermissionsBoundaryArn', 'Default'], boundary);
    t.strictSame(
      await findings('with', document.toString({ lineWidth: 0 })),
      [],
      `${nameOf(template)}, both given`,
    );
    for (const role of ['ClientRole', 'FunctionRole', 'HumanRole'].filter((id) =>
      document.hasIn(['Resources', id]),
    ))
      for (const property of ['RoleName', 'PermissionsBoundary'])
        document.deleteIn(['Resources', role, 'Properties', property]);
    t.strictSame(
      await findings('without', document.toString({ lineWidth: 0 })),
      [],
      `${nameOf(template)}, neither`,
    );
  }
  t.strictSame(
    await findings('addition', addition),
    [],
    'and what an organization adds is a template by itself',
  );
  t.strictSame(
    await findings(
      'human-role',
      // The default of nothing again, which the validator does not follow through a condition.
      sources.sns.humanRole.replace(/ {6}PermissionsBoundary: .*\n/, ''),
    ),
    [],
    'and so is what a role for people adds',
  );
  const broken = source.replace('Type: AWS::SNS::Topic\n', 'Type: AWS::SNS::Tropic\n');
  t.not((await findings('broken', broken)).length, 0, 'and the validator does see what is wrong');
  const wrong = addition.replace('CallAs: SELF', 'CallsAs: SELF');
  t.not((await findings('wrong', wrong)).length, 0, 'in a stack set, too');
});

type Assert = Pick<typeof import('tap').t, 'strictSame' | 'match' | 'equal' | 'ok' | 'notMatch'>;

const OWN_RESOURCES = {
  sns: ['Connection', 'Subscription', 'Topic'],
  lambda: ['Connection', 'Function', 'FunctionLogs', 'FunctionRole'],
  none: [],
} as const satisfies Record<Callback, readonly string[]>;

const boundary = {
  'Fn::If': ['HasPermissionsBoundary', { Ref: 'PermissionsBoundaryArn' }, { Ref: 'AWS::NoValue' }],
};

/** What has to hold of every template, since AWS's validator does not look at it. */
function check(t: Assert, template: Template): void {
  const { callback, kind } = template;
  const body = parsed(template.body);
  const resources = at(body, 'Resources');
  const isOrganization = kind === 'organization';
  const people = peopleEnter(template);
  // A stack that is there already knows its resources by these: none of them is ever to change.
  t.strictSame(
    Object.keys(resources as object).sort(),
    [
      ...['ClientRole', 'SelfInspection', ...OWN_RESOURCES[callback]],
      ...(isOrganization ? ['Members', 'OrganizationInspection'] : []),
      ...(people ? ['HumanRole', 'HumanRoleInspection'] : []),
    ].sort(),
  );
  const names = ['RoleName', 'TopicName', 'SubscriptionName', 'FunctionName', 'LogGroupName'].flatMap(
    (property) =>
      Object.keys(resources as object).filter(
        (id) => at(resources, id, 'Properties', property) !== undefined,
      ),
  );
  t.strictSame(
    names,
    ['ClientRole', ...(people ? ['HumanRole'] : [])],
    'nothing but the roles can have a name',
  );

  checkTrust(t, resources);
  if (people) checkHumanRole(t, template, resources);
  if (isOrganization) checkMembers(t, template, resources);
  const role = at(resources, 'ClientRole', 'Properties');
  const asked = must(catalogue.profiles.get(template.profile));
  const own = [
    ...asked.statements.map((one) => ({ ...one, Effect: 'Allow' })),
    ...asked.denials.map((one) => ({ ...one, Effect: 'Deny' })),
  ].map(({ sid, Effect, actions }) => ({ Sid: sid, Effect, Action: actions, Resource: '*' }));
  const PolicyDocument = { Version: '2012-10-17', Statement: own };
  const policies = own.length === 0 ? undefined : [{ PolicyName: asked.name, PolicyDocument }];
  t.strictSame(at(role, 'Policies'), policies, 'no policy but the profile’s and the one below');
  t.ok(JSON.stringify(PolicyDocument).length <= 10_240, 'IAM’s limit for a role’s own policies');
  t.equal(at(role, 'MaxSessionDuration'), 3_600);
  t.strictSame(
    at(role, 'ManagedPolicyArns'),
    must(catalogue.profiles.get(template.profile)).managedPolicies.map((name) => ({
      'Fn::Sub': `arn:\${AWS::Partition}:iam::aws:policy/${name}`,
    })),
  );
  t.strictSame(
    at(role, 'RoleName'),
    callback === 'none'
      ? { Ref: 'RoleName' }
      : { 'Fn::If': ['HasRoleName', { Ref: 'RoleName' }, { Ref: 'AWS::NoValue' }] },
  );
  t.strictSame(at(role, 'PermissionsBoundary'), boundary);
  t.strictSame(
    at(resources, 'SelfInspection'),
    {
      Type: 'AWS::IAM::Policy',
      Properties: {
        PolicyName: 'SelfInspection',
        Roles: [{ Ref: 'ClientRole' }],
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Sid: 'SeeThisRole',
              Effect: 'Allow',
              Action: [
                'iam:GetRole',
                'iam:GetRolePolicy',
                'iam:ListRolePolicies',
                'iam:ListAttachedRolePolicies',
                'iam:SimulatePrincipalPolicy',
              ],
              Resource: { 'Fn::GetAtt': 'ClientRole.Arn' },
            },
            {
              Sid: 'SeeThisStack',
              Effect: 'Allow',
              Action: 'cloudformation:DescribeStacks',
              Resource: { Ref: 'AWS::StackId' },
            },
          ],
        },
      },
    },
    'beside the profile, the service sees this role and this stack',
  );

  if (callback !== 'none')
    t.strictSame(at(resources, 'Connection'), {
      Type: 'Custom::RolecallConnection',
      DependsOn: [
        ...(callback === 'sns' ? ['Subscription'] : []),
        ...['ClientRole', 'SelfInspection'],
        ...(people ? ['HumanRoleInspection'] : []),
        ...(isOrganization ? ['OrganizationInspection'] : []),
      ],
      Properties: {
        ServiceToken: callback === 'sns' ? { Ref: 'Topic' } : { 'Fn::GetAtt': 'Function.Arn' },
        ServiceTimeout: 300,
        RoleArn: { 'Fn::GetAtt': 'ClientRole.Arn' },
        ExternalId: { Ref: 'ExternalId' },
        TemplateVersion: template.version,
        Profile: template.profile,
        ...(people && { HumanRoleArn: { 'Fn::GetAtt': 'HumanRole.Arn' } }),
      },
    });
  if (callback === 'sns') checkTopic(t, resources);
  if (callback === 'lambda') checkFunction(t, resources);

  const parameters = at(body, 'Parameters') as object;
  t.strictSame(Object.keys(parameters), [
    'ExternalId',
    ...(callback === 'none' ? [] : ['CallbackUrl']),
    'RoleName',
    'RolePath',
    'PermissionsBoundaryArn',
    ...(people ? ['HumanRoleName'] : []),
    ...(isOrganization ? ['OrganizationalUnitIds'] : []),
  ]);
  const [last] = (
    at(body, 'Metadata', 'AWS::CloudFormation::Interface', 'ParameterGroups') as unknown[]
  ).slice(-1);
  if (people) t.strictSame(at(last, 'Parameters'), ['HumanRoleName'], 'a group of its own, at the end');
  for (const name of [
    ...['ExternalId', 'CallbackUrl'],
    ...(callback === 'none' ? ['RoleName'] : []),
    ...(isOrganization ? ['OrganizationalUnitIds'] : []),
  ])
    t.equal(at(parameters, name, 'Default'), undefined, name);
  for (const name of Object.keys(parameters)) {
    t.equal(at(parameters, name, 'NoEcho'), undefined, `${name} can be in a link`);
    t.ok(
      at(body, 'Metadata', 'AWS::CloudFormation::Interface', 'ParameterLabels', name),
      `${name} has a label`,
    );
  }
  t.ok(Buffer.byteLength(template.body) <= 51_200, 'it can be handed over in a call');
}

/** Whether a template has people enter, beside the service. */
function peopleEnter({ profile }: Pick<Template, 'profile'>): boolean {
  return must(catalogue.profiles.get(profile)).humanAccess !== null;
}

/** Who may enter by the role for people, and what the service sees of it: to the last property. */
function checkHumanRole(t: Assert, { profile, callback }: Template, resources: unknown): void {
  t.strictSame(at(resources, 'HumanRole'), {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName:
        callback === 'none'
          ? { Ref: 'HumanRoleName' }
          : { 'Fn::If': ['HasHumanRoleName', { Ref: 'HumanRoleName' }, { Ref: 'AWS::NoValue' }] },
      Path: { Ref: 'RolePath' },
      Description: `Entered by users of account ${CENTRAL} who proved a second factor (MFA) in the last 60 minutes`,
      MaxSessionDuration: 3_600,
      PermissionsBoundary: boundary,
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'EnterAsPerson',
            Effect: 'Allow',
            Principal: { AWS: `arn:aws:iam::${CENTRAL}:root` },
            Action: 'sts:AssumeRole',
            Condition: {
              ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${CENTRAL}:user/*` },
              Bool: { 'aws:MultiFactorAuthPresent': 'true' },
              NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' },
            },
          },
        ],
      },
      ManagedPolicyArns: must(must(catalogue.profiles.get(profile)).humanAccess).managedPolicies.map(
        (name) => ({ 'Fn::Sub': `arn:\x24{AWS::Partition}:iam::aws:policy/${name}` }),
      ),
    },
  });
  t.strictSame(at(resources, 'HumanRoleInspection', 'Properties'), {
    PolicyName: 'HumanRoleInspection',
    Roles: [{ Ref: 'ClientRole' }],
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'SeeWhomTheRoleForPeopleTrusts',
          Effect: 'Allow',
          Action: 'iam:GetRole',
          Resource: { 'Fn::GetAtt': 'HumanRole.Arn' },
        },
      ],
    },
  });
}

function checkTrust(t: Assert, resources: unknown): void {
  const role = at(resources, 'ClientRole', 'Properties');
  t.strictSame(
    at(role, 'AssumeRolePolicyDocument'),
    {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'EnterWithExternalId',
          Effect: 'Allow',
          Principal: { AWS: root },
          Action: 'sts:AssumeRole',
          Condition: {
            StringEquals: { 'sts:ExternalId': { Ref: 'ExternalId' }, 'aws:PrincipalArn': principal.text },
          },
        },
        {
          Sid: 'NameWhoEnters',
          Effect: 'Allow',
          Principal: { AWS: root },
          Action: ['sts:SetSourceIdentity', 'sts:TagSession'],
          Condition: { StringEquals: { 'aws:PrincipalArn': principal.text } },
        },
      ],
    },
    'the trust policy is this and nothing else',
  );
}

/** What the management account's stack does for the members: the stack set and the look at the list, to the last property. */
function checkMembers(t: Assert, template: Template, resources: unknown): void {
  const { profile, callback } = template;
  t.strictSame(at(resources, 'OrganizationInspection'), {
    Type: 'AWS::IAM::Policy',
    Properties: {
      PolicyName: 'OrganizationInspection',
      Roles: [{ Ref: 'ClientRole' }],
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'SeeWhichAccountsBelong',
            Effect: 'Allow',
            Action: ['organizations:DescribeOrganization', 'organizations:ListAccounts'],
            Resource: '*',
          },
        ],
      },
    },
  });
  const { TemplateBody, Description, ...properties } = at(resources, 'Members', 'Properties') as Record<
    string,
    unknown
  >;
  t.match(Description, /account 999999999999/);
  t.equal(
    at(resources, 'Members', 'DependsOn'),
    'Connection',
    'members come when their management account has',
  );
  const passed = (name: string) => ({ ParameterKey: name, ParameterValue: { Ref: name } });
  t.strictSame(properties, {
    StackSetName: { Ref: 'AWS::StackName' },
    PermissionModel: 'SERVICE_MANAGED',
    CallAs: 'SELF',
    AutoDeployment: { Enabled: true, RetainStacksOnAccountRemoval: true },
    ManagedExecution: { Active: true },
    OperationPreferences: {
      FailureTolerancePercentage: 100,
      MaxConcurrentPercentage: 100,
      RegionConcurrencyType: 'PARALLEL',
    },
    Capabilities: ['CAPABILITY_NAMED_IAM'],
    Parameters: [
      ...['ExternalId', 'CallbackUrl', 'RoleName', 'RolePath'],
      ...(peopleEnter(template) ? ['HumanRoleName'] : []),
    ].map(passed),
    StackInstancesGroup: [
      {
        DeploymentTargets: { OrganizationalUnitIds: { Ref: 'OrganizationalUnitIds' } },
        Regions: [{ Ref: 'AWS::Region' }],
      },
    ],
  });
  const published = catalogue.template(profile, callback);
  t.equal(TemplateBody, published.body, 'members get what an account by itself gets, byte for byte');
  t.ok(Buffer.byteLength(String(TemplateBody)) <= 51_200, 'which the stack set takes in its text');
  const member = parsed(String(TemplateBody));
  checkTrust(t, at(member, 'Resources'));
  const given = Object.entries(at(member, 'Parameters') as object).flatMap(([name, { Default }]) =>
    Default === undefined ? [name] : [],
  );
  t.strictSame(given, ['ExternalId', 'CallbackUrl'], 'and nothing that has to be given is left out');
}

function checkTopic(t: Assert, resources: unknown): void {
  t.strictSame(
    at(resources, 'Topic'),
    { Type: 'AWS::SNS::Topic', Properties: { SignatureVersion: '2' } },
    'no fixed name',
  );
  const subscription = at(resources, 'Subscription', 'Properties');
  t.match(subscription, {
    TopicArn: { Ref: 'Topic' },
    Protocol: { 'Fn::Select': [0, { 'Fn::Split': [':', { Ref: 'CallbackUrl' }] }] },
    Endpoint: { Ref: 'CallbackUrl' },
  });
  t.equal(at(subscription, 'RawMessageDelivery'), undefined, 'raw delivery would drop the signature');
  t.strictSame(at(subscription, 'SubscriptionRoleArn'), undefined);
}

function checkFunction(t: Assert, resources: unknown): void {
  const {
    Code: _,
    Description: __,
    ...properties
  } = at(resources, 'Function', 'Properties') as object & {
    Code: unknown;
    Description: unknown;
  };
  t.strictSame(properties, {
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    MemorySize: 128,
    Timeout: 180,
    Role: { 'Fn::GetAtt': 'FunctionRole.Arn' },
    LoggingConfig: { LogGroup: { Ref: 'FunctionLogs' } },
    Environment: {
      Variables: {
        CALLBACK_URL: { Ref: 'CallbackUrl' },
        STS_URL: { 'Fn::Sub': 'https://sts.\x24{AWS::Region}.\x24{AWS::URLSuffix}/' },
      },
    },
  });
  const allow = (what: object) => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', ...what }],
  });
  t.strictSame(
    at(resources, 'FunctionRole', 'Properties'),
    {
      Path: { Ref: 'RolePath' },
      Description: 'Lets the function of this stack write its log',
      PermissionsBoundary: boundary,
      AssumeRolePolicyDocument: allow({
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      }),
      Policies: [
        {
          PolicyName: 'WriteOwnLog',
          PolicyDocument: allow({
            Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
            Resource: { 'Fn::GetAtt': 'FunctionLogs.Arn' },
          }),
        },
      ],
    },
    'Lambda alone uses the role, and it writes its own log alone',
  );
  t.strictSame(at(resources, 'FunctionLogs'), {
    Type: 'AWS::Logs::LogGroup',
    Properties: { RetentionInDays: 30 },
  });
}

t.test('every template gives the access that it says, and no more', async (t) => {
  t.equal(
    catalogue.templates.length,
    5 * catalogue.profiles.size,
    'three for accounts, two for organizations',
  );
  for (const template of catalogue.templates) t.test(nameOf(template), async (t) => check(t, template));
});

/** A named part of a source, its comment above it included, as it is written. */
function part(yaml: string, section: string, name: string): string {
  const lines = yaml.split('\n');
  const begin = lines.findIndex(
    (line, place) => line === `  ${name}:` && sectionOf(lines, place) === section,
  );
  if (begin === -1) throw new Error(`there is no ${section}.${name}`);
  const rest = lines.slice(begin + 1);
  const end = rest.findIndex((line) => /^( {2})?\S/.test(line));
  let first = begin;
  while (/^ {2}#/.test(lines[first - 1] ?? '')) first -= 1;
  return [...lines.slice(first, begin + 1), ...rest.slice(0, end)].join('\n').trimEnd();
}

function sectionOf(lines: readonly string[], place: number): string | undefined {
  return lines
    .slice(0, place)
    .findLast((line) => /^\w/.test(line))
    ?.replace(':', '');
}

t.test('what the three templates share is the same in each, word for word', async (t) => {
  const { lambda, none } = sources;
  const shared = [
    ['Parameters', 'ExternalId'],
    ['Parameters', 'RolePath'],
    ['Parameters', 'PermissionsBoundaryArn'],
    ['Resources', 'SelfInspection'],
    ['Outputs', 'RoleArn'],
  ] as const;
  for (const [section, name] of shared) {
    t.equal(part(lambda.yaml, section, name), part(source, section, name), name);
    t.equal(part(none.yaml, section, name), part(source, section, name), name);
  }
  t.equal(part(lambda.yaml, 'Parameters', 'RoleName'), part(source, 'Parameters', 'RoleName'));
  t.equal(
    part(lambda.yaml, 'Parameters', 'CallbackUrl'),
    part(source, 'Parameters', 'CallbackUrl').replace('topic', 'function'),
  );
  t.equal(
    part(lambda.yaml, 'Resources', 'Connection').replace(/[ ]+ServiceToken: .*\n/, ''),
    part(source, 'Resources', 'Connection').replace(/[ ]+(ServiceToken: .*|- Subscription)\n/g, ''),
  );

  const role = part(source, 'Resources', 'ClientRole').replace('    DependsOn: Subscription\n', '');
  t.equal(part(lambda.yaml, 'Resources', 'ClientRole'), role);
  const name = 'RoleName: !If [HasRoleName, !Ref RoleName, !Ref AWS::NoValue]';
  t.ok(role.includes(name));
  t.equal(part(none.yaml, 'Resources', 'ClientRole'), role.replace(name, 'RoleName: !Ref RoleName'));

  const labels = (body: unknown) =>
    at(body, 'Metadata', 'AWS::CloudFormation::Interface', 'ParameterLabels') as Record<string, unknown>;
  const first = parsed(source);
  for (const body of [parsed(lambda.yaml), parsed(none.yaml)]) {
    t.equal(body['Description'], first['Description']);
    const names = Object.keys(body['Parameters'] as object);
    t.strictSame(labels(body), Object.fromEntries(names.map((name) => [name, labels(first)[name]])));
  }
});

t.test('a parameter takes what belongs there and nothing else', async (t) => {
  const patternIn = (callback: Callback, name: string) => {
    const { body } = catalogue.template('security-audit', callback);
    return new RegExp(String(at(parsed(body), 'Parameters', name, 'AllowedPattern')));
  };
  const pattern = (name: string) => patternIn('sns', name);
  const { body } = catalogue.template('security-audit', 'sns', 'organization');
  const units = at(parsed(body), 'Parameters', 'OrganizationalUnitIds');
  t.equal(at(units, 'Type'), 'CommaDelimitedList', 'where the pattern is for each value');
  const unit = new RegExp(String(at(units, 'AllowedPattern')));
  for (const value of ['ou-ab12-cd34ef56', 'r-ab12']) t.match(value, unit);
  for (const value of ['', 'ou-REPLACE-THIS', 'ou-ab12', 'r-ab', '111122223333', 'ou-ab12-cd34ef56,r-ab12'])
    t.notMatch(value, unit);
  t.match('rolecall-example-ltd-1a2b3c', patternIn('none', 'RoleName'));
  for (const name of ['', 'a b', 'a/b', 'n'.repeat(65)]) t.notMatch(name, patternIn('none', 'RoleName'));
  const rows: [string, string[], string[]][] = [
    [
      'ExternalId',
      ['0b8f7c3e-5d8e-4a55-9f0a-3c1d2e4f5a6b', 'ab'],
      ['', 'a', 'a b', 'a*', "a'b", 'é'.repeat(3)],
    ],
    [
      'CallbackUrl',
      ['https://a.example/callbacks/sns/x', 'http://127.0.0.1:8080/x'],
      ['', 'ftp://x', 'https://', 'https://a b'],
    ],
    ['RoleName', ['', 'Client', 'a+=,.@-_'], ['a b', 'a/b', 'a*', 'n'.repeat(65)]],
    ['RolePath', ['/', '/a/', '/a/b/'], ['', 'a', '/a', 'a/', '//', '/a b/']],
    [
      'PermissionsBoundaryArn',
      ['', 'arn:aws:iam::111122223333:policy/x', 'arn:aws-cn:iam::aws:policy/a/b'],
      ['x', 'arn:aws:iam::111122223333:role/x'],
    ],
  ];
  for (const [name, good, bad] of rows) {
    for (const value of good) t.match(value, pattern(name), `${name} takes ${value || 'nothing'}`);
    for (const value of bad) t.notMatch(value, pattern(name), `${name} does not take ${value || 'nothing'}`);
  }
});

t.test('a deployment of another partition trusts its own principal', async (t) => {
  const china = must(parseRoleArn('arn:aws-cn:iam::999999999999:role/RolecallService'));
  for (const callback of callbacks) {
    const { body } = renderTemplate(sources[callback], profile, china);
    t.match(body, 'AWS: arn:aws-cn:iam::999999999999:root');
    t.match(body, 'aws:PrincipalArn: arn:aws-cn:iam::999999999999:role/RolecallService');
  }
});

t.test(
  'people who sign in by an identity provider are let in by their roles, and no MFA is asked of AWS',
  async (t) => {
    const roleArns = [
      'arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Audit_????????????????',
      'arn:aws:iam::555566667777:role/auditors/Auditor',
    ];
    const humanAccess = { ...people, principals: { kind: 'role-arns' as const, roleArns } };
    for (const callback of callbacks) {
      const { body } = renderTemplate(sources[callback], { ...profile, humanAccess }, principal);
      const role = at(parsed(body), 'Resources', 'HumanRole', 'Properties');
      t.strictSame(at(role, 'AssumeRolePolicyDocument', 'Statement'), [
        {
          Sid: 'EnterAsPerson',
          Effect: 'Allow',
          Principal: { AWS: ['arn:aws:iam::444455556666:root', 'arn:aws:iam::555566667777:root'] },
          Action: 'sts:AssumeRole',
          Condition: { ArnLike: { 'aws:PrincipalArn': roleArns } },
        },
      ]);
      t.match(
        body,
        'A second role lets in people who sign in by certain roles of account 444455556666 and 555566667777.',
      );
      t.notMatch(body, 'MultiFactor');
    }
  },
);

t.test('what people may do is written as the profile’s own permissions are', async (t) => {
  const statements = [{ sid: 'SeeCosts', words: 'See costs.', actions: ['ce:Get*'] }];
  const denials = [{ sid: 'LeaveObjects', words: 'Objects.', actions: ['s3:GetObject*'] }];
  const humanAccess = { ...people, managedPolicies: [], statements, denials, maxSessionSeconds: 7_200 };
  const { body } = renderTemplate(sources.sns, { ...profile, humanAccess }, principal);
  const role = at(parsed(body), 'Resources', 'HumanRole', 'Properties');
  t.strictSame(at(role, 'ManagedPolicyArns'), []);
  t.equal(at(role, 'MaxSessionDuration'), 7_200);
  const Statement = [
    { Sid: 'SeeCosts', Effect: 'Allow', Action: ['ce:Get*'], Resource: '*' },
    { Sid: 'LeaveObjects', Effect: 'Deny', Action: ['s3:GetObject*'], Resource: '*' },
  ];
  const PolicyDocument = { Version: '2012-10-17', Statement };
  t.strictSame(at(role, 'Policies'), [{ PolicyName: 'security-audit-people', PolicyDocument }]);
});

t.test(
  'without a central account, a profile whose people are its users is not offered, and a line says why',
  async (t) => {
    const { profiles, templates, left } = await readCatalogue(principal);
    t.notOk(profiles.has('security-audit-team'));
    t.notOk(templates.some(peopleEnter));
    t.match(left, [/security-audit-team is not offered.*CENTRAL_ACCOUNT_ID.*humanAccess\.centralAccountId/]);
    t.strictSame(catalogue.left, []);
  },
);

t.test('roles for people may neither be of another partition nor the service’s own', async (t) => {
  const named = (arn: string) => ({
    ...team,
    humanAccess: { ...people, principals: { kind: 'role-arns' as const, roleArns: [arn] } },
  });
  t.match(peopleOf(named('arn:aws:iam::444455556666:role/Auditor'), principal, null), { name: team.name });
  t.throws(
    () => peopleOf(named('arn:aws-cn:iam::444455556666:role/Auditor'), principal, null),
    /security-audit-team\.yaml: humanAccess\.roleArns\.0 is of another partition/,
  );
  t.throws(
    () => peopleOf(named(principal.text), principal, null),
    /security-audit-team\.yaml: humanAccess\.roleArns\.0 is the role that the service runs as/,
  );
});
