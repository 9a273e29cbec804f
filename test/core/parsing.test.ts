import fc from 'fast-check';
import t from 'tap';
import { formatArn, parseArn } from '../../src/core/arn.js';
import { externalId } from '../../src/core/external-id.js';
import { failure, failureReason } from '../../src/core/failure.js';
import { clientId, launchId, parseClientId } from '../../src/core/id.js';
import { stackNameFor } from '../../src/core/launch.js';
import { isRegionOf, partitionById, partitions } from '../../src/core/partition.js';
import { parseRoleArn } from '../../src/core/role-arn.js';
import { physicalResourceId, stackKey } from '../../src/core/stack.js';
import { parseStackEvent, parseTopicArn } from '../../src/core/stack-event.js';
import { parseStackId } from '../../src/core/stack-id.js';
import {
  callbackToken,
  hashToken,
  pageToken,
  parseToken,
  sameHash,
  type TokenHash,
} from '../../src/core/token.js';
import { aRequest, aStack, must, ourId, stackIdText, theirId, topicArnText, uuid7 } from './things.js';

const account = '111122223333';
const uuidV7 = fc.uuid({ version: 7 });
const secret = fc.uint8Array({ minLength: 32, maxLength: 32 });
/** What may stand around or inside of a text that is otherwise right. */
const dirt = ['\n', '\r\n', '\0', ' ', '\t', '\u00a0', '\u200b', '\ufeff', 'é', '\ud800', '🦄'];

t.test('an ARN is read to the letter, or not at all', async (t) => {
  const good = [
    `arn:aws:iam::${account}:role/Client`,
    `arn:aws:sns:us-east-1:${account}:topic`,
    'arn:aws:s3:::bucket/a:b:c',
    `arn:aws-cn:sns:cn-north-1:${account}:topic`,
    `arn:aws-us-gov:sns:us-gov-west-1:${account}:topic`,
  ];
  for (const text of good) t.equal(formatArn(must(parseArn(text))), text, text);
  const wrong = [
    '',
    'arn',
    'arn:aws:iam::111122223333',
    `ARN:aws:iam::${account}:role/x`,
    `arn:AWS:iam::${account}:role/x`,
    `arn:aws-mars:iam::${account}:role/x`,
    `arn:aws:IAM::${account}:role/x`,
    'arn:aws:iam::11112222333:role/x',
    'arn:aws:iam::1111222233334:role/x',
    'arn:aws:iam::aws:policy/x',
    'arn:aws:iam::११११२२२२३३३३:role/x',
    `arn:aws:sns:cn-north-1:${account}:topic`,
    `arn:aws-cn:sns:us-east-1:${account}:topic`,
    `arn:aws:sns:us-gov-west-1:${account}:topic`,
    `arn:aws:sns:nowhere:${account}:topic`,
    `arn:aws:sns:us-east-1.evil.com:${account}:topic`,
    `arn:aws:iam::${account}:`,
    `arn:aws:iam::${account}:${'x'.repeat(1601)}`,
  ];
  for (const text of wrong) t.equal(parseArn(text), null, text.slice(0, 60) || 'nothing');
  for (const text of good)
    for (const some of dirt)
      for (const dirty of [
        some + text,
        text + some,
        text.replace('aws', `aws${some}`),
        text.replace(/.$/, `${some}$&`),
      ])
        t.equal(parseArn(dirty), null, JSON.stringify(dirty));
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const arn = parseArn(text);
      return arn === null || formatArn(arn) === text;
    }),
  );
});

