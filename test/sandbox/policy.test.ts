import t from 'tap';
import { policyContext } from '../../src/sandbox/policy/context.js';
import { parsePolicy } from '../../src/sandbox/policy/document.js';
import { type Decision, evaluate } from '../../src/sandbox/policy/evaluate.js';
import type { Json } from '../../src/sandbox/wire/json.js';

const account = ['999999999999', 'arn:aws:iam::999999999999:root'];
const role = ['AROAROLE'];
const session = ['arn:aws:sts::999999999999:assumed-role/Service/one'];

/** What a trust policy of these statements says to the role `Service` of account 999999999999. */
function entry(keys: Record<string, string | string[] | undefined>, ...statements: Json[]): Decision {
  const policy = parsePolicy({ Version: '2012-10-17', Statement: statements }, 'trust');
  return evaluate([policy], {
    action: 'sts:AssumeRole',
    resource: 'arn:aws:iam::111122223333:role/Client',
    principal: [account, role, session],
    context: policyContext(keys),
  });
}

function allow(condition: Json = {}, principal: Json = { AWS: '*' }): Json {
  return { Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole', Condition: condition };
}

function deny(condition: Json = {}, principal: Json = { AWS: '*' }): Json {
  return { Effect: 'Deny', Principal: principal, Action: 'sts:*', Condition: condition };
}

t.test('an external ID lets in, or does not', async (t) => {
  const right = { 'sts:ExternalId': 'right' };
  const wrong = { 'sts:ExternalId': 'wrong' };
  const none = {};
  const cases: [string, Json, Decision[]][] = [
    // What the three probes see: the right ID, a wrong one, none.
    [
      'StringEquals asks for the ID',
      { StringEquals: { 'sts:ExternalId': 'right' } },
      ['allow', 'none', 'none'],
    ],
    [
      'StringEquals takes any of a list',
      { StringEquals: { 'sts:ExternalId': ['a', 'right'] } },
      ['allow', 'none', 'none'],
    ],
    ['the key has no case', { StringEquals: { 'STS:externalid': 'right' } }, ['allow', 'none', 'none']],
    ['the value has one', { StringEquals: { 'sts:ExternalId': 'RIGHT' } }, ['none', 'none', 'none']],
    [
      'unless the operator ignores it',
      { StringEqualsIgnoreCase: { 'sts:ExternalId': 'RIGHT' } },
      ['allow', 'none', 'none'],
    ],
    [
      'IfExists lets in without an ID',
      { StringEqualsIfExists: { 'sts:ExternalId': 'right' } },
      ['allow', 'none', 'allow'],
    ],
    ['StringLike * lets any ID in', { StringLike: { 'sts:ExternalId': '*' } }, ['allow', 'allow', 'none']],
    ['StringLike knows ? and *', { StringLike: { 'sts:ExternalId': 'r?g*' } }, ['allow', 'none', 'none']],
    ['StringEquals knows no wildcard', { StringEquals: { 'sts:ExternalId': '*' } }, ['none', 'none', 'none']],
    [
      'a negated operator lets in without an ID',
      { StringNotEquals: { 'sts:ExternalId': 'wrong' } },
      ['allow', 'none', 'allow'],
    ],
    [
      'a negated list is none of it',
      { StringNotEquals: { 'sts:ExternalId': ['right', 'wrong'] } },
      ['none', 'none', 'allow'],
    ],
    [
      'StringNotLike * lets in only without an ID',
      { StringNotLike: { 'sts:ExternalId': '*' } },
      ['none', 'none', 'allow'],
    ],
    ['Null false wants any ID', { Null: { 'sts:ExternalId': 'false' } }, ['allow', 'allow', 'none']],
    ['Null true wants none', { Null: { 'sts:ExternalId': 'true' } }, ['none', 'none', 'allow']],
    [
      'ForAllValues lets in without an ID',
      { 'ForAllValues:StringEquals': { 'sts:ExternalId': 'right' } },
      ['allow', 'none', 'allow'],
    ],
    [
      'ForAnyValue does not',
      { 'ForAnyValue:StringEquals': { 'sts:ExternalId': 'right' } },
      ['allow', 'none', 'none'],
    ],
    [
      'ForAnyValue does not, negated either',
      { 'ForAnyValue:StringNotEquals': { 'sts:ExternalId': 'wrong' } },
      ['allow', 'none', 'none'],
    ],
    ['no condition lets all in', {}, ['allow', 'allow', 'allow']],
    [
      'all operators must hold',
      { StringEquals: { 'sts:ExternalId': 'right' }, Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
      ['none', 'none', 'none'],
    ],
  ];
  for (const [name, condition, expected] of cases) {
    t.strictSame(
      [right, wrong, none].map((keys) => entry(keys, allow(condition))),
      expected,
      name,
    );
  }
});

t.test('a Deny wins, but only where its condition holds', async (t) => {
  const unlessRight = deny({ StringNotEquals: { 'sts:ExternalId': 'right' } });
  t.equal(entry({ 'sts:ExternalId': 'right' }, allow(), unlessRight), 'allow');
  t.equal(entry({ 'sts:ExternalId': 'wrong' }, allow(), unlessRight), 'deny');
  t.equal(entry({}, allow(), unlessRight), 'deny', 'a missing key counts as not equal');
  t.equal(entry({}, deny({ StringEquals: { 'sts:ExternalId': 'x' } })), 'none');
});

t.test('who is meant by a principal', async (t) => {
  const cases: [string, Json, Decision][] = [
    ['everybody', '*', 'allow'],
    ['everybody with an account', { AWS: '*' }, 'allow'],
    ['the account by number', { AWS: '999999999999' }, 'allow'],
    ['the account by its root', { AWS: 'arn:aws:iam::999999999999:root' }, 'allow'],
    ['the role', { AWS: 'AROAROLE' }, 'allow'],
    ['the session', { AWS: 'arn:aws:sts::999999999999:assumed-role/Service/one' }, 'allow'],
    ['one of several', { AWS: ['123456789012', '999999999999'] }, 'allow'],
    ['another account', { AWS: '123456789012' }, 'none'],
    ['another role', { AWS: 'AROAOTHER' }, 'none'],
    ['another session', { AWS: 'arn:aws:sts::999999999999:assumed-role/Service/two' }, 'none'],
    ['a service', { Service: 'lambda.amazonaws.com' }, 'none'],
    ['a pattern is no principal', { AWS: 'arn:aws:iam::999999999999:*' }, 'none'],
  ];
  for (const [name, principal, expected] of cases) {
    t.equal(entry({}, allow({}, principal)), expected, name);
  }
});

t.test('NotPrincipal spares whom it names with account, role and session', async (t) => {
  const denyAllBut = (...names: string[]): Json => ({
    Effect: 'Deny',
    NotPrincipal: { AWS: names },
    Action: '*',
  });
  const [root = ''] = account.slice(1);
  t.equal(entry({}, allow(), denyAllBut(root, 'AROAROLE', session[0] ?? '')), 'allow');
  t.equal(entry({}, allow(), denyAllBut('AROAROLE')), 'deny');
  t.equal(entry({}, allow(), denyAllBut('123456789012')), 'deny');
  t.throws(
    () => entry({}, { Effect: 'Allow', NotPrincipal: { AWS: '123456789012' }, Action: 'sts:AssumeRole' }),
    { code: 'MalformedPolicyDocument' },
  );
});

t.test('the operators compare as AWS says', async (t) => {
  const arn = 'arn:aws:iam::999999999999:role/team/Service';
  const keys = {
    'aws:PrincipalArn': arn,
    'aws:MultiFactorAuthAge': '120',
    'aws:CurrentTime': '2026-03-01T12:00:00.000Z',
    'aws:EpochTime': '1772366400',
    'aws:SourceIp': '203.0.113.7',
    'aws:TagKeys': ['team', 'cost'],
    'aws:username': 'al*ce',
    'aws:SecureTransport': 'true',
  };
  const cases: [Json, boolean][] = [
    [{ ArnEquals: { 'aws:PrincipalArn': arn } }, true],
    [{ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/*' } }, true],
    [{ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam:*role/team/Service' } }, false],
    [{ StringLike: { 'aws:PrincipalArn': 'arn:aws:iam:*role/team/Service' } }, true],
    [
      {
        ArnNotLike: {
          'aws:PrincipalArn': 'arn:aws:iam::999999999999:role/team/*',
        },
      },
      false,
    ],
    [{ Bool: { 'aws:SecureTransport': 'TRUE' } }, true],
    [{ Bool: { 'aws:MultiFactorAuthPresent': 'true' } }, false],
    [{ BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } }, true],
    [{ NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' } }, true],
    [{ NumericGreaterThanEquals: { 'aws:MultiFactorAuthAge': 120 } }, true],
    [{ NumericNotEquals: { 'aws:MultiFactorAuthAge': '120' } }, false],
    [{ DateGreaterThan: { 'aws:CurrentTime': '2026-02-28T00:00:00Z' } }, true],
    [{ DateLessThan: { 'aws:CurrentTime': '2026-02-28' } }, false],
    [{ DateLessThanEquals: { 'aws:EpochTime': '1772366400' } }, true],
    [{ IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '203.0.113.0/24'] } }, true],
    [{ NotIpAddress: { 'aws:SourceIp': '203.0.113.7' } }, false],
    [
      {
        'ForAllValues:StringEquals': {
          'aws:TagKeys': ['team', 'cost', 'more'],
        },
      },
      true,
    ],
    [{ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] } }, false],
    [{ 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['team'] } }, true],
    [{ 'ForAnyValue:StringLike': { 'aws:TagKeys': 'x*' } }, false],
    [{ StringEquals: { 'aws:username': '$' + '{aws:username}' } }, true],
    [{ StringLike: { 'aws:PrincipalArn': '*$' + '{aws:username}*' } }, false],
    [{ StringEquals: { 'aws:username': '$' + '{aws:PrincipalTag/none}' } }, false],
    [
      {
        StringEquals: {
          'aws:username': '$' + "{aws:PrincipalTag/none, 'al*ce'}",
        },
      },
      true,
    ],
    [{ StringLike: { 'aws:username': 'al$' + '{*}ce' } }, true],
  ];
  for (const [condition, expected] of cases) {
    t.equal(entry(keys, allow(condition)), expected ? 'allow' : 'none', JSON.stringify(condition));
  }
});

t.test('identity policies choose by action and resource', async (t) => {
  const decide = (action: string, resource: string, ...statements: Json[]): Decision =>
    evaluate([parsePolicy({ Version: '2012-10-17', Statement: statements }, 'identity')], {
      action,
      resource,
      context: policyContext({ 'aws:PrincipalAccount': '111122223333' }),
    });
  const rest = { Effect: 'Allow', Resource: '*' };
  t.equal(decide('iam:GetRole', 'x', { ...rest, Action: 'iam:Get*' }), 'allow');
  t.equal(decide('iam:GetRole', 'x', { ...rest, Action: 'IAM:getrole' }), 'allow', 'actions have no case');
  t.equal(decide('iam:GetRole', 'x', { ...rest, NotAction: ['iam:*'] }), 'none');
  t.equal(decide('s3:GetObject', 'x', { ...rest, NotAction: ['iam:*'] }), 'allow');
  const own = 'arn:aws:iam::$' + '{aws:PrincipalAccount}:role/*';
  t.equal(
    decide('iam:GetRole', 'arn:aws:iam::111122223333:role/a/b', {
      Effect: 'Allow',
      Action: '*',
      Resource: own,
    }),
    'allow',
  );
  t.equal(
    decide('iam:GetRole', 'arn:aws:iam::444455556666:role/a', {
      Effect: 'Allow',
      Action: '*',
      Resource: own,
    }),
    'none',
  );
  t.equal(decide('a:b', 'keep', { Effect: 'Allow', Action: '*', NotResource: 'keep' }), 'none');
});

t.test('what is no policy is refused in the words of IAM', async (t) => {
  const trust = { Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' };
  const cases: [string, Json, RegExp][] = [
    ['no object', 'text', /Syntax errors/],
    ['another version', { Version: '2013-01-01', Statement: trust }, /Version/],
    ['no statement', { Statement: [] }, /Statement/],
    ['an unknown element', { Statement: { ...trust, Actions: 'x' } }, /Actions/],
    ['no effect', { Statement: { ...trust, Effect: 'allow' } }, /Effect/],
    ['no principal', { Statement: { Effect: 'Allow', Action: 'sts:AssumeRole' } }, /Principal/],
    ['a resource', { Statement: { ...trust, Resource: '*' } }, /prohibited field Resource/],
    [
      'an action of another service',
      { Statement: { ...trust, Action: 's3:GetObject' } },
      /STS AssumeRole actions/,
    ],
    ['an unknown operator', { Statement: { ...trust, Condition: { StringSame: { a: 'b' } } } }, /StringSame/],
    ['two forms of one element', { Statement: { ...trust, NotAction: 'x' } }, /exclude/],
  ];
  for (const [name, source, message] of cases) {
    t.throws(() => parsePolicy(source, 'trust'), { code: 'MalformedPolicyDocument', message }, name);
  }
});
