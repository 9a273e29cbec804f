import fc from 'fast-check';
import t from 'tap';
import type { Revision } from '../../src/core/change.js';
import { decideStackEvent } from '../../src/core/decide-stack-event.js';
import { settled } from '../../src/core/decide-unanswered.js';
import { decideVerdict } from '../../src/core/decide-verdict.js';
import { clientId, launchId } from '../../src/core/id.js';
import type { RequestType, Stack, StackRequest } from '../../src/core/stack.js';
import type { TokenHash } from '../../src/core/token.js';
import { accountItem, awsAccountItem } from '../../src/store/account-item.js';
import { clientItem } from '../../src/store/client-item.js';
import type { Item } from '../../src/store/document.js';
import { feedItem } from '../../src/store/feed-item.js';
import { DUE_SHARDS, dueIndex, feedPosition, keys } from '../../src/store/keys.js';
import { stackItem } from '../../src/store/stack-item.js';
import {
  aClient,
  aLaunch,
  aLock,
  anAccount,
  anEvent,
  aRequest,
  aStack,
  at,
  bad,
  found,
  good,
  must,
  now,
  ourId,
  put,
  uuid7,
  verified,
} from '../core/things.js';

const rev = 'AbCdEf12' as Revision;
const time = fc.integer({ min: now - 1e12, max: now + 1e12 });
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });
const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`));
const uuid = fc.uuid();
const hash = fc.stringMatching(/^[\w-]{43}$/).map((text) => text as TokenHash);
const accountNumber = digits(12);
const words = fc.string({ unit: 'binary', maxLength: 60 });

/** A presigned address as CloudFormation makes it. */
function presigned(stackId: string, requestId: string): string {
  const object = `${stackId.replaceAll(':', '%3A')}%7CConnection%7C${requestId}`;
  const query = [
    'X-Amz-Algorithm=AWS4-HMAC-SHA256',
    'X-Amz-Date=20261124T060000Z',
    'X-Amz-SignedHeaders=host',
    'X-Amz-Expires=7200',
    'X-Amz-Credential=AKIA0000000000000000%2F20261124%2Fus-east-1%2Fs3%2Faws4_request',
    `X-Amz-Signature=${'0123456789abcdef'.repeat(4)}`,
  ].join('&');
  return `https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/${object}?${query}`;
}

/** A stack as it may come: of any region and partition, with what a topic's owner may have put into its events. */
const stack: fc.Arbitrary<Stack> = fc
  .record({
    account: accountNumber,
    place: fc.constantFrom<[string, string]>(
      ['aws', 'us-east-1'],
      ['aws', 'ap-southeast-7'],
      ['aws-us-gov', 'us-gov-west-1'],
      ['aws-cn', 'cn-north-1'],
    ),
    elsewhere: fc.boolean(),
    name: fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,39}$/),
    uuid,
    topic: fc.stringMatching(/^[\w-]{1,40}$/),
    byFunction: fc.boolean(),
    hash,
    flags: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
    accepted: fc.boolean(),
    people: fc.boolean(),
    requests: fc.array(
      fc.record({
        id: fc.oneof(uuid, fc.stringMatching(/^[\w-]{1,8}$/)),
        type: fc.constantFrom<RequestType>('Create', 'Update', 'Delete'),
        logical: words.filter((text) => text !== ''),
        physical: maybe(words.filter((text) => text !== '')),
        url: fc.constantFrom('presigned', 'encoded', 'other'),
        role: fc.oneof(fc.constant('own'), fc.stringMatching(/^[\w+=,.@:/-]{0,60}$/)),
        human: maybe(fc.oneof(fc.constant('own'), fc.stringMatching(/^[\w+=,.@:/-]{0,60}$/))),
        version: fc.stringMatching(/^[0-9a-f]{0,12}$/),
        times: fc.tuple(time, time),
        answer: fc.constantFrom('open', 'SUCCESS', 'FAILED'),
        outcome: fc.constantFrom(...(['accepted', 'refused', 'too-late', 'given-up'] as const), null),
        holder: maybe(fc.stringMatching(/^[\w-]{22}$/)),
        echo: fc.constantFrom('current' as const, 'next' as const, 'other' as const),
      }),
      { maxLength: 9 },
    ),
    attempts: fc.nat(20),
    due: maybe(time),
    later: fc.record({
      previous: fc.boolean(),
      rollsBackTo: maybe(hash),
      takeovers: fc.nat(20),
      forgetAt: maybe(time),
    }),
  })
  .map((some): Stack => {
    const [partition, region] = some.place;
    const stackId = `arn:${partition}:cloudformation:${region}:${some.account}:stack/${some.name}/${some.uuid}`;
    const topicRegion = some.elsewhere ? 'us-west-2' : region;
    const ownRole = `arn:${partition}:iam::${some.account}:role/path/${some.name}`;
    const humanRoleArn = some.people ? `${ownRole}-people` : null;
    const requests = some.requests.map((request): StackRequest => {
      const isSettled = request.answer !== 'open' && request.outcome !== null;
      const urls = {
        presigned: presigned(stackId, request.id),
        encoded: `https://answers.example/${encodeURIComponent(stackId)}/${request.id}`,
        other: 'https://answers.example/somewhere?a=b',
      };
      return {
        id: request.id,
        type: request.type,
        logicalResourceId: request.logical,
        physicalResourceId: request.physical,
        // A settled request keeps only what recognizes it.
        responseUrl: isSettled ? null : urls[request.url as keyof typeof urls],
        roleArn: isSettled ? '' : request.role === 'own' ? ownRole : request.role,
        humanRoleArn: isSettled ? null : request.human === 'own' ? `${ownRole}-people` : request.human,
        templateVersion: isSettled ? '' : request.version,
        properties: isSettled ? '' : 'AbCdEfGhIjKlMnOp',
        receivedAt: request.times[0],
        holder: isSettled ? null : request.holder,
        echo: isSettled ? 'current' : request.echo,
        deadline: request.times[1],
        answer:
          request.answer === 'open'
            ? null
            : request.answer === 'FAILED'
              ? { status: 'FAILED', reason: 'because' }
              : { status: 'SUCCESS', reason: null },
        outcome: isSettled ? request.outcome : null,
      };
    });
    return {
      ...aStack(),
      rev,
      accountId: some.account,
      stackId,
      sourceArn: some.byFunction
        ? `arn:${partition}:sts::${some.account}:assumed-role/${some.topic}`
        : `arn:${partition}:sns:${topicRegion}:${some.account}:${some.topic}`,
      callbackTokenHash: some.hash,
      gone: some.flags[0],
      announced: some.flags[1],
      free: some.flags[2],
      accepted: some.accepted
        ? { roleArn: ownRole, humanRoleArn, templateVersion: '0123456789ab', properties: 'AbCdEfGhIjKlMnOp' }
        : null,
      previous: some.later.previous
        ? {
            roleArn: `${ownRole}2`,
            humanRoleArn,
            templateVersion: 'ba9876543210',
            properties: 'PonMlKjIhGfEdCbA',
          }
        : null,
      rollsBackTo: some.later.rollsBackTo,
      takeovers: some.later.takeovers,
      forgetAt: some.later.forgetAt,
      requests,
      attempts: some.attempts,
      due: some.due,
    };
  });