t.test('a role’s ARN is a role’s, and nobody else’s', async (t) => {
  const role = (resource: string) => `arn:aws:iam::${account}:${resource}`;
  const rows: [string, string, string][] = [
    ['role/Client', '/', 'Client'],
    ['role/a/b/Client', '/a/b/', 'Client'],
    [
      'role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Audit_0123456789abcdef',
      '/aws-reserved/sso.amazonaws.com/eu-west-1/',
      'AWSReservedSSO_Audit_0123456789abcdef',
    ],
    [`role/${'n'.repeat(64)}`, '/', 'n'.repeat(64)],
    [`role/${'p'.repeat(510)}/Client`, `/${'p'.repeat(510)}/`, 'Client'],
    ['role/Client+=,.@-_1', '/', 'Client+=,.@-_1'],
  ];
  for (const [resource, path, name] of rows)
    t.match(parseRoleArn(role(resource)), { path, name, account }, resource.slice(0, 60));
  t.match(parseRoleArn(`arn:aws-us-gov:iam::${account}:role/Client`), { partition: { id: 'aws-us-gov' } });
  const wrong = [
    role('root'),
    role('user/Client'),
    role('group/Client'),
    role('policy/Client'),
    role('role'),
    role('role/'),
    role('role//Client'),
    role('role/a//Client'),
    role('role/../Client'),
    role('role/a/../Client'),
    role('role/./Client'),
    role('role/a/..//Client'),
    role('role/Client/'),
    role('role/*'),
    role('role/Cl*ent'),
    role('role/Cl?ent'),
    role('role/a*/Client'),
    role('role/Client:x'),
    role('role/Cli ent'),
    role('role/Cli%20ent'),
    role('role/"Client"'),
    role('Role/Client'),
    role(`role/${'n'.repeat(65)}`),
    role(`role/${'p'.repeat(511)}/Client`),
    `arn:aws:sts::${account}:assumed-role/Client/session`,
    `arn:aws:sts::${account}:role/Client`,
    `arn:aws:iam:us-east-1:${account}:role/Client`,
    'arn:aws:iam:::role/Client',
    'arn:aws:iam::*:role/Client',
    'arn:*:iam::111122223333:role/Client',
    'Client',
  ];
  for (const text of wrong) t.equal(parseRoleArn(text), null, text.slice(0, 80));
  for (const some of dirt)
    for (const dirty of [
      role(`role/Client${some}`),
      role(`role/a${some}/Client`),
      some + role('role/Client'),
    ])
      t.equal(parseRoleArn(dirty), null, JSON.stringify(dirty));
  t.equal(parseRoleArn(role('role/Client'))?.text, role('role/Client'), 'nothing is repaired');
});

t.test('the ids of stacks and topics', async (t) => {
  t.match(parseStackId(stackIdText()), {
    account,
    region: 'us-east-1',
    name: 'rolecall-acme-000101',
    text: stackIdText(),
  });
  const wrong = [
    `arn:aws:cloudformation:us-east-1:${account}:stack/name`,
    `arn:aws:cloudformation:us-east-1:${account}:stack/name/uuid/more`,
    `arn:aws:cloudformation:us-east-1:${account}:stack/1name/uuid`,
    `arn:aws:cloudformation:us-east-1:${account}:stack/na_me/uuid`,
    `arn:aws:cloudformation:us-east-1:${account}:stack/${'n'.repeat(129)}/uuid`,
    `arn:aws:cloudformation:us-east-1:${account}:stackset/name/uuid`,
    `arn:aws:cloudformation::${account}:stack/name/uuid`,
    'arn:aws:cloudformation:us-east-1::stack/name/uuid',
    `arn:aws:sns:us-east-1:${account}:stack/name/uuid`,
    `${stackIdText()}\n`,
  ];
  for (const text of wrong) t.equal(parseStackId(text), null, text.slice(0, 90));
  for (const text of [topicArnText(), `arn:aws:sns:us-east-1:${account}:orders.fifo`])
    t.ok(parseTopicArn(text), text);
  for (const text of [
    `arn:aws:sns:us-east-1:${account}:topic:subscription`,
    `arn:aws:sns:us-east-1:${account}:to/pic`,
    `arn:aws:sns:us-east-1:${account}:${'t'.repeat(257)}`,
    `arn:aws:sns::${account}:topic`,
    'arn:aws:sns:us-east-1::topic',
    `arn:aws:sqs:us-east-1:${account}:topic`,
    `${topicArnText()}\nType\nNotification`,
  ])
    t.equal(parseTopicArn(text), null, JSON.stringify(text.slice(0, 90)));
});

