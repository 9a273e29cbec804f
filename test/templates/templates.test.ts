import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import t from 'tap';
import { parseDocument } from 'yaml';
import { parseRoleArn } from '../../src/core/role-arn.js';
import { readCatalogue, templatePath } from '../../src/templates/catalogue.js';
import { renderTemplate, type Template } from '../../src/templates/render.js';
import { must } from '../core/things.js';

const { RegoEngine, TemplateFile } = createRequire(import.meta.url)(
  '@aws/cloudformation-validate',
) as typeof import('@aws/cloudformation-validate');

const principal = must(parseRoleArn('arn:aws:iam::999999999999:role/service/RolecallService'));
const root = 'arn:aws:iam::999999999999:root';
const catalogue = await readCatalogue(principal);
const source = await readFile(new URL('../../templates/connect-sns.yaml', import.meta.url), 'utf8');
const profile = must(catalogue.profiles.get('security-audit'));

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

function at(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>(
    (inside, name) =>
      typeof inside === 'object' && inside !== null ? (inside as Record<string, unknown>)[name] : undefined,
    value,
  );
}

t.test('rendering', async (t) => {
  t.test('gives the same bytes for the same input', async (t) => {
    const again = await readCatalogue(principal);
    t.strictSame(
      again.templates.map(({ body }) => body),
      catalogue.templates.map(({ body }) => body),
    );
    t.ok(catalogue.templates.length > 0);
  });

  t.test('gives the bytes that stand in the golden file', async (t) => {
    const { body } = catalogue.template('security-audit', 'sns');
    const golden = new URL('golden/security-audit-sns.yaml', import.meta.url);
    if (process.env['UPDATE_GOLDEN'] !== undefined) await writeFile(golden, body);
    t.equal(body, await readFile(golden, 'utf8'));
  });

  t.test('keeps every comment of the source', async (t) => {
    const comments = source.split('\n').filter((line) => /^\s*#/.test(line));
    t.ok(comments.length > 10);
    for (const { body } of catalogue.templates) {
      const lines = new Set(body.split('\n').map((line) => line.trim()));
      for (const comment of comments) t.ok(lines.has(comment.trim()), comment.trim());
    }
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
        () => renderTemplate(source.replaceAll(from, to), profile, principal, 'sns'),
        /source has no/,
        from,
      );
  });

  t.test('takes names into the text as they are, without becoming YAML', async (t) => {
    const title = 'A "quoted": title\n  Evil: true # and\n\'more\'';
    const { body } = renderTemplate(source, { ...profile, title }, principal, 'sns');
    t.strictSame(Object.keys(parsed(body)), Object.keys(parsed(source)));
  });
});

t.test('a template’s version is the hash of its content', async (t) => {
  const version = (text = source, who = principal, what = profile) =>
    renderTemplate(text, what, who, 'sns').version;
  t.match(version(), /^[0-9a-f]{12}$/);
  t.equal(version(), version());
  const other = must(parseRoleArn('arn:aws:iam::888888888888:role/RolecallService'));
  const versions = [
    version(),
    version(`${source}# a comment\n`),
    version(source.replace('MaxSessionDuration: 3600', 'MaxSessionDuration: 7200')),
    version(source, other),
    version(source, principal, { ...profile, managedPolicies: ['SecurityAudit', 'ViewOnlyAccess'] }),
    version(source, principal, { ...profile, title: 'Another' }),
  ];
  t.equal(new Set(versions).size, versions.length, 'whatever changes, the version does');
  for (const template of catalogue.templates) {
    const body = parsed(template.body);
    t.equal(at(body, 'Metadata', 'Rolecall', 'Version'), template.version);
    t.equal(at(body, 'Resources', 'Connection', 'Properties', 'TemplateVersion'), template.version);
    t.equal(templatePath(template), `${template.version}/${template.profile}-${template.callback}.yaml`);
  }
});

