import fc from 'fast-check';
import t from 'tap';
import { type ApiKey, withUse } from '../../src/core/api-key.js';
import { authorize, type Caller, callerOf, durationFor, mayReach } from '../../src/core/caller.js';
import type { Change, Committed, Revision } from '../../src/core/change.js';
import { decideKey } from '../../src/core/decide-key.js';
import { keyId } from '../../src/core/id.js';
import { hashKey, keySecret, parseKeySecret } from '../../src/core/key-secret.js';
import { scopes } from '../../src/core/scope.js';
import { makeKnownKeys } from '../../src/keys/known-keys.js';
import { makeRecognizeCaller } from '../../src/keys/recognize-caller.js';
import { makeRecognizeKey } from '../../src/keys/recognize-key.js';
import { revokeApiKey } from '../../src/keys/revoke-api-key.js';
import { apiKeyItem } from '../../src/store/api-key-item.js';
import { now, ourId, theirId, uuid7 } from '../core/things.js';

const id = keyId(uuid7(1));
const secret = keySecret(id, Buffer.alloc(32, 7));

function aKey(changes: Partial<ApiKey> = {}): ApiKey {
  return {
    kind: 'api-key',
    rev: 'r1' as Revision,
    id,
    name: 'crm',
    secretHash: hashKey(secret),
    scopes: ['clients:read'],
    clients: null,
    maxDurationSeconds: null,
    createdAt: now,
    expiresAt: null,
    lastUsedAt: now,
    ...changes,
  };
}

const aCaller = (changes: Partial<Caller> = {}): Caller => ({ ...callerOf(aKey()), ...changes });

t.test('a secret names its key, and no other text does', async (t) => {
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(fc.uuid({ version: 7 }), bytes, (uuid, random) => {
      const made = keySecret(keyId(uuid), random);
      t.match(made, /^rc_[0-9A-Za-z]{71}$/);
      t.equal(parseKeySecret(made)?.id, `key_${uuid}`);
    }),
  );
  t.equal(
    parseKeySecret(keySecret(keyId('00000000-0000-7000-8000-000000000000'), new Uint8Array(32)))?.id.length,
    40,
  );
  const place = fc.nat(secret.length - 1);
  fc.assert(
    fc.property(place, fc.constantFrom(...'0Aaz9_-é '), (at, digit) => {
      const typo = `${secret.slice(0, at)}${digit}${secret.slice(at + 1)}`;
      return typo === secret || parseKeySecret(typo) === null;
    }),
  );
  fc.assert(
    fc.property(place, (at) => {
      const [a, b] = [secret[at] ?? '', secret[at + 1] ?? ''];
      const swapped = `${secret.slice(0, at)}${b}${a}${secret.slice(at + 2)}`;
      return swapped === secret || parseKeySecret(swapped) === null;
    }),
  );
  for (const text of ['', 'rc_', `${secret}0`, `${secret}\n`, secret.slice(1), secret.toLowerCase()])
    t.equal(parseKeySecret(text), null, JSON.stringify(text));
  t.throws(() => keySecret(id, new Uint8Array(31)));
});

t.test('the checksum is CRC-32, which others can compute', async (t) => {
  // `zlib.crc32` of the first 68 characters, in base 62.
  const { crc32 } = await import('node:zlib');
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  let [rest, text] = [crc32(secret.slice(0, -6)), ''];
  for (; rest > 0; rest = Math.floor(rest / 62)) text = digits.charAt(rest % 62) + text;
  t.equal(secret.slice(-6), text.padStart(6, '0'));
});

t.test('a key is stored and read back as it was, without its secret', async (t) => {
  for (const key of [
    aKey(),
    aKey({ clients: [ourId], maxDurationSeconds: 900, expiresAt: now, lastUsedAt: null }),
  ]) {
    const item = apiKeyItem.toItem(key, 'r1' as Revision);
    t.strictSame(apiKeyItem.fromItem(item), key);
    t.notMatch(JSON.stringify(item), secret);
  }
});

