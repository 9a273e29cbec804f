import { randomBytes } from 'node:crypto';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { v4, v7 } from 'uuid';
import type { Commit } from '../../src/core/change.js';
import type { Answer, Remember } from '../../src/core/remembered-answer.js';
import { seal, unseal } from '../../src/core/sealed-answer.js';
import { beginRotation } from '../../src/keeping/rotate-external-id.js';
import { type Invitation, inviteClient } from '../../src/onboarding/invite-client.js';
import type { Draw, MadeLaunch } from '../../src/onboarding/make-launch.js';
import { makeAnswerOnce, type RepeatableCall } from '../../src/repeats/answer-once.js';
import { makeReadAnswer } from '../../src/store/answer-item.js';
import { makeCommit } from '../../src/store/commit.js';
import { makeQueries } from '../../src/store/queries.js';
import { hour, now, uuid7 } from '../core/things.js';
import { freshDatabase } from '../store/database.js';

const database = await freshDatabase(t);
const remembered = makeReadAnswer(database);
const queries = makeQueries(database);
const draw: Draw = { uuid4: () => v4(), uuid7: () => v7(), bytes: randomBytes };
const actor = { type: 'service' } as const;
const invitation: Invitation = {
  ...{ name: 'Acme', reference: null, profile: 'security-audit', callback: 'sns', region: 'us-east-1' },
  ...{ expectedAccountIds: [], maxAccounts: 1, allowSharedAccounts: false, metadata: {} },
};
const callOf = (changed: Partial<RepeatableCall> = {}): RepeatableCall => ({
  ...{ callerId: 'key_1', bearer: 'a bearer', idempotencyKey: v4(), request: 'POST /v1/clients' },
  ...changed,
});

/** An instance of the service, with a commit of its own, which may be held up or fail. */
function instance({ commit = makeCommit(database, () => undefined), at = now } = {}) {
  const once = makeAnswerOnce({ remembered, now: () => at, draw });
  return {
    once,
    invite: (call: RepeatableCall, changed: Partial<Invitation> = {}) =>
      once(call, (remember) => {
        const asAnswer: Remember<MadeLaunch> = (made) => remember(answer(made.token));
        return inviteClient(
          { commit, now: () => at, draw, tellAccess: () => [] },
          { ...invitation, ...changed },
          actor,
          asAnswer,
        );
      }),
  };
}

function answer(body: string): Answer {
  return { status: 201, headers: { location: '/v1/clients/x' }, body };
}

/** A commit that lets `before` happen first, once. */
function afterOnce(before: () => Promise<unknown>): Commit {
  const commit = makeCommit(database, () => undefined);
  let waits = true;
  return async (change) => {
    if (waits) {
      waits = false;
      await before();
    }
    return commit(change);
  };
}

async function clientsNamed(name: string): Promise<number> {
  const { Items = [] } = await database.client.send(
    new ScanCommand({ TableName: database.tableName, ConsistentRead: true }),
  );
  return Items.filter(({ sk, d }) => sk?.S === 'CLIENT' && d?.S?.includes(name)).length;
}

t.test('of two instances that decide at once, the second gives the first one’s answer', async (t) => {
  for (const reference of [null, 'crm-1']) {
    const [call, name] = [callOf(), v4()];
    const wish = { name, reference };
    let first: Awaited<ReturnType<ReturnType<typeof instance>['invite']>> | null = null;
    const overtaken = instance({
      commit: afterOnce(async () => {
        first = await instance().invite(call, wish);
      }),
    });
    const second = await overtaken.invite(call, wish);
    t.match(first, { repeated: false });
    t.strictSame(second, { answer: (first as unknown as typeof second).answer, repeated: true });
    t.equal(await clientsNamed(name), 1, reference ?? 'without a reference');
  }
});

