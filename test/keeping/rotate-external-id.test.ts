import t from 'tap';
import type { ExternalId } from '../../src/core/external-id.js';
import { echoOf, externalIdsFor } from '../../src/core/external-ids.js';
import type { RegisterPorts } from '../../src/keeping/register.js';
import {
  beginRotation,
  cancelRotation,
  completeRotation,
  type RotatePorts,
  readRotation,
} from '../../src/keeping/rotate-external-id.js';
import { openRotationPage } from '../../src/keeping/show-rotation.js';
import {
  aClient,
  accountId,
  anAccount,
  hour,
  must,
  now,
  otherAccountId,
  ourId,
  uuid7,
} from '../core/things.js';
import { Memory } from '../onboarding/memory.js';

const actor = { type: 'api-key', name: 'test' } as const;
const next = '11111111-2222-4333-8444-555555555555' as ExternalId;
const another = '22222222-2222-4333-8444-555555555555' as ExternalId;

function rotating(memory: Memory, at = now, id: string = next): RotatePorts & RegisterPorts {
  return {
    client: memory.around.client,
    accountsOf: async () => memory.all('account'),
    externalId: async (id) => memory.all('external-id').find((entry) => entry.externalId === id) ?? null,
    commit: memory.commit,
    backoff: async () => undefined,
    now: () => at,
    draw: { uuid4: () => id, uuid7: () => uuid7(9), bytes: (count) => Buffer.alloc(count, 7) },
  };
}
const connected = (...rotatedTo: (ExternalId | null)[]) =>
  new Memory(
    aClient({ rev: null, status: 'connected' }),
    ...rotatedTo.map((to, place) =>
      anAccount({ rev: null, accountId: [accountId, otherAccountId][place] ?? '', rotatedTo: to }),
    ),
  );
const clientOf = (memory: Memory) => must(memory.all('client')[0]);
const old = aClient().externalId;

t.test('a rotation draws a new ID into the register, and leaves the old one in force', async (t) => {
  const memory = connected(null);
  const ports = rotating(memory);
  const { token } = await beginRotation(ports, ourId, actor);
  t.match(clientOf(memory), {
    externalId: old,
    rotation: { externalId: next, expiresAt: now + 7 * 24 * hour },
  });
  t.match(memory.all('external-id'), [{ externalId: next, clientId: ourId }]);
  t.notOk(JSON.stringify(memory.all('client')).includes(token), 'the page’s token is not stored');
  t.strictSame(
    externalIdsFor(clientOf(memory), anAccount(), now),
    [next, old],
    'both are tried, the new one first',
  );
  await t.rejects(beginRotation(ports, ourId, actor), { code: 'rotation-open' });
  t.match(memory.events, [{ type: 'external_id.rotation_started' }]);
});

t.test('it is complete when every live account has gone over, and not before', async (t) => {
  const memory = connected(null, null);
  const ports = rotating(memory);
  await beginRotation(ports, ourId, actor);
  const goOver = (place: number) => memory.write({ ...must(memory.all('account')[place]), rotatedTo: next });
  goOver(0);
  await completeRotation(ports, ourId);
  t.equal(clientOf(memory).externalId, old);
  t.strictSame(
    (await readRotation(ports, ourId)).accounts.map(({ rotated }) => rotated),
    [true, false],
  );
  goOver(1);
  await completeRotation(ports, ourId);
  t.match(clientOf(memory), {
    externalId: next,
    rotation: null,
    retiredExternalId: { externalId: old, at: now },
  });
  await completeRotation(ports, ourId);
  t.strictSame(
    memory.events.map(({ type }) => type),
    ['external_id.rotation_started', 'external_id.rotated'],
  );
  t.strictSame(externalIdsFor(clientOf(memory), must(memory.all('account')[0]), now), [next]);
});