t.test('every template passes AWS’s own validator', async (t) => {
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
  for (const template of catalogue.templates) {
    // Defaults of nothing are left out by a condition, which the validator does not follow.
    const document = parseDocument(template.body);
    document.setIn(['Parameters', 'RoleName', 'Default'], 'ClientRole');
    const boundary = 'arn:aws:iam::111122223333:policy/Boundary';
    document.setIn(['Parameters', 'PermissionsBoundaryArn', 'Default'], boundary);
    t.strictSame(
      await findings('with', document.toString({ lineWidth: 0 })),
      [],
      `${template.profile}, both given`,
    );
    for (const property of ['RoleName', 'PermissionsBoundary'])
      document.deleteIn(['Resources', 'ClientRole', 'Properties', property]);
    t.strictSame(
      await findings('without', document.toString({ lineWidth: 0 })),
      [],
      `${template.profile}, neither`,
    );
  }
  const broken = source.replace('Type: AWS::SNS::Topic\n', 'Type: AWS::SNS::Tropic\n');
  t.not((await findings('broken', broken)).length, 0, 'and the validator does see what is wrong');
});

/** What has to hold of every template, since AWS's validator does not look at it. */
function check(
  t: Pick<typeof import('tap').t, 'strictSame' | 'match' | 'equal' | 'ok' | 'notMatch'>,
  template: Template,
): void {
  const body = parsed(template.body);
  const resources = at(body, 'Resources');
  t.strictSame(Object.keys(resources as object).sort(), [
    'ClientRole',
    'Connection',
    'Subscription',
    'Topic',
  ]);

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
  t.strictSame(at(role, 'Policies'), undefined, 'no policy but the profile’s');
  t.strictSame(
    at(role, 'ManagedPolicyArns'),
    must(catalogue.profiles.get(template.profile)).managedPolicies.map((name) => ({
      'Fn::Sub': `arn:\${AWS::Partition}:iam::aws:policy/${name}`,
    })),
  );
  t.strictSame(at(role, 'RoleName'), {
    'Fn::If': ['HasRoleName', { Ref: 'RoleName' }, { Ref: 'AWS::NoValue' }],
  });
  t.strictSame(at(role, 'PermissionsBoundary'), {
    'Fn::If': ['HasPermissionsBoundary', { Ref: 'PermissionsBoundaryArn' }, { Ref: 'AWS::NoValue' }],
  });

  t.strictSame(at(resources, 'Connection'), {
    Type: 'Custom::RolecallConnection',
    DependsOn: ['Subscription', 'ClientRole'],
    Properties: {
      ServiceToken: { Ref: 'Topic' },
      ServiceTimeout: 300,
      RoleArn: { 'Fn::GetAtt': 'ClientRole.Arn' },
      ExternalId: { Ref: 'ExternalId' },
      TemplateVersion: template.version,
      Profile: template.profile,
    },
  });
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

  const parameters = at(body, 'Parameters') as object;
  t.strictSame(Object.keys(parameters), [
    'ExternalId',
    'CallbackUrl',
    'RoleName',
    'RolePath',
    'PermissionsBoundaryArn',
  ]);
  for (const name of ['ExternalId', 'CallbackUrl']) t.equal(at(parameters, name, 'Default'), undefined, name);
  for (const name of Object.keys(parameters))
    t.equal(at(parameters, name, 'NoEcho'), undefined, `${name} can be in a link`);
  t.ok(Buffer.byteLength(template.body) <= 51_200, 'it can be handed over in a call');
}

t.test('every template gives the access that it says, and no more', async (t) => {
  for (const template of catalogue.templates)
    t.test(`${template.profile}-${template.callback}`, async (t) => check(t, template));
});

t.test('a parameter takes what belongs there and nothing else', async (t) => {
  const body = parsed(catalogue.template('security-audit', 'sns').body);
  const pattern = (name: string) => new RegExp(String(at(body, 'Parameters', name, 'AllowedPattern')));
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
  const { body } = renderTemplate(source, profile, china, 'sns');
  t.match(body, 'AWS: arn:aws-cn:iam::999999999999:root');
  t.match(body, 'aws:PrincipalArn: arn:aws-cn:iam::999999999999:role/RolecallService');
});
