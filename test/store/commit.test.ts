import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, GetItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { v4, v7 } from 'uuid';
import type { Committed, Entity, Revision } from '../../src/core/change.js';
import { decideStackEvent } from '../../src/core/decide-stack-event.js';
import type { FeedEvent, NewEvent } from '../../src/core/event.js';
import { type ClientId, clientId } from '../../src/core/id.js';
import { besides } from '../../src/core/organization.js';
import { Problem } from '../../src/core/problem.js';
import { stackKey } from '../../src/core/stack.js';
import { type Invitation, inviteClient } from '../../src/onboarding/invite-client.js';
import type { Draw } from '../../src/onboarding/make-launch.js';
import { type SettlePorts, settleStack } from '../../src/onboarding/settle-stack.js';
import { makeCommit } from '../../src/store/commit.js';
import { createTableIfMissing, type Database, describeTable } from '../../src/store/dynamodb.js';
import { feedItem } from '../../src/store/feed-item.js';
import { keyAttributes, keys } from '../../src/store/keys.js';
import { makeQueries } from '../../src/store/queries.js';
import { tableDefinition } from '../../src/store/table.js';
import { backoff } from '../../src/store/transient.js';
import {
  aClient,
  aConnectedStack,
  accountId,
  aLaunch,
  aLock,
  anAccount,
  anEvent,
  aRequest,
  aStack,
  at,
  hour,
  must,
  now,
  otherAccountId,
  ourId,
  provider,
  selfInspection,
  stackIdText,
  topicArnText,
  uuid7,
} from '../core/things.js';
import { databaseAt, type Fate, freshDatabase, localUrl, startProxy } from './database.js';

const nobody = () => undefined;
const isNew = { rev: null };

function told(id: ClientId, place = 0): NewEvent {
  return {
    type: 'launch.opened',
    at: now + place,
    clientId: id,
    actor: { type: 'visitor' },
    data: { place },
  };
}

function written(committed: Committed): readonly Entity[] {
  if (!committed.ok) throw new Error(`lost: ${committed.lost.map(({ kind }) => kind).join(', ')}`);
  return committed.written;
}

