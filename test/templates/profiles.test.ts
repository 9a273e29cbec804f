import t from 'tap';
import { parseProfile } from '../../src/templates/parse-profile.js';
import { isReading, isReadingPolicy } from '../../src/templates/reading.js';

const whole = `name: own
title: Own
summary: Reads what we need.
managedPolicies:
  - SecurityAudit
statements:
  - sid: SeeCosts
    words: See costs.
    actions:
      - ce:Get*
prove:
  - ec2:DescribeInstances
`;
const parse = (source: string) => parseProfile('own.yaml', source);

t.test('a profile is read as it stands, with what it leaves out', async (t) => {
  t.strictSame(parse(whole), {
    name: 'own',
    title: 'Own',
    summary: 'Reads what we need.',
    managedPolicies: ['SecurityAudit'],
    statements: [{ sid: 'SeeCosts', words: 'See costs.', actions: ['ce:Get*'] }],
    denials: [],
    prove: ['ec2:DescribeInstances'],
    missing: 'tell',
    maxSessionSeconds: 3_600,
    broadReason: null,
    humanAccess: null,
  });
});

t.test('a profile that cannot be taken names the line, the column, the field and the remedy', async (t) => {
  const rows: readonly (readonly [string, string, string, RegExp])[] = [
    ['not YAML', 'title: Own', 'title: "Own', /own\.yaml:\d+:\d+: /],
    ['a key twice', 'title: Own', 'title: Own\ntitle: Own', /own\.yaml:3:1: .*unique/i],
    ['another name', 'name: own', 'name: other', /own\.yaml:1:7: name has to be the file’s name/],
    ['a field left out', 'summary: Reads what we need.\n', '', /own\.yaml:1:1: .*summary/],
    ['an unknown field', 'title: Own', 'titel: x\ntitle: Own', /own\.yaml:2:8: titel is not a field/],
    ['a number for text', 'title: Own', 'title: 5', /own\.yaml:2:8: title .*string/],
    ['text for a list', '  - ec2:DescribeInstances', '  ec2:DescribeInstances', /:12:3: prove .*array/],
    ['no action', '- ec2:DescribeInstances', '- DescribeInstances', /:12:5: prove\.0 /],
    ['a session too short', 'prove:', 'maxSessionSeconds: 900\nprove:', /:11:20: maxSessionSeconds .*3600/],
    [
      'a policy that writes',
      '- SecurityAudit',
      '- AdministratorAccess',
      /:5:5: managedPolicies\.0 .*allowBroad: true/,
    ],
    ['every action', '- ce:Get*', '- "*"', /:10:9: statements\.0\.actions\.0 \* is not known to only read/],
    ['a whole service', '- ce:Get*', '- ce:*', /ce:\* is not known to only read/],
    ['handing on a role', '- ce:Get*', '- iam:PassRole', /iam:PassRole is not known to only read/],
    ['a write', '- ce:Get*', '- s3:PutObject', /s3:PutObject is not known to only read/],
    ['more without a reason', 'prove:', 'allowBroad: true\nprove:', /:11:13: allowBroad needs a reason/],
  ];
  for (const [what, from, to, message] of rows) {
    t.ok(whole.includes(from), what);
    t.throws(() => parse(whole.replace(from, to)), message, what);
  }
});

