import fc from 'fast-check';
import t from 'tap';
import { type FindingCode, finding, isUnsafe } from '../../src/core/finding.js';
import { type ExpectedPeople, judgePeopleTrust } from '../../src/core/people-trust.js';
import { judgeTrustPolicy } from '../../src/core/trust-policy.js';

const OURS = '999999999999';
const CLIENTS = '111122223333';
const principalArn = `arn:aws:iam::${OURS}:role/RolecallService`;
const ID = '3f2a8c1e-5d8e-4a55-9f0a-3c1d2e4f5a6b';
const NEXT = '7b1d8c1e-5d8e-4a55-9f0a-3c1d2e4f5a6c';
const expected = { principalArn, providerAccountId: OURS, clientAccountId: CLIENTS, externalIds: [ID] };

type Json = Readonly<Record<string, unknown>>;
const root = `arn:aws:iam::${OURS}:root`;
const stranger = 'arn:aws:iam::444455556666:root';
const narrow = { 'aws:PrincipalArn': principalArn };

/** The statement of the template's, changed. */
const entering = (changes: Json = {}): Json => ({
  Effect: 'Allow',
  Principal: { AWS: root },
  Action: 'sts:AssumeRole',
  Condition: { StringEquals: { 'sts:ExternalId': ID, ...narrow } },
  ...changes,
});
const naming: Json = {
  Effect: 'Allow',
  Principal: { AWS: root },
  Action: ['sts:SetSourceIdentity', 'sts:TagSession'],
  Condition: { StringEquals: narrow },
};
const policy = (...Statement: readonly unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const codes = (json: string, whom = expected) => judgeTrustPolicy(json, whom).map(({ code }) => code);

const shared = `arn:aws:iam::${CLIENTS}:oidc-provider/token.actions.githubusercontent.com`;

/** A policy variable: what it stands for is the caller’s to say. */
const variable = (name: string) => ['${', name, '}'].join('');
/** The ID asked for in this way, by our role alone. */
const asking = (block: Json) => policy(entering({ Condition: { ArnEquals: narrow, ...block } }));
const id = (values: unknown) => ({ 'sts:ExternalId': values });
/** With the ID asked for as it should be, somebody else. */
const somebody = (Principal: unknown, more: Json = {}) =>
  policy(entering({ Principal, Condition: { StringEquals: { 'sts:ExternalId': ID, ...more } } }));
/** Beside the statement of the template's, a further one. */
const further = (changes: Json) => policy(entering(), entering(changes));

const table: readonly (readonly [string, string, ...FindingCode[]])[] = [
  ['the template’s own', policy(entering(), naming)],
  ['its one statement, not in a list', JSON.stringify({ Statement: entering() })],
  ['our role as the principal', somebody({ AWS: principalArn })],
  ['our role in a list', somebody({ AWS: [principalArn] })],
  ['the ID in a list of one', asking({ StringEquals: id([ID]) })],
  ['the ID by StringLike, without a wildcard', asking({ StringLike: id(ID) })],
  ['the ID by ForAnyValue', asking({ 'ForAnyValue:StringEquals': id(ID) })],
  ['the key in another case', asking({ StringEquals: { 'STS:externalid': ID } })],
  ['the operator in another case', asking({ stringequals: id(ID) })],
  ['the ID, and a condition more', asking({ StringEquals: id(ID), Bool: { 'aws:SecureTransport': 'true' } })],
  ['a pattern that the ID fits, and the ID itself', asking({ StringLike: id('*'), StringEquals: id(ID) })],
  ['our account’s number, narrowed to our role', somebody({ AWS: OURS }, narrow)],
  ['anybody, narrowed to our role', somebody('*', narrow)],
  ['a statement that denies without the ID', further({ Effect: 'Deny', Condition: { Null: id('true') } })],
  ['a statement that denies everybody', further({ Effect: 'Deny', Principal: '*', Condition: {} })],
  [
    'a statement that denies all but us',
    policy(entering(), { Effect: 'Deny', NotPrincipal: { AWS: root }, Action: '*' }),
  ],
  ['naming who enters, without a condition', policy(entering(), { ...naming, Condition: {} })],
  ['nobody at all', policy()],

  ['no condition', policy(entering({ Condition: {} })), 'principal-account-wide', 'external-id-not-required'],
  [
    'no Condition element',
    policy({ ...entering(), Condition: undefined }),
    'principal-account-wide',
    'external-id-not-required',
  ],
  ['our role, and no ID', asking({}), 'external-id-not-required'],
  ['an empty list of IDs', asking({ StringEquals: id([]) }), 'external-id-not-required'],
  [
    'the ID under another key',
    asking({ StringEquals: { 'aws:ExternalId': ID } }),
    'external-id-not-required',
  ],
  ['StringNotEquals', asking({ StringNotEquals: id('x') }), 'external-id-not-required'],
  ['StringNotLike', asking({ StringNotLike: id('x*') }), 'external-id-not-required'],
  ['Null, so that any will do', asking({ Null: id('false') }), 'external-id-not-required'],
  ['ArnLike on the ID', asking({ ArnLike: id(ID) }), 'external-id-not-required'],
  ['StringEqualsIfExists', asking({ StringEqualsIfExists: id(ID) }), 'external-id-if-exists'],
  ['StringLikeIfExists', asking({ StringLikeIfExists: id(ID) }), 'external-id-if-exists'],
  ['IfExists in another case', asking({ stringequalsifexists: id(ID) }), 'external-id-if-exists'],
  ['ForAllValues', asking({ 'ForAllValues:StringEquals': id(ID) }), 'external-id-if-exists'],
  [
    'ForAnyValue and IfExists',
    asking({ 'ForAnyValue:StringEqualsIfExists': id(ID) }),
    'external-id-if-exists',
  ],
  ['any ID', asking({ StringLike: id('*') }), 'external-id-wildcard'],
  ['the beginning of the ID', asking({ StringLike: id('3f2a*') }), 'external-id-wildcard'],
  ['the ID but for a character', asking({ StringLike: id(`${ID.slice(0, -1)}?`) }), 'external-id-wildcard'],
  ['the ID or a pattern', asking({ StringLike: id([ID, '3f2a*']) }), 'external-id-wildcard'],
  ['a policy variable', asking({ StringEquals: id(variable('sts:ExternalId')) }), 'external-id-wildcard'],
  [
    'a variable without regard to case',
    asking({ StringEqualsIgnoreCase: id(variable('aws:userid')) }),
    'external-id-wildcard',
  ],
  ['another ID', asking({ StringEquals: id('another') }), 'external-id-others'],
  ['the ID or another', asking({ StringEquals: id([ID, 'another']) }), 'external-id-others'],
  ['the ID or a number', asking({ StringEquals: id([ID, 123456]) }), 'external-id-others'],
  ['the ID or true', asking({ StringEquals: id([ID, true]) }), 'external-id-others'],
  ['the ID in another case', asking({ StringEquals: id(ID.toUpperCase()) }), 'external-id-others'],
  ['a star that is no wildcard', asking({ StringEquals: id([ID, '*']) }), 'external-id-others'],
  ['the ID, whatever its case', asking({ StringEqualsIgnoreCase: id(ID) }), 'external-id-ignores-case'],
  [
    'the ID or another, whatever their case',
    asking({ StringEqualsIgnoreCase: id([ID, 'x']) }),
    'external-id-others',
  ],

  ['anybody', somebody('*'), 'principal-anyone'],
  ['anybody, as AWS', somebody({ AWS: '*' }), 'principal-anyone'],
  ['anybody, as one of a list', somebody({ AWS: [principalArn, '*'] }), 'principal-anyone'],
  ['anybody, as another type', somebody({ '*': '*' }), 'principal-anyone'],
  [
    'anybody, and no ID',
    policy(entering({ Principal: '*', Condition: {} })),
    'principal-anyone',
    'external-id-not-required',
  ],
  [
    'anybody, narrowed by a pattern',
    somebody('*', { 'aws:PrincipalArn': `arn:aws:iam::${OURS}:role/*` }),
    'principal-anyone',
  ],
  [
    'anybody, narrowed to us or another',
    somebody('*', { 'aws:PrincipalArn': [principalArn, stranger] }),
    'principal-anyone',
  ],
  [
    'anybody, narrowed IfExists',
    policy(entering({ Principal: '*', Condition: { StringEquals: id(ID), StringEqualsIfExists: narrow } })),
    'principal-anyone',
  ],
  [
    'anybody, narrowed to an organization',
    somebody('*', { 'aws:PrincipalOrgID': 'o-1' }),
    'principal-anyone',
  ],
  [
    'anybody may tag a session',
    policy(entering(), { ...naming, Principal: '*', Condition: {} }),
    'principal-anyone',
  ],
  ['another account', somebody({ AWS: stranger }), 'principal-other-account'],
  ['another account’s number', somebody({ AWS: '444455556666' }), 'principal-other-account'],
  ['another account’s number, as a number', somebody({ AWS: 444455556666 }), 'principal-other-account'],
  [
    'another account’s role',
    somebody({ AWS: 'arn:aws:iam::444455556666:role/X' }),
    'principal-other-account',
  ],
  [
    'another account’s session',
    somebody({ AWS: 'arn:aws:sts::444455556666:assumed-role/X/s' }),
    'principal-other-account',
  ],
  ['a role that is gone', somebody({ AWS: 'AROAEXAMPLEEXAMPLE' }), 'principal-other-account'],
  ['us or another account', somebody({ AWS: [principalArn, stranger] }), 'principal-other-account'],
  ['our account as a whole', somebody({ AWS: root }), 'principal-account-wide'],
  ['another role of ours', somebody({ AWS: `${principalArn}Other` }), 'principal-account-wide'],
  [
    'another role of ours, narrowed',
    somebody({ AWS: `${principalArn}Other` }, narrow),
    'principal-account-wide',
  ],
  [
    'a session of our role',
    somebody({ AWS: `arn:aws:sts::${OURS}:assumed-role/RolecallService/x` }),
    'principal-account-wide',
  ],
  [
    'the client’s own account, without an ID',
    further({ Principal: { AWS: `arn:aws:iam::${CLIENTS}:root` }, Condition: {} }),
    'principal-own-account',
  ],
  [
    'a service, without an ID',
    further({ Principal: { Service: 'ec2.amazonaws.com' }, Condition: {} }),
    'principal-service',
  ],
  [
    'a service and we, without an ID',
    further({ Principal: { Service: 'ec2.amazonaws.com', AWS: principalArn }, Condition: {} }),
    'principal-service',
    'external-id-not-required',
  ],
  [
    'an identity provider',
    further({
      Principal: { Federated: `arn:aws:iam::${CLIENTS}:saml-provider/X` },
      Action: 'sts:AssumeRoleWithSAML',
      Condition: {},
    }),
    'principal-service',
  ],
  [
    'an identity provider that anybody may use, for one app',
    further({
      Principal: { Federated: 'accounts.google.com' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { 'accounts.google.com:aud': 'the-client-s-own' } },
    }),
    'principal-service',
  ],
  ...[
    {},
    { StringLike: { 'accounts.google.com:aud': '*' } },
    { StringEqualsIfExists: { 'accounts.google.com:aud': 'x' } },
    { StringNotEquals: { 'accounts.google.com:aud': 'x' } },
    { StringEquals: { 'graph.facebook.com:app_id': 'x' } },
    { StringLike: { 'accounts.google.com:aud': '**' } },
    { StringEquals: { 'accounts.google.com:aud': variable('accounts.google.com:aud') } },
    { StringEquals: { 'accounts.google.com:email_verified': 'true' } },
  ].map((Condition): [string, string, ...FindingCode[]] => [
    `an identity provider that anybody may use, by ${JSON.stringify(Condition)}`,
    further({
      Principal: { Federated: 'accounts.google.com' },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition,
    }),
    'principal-anyone',
    'external-id-not-required',
  ]),
  ...[
    {},
    { StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' } },
    { StringLike: { 'token.actions.githubusercontent.com:sub': '*' } },
    { StringLike: { 'token.actions.githubusercontent.com:sub': ['repo:ours/app:*', 'repo:*'] } },
    { StringEquals: { 'token.actions.githubusercontent.com:sub': variable('aws:userid') } },
    { 'ForAllValues:StringLike': { 'token.actions.githubusercontent.com:sub': 'repo:ours/*' } },
  ].map((Condition): [string, string, ...FindingCode[]] => [
    `a shared identity provider, by ${JSON.stringify(Condition)}`,
    further({ Principal: { Federated: shared }, Action: 'sts:AssumeRoleWithWebIdentity', Condition }),
    'principal-anyone',
    'external-id-not-required',
  ]),
  ...[
    { StringLike: { 'token.actions.githubusercontent.com:sub': 'repo:ours/*' } },
    { StringEquals: { 'token.actions.githubusercontent.com:sub': 'repo:ours/app:ref:refs/heads/main' } },
  ].map((Condition): [string, string, ...FindingCode[]] => [
    `a shared identity provider for one of its customers, by ${JSON.stringify(Condition)}`,
    further({ Principal: { Federated: shared }, Action: 'sts:AssumeRoleWithWebIdentity', Condition }),
    'principal-service',
  ]),
  [
    'an identity provider of the client’s own, whose tokens only its people have',
    further({
      Principal: { Federated: `arn:aws:iam::${CLIENTS}:oidc-provider/sso.client.example` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {},
    }),
    'principal-service',
  ],
  [
    'the ID if there is one, and whatever its case',
    asking({ StringEqualsIfExists: id(ID), StringEqualsIgnoreCase: id(ID) }),
    'external-id-ignores-case',
  ],
  [
    'NotPrincipal',
    policy(entering(), { Effect: 'Allow', NotPrincipal: { AWS: stranger }, Action: 'sts:AssumeRole' }),
    'not-principal',
  ],
  [
    'NotAction',
    policy(entering(), { Effect: 'Allow', Principal: { AWS: root }, NotAction: 'sts:TagSession' }),
    'not-action',
  ],

  [
    'a further statement without the ID',
    further({ Condition: { StringEquals: narrow } }),
    'external-id-not-required',
  ],
  ...['sts:*', '*', 'sts:Assume*', 'STS:ASSUMEROLE', 'sts:AssumeRol?', 'sts:AssumeRoleWithSAML'].map(
    (Action) =>
      [
        `a further statement for ${Action}`,
        further({ Action, Condition: { StringEquals: narrow } }),
        'external-id-not-required',
      ] as const,
  ),
  [
    'a further statement for an action with forty wildcards, which lets nobody in',
    further({ Action: `sts:${'*a'.repeat(20)}${'*?'.repeat(20)}0`, Condition: { StringEquals: narrow } }),
  ],
  [
    'a further statement for an action with forty wildcards, which lets us in',
    further({ Action: `sts:${'*'.repeat(20)}${'*?'.repeat(10)}`, Condition: { StringEquals: narrow } }),
    'external-id-not-required',
  ],
  [
    'a further statement for one of several actions',
    further({ Action: ['sts:TagSession', 'sts:AssumeRole'], Condition: { StringEquals: narrow } }),
    'external-id-not-required',
  ],
  [
    'a code that two statements have is told once',
    policy(
      entering({ Condition: { StringEquals: narrow } }),
      entering({ Condition: { StringEquals: narrow } }),
    ),
    'external-id-not-required',
  ],

  ...[
    '',
    'no JSON',
    'null',
    '[]',
    '"x"',
    '{}',
    '{"Statement":"x"}',
    '{"Statement":[null]}',
    '{"Statement":[[]]}',
  ].map((json) => [`unreadable: ${json || 'nothing'}`, json, 'policy-unreadable'] as const),
];

t.test('each policy is judged as AWS would apply it', async (t) => {
  t.ok(table.length >= 40);
  for (const [what, json, ...found] of table) t.strictSame(codes(json), found, what);
});

t.test('while an ID is being replaced, either is right, and a third is not', async (t) => {
  const both = { ...expected, externalIds: [ID, NEXT] };
  t.strictSame(codes(asking({ StringEquals: id([ID, NEXT]) }), both), []);
  t.strictSame(codes(asking({ StringEquals: id(NEXT) }), both), []);
  t.strictSame(codes(asking({ StringEquals: id([ID, NEXT, 'x']) }), both), ['external-id-others']);
});

t.test('every finding is in words, and has its weight', async (t) => {
  const notices = table.flatMap(([, , ...found]) => found).filter((code) => !isUnsafe(finding(code)));
  t.strictSame([...new Set(notices)].sort(), [
    'external-id-ignores-case',
    'principal-account-wide',
    'principal-own-account',
    'principal-service',
  ]);
  for (const [, , code] of table) if (code !== undefined) t.match(finding(code).message, /^[A-Z].{20,}\.$/);
});

const isUnsafeAny = (json: string) => judgeTrustPolicy(json, expected).some(isUnsafe);

/** Statements that let nobody further in, whatever they say. */
const harmless = fc.constantFrom<Json>(
  naming,
  entering({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
  entering({ Effect: 'Deny', Principal: '*', Condition: {} }),
);
const beside = fc.constantFrom<Json>(
  {},
  { Bool: { 'aws:SecureTransport': 'true' } },
  { IpAddress: { 'aws:SourceIp': ['192.0.2.0/24'] } },
  { DateLessThan: { 'aws:CurrentTime': '2030-01-01T00:00:00Z' } },
);
/** A way of writing that only our role may enter, with exactly our ID. */
const exact = fc
  .record({
    principal: fc.constantFrom<unknown>(
      { AWS: principalArn },
      { AWS: [principalArn] },
      { AWS: root },
      { AWS: OURS },
    ),
    key: fc.constantFrom('sts:ExternalId', 'sts:externalid', 'STS:EXTERNALID'),
    listed: fc.boolean(),
    action: fc.constantFrom<unknown>(
      'sts:AssumeRole',
      ['sts:AssumeRole'],
      ['sts:AssumeRole', 'sts:TagSession'],
    ),
    beside,
  })
  .map(({ principal, key, listed, action, beside }) =>
    entering({
      Principal: principal,
      Action: action,
      Condition: { ...beside, StringEquals: { [key]: listed ? [ID] : ID, ...narrow } },
    }),
  );

t.test('who asks for exactly our ID of exactly our role is never unsafe', async () => {
  fc.assert(
    fc.property(exact, fc.array(harmless, { maxLength: 3 }), fc.nat(3), (one, others, place) => {
      const statements = [...others];
      statements.splice(place, 0, one);
      return !isUnsafeAny(policy(...statements));
    }),
  );
});

const foreignAccount = fc
  .stringMatching(/^\d{12}$/)
  .filter((account) => account !== OURS && account !== CLIENTS);
const foreignPrincipal = fc.oneof(
  fc.constantFrom<unknown>('*', { AWS: '*' }, { AWS: [principalArn, '*'] }),
  foreignAccount.map((account) => ({ AWS: account })),
  fc
    .tuple(foreignAccount, fc.constantFrom('root', 'role/X', 'user/X'))
    .map(([account, resource]) => ({ AWS: [principalArn, `arn:aws:iam::${account}:${resource}`] })),
);
/** An ID that is not ours; none of its characters is a wildcard. */
const otherId = fc.stringMatching(/^[\w+=,.@:/-]{2,60}$/).filter((text) => text !== ID);
const pattern = fc
  .nat(ID.length - 1)
  .chain((length) =>
    fc.constantFrom(
      `${ID.slice(0, length)}*`,
      `*${ID.slice(length)}`,
      `${ID.slice(0, length)}?${ID.slice(length + 1)}`,
    ),
  );
const loose = fc.oneof(
  fc.constantFrom<Json>({}, { Null: id('false') }, { StringNotEquals: id('x') }),
  fc
    .constantFrom(
      'StringEqualsIfExists',
      'StringLikeIfExists',
      'ForAllValues:StringEquals',
      'ForAllValues:StringLike',
    )
    .map((operator) => ({ [operator]: id(ID) })),
  pattern.map((text) => ({ StringLike: id(text) })),
  pattern.map((text) => ({ StringLike: id([ID, text]) })),
  otherId.map((text) => ({ StringEquals: id([ID, text]) })),
  fc.nat().map((number) => ({ StringEquals: id([ID, number]) })),
);
/** What lets more in than our role with our ID. */
const widening = fc.oneof(
  fc
    .tuple(foreignPrincipal, fc.boolean())
    .map(([Principal, withId]) => entering({ Principal, Condition: withId ? { StringEquals: id(ID) } : {} })),
  loose.map((block) => entering({ Condition: { ArnEquals: narrow, ...block } })),
  fc
    .tuple(loose, fc.constantFrom('sts:*', '*', 'sts:assumerole', 'sts:Assume*'))
    .map(([block, Action]) => entering({ Action, Condition: { ...block } })),
  fc.constantFrom<Json>(
    { Effect: 'Allow', NotPrincipal: { AWS: stranger }, Action: 'sts:AssumeRole' },
    { Effect: 'Allow', Principal: { AWS: root }, NotAction: 'sts:GetCallerIdentity' },
  ),
);

t.test('whatever lets more in is unsafe, wherever it stands', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(exact, harmless), { maxLength: 3 }),
      widening,
      fc.nat(3),
      (others, wide, place) => {
        const statements = [...others];
        statements.splice(place, 0, wide);
        return isUnsafeAny(policy(...statements));
      },
    ),
    { numRuns: 500 },
  );
});

t.test('nothing that somebody may write breaks the judge', async () => {
  fc.assert(fc.property(fc.json(), (json) => Array.isArray(judgeTrustPolicy(json, expected))));
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('Effect', 'Principal', 'Action', 'Condition'), fc.jsonValue()),
      (one) => Array.isArray(judgeTrustPolicy(policy({ Effect: 'Allow', ...one }), expected)),
    ),
  );
});