t.test('whatever is wished, no key is allowed more than its maker', async (t) => {
  const some = fc.subarray([...scopes]);
  const clients = fc.option(fc.subarray([ourId, theirId], { minLength: 1 }), { nil: null });
  const seconds = fc.option(fc.integer({ min: 900, max: 3_600 }), { nil: null });
  const end = fc.option(fc.integer({ min: now + 1, max: now + 1_000 }), { nil: null });
  const makers = fc
    .record({ scopes: some, clients, maxDurationSeconds: seconds, expiresAt: end })
    .map((changes) => aCaller(changes));
  const wishes = fc.record(
    {
      name: fc.constant('x'),
      scopes: some,
      clients: fc.subarray([ourId, theirId], { minLength: 1 }),
      maxDurationSeconds: fc.integer({ min: 900, max: 3_600 }),
      expiresAt: fc.integer({ min: now - 10, max: now + 1_000 }),
    },
    { requiredKeys: ['name', 'scopes'] },
  );
  const outcomes = new Set<string>();
  const within = (part: number | null, whole: number | null) =>
    whole === null || (part !== null && part <= whole);
  fc.assert(
    fc.property(makers, wishes, (maker, wish) => {
      const decision = decideKey(maker, wish, now);
      outcomes.add(decision.outcome);
      if (decision.outcome !== 'granted') return decision.errors.length > 0;
      const { grant } = decision;
      return (
        grant.scopes.every((scope) => maker.scopes.includes(scope)) &&
        [ourId, theirId].every((client) => !mayReach(grant, client) || mayReach(maker, client)) &&
        within(grant.maxDurationSeconds, maker.maxDurationSeconds) &&
        within(grant.expiresAt, maker.expiresAt) &&
        (grant.expiresAt === null || grant.expiresAt > now)
      );
    }),
    { numRuns: 1_000 },
  );
  t.strictSame([...outcomes].sort(), ['exceeds', 'granted', 'invalid']);
});

t.test('who is limited to some clients reaches those, and nothing that concerns all', async (t) => {
  const all = aCaller({ scopes });
  const limited = aCaller({ scopes, clients: [ourId] });
  t.ok(mayReach(all, theirId));
  t.ok(mayReach(limited, ourId));
  t.notOk(mayReach(limited, theirId));
  t.doesNotThrow(() => authorize(limited, { scope: 'clients:read' }, ourId));
  t.throws(() => authorize(limited, { scope: 'clients:read' }, theirId), { code: 'not-found' });
  t.throws(() => authorize(limited, { scope: 'clients:read' }, 'nonsense'), { code: 'not-found' });
  t.throws(() => authorize(limited, { scope: 'clients:write', allClients: true }, null), {
    code: 'key-limited',
  });
  for (const scope of ['webhooks:manage', 'groups:manage', 'keys:manage', 'clients:import'] as const) {
    t.throws(() => authorize(limited, { scope }, null), { code: 'key-limited' });
    t.doesNotThrow(() => authorize(all, { scope }, null));
  }
  t.throws(() => authorize(aCaller(), { scope: 'events:read' }, null), {
    code: 'scope-missing',
    message: /events:read/,
  });
});

t.test('credentials are asked for within the key’s limit, and fall under it by themselves', async (t) => {
  for (const [most, asked, given] of [
    [null, undefined, 900],
    [null, 3_600, 3_600],
    [1_000, 1_000, 1_000],
    [1_000, undefined, 900],
    [600, undefined, 600],
  ] as const)
    t.equal(durationFor(aCaller({ maxDurationSeconds: most }), asked), given);
  t.throws(() => durationFor(aCaller({ maxDurationSeconds: 1_000 }), 1_001), { code: 'duration-too-long' });
});

/** A stopwatch that the test moves, and a table of one key that counts how often it is read. */
function scene(first: ApiKey | null = aKey()) {
  const state = { time: 0, reads: 0, key: first, commits: [] as Change[], answer: async () => {} };
  const apiKey = async () => {
    state.reads += 1;
    const { key } = state;
    await state.answer();
    return key;
  };
  const commit = async (change: Change): Promise<Committed> => {
    state.commits.push(change);
    return { ok: true, written: change.put };
  };
  const clock = () => now + state.time;
  const known = makeKnownKeys({ apiKey, stopwatch: () => state.time });
  const recognizeKey = makeRecognizeKey({ known, commit, now: clock, failed: t.error });
  const revoke = () =>
    revokeApiKey({ apiKey, known, commit, now: clock, backoff: async () => {} }, id, { type: 'service' });
  const outcome = async (mayLookUp = true) => (await recognizeKey(secret, mayLookUp)).outcome;
  return { state, known, recognizeKey, revoke, outcome };
}

t.test(
  'a key is read once in 4 seconds, and one that was revoked elsewhere is refused after that',
  async (t) => {
    const { state, outcome } = scene();
    const first = await Promise.all(Array.from({ length: 50 }, () => outcome()));
    t.strictSame(new Set(first), new Set(['known']));
    t.equal(state.reads, 1);
    state.key = null;
    state.time = 3_999;
    t.equal(await outcome(), 'known');
    t.equal(state.reads, 1, 'the usual request reads nothing');
    state.time = 4_000;
    t.equal(await outcome(), 'unknown');
    state.key = aKey();
    t.equal(await outcome(), 'known', 'that it was not there is not remembered');
  },
);