t.test('what the winner has changed does not refuse the loser', async (t) => {
  const commit = makeCommit(database, () => undefined);
  const { client } = await inviteClient(
    { commit, now: () => now, draw, tellAccess: () => [] },
    invitation,
    actor,
  );
  const begin = (remember: Remember<Answer>, through: Commit) =>
    beginRotation(
      { ...queries, draw, commit: through, now: () => now, backoff: async () => undefined },
      client.id,
      actor,
      ({ token }) => remember(answer(token)),
    );
  const call = callOf();
  let first = '';
  const late = afterOnce(async () => {
    const given = await instance().once(call, (remember) => begin(remember, commit));
    first = given.answer.body;
  });
  const second = await instance().once(call, (remember) => begin(remember, late));
  t.match(second, { repeated: true, answer: { body: first } });
  const third = await instance().once(call, (remember) => begin(remember, commit));
  t.match(third, { repeated: true, answer: { body: first } });
  await t.rejects(
    instance().once(callOf(), (remember) => begin(remember, commit)),
    { code: 'rotation-open' },
    'another call is refused',
  );
});

t.test('a call whose commit went through counts, whatever broke after it', async (t) => {
  const [call, name] = [callOf(), v4()];
  const commit: Commit = async (change) => {
    await makeCommit(database, () => undefined)(change);
    throw new Error('the reply was lost');
  };
  const first = await instance({ commit }).invite(call, { name });
  t.equal(first.repeated, true);
  t.strictSame(await instance().invite(call, { name }), first);
  t.equal(await clientsNamed(name), 1);
});

t.test('what was refused is not remembered, and its reason is told', async (t) => {
  const call = callOf();
  const refused = new Error('no');
  await t.rejects(
    instance().once(call, () => Promise.reject(refused)),
    refused,
  );
  t.match(await instance().invite(call), { repeated: false });
});

t.test('an instance tells a repeat of what it has in hand to wait', async (t) => {
  const call = callOf();
  const one = instance();
  const both = await Promise.allSettled([one.invite(call), one.invite(call)]);
  t.match(both, [{ status: 'fulfilled' }, { reason: { code: 'request-in-progress' } }]);
  t.match(await one.invite(call), { repeated: true }, 'and then answers it');
});

t.test('an answer is remembered for 24 hours, swept away or not', async (t) => {
  const call = callOf();
  const first = await instance().invite(call);
  t.match(await instance({ at: now + 24 * hour - 1 }).invite(call), { repeated: true });
  const later = instance({ at: now + 24 * hour });
  const second = await later.invite(call);
  t.equal(second.repeated, false);
  t.not(second.answer.body, first.answer.body);
  t.strictSame(await later.invite(call), { ...second, repeated: true }, 'the later one has its place');
});

t.test('a key belongs to its caller, and opens nothing without the caller’s bearer', async (t) => {
  const call = callOf();
  await instance().invite(call);
  t.match(await instance().invite({ ...call, callerId: 'key_2' }), { repeated: false });
  for (const other of [{ bearer: 'another bearer' }, { request: 'POST /v1/groups' }])
    await t.rejects(instance().invite({ ...call, ...other }), {
      code: 'idempotency-key-reused',
      errors: [{ field: 'Idempotency-Key' }],
    });
});

t.test('a sealed answer opens with its secrets, at its place, unchanged, and not otherwise', async (t) => {
  const secrets = { bearer: 'a bearer', idempotencyKey: uuid7(1) };
  const content = { request: 'r', answer: answer('{"secret":"whsec_1"}') };
  const sealed = seal(secrets, 'here', content, randomBytes(12));
  t.strictSame(unseal(secrets, 'here', sealed), content);
  t.notOk(Buffer.from(sealed, 'base64url').toString('latin1').includes('whsec'));
  t.equal(unseal({ ...secrets, bearer: 'b' }, 'here', sealed), null);
  t.equal(unseal({ ...secrets, idempotencyKey: 'k' }, 'here', sealed), null);
  t.equal(unseal(secrets, 'there', sealed), null);
  const bytes = Buffer.from(sealed, 'base64url');
  for (const place of [0, 20, bytes.length - 1]) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8((bytes[place] ?? 0) ^ 1, place);
    t.equal(unseal(secrets, 'here', changed.toString('base64url')), null);
  }
  t.throws(() => seal(secrets, 'here', content, randomBytes(8)), /12 random bytes/);
});