const CENTRAL = '444455556666';
const users = `arn:aws:iam::${CENTRAL}:user/*`;
const people: ExpectedPeople = { arns: [users], mfaMaxAgeSeconds: 3_600 };
const mfa = {
  Bool: { 'aws:MultiFactorAuthPresent': 'true' },
  NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' },
};
const byArn = (values: unknown) => ({ 'aws:PrincipalArn': values });
/** The statement of the role for people, changed; `block` replaces single conditions. */
const person = (changes: Json = {}): Json => ({
  Sid: 'EnterAsPerson',
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${CENTRAL}:root` },
  Action: 'sts:AssumeRole',
  Condition: { ArnLike: byArn(users), ...mfa },
  ...changes,
});
const given = (block: Json) => policy(person({ Condition: { ArnLike: byArn(users), ...mfa, ...block } }));
const instead = (Condition: Json) => policy(person({ Condition }));
const whom = (Principal: unknown, Condition: Json = mfa) => policy(person({ Principal, Condition }));
const { Bool, NumericLessThan } = mfa;
const ofPeople = (json: string, expectedPeople = people) =>
  judgePeopleTrust(json, expectedPeople, CLIENTS).map(({ code }) => code);

const peopleTable: readonly (readonly [string, string, ...FindingCode[]])[] = [
  ['the template’s own', policy(person())],
  ['its one statement, not in a list', JSON.stringify({ Statement: person() })],
  [
    'a boolean and a number',
    given({
      Bool: { 'aws:MultiFactorAuthPresent': true },
      NumericLessThan: { 'aws:MultiFactorAuthAge': 900 },
    }),
  ],
  [
    'keys and operators in another case',
    instead({
      arnlike: { 'AWS:principalarn': users },
      bool: { 'aws:multifactorauthpresent': 'TRUE' },
      numericlessthan: { 'AWS:MultiFactorAuthAge': '3600' },
    }),
  ],
  [
    'at most as long ago',
    instead({ ArnLike: byArn(users), Bool, NumericLessThanEquals: { 'aws:MultiFactorAuthAge': '3600' } }),
  ],
  ['users of one path', given({ ArnLike: byArn(`arn:aws:iam::${CENTRAL}:user/audit/*`) })],
  [
    'two users by StringEquals',
    instead({ StringEquals: byArn([users.replace('*', 'ann'), users.replace('*', 'bob')]), ...mfa }),
  ],
  ['one user, as the principal', whom({ AWS: `arn:aws:iam::${CENTRAL}:user/ann` })],
  ['anybody, narrowed to the users', whom('*', { ArnLike: byArn(users), ...mfa })],
  ['the service’s account, narrowed to the users', whom({ AWS: root }, { ArnLike: byArn(users), ...mfa })],
  ['an address as well', given({ IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } })],
  ['a statement that denies', policy(person(), person({ Effect: 'Deny', Principal: '*', Condition: {} }))],
  ['naming who enters, of anybody', policy(person(), { ...naming, Condition: {} })],

  [
    'no condition',
    instead({}),
    'people-others',
    'people-without-mfa',
    'people-mfa-stale',
    'people-locked-out',
  ],
  ['no second factor', instead({ ArnLike: byArn(users) }), 'people-without-mfa', 'people-mfa-stale'],
  [
    'a second factor that was not proven',
    given({ Bool: { 'aws:MultiFactorAuthPresent': 'false' } }),
    'people-without-mfa',
  ],
  [
    'a second factor or not',
    given({ Bool: { 'aws:MultiFactorAuthPresent': ['true', 'false'] } }),
    'people-without-mfa',
  ],
  [
    'BoolIfExists',
    instead({ ArnLike: byArn(users), NumericLessThan, BoolIfExists: Bool }),
    'people-without-mfa',
  ],
  [
    'ForAllValues:Bool',
    instead({ ArnLike: byArn(users), NumericLessThan, 'ForAllValues:Bool': Bool }),
    'people-without-mfa',
  ],
  [
    'Null on the second factor',
    instead({ ArnLike: byArn(users), NumericLessThan, Null: { 'aws:MultiFactorAuthPresent': 'false' } }),
    'people-without-mfa',
  ],
  ['an empty list', given({ Bool: { 'aws:MultiFactorAuthPresent': [] } }), 'people-without-mfa'],
  ['no age', instead({ ArnLike: byArn(users), Bool }), 'people-mfa-stale'],
  ['a greater age', given({ NumericLessThan: { 'aws:MultiFactorAuthAge': '3601' } }), 'people-mfa-stale'],
  [
    'either age',
    given({ NumericLessThan: { 'aws:MultiFactorAuthAge': ['3600', '86400'] } }),
    'people-mfa-stale',
  ],
  [
    'an age that is no number',
    given({ NumericLessThan: { 'aws:MultiFactorAuthAge': '1e9' } }),
    'people-mfa-stale',
  ],
  [
    'an age at least',
    instead({ ArnLike: byArn(users), Bool, NumericGreaterThan: { 'aws:MultiFactorAuthAge': '3600' } }),
    'people-mfa-stale',
  ],
  [
    'NumericLessThanIfExists',
    instead({ ArnLike: byArn(users), Bool, NumericLessThanIfExists: NumericLessThan }),
    'people-mfa-stale',
  ],
  ['the whole central account', instead(mfa), 'people-others', 'people-locked-out'],
  [
    'its roles as well',
    given({ ArnLike: byArn([users, `arn:aws:iam::${CENTRAL}:role/*`]) }),
    'people-others',
    'people-locked-out',
  ],
  [
    'users of any account',
    given({ ArnLike: byArn('arn:aws:iam::*:user/*') }),
    'people-others',
    'people-locked-out',
  ],
  [
    'a variable',
    given({ ArnLike: byArn(`arn:aws:iam::${CENTRAL}:user/${variable('aws:username')}`) }),
    'people-others',
    'people-locked-out',
  ],
  ['all but the users', instead({ ArnNotLike: byArn(users), ...mfa }), 'people-others', 'people-locked-out'],
  [
    'the users IfExists',
    instead({ ArnLikeIfExists: byArn(users), ...mfa }),
    'people-others',
    'people-locked-out',
  ],
  ['anybody', whom('*'), 'people-others', 'people-locked-out'],
  [
    'the service’s role beside the people',
    policy(person(), person({ Principal: { AWS: principalArn }, Condition: mfa })),
    'people-others',
  ],
  [
    'the service’s role, with no second factor',
    policy(person(), entering()),
    'people-others',
    'people-without-mfa',
    'people-mfa-stale',
  ],
  [
    'a user of another account',
    whom({ AWS: [`arn:aws:iam::${CENTRAL}:user/ann`, `arn:aws:iam::${OURS}:user/ann`] }),
    'people-others',
  ],
  [
    'an identity provider',
    policy(person(), {
      Effect: 'Allow',
      Principal: { Federated: 'accounts.google.com' },
      Action: 'sts:AssumeRoleWithWebIdentity',
    }),
    'people-others',
    'people-without-mfa',
    'people-mfa-stale',
  ],
  [
    'an AWS service',
    policy(person(), { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:*' }),
    'people-others',
    'people-without-mfa',
    'people-mfa-stale',
  ],
  [
    'NotPrincipal',
    policy(person(), { ...person(), Principal: undefined, NotPrincipal: { AWS: root } }),
    'people-others',
  ],
  [
    'NotAction',
    policy(person(), { ...person(), Action: undefined, NotAction: 'sts:TagSession' }),
    'people-others',
  ],
  [
    'the client’s own account beside them',
    policy(person(), person({ Principal: { AWS: CLIENTS }, Condition: {} })),
    'people-own-account',
  ],
  [
    'the client’s own account in their place',
    whom({ AWS: `arn:aws:iam::${CLIENTS}:root` }, {}),
    'people-own-account',
    'people-locked-out',
  ],
  ['nobody', policy(), 'people-locked-out'],
  ['those who may tag a session alone', policy(person({ Action: 'sts:TagSession' })), 'people-locked-out'],
  ...['', 'null', '{}', '{"Statement":[null]}'].map(
    (json) => [`unreadable: ${json}`, json, 'people-policy-unreadable'] as const,
  ),
];

t.test('who enters by a role for people is judged as AWS would apply its policy', async (t) => {
  for (const [what, json, ...found] of peopleTable) t.strictSame(ofPeople(json), found, what);
  const told = new Set(peopleTable.flatMap(([, , ...found]) => found));
  t.strictSame([...told].filter((code) => !isUnsafe(finding(code))).sort(), [
    'people-locked-out',
    'people-own-account',
  ]);
  for (const code of told) t.match(finding(code).message, /^[A-Z].{20,}\.$/);
});

t.test(
  'people who sign in by certain roles need no second factor that AWS knows of, and no role more',
  async (t) => {
    const sso = `arn:aws:iam::${CENTRAL}:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Audit_????????????????`;
    const signedIn: ExpectedPeople = { arns: [sso], mfaMaxAgeSeconds: null };
    const by = (value: string, operator = 'ArnLike') =>
      ofPeople(policy(person({ Condition: { [operator]: byArn(value) } })), signedIn);
    t.strictSame(by(sso), []);
    const one = sso.replace('*', 'eu-west-1').replaceAll('?', '0');
    t.strictSame(by(one, 'StringEquals'), [], 'one of them');
    for (const other of [
      sso.replace('Audit', 'Admin'),
      sso.replace('Audit', '*'),
      sso.replaceAll('?', '*'),
      sso.replace('????????????????', '*'),
      sso.replace(CENTRAL, OURS),
      users,
    ])
      t.strictSame(by(other), ['people-others', 'people-locked-out'], other);
  },
);