t.test('a region belongs to one partition', async (t) => {
  for (const partition of partitions) {
    t.equal(partitionById(partition.id), partition);
    t.ok(isRegionOf(partition, partition.defaultRegion), `${partition.defaultRegion} of ${partition.id}`);
    for (const { name: region } of partition.regions)
      t.strictSame(
        partitions.filter((other) => isRegionOf(other, region)).map(({ id }) => id),
        [partition.id],
        region,
      );
  }
  const aws = must(partitionById('aws'));
  for (const region of [
    '',
    'us-east-1 ',
    'us-east-1\n',
    'us-east-1.evil.com',
    'us-east-1/x',
    'us-gov-west-1',
    'us-iso-east-1',
    'US-EAST-1',
    'xx-east-1',
  ])
    t.equal(isRegionOf(aws, region), false, JSON.stringify(region));
  t.equal(isRegionOf(aws, 'eu-north-9'), true, 'a region newer than the list counts by its form');
  for (const id of ['', 'AWS', 'aws-mars', 'constructor', '__proto__'])
    t.equal(partitionById(id), undefined, id);
});

t.test('ids', async (t) => {
  fc.assert(fc.property(uuidV7, (uuid) => parseClientId(clientId(uuid)) === `cli_${uuid}`));
  const wrong = [
    '',
    'cli_',
    `lch_${uuid7(1)}`,
    uuid7(1),
    `cli_${uuid7(1).toUpperCase()}`,
    'cli_0193F000-0000-7000-8000-000000000001',
    'cli_0193f000-0000-4000-8000-000000000001',
    'cli_0193f000-0000-7000-c000-000000000001',
    `cli_${uuid7(1)}\n`,
    ` cli_${uuid7(1)}`,
    'cli_0193f000000070008000000000000001',
    'cli_../../etc/passwd',
  ];
  for (const text of wrong.filter((text) => text !== `cli_${uuid7(1)}`))
    t.equal(parseClientId(text), null, JSON.stringify(text));
  t.match(externalId('0b8f7c3e-5d8e-4a55-9f0a-3c1d2e4f5a6b'), /^[\w+=,.@:/-]{2,1224}$/);
});

t.test('tokens', async (t) => {
  t.test('name their client, and survive a URL', async (t) => {
    fc.assert(
      fc.property(uuidV7, secret, (uuid, bytes) => {
        const page = pageToken(clientId(uuid), bytes);
        const callback = callbackToken(page);
        for (const token of [page, callback]) {
          if (encodeURIComponent(token) !== token || token.length !== 64) return false;
          if (parseToken(token)?.clientId !== clientId(uuid) || parseToken(token)?.token !== token)
            return false;
        }
        return page !== (callback as string) && !sameHash(hashToken(page), hashToken(callback));
      }),
    );
    t.pass('held for every token');
  });

  t.test('the callback token follows from the page token alone, and does not lead back', async (t) => {
    const page = pageToken(ourId, Buffer.alloc(32, 1));
    t.equal(callbackToken(page), callbackToken(page));
    t.not(callbackToken(page), callbackToken(pageToken(ourId, Buffer.alloc(32, 2))));
    t.not(callbackToken(page).slice(22), callbackToken(pageToken(theirId, Buffer.alloc(32, 1))).slice(22));
    t.notOk(callbackToken(page).includes(page.slice(22)), 'it does not hold the page token’s secret');
    t.not(callbackToken(callbackToken(page) as unknown as typeof page), page);
    t.notOk(hashToken(page).includes(page.slice(0, 10)));
  });

  t.test('that are cut off, made up or written otherwise are none', async (t) => {
    const token = pageToken(ourId, Buffer.alloc(32, 255));
    const wrong = [
      '',
      token.slice(0, 63),
      `${token}A`,
      `${token.slice(0, 63)}=`,
      `${token}==`,
      `${token.slice(0, 63)}+`,
      `${token.slice(0, 63)}/`,
      `${token.slice(0, 63)}\n`,
      `${token}\n`,
      ` ${token.slice(1)}`,
      `${token.slice(0, 63)}é`,
      'A'.repeat(64),
      '_'.repeat(64),
      token.split('').reverse().join(''),
    ];
    for (const text of wrong) t.equal(parseToken(text), null, JSON.stringify(text));
    t.throws(() => pageToken(ourId, Buffer.alloc(16)), TypeError, 'nor are such with less of a secret made');
    fc.assert(
      fc.property(fc.stringMatching(/^[\w-]{64}$/), (text) => {
        const parsed = parseToken(text);
        return parsed === null || Buffer.from(parsed.token, 'base64url').toString('base64url') === text;
      }),
    );
  });

  t.test('hashes are compared as a whole', async (t) => {
    const hash = hashToken(pageToken(ourId, Buffer.alloc(32, 1)));
    t.equal(sameHash(hash, hash), true);
    for (const other of ['', hash.slice(0, -1), `${hash}A`, hash.toLowerCase(), `${hash.slice(0, -1)}_`])
      t.equal(sameHash(hash, other as TokenHash), false, other);
  });
});