/** The feed as it stands in the table, by number. */
async function feedOf({ client, tableName }: Database): Promise<{ numbers: number[]; events: FeedEvent[] }> {
  const { Items } = await client.send(new ScanCommand({ TableName: tableName, ConsistentRead: true }));
  const items = (Items ?? []).filter((item) => /^FEED#/.test(item['pk']?.S ?? ''));
  const sorted = items.sort((a, b) => (must(a['sk']?.S) < must(b['sk']?.S) ? -1 : 1));
  return {
    numbers: sorted.map((item) => Number(item['sk']?.S)),
    events: sorted.filter((item) => item['d']?.S !== undefined).flatMap(feedItem.fromItem),
  };
}

t.test('the table is made where it is missing, by one or by several at once', async (t) => {
  const name = `test-${randomBytes(6).toString('hex')}`;
  const database = databaseAt(localUrl(), name);
  t.after(() => database.client.destroy());
  await t.rejects(describeTable(database), {
    name: 'ResourceNotFoundException',
  });
  await Promise.all([createTableIfMissing(database), createTableIfMissing(database)]);
  await createTableIfMissing(database);
  t.equal(await describeTable(database), 'ACTIVE');
  const { GlobalSecondaryIndexes } = new CreateTableCommand(tableDefinition(name)).input;
  t.strictSame(
    GlobalSecondaryIndexes?.map(({ Projection }) => Projection?.ProjectionType),
    ['KEYS_ONLY', 'KEYS_ONLY'],
  );
});

t.test('a change is taken as a whole or not at all', async (t) => {
  const database = await freshDatabase(t);
  const commit = makeCommit(database, nobody);
  const queries = makeQueries(database);
  const around = () =>
    queries.around({
      clientId: ourId,
      accountId,
      partition: 'aws',
      stackKey: stackKey(aStack()),
    });

  const [client, account, stack, lock] = written(
    await commit({
      put: [aClient(isNew), anAccount(isNew), aStack(isNew), aLock(isNew)],
      events: [told(ourId)],
    }),
  );
  t.strictSame(await around(), { client, account, stack, lock }, 'what was written is what is read');
  t.ok(client?.rev && account?.rev, 'each at its own revision');
  t.not(client?.rev, account?.rev);

  t.test('a new thing must not have been there', async (t) => {
    for (const change of [
      { put: [aClient(isNew)] },
      { put: [aClient(isNew), aStack({ ...isNew, stackId: stackIdText(2) })] },
    ]) {
      const lost = await commit(change);
      t.strictSame(lost, { ok: false, lost: [change.put[0]] });
    }
    const { stack: second } = await queries.around({
      clientId: ourId,
      accountId,
      partition: 'aws',
      stackKey: stackKey(aStack({ stackId: stackIdText(2) })),
    });
    t.equal(second, null, 'and nothing else of the change is written');
  });

  t.test('a thing that moved is named as lost, and no other', async (t) => {
    const [moved] = written(await commit({ put: [must(account)] }));
    const stale = must(account);
    const events = [told(ourId, 1)];
    const lost = await commit({
      put: [must(client), stale, must(stack)],
      events,
    });
    t.strictSame(lost, { ok: false, lost: [stale] });
    t.strictSame(await around(), { client, account: moved, stack, lock }, 'and nothing is written');
    t.equal((await feedOf(database)).events.length, 1, 'nor told');
    const removed = await commit({
      put: [must(client)],
      remove: [aLock({ rev: 'another' as Revision })],
    });
    t.match(removed, { ok: false, lost: [{ kind: 'aws-account' }] }, 'a removal expects its revision, too');
  });

  t.test('of two writers at one revision one wins', async (t) => {
    const { client: read } = await around();
    for (const events of [[], [told(ourId, 2)]]) {
      const base = must((await around()).client ?? read);
      const names = Array.from({ length: 8 }, (_, place) => `writer ${place}`);
      const results = await Promise.all(names.map((name) => commit({ put: [{ ...base, name }], events })));
      t.equal(results.filter(({ ok }) => ok).length, 1);
      const winner = names[results.findIndex(({ ok }) => ok)];
      t.equal((await around()).client?.name, winner, 'and what it wrote stands');
    }
  });

  t.test('a removal frees the thing for others', async (t) => {
    const before = await around();
    written(await commit({ put: [must(before.client)], remove: [must(before.lock)] }));
    t.equal((await around()).lock, null);
    t.ok((await commit({ put: [aLock(isNew)] })).ok);
  });
});

t.test('commits at once give the feed strictly rising numbers without a gap or a double', async (t) => {
  const database = await freshDatabase(t);
  const heard: NewEvent[] = [];
  const commit = makeCommit(database, (events) => heard.push(...events));
  const ids = Array.from({ length: 50 }, (_, place) => clientId(uuid7(1000 + place)));
  const results = await Promise.all(
    ids.map((id, place) => commit({ put: [aClient({ id, ...isNew })], events: [told(id, place)] })),
  );
  t.ok(results.every(({ ok }) => ok));
  const { numbers, events } = await feedOf(database);
  t.strictSame(
    numbers,
    ids.map((_, place) => place + 1),
  );
  t.strictSame(new Set(events.map((event) => event.clientId)), new Set(ids), 'every event is there');
  t.equal(heard.length, 50, 'and was told once');

  t.test('a number that somebody filled with a tombstone is drawn past', async (t) => {
    const tombstones = [51, 52].map((number) => ({
      ...keyAttributes(keys.commit(number)),
      v: { N: '1' },
    }));
    for (const Item of tombstones)
      await database.client.send(new PutItemCommand({ TableName: database.tableName, Item }));
    const id = clientId(uuid7(2000));
    t.ok(
      (
        await commit({
          put: [aClient({ id, ...isNew })],
          events: [told(id)],
        })
      ).ok,
    );
    const { events } = await feedOf(database);
    t.equal(events.at(-1)?.id, 'evt_000000000000053_00');
    const { Item } = await database.client.send(
      new GetItemCommand({
        TableName: database.tableName,
        Key: keyAttributes(keys.commit(51)),
      }),
    );
    t.strictSame(Item, tombstones[0], 'and the tombstone stays');
  });
});

t.test('a commit whose reply was lost is carried out once', async (t) => {
  for (const sdkAttempts of [1, 3])
    for (const events of [[], [told(ourId)]])
      t.test(`${events.length} events, the SDK tries ${sdkAttempts} times`, async (t) => {
        const direct = await freshDatabase(t);
        const queries = makeQueries(direct);
        let toLose = 1;
        const proxy = await startProxy(t, (operation): Fate => {
          if (!/^(PutItem|TransactWriteItems)$/.test(operation) || toLose === 0) return 'pass';
          toLose -= 1;
          return 'lose-reply';
        });
        const database = databaseAt(proxy, direct.tableName, sdkAttempts);
        t.after(() => database.client.destroy());
        const commit = makeCommit(database, nobody);
        const [client] = written(await commit({ put: [aClient(isNew)], events }));
        t.equal(toLose, 0, 'a reply was lost');
        t.strictSame(await queries.client(ourId), client, 'what stands is what the commit says it wrote');
        toLose = 1;
        const [changed] = written(
          await commit({
            put: [{ ...aClient(), ...client, name: 'Changed' } as Entity],
            events,
          }),
        );
        t.strictSame(await queries.client(ourId), changed);
        t.equal((await feedOf(direct)).events.length, 2 * events.length, 'told once');
      });
});

t.test('what fails in passing is repeated, what does not is not', async (t) => {
  const direct = await freshDatabase(t);
  const cancelled = (...codes: string[]): Fate => ({
    code: 'TransactionCanceledException',
    body: { CancellationReasons: codes.map((Code) => ({ Code })) },
  });
  let fates: Fate[] = [];
  let requests = 0;
  const proxy = await startProxy(t, (operation) => {
    if (operation !== 'TransactWriteItems') return 'pass';
    requests += 1;
    return fates.shift() ?? 'pass';
  });
  const database = databaseAt(proxy, direct.tableName, 1);
  t.after(() => database.client.destroy());
  const commit = makeCommit(database, nobody);
  const passing: [string, Fate[]][] = [
    ['conflicts', Array.from({ length: 4 }, () => cancelled('TransactionConflict', 'None'))],
    ['throttling of an item', [cancelled('None', 'ThrottlingError')]],
    ['throttling', [{ code: 'ThrottlingException' }, { code: 'ProvisionedThroughputExceededException' }]],
    ['a transaction under way', [{ code: 'TransactionInProgressException' }]],
    [
      'an outage',
      [
        { code: 'InternalServerError', status: 500 },
        { code: 'ServiceUnavailable', status: 503 },
      ],
    ],
    ['a conflict beside a condition', [cancelled('ConditionalCheckFailed', 'TransactionConflict')]],
    ['lost replies', ['lose-reply', 'lose-reply']],
  ];
  for (const [place, [name, some]] of passing.entries()) {
    fates = [...some];
    requests = 0;
    const id = clientId(uuid7(3000 + place));
    const put = [aClient({ id, ...isNew }), aStack({ clientId: id, ...isNew })];
    t.ok((await commit({ put, events: [told(id)] })).ok, name);
    t.ok(requests > 1, `${name}: repeated`);
    t.equal((await makeQueries(direct).client(id))?.id, id, `${name}: written`);
    t.equal((await makeQueries(direct).eventsOf(id, null, 10)).length, 1, `${name}: told once`);
  }
  for (const fate of [
    { code: 'ValidationException' },
    { code: 'AccessDeniedException' },
    cancelled('ValidationError', 'None'),
  ] satisfies Fate[]) {
    fates = [fate, fate];
    requests = 0;
    await t.rejects(commit({ put: [aClient(isNew), aStack(isNew)] }));
    t.equal(requests, 1, 'a mistake of ours is not repeated');
  }
});

const draw: Draw = { uuid4: () => v4(), uuid7: () => v7(), bytes: randomBytes };
const invitation: Invitation = {
  name: 'Acme',
  reference: null,
  profile: 'security-audit',
  callback: 'sns',
  region: 'us-east-1',
  expectedAccountIds: [],
  maxAccounts: 1,
  allowSharedAccounts: false,
  metadata: {},
};

t.test('registrations', async (t) => {
  const database = await freshDatabase(t);
  const commit = makeCommit(database, nobody);
  const ports = { commit, now: () => now, draw, tellAccess: () => [] };

  t.test('fifty at once with one reference make one client', async (t) => {
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, () =>
        inviteClient(ports, { ...invitation, reference: 'crm-1' }, { type: 'service' }),
      ),
    );
    t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    t.ok(refusals.every((reason) => reason instanceof Problem && reason.code === 'reference-taken'));
    t.equal((await feedOf(database)).events.length, 1, 'one client.invited');
  });

  t.test('an external ID that was ever drawn is never given to a second client', async (t) => {
    const { client } = await inviteClient(ports, invitation, {
      type: 'service',
    });
    let draws = 0;
    const repeating: Draw = {
      ...draw,
      uuid4: () => {
        draws += 1;
        return draws <= 2 ? client.externalId : v4();
      },
    };
    const second = await inviteClient({ ...ports, draw: repeating }, invitation, { type: 'service' });
    t.equal(draws, 3, 'it is drawn again');
    t.not(second.client.externalId, client.externalId);
    const { Item } = await database.client.send(
      new GetItemCommand({
        TableName: database.tableName,
        Key: keyAttributes(keys.externalId(client.externalId)),
      }),
    );
    t.match(Item, { d: { S: JSON.stringify({ clientId: client.id }) } });
  });

  t.test('no token is stored', async (t) => {
    const { client, launch, token } = await inviteClient(ports, invitation, {
      type: 'service',
    });
    const { Items } = await database.client.send(new ScanCommand({ TableName: database.tableName }));
    const everything = JSON.stringify(Items);
    t.ok(everything.includes(client.externalId), 'the client is there');
    t.ok(everything.includes(launch.pageTokenHash), 'and the hash of its token');
    t.notOk(everything.includes(token));
    t.notOk(everything.includes(token.slice(22)), 'nor its secret part');
  });

  t.test('names in every script can be registered', async (t) => {
    for (const name of ['Ünïcödé GmbH', '株式会社', '🦄'.repeat(200), 'مرحبا', '~#|'])
      t.equal((await inviteClient(ports, { ...invitation, name }, { type: 'service' })).client.name, name);
  });

  t.test('a name that grows when it is folded can be registered', async (t) => {
    const name = '\ufdfa'.repeat(200);
    t.equal((await inviteClient(ports, { ...invitation, name }, { type: 'service' })).client.name, name);
  });
});