t.test('a profile has people enter by users of the central account, or by roles that it names', async (t) => {
  const usual = {
    principals: { kind: 'users', centralAccountId: null },
    roleName: 'CrossAccountSecurityAuditRole',
    managedPolicies: ['SecurityAudit'],
    statements: [],
    denials: [],
    maxSessionSeconds: 3_600,
    mfaMaxAgeSeconds: 3_600,
  };
  t.strictSame(parse(`${whole}humanAccess: {}\n`).humanAccess, usual);
  const given = `humanAccess:
  centralAccountId: '444455556666'
  roleName: Auditors
  permissions:
    managedPolicies: [ReadOnlyAccess]
    denials: [{ sid: No, words: No., actions: ['s3:GetObject'] }]
  maxSessionDuration: 7200
  mfaMaxAge: 900
`;
  t.strictSame(parse(whole + given).humanAccess, {
    ...usual,
    principals: { kind: 'users', centralAccountId: '444455556666' },
    roleName: 'Auditors',
    managedPolicies: ['ReadOnlyAccess'],
    denials: [{ sid: 'No', words: 'No.', actions: ['s3:GetObject'] }],
    maxSessionSeconds: 7_200,
    mfaMaxAgeSeconds: 900,
  });
  const sso = 'arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com';
  const roleArns = [
    ...['*/', 'eu-west-1/', ''].map((region) => `${sso}/${region}AWSReservedSSO_Audit_*`),
    `${sso}/AWSReservedSSO_Audit_????????????????`,
    `${sso}/AWSReservedSSO_Audit_0123456789abcdef`,
    'arn:aws:iam::444455556666:role/saml/Auditor',
  ];
  const byRoles = `humanAccess:\n  principals: role-arns\n  roleArns: ${JSON.stringify(roleArns)}\n`;
  t.strictSame(parse(whole + byRoles).humanAccess?.principals, { kind: 'role-arns', roleArns });

  const role = (arn: string) => `humanAccess:\n  principals: role-arns\n  roleArns:\n    - ${arn}\n`;
  const rows: readonly (readonly [string, string, RegExp])[] = [
    ['an unknown field', 'humanAccess:\n  rolename: x\n', /:14:13: humanAccess\.rolename is not a field/],
    ['others', 'humanAccess:\n  principals: everybody\n', /:14:15: humanAccess\.principals /],
    ['no account', 'humanAccess:\n  centralAccountId: "4444"\n', /:14:21: humanAccess\.centralAccountId /],
    ['no role’s name', 'humanAccess:\n  roleName: a/b\n', /:14:13: humanAccess\.roleName /],
    [
      'a session too long',
      'humanAccess:\n  maxSessionDuration: 43201\n',
      /humanAccess\.maxSessionDuration .*43200/,
    ],
    ['MFA for ever', 'humanAccess:\n  mfaMaxAge: 129601\n', /:14:14: humanAccess\.mfaMaxAge .*129600/],
    ['MFA of text', 'humanAccess:\n  mfaMaxAge: hour\n', /humanAccess\.mfaMaxAge /],
    [
      'roles that are left out',
      'humanAccess:\n  principals: role-arns\n',
      /humanAccess\.principals .*needs roleArns/,
    ],
    [
      'roles of users',
      'humanAccess:\n  roleArns: [arn:aws:iam::444455556666:role/A]\n',
      /humanAccess\.roleArns is for principals: role-arns/,
    ],
    [
      'MFA of roles',
      `${role('arn:aws:iam::444455556666:role/A')}  mfaMaxAge: 900\n`,
      /humanAccess\.mfaMaxAge is for principals: users/,
    ],
    [
      'an account of roles',
      `${role('arn:aws:iam::444455556666:role/A')}  centralAccountId: "444455556666"\n`,
      /humanAccess\.centralAccountId is for principals: users/,
    ],
    ...[
      'arn:aws:iam::444455556666:role/*',
      'arn:aws:iam::444455556666:role/Audit*',
      'arn:aws:iam::444455556666:user/a',
      'arn:aws:iam::444455556666:root',
      'arn:aws:sts::444455556666:assumed-role/A/b',
      'arn:aws:iam::*:role/A',
      'arn:aws:iam::444455556666:role/AWSReservedSSO_Audit_*',
      `${sso}/*/AWSReservedSSO_*`,
      `${sso}/*`,
      `${sso}/*/*/AWSReservedSSO_Audit_*`,
    ].map((arn) => [arn, role(arn), /:16:7: humanAccess\.roleArns\.0 has to be the ARN/] as const),
    [
      'more than reading',
      'humanAccess:\n  permissions:\n    managedPolicies: [AdministratorAccess]\n',
      /humanAccess\.permissions\.managedPolicies\.0 is not known to be read-only: .*allowBroad/,
    ],
    [
      'a write',
      'humanAccess:\n  permissions:\n    managedPolicies: []\n    statements: [{ sid: A, words: a, actions: ["s3:PutObject"] }]\n',
      /humanAccess\.permissions\.statements\.0\.actions\.0 s3:PutObject is not known to only read/,
    ],
  ];
  for (const [what, added, message] of rows) t.throws(() => parse(whole + added), message, what);
});

t.test('more than reading is taken where it is meant, and its reason kept', async (t) => {
  const meant = whole
    .replace('- ce:Get*', '- ec2:StopInstances')
    .replace('prove:', 'allowBroad: true\nreason: Stops what stands idle.\nprove:');
  t.match(parse(meant), { broadReason: 'Stops what stands idle.' });
});

t.test('only what AWS names as reading counts as reading', async (t) => {
  for (const action of ['s3:GetObject', 'ec2:Describe*', 'iam:List*', 'budgets:ViewBudget', 'ce:Get*'])
    t.equal(isReading(action), true, action);
  const others = [
    '*',
    '*:Get*',
    's3:*',
    's3:G*',
    's3:Ge?Object',
    'iam:PassRole',
    'sts:AssumeRole',
    'x:Getaway',
  ];
  for (const action of [...others, 'iam:GenerateCredentialReport', 's3:listBucket'])
    t.equal(isReading(action), false, action);
  for (const name of ['SecurityAudit', 'job-function/ViewOnlyAccess', 'AmazonS3ReadOnlyAccess'])
    t.equal(isReadingPolicy(name), true, name);
  for (const name of ['ViewOnlyAccess2', 'AdministratorAccess', 'PowerUserAccess', 'ReadOnlyAccessNot'])
    t.equal(isReadingPolicy(name), false, name);
});