t.test('a stack’s name is one that CloudFormation takes, whatever the client is called', async (t) => {
  const launch = launchId(uuid7(123456));
  const allowed = /^[A-Za-z][A-Za-z0-9-]{0,127}$/;
  const rows: [string, string][] = [
    ['Acme', 'rolecall-acme-123456'],
    ['Ünïcödé GmbH & Co. KG', 'rolecall-unicode-gmbh-co-kg-123456'],
    ['🦄🦄🦄', 'rolecall-123456'],
    ['株式会社', 'rolecall-123456'],
    ['‮مرحبا', 'rolecall-123456'],
    ["x'; DROP TABLE --", 'rolecall-x-drop-table-123456'],
    ['--', 'rolecall-123456'],
    ['a'.repeat(200), `rolecall-${'a'.repeat(40)}-123456`],
    [`${'a'.repeat(39)} b`, `rolecall-${'a'.repeat(39)}-123456`],
  ];
  for (const [name, expected] of rows) t.equal(stackNameFor(name, launch), expected, name.slice(0, 40));
  for (const unit of ['grapheme', 'binary', 'binary-ascii'] as const)
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 250 }), uuidV7, (name, uuid) =>
        allowed.test(stackNameFor(name, launchId(uuid))),
      ),
    );
});

t.test('a stack’s key tells apart stack, topic and token', async (t) => {
  const stack = aStack();
  const others = [
    { ...stack, stackId: stackIdText(2) },
    { ...stack, sourceArn: topicArnText(account, 'Another') },
    { ...stack, callbackTokenHash: hashToken(pageToken(ourId, Buffer.alloc(32, 9))) },
  ];
  t.match(stackKey(stack), /^[\w-]{22}$/);
  t.equal(stackKey(aStack({ gone: true, attempts: 4 })), stackKey(stack), 'and nothing else');
  t.equal(new Set([stack, ...others].map(stackKey)).size, 4);
  t.equal(physicalResourceId(stack, aRequest()), `${ourId}/${account}`);
  t.equal(
    physicalResourceId(stack, aRequest({ physicalResourceId: 'invented' })),
    'invented',
    'an ID once given stays',
  );
});

t.test('a reason is one line that names what to do', async (t) => {
  t.match(
    failureReason(failure('launch-expired')),
    /^This link has expired\. .*new link\. \(launch-expired\)$/,
  );
  t.match(failureReason(failure('account-mismatch', 'Topic: 1; stack: 2.')), /Topic: 1; stack: 2\./);
});