t.test('a client’s history is read page by page, every event once', async (t) => {
  const database = await freshDatabase(t);
  const commit = makeCommit(database, nobody);
  const queries = makeQueries(database);
  const other = clientId(uuid7(4000));
  const sizes = [1, 3, 2, 1, 1, 5, 2, 9, 1];
  let [client, foreign] = [aClient(isNew), aClient({ id: other, ...isNew })];
  let count = 0;
  for (const size of sizes) {
    const events = Array.from({ length: size }, () => {
      count += 1;
      return told(ourId, count);
    });
    const [ours] = written(await commit({ put: [client], events }));
    const [theirs] = written(await commit({ put: [foreign], events: [told(other)] }));
    client = { ...client, rev: must(ours).rev };
    foreign = { ...foreign, rev: must(theirs).rev };
  }
  for (const limit of [1, 2, 3, 4, 7, 23, 24, 25, 26, 100]) {
    const seen: FeedEvent[] = [];
    for (let after: string | null = null; ; after = must(seen.at(-1)).id) {
      const page: FeedEvent[] = await queries.eventsOf(ourId, after, limit);
      t.ok(page.length <= limit);
      if (page.length === 0) break;
      seen.push(...page);
      if (seen.length > count) break;
    }
    t.strictSame(
      seen.map(({ data }) => data['place']),
      Array.from({ length: count }, (_, place) => place + 1),
      `in pages of ${limit}`,
    );
    t.equal(new Set(seen.map(({ id }) => id)).size, count);
    t.ok(seen.every((event) => event.clientId === ourId));
  }
  t.strictSame(await queries.eventsOf(clientId(uuid7(4001)), null, 10), [], 'nobody’s history is empty');
});