t.test('a reading counts from when it was asked for, however long its answer takes', async (t) => {
  const { state, outcome } = scene();
  let arrive: () => void = () => {};
  state.answer = () => new Promise((resolve) => (arrive = resolve));
  const waiting = outcome();
  const old = arrive;
  state.time = 4_500;
  state.key = null;
  const joining = outcome();
  old();
  t.equal(await waiting, 'known', 'asked before it was revoked');
  arrive();
  t.equal(await joining, 'unknown', 'asked after, so it does not take the older answer');
  state.answer = async () => {};
  t.equal(await outcome(), 'unknown', 'nor is that one kept');
});

t.test('the instance that revokes a key refuses it at once', async (t) => {
  const { state, outcome, revoke } = scene();
  t.equal(await outcome(), 'known');
  await revoke();
  state.key = null;
  t.equal(await outcome(), 'unknown');
  const [{ remove, events } = { remove: [], events: [] }] = state.commits;
  t.match(remove, [{ id }]);
  t.match(events, [{ type: 'key.revoked', clientId: null, data: { keyId: id, name: 'crm' } }]);
});

t.test('an answer that was on its way when the key was revoked here is not kept', async (t) => {
  const { state, outcome, revoke } = scene();
  let arrive: () => void = () => {};
  state.answer = () => new Promise((resolve) => (arrive = resolve));
  const waiting = outcome();
  state.answer = async () => {};
  await revoke();
  state.key = null;
  arrive();
  t.equal(await waiting, 'known');
  t.equal(await outcome(), 'unknown');
});

t.test('no more than the latest thousand keys are remembered', async (t) => {
  const { known } = scene();
  const ids = Array.from({ length: 1_001 }, (_, n) => keyId(uuid7(n)));
  for (const one of ids) await known.read(one);
  t.strictSame(
    ids.filter((one) => !known.has(one)),
    [ids[0]],
  );
});

t.test('a wrong secret of a key that is there, an ended key and a typing error are refused', async (t) => {
  const { state, recognizeKey, outcome } = scene();
  const forged = keySecret(id, Buffer.alloc(32, 8));
  t.equal((await recognizeKey(forged, true)).outcome, 'unknown', 'the id is not the secret');
  t.equal(state.reads, 1);
  t.equal((await recognizeKey(`${secret.slice(0, -1)}!`, true)).outcome, 'malformed');
  t.equal((await recognizeKey(keySecret(keyId(uuid7(2)), Buffer.alloc(32)), false)).outcome, 'not-looked-up');
  t.equal(state.reads, 1, 'neither costs a read');
  t.equal(await outcome(false), 'known', 'a key in use needs no lookup');
  const ending = scene(aKey({ expiresAt: now + 1_000 }));
  t.equal(await ending.outcome(), 'known');
  ending.state.time = 1_000;
  t.equal(await ending.outcome(), 'expired', 'to the millisecond, whatever is remembered');
});

t.test('a use is written once a minute, and one that cannot be written stops nobody', async (t) => {
  t.equal(withUse(aKey({ lastUsedAt: now }), now + 59_999), null);
  t.match(withUse(aKey({ lastUsedAt: now }), now + 60_000), { lastUsedAt: now + 60_000, rev: 'r1' });
  t.match(withUse(aKey({ lastUsedAt: null }), now), { lastUsedAt: now });
  const { state, outcome } = scene(aKey({ lastUsedAt: null }));
  await outcome();
  await Promise.all(Array.from({ length: 20 }, () => outcome()));
  t.equal(state.commits.length, 1);
  const failures: unknown[] = [];
  const known = makeKnownKeys({ apiKey: async () => aKey({ lastUsedAt: null }), stopwatch: () => 0 });
  const never = new Promise<Committed>(() => {});
  const hanging = makeRecognizeKey({ known, commit: () => never, now: () => now, failed: t.error });
  t.equal((await hanging(secret, true)).outcome, 'known', 'the request does not wait for it');
  const broken = makeRecognizeKey({
    known,
    commit: async () => Promise.reject(new Error('the table is away')),
    now: () => now,
    failed: (error) => failures.push(error),
  });
  t.equal((await broken(secret, true)).outcome, 'known');
  await new Promise(setImmediate);
  t.equal(failures.length, 1, 'and it is told');
});

t.test('the key of the environment has every scope and takes no lookup, whatever its form', async (t) => {
  for (const adminApiKey of [
    'a-key-of-24-characters-0',
    'rc_a-key-of-24-characters',
    'eyJa.bcdefghijklmnopqrstu.v',
  ]) {
    const recognize = makeRecognizeCaller({
      adminApiKey,
      recognizeKey: async () => {
        t.fail('it is looked up');
        return { outcome: 'unknown' };
      },
      verifyToken: async () => {
        t.fail('it is taken for a token');
        return { outcome: 'refused', detail: '' };
      },
    });
    const recognized = await recognize(adminApiKey, false);
    t.match(recognized, { outcome: 'known', caller: { id: 'admin', scopes, clients: null } });
  }
});