t.test('what is stored is what is read back', async (t) => {
  t.test('a stack, whatever its events said', async (t) => {
    fc.assert(
      fc.property(stack, (one) => {
        const copy = stackItem.fromItem(stackItem.toItem(one, rev));
        if (JSON.stringify(sorted(copy)) !== JSON.stringify(sorted(one)))
          throw new Error(`${JSON.stringify(copy)}\nis not\n${JSON.stringify(one)}`);
      }),
      { numRuns: 2_000 },
    );
    t.pass('held for every stack');
  });

  t.test('a client with its links', async (t) => {
    const client = fc.record({
      name: words,
      reference: maybe(words),
      status: fc.constantFrom(
        'invited' as const,
        'connected' as const,
        'attention' as const,
        'disconnected' as const,
      ),
      allowSharedAccounts: fc.boolean(),
      metadata: fc.dictionary(fc.stringMatching(/^[\w.-]{1,20}$/), words, {
        noNullPrototype: true,
      }),
      createdAt: time,
      updatedAt: time,
      removedAt: maybe(time),
    });
    const launch = fc.record({
      expectedAccountIds: fc.array(accountNumber, { maxLength: 5 }),
      maxAccounts: fc.integer({ min: 1, max: 1000 }),
      expiresAt: time,
      openedAt: maybe(time),
      revokedAt: maybe(time),
      accounts: fc.array(accountNumber, { maxLength: 5 }),
    });
    fc.assert(
      fc.property(client, fc.array(launch, { maxLength: 10 }), (changes, some) => {
        const launches = some.map((one, place) => aLaunch({ ...one, id: launchId(uuid7(place)) }));
        const one = aClient({ ...changes, rev, launches });
        const item = clientItem.toItem(one, rev);
        if (JSON.stringify(sorted(clientItem.fromItem(item))) !== JSON.stringify(sorted(one)))
          throw new Error(JSON.stringify(one));
        // A removed client stands in no list.
        return ['i1p', 'i1s', 'i2p', 'i2s'].every((name) => name in item === (one.removedAt === null));
      }),
    );
    t.pass('held for every client');
  });

  t.test('an account and the lock of its number', async (t) => {
    const account = fc.record({
      organization: fc.option(fc.record({ managementAccountId: accountNumber, left: fc.boolean() })),
      accountId: accountNumber,
      status: fc.constantFrom(
        'verifying' as const,
        'connected' as const,
        'rejected' as const,
        'degraded' as const,
        'disconnected' as const,
      ),
      verdict: fc.constantFrom(null, good, bad),
      pending: maybe(words),
      connectedBy: maybe(words),
      connectedAt: maybe(time),
      nextVerificationAt: maybe(time),
      trying: maybe(fc.record({ until: time, attempts: fc.nat(1000) }, { noNullPrototype: true })),
      failing: maybe(fc.record({ since: time, times: fc.nat(1000) }, { noNullPrototype: true })),
    });
    fc.assert(
      fc.property(account, fc.array(uuid, { maxLength: 4 }), fc.boolean(), (changes, ids, shared) => {
        const one = anAccount({ ...changes, rev });
        const lock = aLock({ rev, clients: ids.map(clientId), shared });
        return (
          JSON.stringify(sorted(accountItem.fromItem(accountItem.toItem(one, rev)))) ===
            JSON.stringify(sorted(one)) &&
          JSON.stringify(sorted(awsAccountItem.fromItem(awsAccountItem.toItem(lock, rev)))) ===
            JSON.stringify(sorted(lock))
        );
      }),
    );
    t.pass('held for every account');
  });

  t.test('the events of a commit, at their place in the feed', async (t) => {
    const number = fc.integer({ min: 1, max: 1e12 });
    const data = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,8}$/),
      fc.oneof(words, fc.boolean(), fc.integer()),
      {
        noNullPrototype: true,
      },
    );
    fc.assert(
      fc.property(
        number,
        fc.array(data, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        fc.constantFrom(ourId, null),
        (place, some, ofAccount, about) => {
          const events = some.map((one) => ({
            type: 'account.connected' as const,
            at: now,
            clientId: about,
            ...(ofAccount && { accountId: '111122223333' }),
            actor: { type: 'stack' as const },
            data: one,
          }));
          const read = feedItem.fromItem(feedItem.toItem(place, events));
          const expected = events.map((one, index) => ({
            ...one,
            id: `evt_${feedPosition(place)}_${String(index).padStart(2, '0')}`,
          }));
          return JSON.stringify(sorted(read)) === JSON.stringify(sorted(expected));
        },
      ),
    );
    const about = (id: typeof ourId) => ({
      type: 'launch.opened' as const,
      at: now,
      clientId: id,
      actor: { type: 'visitor' as const },
      data: {},
    });
    t.throws(() => feedItem.toItem(1, [about(ourId), about(clientId(uuid7(9)))]), /one client/);
    t.throws(() => feedItem.toItem(1, []), /one client/);
  });

  t.test('positions in the feed and due times sort as text like what they stand for', async (t) => {
    fc.assert(fc.property(fc.nat(1e12), fc.nat(1e12), (a, b) => a < b === feedPosition(a) < feedPosition(b)));
    fc.assert(
      fc.property(time, time, fc.string(), (a, b, name) => {
        const [one, two] = [dueIndex('STACKS', name, a), dueIndex('STACKS', name, b)];
        const shard = Number(one.i2p.S.split('#').at(-1));
        return a < b === one.i2s.S < two.i2s.S && one.i2p.S === two.i2p.S && shard >= 0 && shard < DUE_SHARDS;
      }),
    );
    t.strictSame(keys.commit(199), { pk: 'FEED#1', sk: '000000000000199' });
  });
});