t.test('a commit of more than ten events is read in order', async (t) => {
  const database = await freshDatabase(t);
  const events = Array.from({ length: 12 }, (_, place) => told(ourId, place));
  written(await makeCommit(database, nobody)({ put: [aClient(isNew)], events }));
  const read = await makeQueries(database).eventsOf(ourId, null, 100);
  t.strictSame(
    read.map(({ data }) => data['place']),
    events.map((_, place) => place),
  );
});

t.test('two accounts of a client that are disconnected at once leave the client disconnected', async (t) => {
  const database = await freshDatabase(t);
  const commit = makeCommit(database, nobody);
  const queries = makeQueries(database);
  const theirs = {
    accountId: otherAccountId,
    stackId: stackIdText(2, otherAccountId),
    sourceArn: topicArnText(otherAccountId),
  };
  const [one, two] = [aConnectedStack(isNew), aConnectedStack({ ...isNew, ...theirs })];
  written(
    await commit({
      put: [
        aClient({
          ...isNew,
          status: 'connected',
          launches: [aLaunch({ maxAccounts: 2 })],
        }),
        one,
        two,
        anAccount(isNew),
        anAccount({
          ...isNew,
          accountId: otherAccountId,
          stackId: two.stackId,
          connectedBy: stackKey(two),
        }),
        aLock(isNew),
        aLock({ ...isNew, accountId: otherAccountId }),
      ],
    }),
  );
  const decide = async (stack: typeof one) => {
    const where = {
      clientId: ourId,
      accountId: stack.accountId,
      partition: 'aws',
      stackKey: stackKey(stack),
    };
    const found = await queries.around(where);
    const others = (await queries.accountsOf(ourId)).filter(
      (account) => account.accountId !== stack.accountId,
    );
    const event = anEvent({
      type: 'Delete',
      request: 'delete',
      stackId: stack.stackId,
      sourceArn: stack.sourceArn,
    });
    return must(decideStackEvent(event, { ...found, ...besides(found.client, others) }, at()));
  };
  // Both read before either writes; whoever loses decides again.
  const changes = await Promise.all([decide(one), decide(two)]);
  for (const [place, change] of changes.entries())
    if (!(await commit(change)).ok) written(await commit(await decide(place === 0 ? one : two)));
  t.strictSame(
    (await queries.accountsOf(ourId)).map(({ status }) => status),
    ['disconnected', 'disconnected'],
  );
  t.equal((await queries.client(ourId))?.status, 'disconnected');
});

