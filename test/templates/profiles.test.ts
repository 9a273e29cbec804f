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