t.test(
  'a stack’s item keeps a response address that holds braces, and a claim that begins with a tilde',
  async (t) => {
    for (const odd of [{ responseUrl: 'https://answers.example/?x={s}{c}{r}' }, { roleArn: '~Client' }]) {
      const one = aStack({ rev, requests: [aRequest(odd)] });
      t.strictSame(stackItem.fromItem(stackItem.toItem(one, rev)), one);
    }
  },
);

t.test('a stranger’s stack is swept away by its time to live, one of ours never', async (t) => {
  const forgetAt = now + 86_400_001;
  const item = stackItem.toItem(aStack({ rev, forgetAt }), rev);
  t.strictSame(item['ttl'], { N: String(Math.ceil(forgetAt / 1000)) }, 'in seconds, and none too early');
  t.equal(stackItem.fromItem(item).forgetAt, forgetAt);
  t.notOk('ttl' in stackItem.toItem(aStack({ rev }), rev));
});

t.test('an account is found when it is due, apart from the stacks that are', async (t) => {
  const item = accountItem.toItem(anAccount({ rev, nextVerificationAt: now }), rev);
  t.match(item, { i2p: { S: /^DUE#ACCOUNTS#\d+$/ }, i2s: { S: new Date(now).toISOString() } });
  t.notOk('i2p' in accountItem.toItem(anAccount({ rev, nextVerificationAt: null }), rev));
  t.match(stackItem.toItem(aStack({ rev }), rev), { i2p: { S: /^DUE#STACKS#\d+$/ } });
});

/** What a usual onboarding writes, with a stack's name of 40 characters and an address as AWS makes it. */
function usualOnboarding() {
  const name = `rolecall-${'a'.repeat(24)}-0a1b2c`;
  const uuidOf = (place: number) => `5c0f9d10-7b1e-11f0-9c2d-00000000000${place}`;
  const stackId = `arn:aws:cloudformation:us-east-1:111122223333:stack/${name}/${uuidOf(1)}`;
  const sourceArn = `arn:aws:sns:us-east-1:111122223333:${name}-Topic-A1B2C3D4E5F6`;
  const roleArn = `arn:aws:iam::111122223333:role/${name}-ClientRole-A1B2C3D4E5F6`;
  const responseUrl = presigned(stackId, uuidOf(2));
  const event = { ...anEvent({ stackId, sourceArn, roleArn, request: uuidOf(2) }), responseUrl };
  const created = must(put(decideStackEvent(event, found(), at()), 'stack'));
  const stack = { ...created, rev };
  const request = must(stack.requests[0]);
  const change = decideVerdict(verified({ stack, request }));
  const judged = must(put(change, 'stack'));
  const rejected = must(put(decideVerdict(verified({ stack, request, verdict: bad })), 'stack'));
  const answered = settled(judged, must(judged.requests[0]), 'accepted');
  return { responseUrl, created, judged, rejected, answered, change };
}

t.test('what a usual onboarding writes fits into write units', async (t) => {
  const { responseUrl, created, judged, rejected, answered, change } = usualOnboarding();
  t.ok(responseUrl.length > 450 && responseUrl.length < 600, `the address has ${responseUrl.length} bytes`);
  t.comment(`stack after Create: ${sizeOf(stackItem.toItem(created, rev))} bytes`);
  t.comment(`stack after a good verdict: ${sizeOf(stackItem.toItem(judged, rev))} bytes`);
  t.comment(`lock: ${sizeOf(awsAccountItem.toItem(must(put(change, 'aws-account')), rev))} bytes`);
  t.comment(`feed: ${sizeOf(feedItem.toItem(123456, must(change.events)))} bytes`);
  const rows: [string, number, number][] = [
    ['the stack once answered', sizeOf(stackItem.toItem(answered, rev)), 1],
    ['the stack after a bad verdict', sizeOf(stackItem.toItem(rejected, rev)), 2],
    ['the account', sizeOf(accountItem.toItem(must(put(change, 'account')), rev)), 1],
    ['the client', sizeOf(clientItem.toItem(must(put(change, 'client')), rev)), 1],
  ];
  for (const [name, size, units] of rows)
    t.ok(size <= 1024 * units, `${name}: ${size} bytes, ${units} units`);
});

t.test('the stack fits one write unit after its Create and after a good verdict', async (t) => {
  const { created, judged } = usualOnboarding();
  t.ok(sizeOf(stackItem.toItem(created, rev)) <= 1024);
  t.ok(sizeOf(stackItem.toItem(judged, rev)) <= 1024);
});

/** By DynamoDB's rules: names and text in UTF-8 bytes; a number takes a byte for two digits, and one more. */
function sizeOf(item: Item): number {
  return Object.entries(item).reduce((size, [name, value]) => {
    const content =
      value.S === undefined ? 1 + Math.ceil((value.N ?? '').length / 2) : Buffer.byteLength(value.S);
    return size + Buffer.byteLength(name) + content;
  }, 0);
}

/** With its keys in order, so that two things can be compared as text. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, content]) => [name, sorted(content)]),
  );
}