t.test('thirty accounts that one link lets in, verified at once, are all connected', async (t) => {
  const database = await freshDatabase(t);
  const commit = makeCommit(database, nobody);
  const queries = makeQueries(database);
  const numbers = Array.from({ length: 30 }, (_, place) => String(place + 1).padStart(12, '0'));
  written(await commit({ put: [aClient(isNew, { maxAccounts: numbers.length })] }));
  const sent: string[] = [];
  const settleOne = async (number: string) => {
    const stackId = stackIdText(1, number);
    const request = aRequest({ roleArn: `arn:aws:iam::${number}:role/Client` });
    const identity = { accountId: number, stackId, sourceArn: topicArnText(number) };
    const [stack] = written(await commit({ put: [aStack({ ...isNew, ...identity, requests: [request] })] }));
    if (stack?.kind !== 'stack') throw new Error('no stack');
    const ports: SettlePorts = {
      ...provider,
      enterRole: async ({ externalId }) =>
        externalId === aClient().externalId
          ? {
              outcome: 'entered',
              callerAccount: async () => ({ outcome: 'entered', accountId: number }),
              stackStatus: async () => null,
              ...selfInspection,
            }
          : { outcome: 'denied' },
      uuid: v4,
      putAnswer: async (_, { Status }) => {
        sent.push(Status);
        return 'accepted';
      },
      responseUrl: (text) => new URL(text),
      around: {
        client: queries.client,
        everything: async (where) => {
          const found = await queries.around({ ...where, partition: 'aws' });
          const others = (await queries.accountsOf(ourId)).filter((one) => one.accountId !== where.accountId);
          return { ...found, ...besides(found.client, others) };
        },
      },
      commit,
      now: () => now,
      unlessItHangs: (work) => work,
      sleep: async () => undefined,
      backoff: (conflicts) => sleep(backoff(conflicts, Math.random(), 500)),
      nextVerification: () => now + hour,
      random: Math.random,
      giveUpAfter: 20,
    };
    await settleStack(ports, stack, null);
  };
  const results = await Promise.allSettled(numbers.map(settleOne));
  t.strictSame(
    results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : [])),
    [],
    'none gives up',
  );
  t.strictSame(sent, Array(numbers.length).fill('SUCCESS'));
  t.equal((await queries.client(ourId))?.launches[0]?.accounts.length, numbers.length);
});

t.test('accounts of a client are read to the last page', async (t) => {
  const database = await freshDatabase(t);
  const commit = makeCommit(database, nobody);
  const id = clientId(uuid7(5000));
  const long = 'x'.repeat(20_000);
  const numbers = Array.from({ length: 60 }, (_, place) => String(place).padStart(12, '0'));
  await Promise.all(
    numbers.map((number) =>
      commit({
        put: [
          anAccount({
            ...isNew,
            clientId: id,
            accountId: number,
            templateVersion: long,
          }),
        ],
      }),
    ),
  );
  const read = await makeQueries(database).accountsOf(id);
  t.strictSame(
    read.map((account) => account.accountId),
    numbers,
    'over a megabyte is more than one page',
  );
});

t.test('an item of a layout that this version does not know is not guessed at', async (t) => {
  const database = await freshDatabase(t);
  const { client, tableName } = database;
  const Item = {
    ...keyAttributes(keys.client(ourId)),
    v: { N: '99' },
    r: { S: 'x' },
    d: { S: '{}' },
  };
  await client.send(new PutItemCommand({ TableName: tableName, Item }));
  await t.rejects(makeQueries(database).client(ourId), /layout 99/);
  t.match(await makeCommit(database, nobody)({ put: [aClient(isNew)] }), { ok: false }, 'nor overwritten');
});