t.test('what a stack’s event claims is read field by field', async (t) => {
  const topic = must(parseTopicArn(topicArnText()));
  const good: Record<string, unknown> = {
    RequestType: 'Create',
    ServiceToken: topicArnText(),
    ResponseURL: 'https://answers.example/',
    StackId: stackIdText(),
    RequestId: '5c0f9d10-0000-11f0-8000-000000000001',
    LogicalResourceId: 'Connection',
    ResourceType: 'Custom::RolecallConnection',
    ResourceProperties: {
      RoleArn: `arn:aws:iam::${account}:role/Client`,
      TemplateVersion: '0123456789ab',
      ServiceToken: 'x',
    },
  };
  const read = (message: unknown) =>
    parseStackEvent({
      source: topic,
      sourceArn: topicArnText(),
      sentAt: 5,
      message: typeof message === 'string' ? message : JSON.stringify(message),
    });
  t.match(read(good), {
    type: 'Create',
    requestId: good['RequestId'],
    logicalResourceId: 'Connection',
    physicalResourceId: null,
    responseUrl: 'https://answers.example/',
    roleArn: `arn:aws:iam::${account}:role/Client`,
    templateVersion: '0123456789ab',
    sourceArn: topicArnText(),
    sentAt: 5,
  });
  t.match(
    read({ ...good, PhysicalResourceId: 'made up' }),
    { physicalResourceId: null },
    'a Create has none yet',
  );
  t.match(read({ ...good, RequestType: 'Update', PhysicalResourceId: 'x' }), {
    type: 'Update',
    physicalResourceId: 'x',
  });

  const lies: [string, unknown[], RegExp][] = [
    [
      'RequestType',
      [undefined, null, '', 'create', 'CREATE', 'Destroy', 1, ['Create'], { toString: 'Create' }],
      /RequestType/,
    ],
    [
      'StackId',
      [
        undefined,
        null,
        '',
        'x',
        7,
        stackIdText().toUpperCase(),
        `${stackIdText()}\n`,
        topicArnText(),
        [stackIdText()],
        'x'.repeat(2000),
      ],
      /StackId/,
    ],
    ['RequestId', [undefined, null, '', 'a b', 'a/b', 'a\n', '{r}', 'é', 1, 'x'.repeat(129)], /RequestId/],
    ['LogicalResourceId', [undefined, null, '', 1, {}, 'x'.repeat(256)], /LogicalResourceId/],
    ['ResponseURL', [undefined, null, '', 1, {}, 'x'.repeat(4097)], /ResponseURL/],
  ];
  for (const [field, values, words] of lies)
    for (const value of values)
      t.match(read({ ...good, [field]: value }), words, `${field}: ${JSON.stringify(value)?.slice(0, 60)}`);
  for (const RequestType of ['Update', 'Delete'])
    for (const PhysicalResourceId of [undefined, null, '', 1, 'x'.repeat(1025)])
      t.match(
        read({ ...good, RequestType, PhysicalResourceId }),
        /PhysicalResourceId/,
        `${RequestType}: ${String(PhysicalResourceId).slice(0, 20)}`,
      );
  const deep = `{"a":${'['.repeat(60_000)}${']'.repeat(60_000)}}`;
  for (const field of ['ResourceProperties', 'OldResourceProperties'])
    t.match(
      read(JSON.stringify({ ...good, [field]: 'deep' }).replace('"deep"', deep)),
      /nested too deeply/,
      field,
    );
  for (const ResourceProperties of [
    undefined,
    null,
    'x',
    1,
    [],
    ['x'],
    {},
    { RoleArn: 1, TemplateVersion: {} },
    { RoleArn: 'x'.repeat(2049), TemplateVersion: 'x'.repeat(65) },
  ])
    t.match(
      read({ ...good, ResourceProperties }),
      { roleArn: '', templateVersion: '' },
      JSON.stringify(ResourceProperties)?.slice(0, 40),
    );
  for (const message of ['', '{', 'null', '[]', '"x"', '1', '[{"RequestType":"Create"}]'])
    t.equal(read(message), 'Message is not a JSON object', message || 'nothing');
  t.match(read(`{"__proto__":${JSON.stringify(good)}}`), /RequestType/, 'nothing is inherited');
  t.equal(({} as Record<string, unknown>)['RequestType'], undefined);

  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...Object.keys(good), 'PhysicalResourceId'), fc.jsonValue()),
      (changes) => {
        const event = read({ ...good, ...changes });
        if (typeof event === 'string') return event.length > 0;
        return (
          event.stackId.text === { ...good, ...changes }['StackId'] &&
          event.source === topic &&
          event.sentAt === 5
        );
      },
    ),
  );
});