t.test('an account that connects by the old ID at the last moment is waited for', async (t) => {
  const memory = connected(next);
  const ports = rotating(memory);
  await beginRotation(ports, ourId, actor);
  let late = true;
  memory.before = () => {
    if (!late) return;
    late = false;
    memory.write(anAccount({ rev: null, accountId: otherAccountId, rotatedTo: null }));
    memory.write(clientOf(memory));
  };
  await completeRotation(ports, ourId);
  t.match(clientOf(memory), { externalId: old, rotation: { externalId: next } });
});

t.test(
  'accounts that are not connected keep nobody waiting, and none at all completes nothing',
  async (t) => {
    const memory = connected(next, null);
    memory.write({ ...must(memory.all('account')[1]), status: 'rejected' });
    await beginRotation(rotating(memory), ourId, actor);
    await completeRotation(rotating(memory), ourId);
    t.equal(clientOf(memory).externalId, next);
    const alone = connected();
    await beginRotation(rotating(alone), ourId, actor);
    await completeRotation(rotating(alone), ourId);
    t.equal(clientOf(alone).externalId, old);
  },
);

t.test('it can be cancelled until an account has gone over, and runs out by itself', async (t) => {
  const memory = connected(null);
  await t.rejects(cancelRotation(rotating(memory), ourId, actor), { code: 'not-found' });
  await beginRotation(rotating(memory), ourId, actor);
  await cancelRotation(rotating(memory), ourId, actor);
  t.match(clientOf(memory), { externalId: old, rotation: null });
  await beginRotation(rotating(memory, now, another), ourId, actor);
  memory.write({ ...must(memory.all('account')[0]), rotatedTo: another });
  await t.rejects(cancelRotation(rotating(memory), ourId, actor), { code: 'rotation-under-way' });
  const later = now + 8 * 24 * hour;
  t.strictSame(
    externalIdsFor(clientOf(memory), must(memory.all('account')[0]), later),
    [another, old],
    'an account that went over keeps its ID',
  );
  t.strictSame(externalIdsFor(clientOf(memory), anAccount(), later), [old], 'for others the old one stays');
  await beginRotation(rotating(memory, later, '33333333-2222-4333-8444-555555555555'), ourId, actor);
});

t.test('what an event shows as its external ID is told apart, and is no more than a hint', async (t) => {
  const client = aClient({
    rotation: {
      ...{ externalId: next, startedAt: now, expiresAt: now + hour },
      pageTokenHash: must(aClient().launches[0]).pageTokenHash,
    },
  });
  const rows = [
    ['', 'current'],
    [old, 'current'],
    [next, 'next'],
    ['something else', 'other'],
  ] as const;
  for (const [claimed, echo] of rows) t.equal(echoOf(claimed, client, null, now), echo, claimed);
  t.equal(echoOf(next, client, null, now + 2 * hour), 'other', 'one that has run out is none any more');
  const wentOver = { rotatedTo: must(client.rotation).externalId };
  t.equal(
    echoOf(next, client, wentOver, now + 2 * hour),
    'current',
    'but for an account that went over in time',
  );
  t.equal(echoOf('anything', null, null, now), 'current');
});

t.test(
  'the page shows the rotation while it is open, that it is done afterwards, and to nobody else',
  async (t) => {
    const memory = connected(null);
    const at = (time: number) => ({
      ...rotating(memory, time),
      publicUrl: 'https://us.example',
      simulatorOrigin: null,
    });
    const { token } = await beginRotation(at(now), ourId, actor);
    const others = token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    const open = (time: number, text: string = token) => openRotationPage(at(time), text);
    t.match(await open(now), {
      clientName: 'Acme',
      rotation: { externalId: next, accounts: [{ rotated: false }] },
    });
    t.equal(await open(now, others), null);
    t.equal(await open(now + 7 * 24 * hour), null, 'past its end it would mislead');
    memory.write({ ...must(memory.all('account')[0]), rotatedTo: next });
    await completeRotation(at(now), ourId);
    for (const time of [now, now + 30 * 24 * hour])
      t.strictSame(await open(time), { clientName: 'Acme', rotation: null });
    t.equal(await open(now, others), null);
    memory.write({ ...clientOf(memory), removedAt: now });
    t.equal(await open(now), null);
  },
);
