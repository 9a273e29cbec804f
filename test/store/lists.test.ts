import { BatchWriteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import t from 'tap';
import { v4, v7 } from 'uuid';
import type { Client, ClientStatus } from '../../src/core/client.js';
import { type ExternalId, externalId } from '../../src/core/external-id.js';
import { type ClientId, clientId } from '../../src/core/id.js';
import { besides } from '../../src/core/organization.js';
import { removeClient } from '../../src/keeping/remove-client.js';
import { completeRotation } from '../../src/keeping/rotate-external-id.js';
import { makeCursors } from '../../src/lists/cursors.js';
import { type ClientFilter, listClients } from '../../src/lists/list-clients.js';
import { entriesOf } from '../../src/onboarding/new-client.js';
import type { ReadAround } from '../../src/onboarding/surroundings.js';
import { makeAccountPages } from '../../src/store/account-pages.js';
import { clientItem, externalIdItem, foldName } from '../../src/store/client-item.js';
import { makeClientLists } from '../../src/store/client-lists.js';
import { makeCommit } from '../../src/store/commit.js';
import type { Database } from '../../src/store/dynamodb.js';
import { makeQueries } from '../../src/store/queries.js';
import { makeSharedSecret } from '../../src/store/shared-secret.js';
import { meter } from '../bench/meter.js';
import { aClient, aLock, anAccount, must, now, ourId, uuid7 } from '../core/things.js';
import { databaseAt, freshDatabase, localUrl } from './database.js';

const nobody = () => undefined;
const actor = { type: 'api-key', name: 'test' } as const;

/** A client of its own: a fresh id, external ID and so on. */
function fresh(changes: Partial<Client> = {}): Client {
  return aClient({ rev: null, id: clientId(v7()), externalId: externalId(v4()), launches: [], ...changes });
}

/** Lists, and what moves clients in and out of them. */
function deployment(database: Database) {
  const commit = makeCommit(database, nobody);
  const queries = makeQueries(database);
  const clients = makeClientLists(database);
  const backoff = async () => undefined;
  const around: ReadAround = {
    client: queries.client,
    everything: async (where) => {
      const found = await queries.around({ ...where, partition: 'aws' });
      return { ...found, ...besides(found.client, []) };
    },
  };
  const keeping = {
    ...queries,
    around,
    commit,
    backoff,
    now: () => now,
    partitionId: 'aws',
    allGroups: async () => [],
  };
  return {
    clients,
    commit,
    queries,
    async add(changes: Partial<Client> = {}): Promise<Client> {
      const client = fresh(changes);
      await commit({ put: [client, ...entriesOf(client)] });
      return client;
    },
    async change(id: ClientId, changes: Partial<Client>): Promise<void> {
      const client = must(await queries.client(id));
      await commit({ put: [{ ...client, ...changes }] });
    },
    remove: (id: ClientId) => removeClient(keeping, id, actor),
    keeping,
    /** All pages, one after the other; `between` runs after each. */
    async walk(filter: ClientFilter, limit: number, between: () => Promise<unknown> = async () => 0) {
      const seen: ClientId[] = [];
      for (let after: string | null = null; ; ) {
        const { items, next } = await clients(filter, null, after, limit);
        t.ok(items.length <= limit);
        seen.push(...items.map(({ id }) => id));
        if (next === null) return seen;
        after = next;
        await between();
      }
    },
  };
}

const sorted = (ids: readonly string[]) => [...ids].sort();

t.test(
  'each client that is there all the while is seen exactly once, whoever comes, goes and moves',
  async (t) => {
    const statuses: readonly ClientStatus[] = ['invited', 'connected', 'attention', 'disconnected'];
    const step = fc.record({
      what: fc.constantFrom('add', 'remove', 'move', 'touch', 'rename'),
      who: fc.nat(),
      status: fc.constantFrom(...statuses),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 7 }),
        fc.array(step, { minLength: 10, maxLength: 30 }),
        fc.constantFrom<ClientFilter>(
          { by: null },
          { by: 'status', value: 'connected' },
          { by: 'profile', value: 'cost' },
          { by: 'namePrefix', value: 'aC' },
        ),
        async (limit, steps, filter) => {
          const database = await freshDatabase(t);
          const { add, change, remove, walk } = deployment(database);
          const listed = { status: 'connected', profile: 'cost' } as const;
          const stays = await Promise.all(
            Array.from({ length: 12 }, (_, n) => add({ ...listed, name: `Acme ${n}` })),
          );
          const others = await Promise.all(
            Array.from({ length: 12 }, (_, n) => add({ ...listed, name: `acme ${n}` })),
          );
          const left = [...steps];
          const seen = await walk(filter, limit, async () => {
            for (const { what, who, status } of left.splice(0, 3)) {
              const other = must(others[who % others.length]).id;
              if (what === 'add') others.push(await add({ ...listed, status }));
              // What is removed already is not there to be moved.
              else if (what === 'remove') await remove(other).catch(nobody);
              else if (what === 'move') await change(other, { status });
              else if (what === 'rename') await change(other, { name: who % 2 ? 'Zebra' : 'ACME' });
              else await change(must(stays[who % stays.length]).id, { metadata: { touched: String(who) } });
            }
          });
          const ours = new Set<string>(stays.map(({ id }) => id));
          const found = seen.filter((id) => ours.has(id));
          if (JSON.stringify(sorted(found)) !== JSON.stringify(sorted([...ours])))
            throw new Error(`${found.length} of ${ours.size} were seen`);
        },
      ),
      { numRuns: 15 },
    );
    t.pass('held whatever happened meanwhile');
  },
);

t.test('removed clients are in no list, and leave no short pages behind', async (t) => {
  const database = await freshDatabase(t);
  const { add, remove, clients, walk, queries, commit, keeping } = deployment(database);
  const all = await Promise.all(Array.from({ length: 20 }, () => add({ profile: 'cost' })));
  for (const { id } of all.slice(0, 10)) await remove(id);
  const left = sorted(all.slice(10).map(({ id }) => id));
  for (const filter of [
    { by: null },
    { by: 'status', value: 'invited' },
    { by: 'profile', value: 'cost' },
    { by: 'namePrefix', value: 'acme' },
  ] as const) {
    t.strictSame(sorted(await walk(filter, 3)), left, String(filter.by));
    t.equal((await clients(filter, null, null, 7)).items.length, 7, 'a page is full where there are enough');
  }
  const gone = must(all[0]);
  t.match(
    await queries.externalId(gone.externalId),
    { clientId: gone.id, listed: false },
    'for ever registered',
  );
  t.match(await commit({ put: entriesOf(fresh({ externalId: gone.externalId })) }), { ok: false });

  // A client goes on being listed once when its external ID has been replaced, and not at all when it is removed.
  const rotated = must(all[10]);
  const next = externalId(v4());
  const { keeping: rotating } = {
    keeping: { ...keeping, draw: { uuid4: v4, uuid7: v7, bytes: Buffer.alloc } },
  };
  const entry = {
    ...must(await queries.externalId(rotated.externalId)),
    rev: null,
    externalId: next,
    listed: false,
  };
  const rotation = { externalId: next, pageTokenHash: '' as never, startedAt: now, expiresAt: now + 1_000 };
  const client = must(await queries.client(rotated.id));
  const account = anAccount({ rev: null, clientId: rotated.id, rotatedTo: next });
  t.match(await commit({ put: [{ ...client, rotation }, entry, account] }), { ok: true });
  t.strictSame(sorted(await walk({ by: null }, 3)), left, 'while both are in force');
  await completeRotation(rotating, rotated.id);
  t.match(await queries.externalId(next), { listed: true, profile: 'cost' });
  t.match(await queries.externalId(rotated.externalId), { listed: false, profile: 'cost' });
  t.strictSame(sorted(await walk({ by: 'profile', value: 'cost' }, 3)), left);
  await remove(rotated.id);
  t.strictSame(
    sorted(await walk({ by: 'profile', value: 'cost' }, 3)),
    left.filter((id) => id !== rotated.id),
  );
});

t.test('an index that is behind puts nobody into a list where it no longer belongs', async (t) => {
  const database = await freshDatabase(t);
  const { add, walk, queries } = deployment(database);
  const [stays, moved, renamed, gone] = [await add(), await add(), await add(), await add()];
  // The items as they are, in the places where the index still has them.
  for (const [id, changes] of [
    [moved.id, { status: 'connected' }],
    [renamed.id, { name: 'Zebra' }],
    [gone.id, { removedAt: now }],
  ] as const) {
    const before = must(await queries.client(id));
    const { i1p, i1s, i2p, i2s } = clientItem.toItem(before, must(before.rev));
    const item = clientItem.toItem({ ...before, ...changes }, must(before.rev));
    const Item = { ...item, i1p: must(i1p), i1s: must(i1s), i2p: must(i2p), i2s: must(i2s) };
    await database.client.send(new PutItemCommand({ TableName: database.tableName, Item }));
  }
  t.strictSame(await walk({ by: 'status', value: 'invited' }, 1), [stays.id, renamed.id]);
  t.strictSame(await walk({ by: 'namePrefix', value: 'acme' }, 1), [stays.id, moved.id]);
  t.strictSame(await walk({ by: null }, 1), [stays.id, moved.id, renamed.id]);
});

t.test(
  'a client is found by its reference, by its account’s number and by how its name begins',
  async (t) => {
    const { add, walk, commit } = deployment(await freshDatabase(t));
    const [one, two] = [
      await add({ reference: 'crm-1', name: 'Ölmühle & Co' }),
      await add({ name: 'ÖLMÜHLE' }),
    ];
    await add({ name: 'Olm' });
    t.strictSame(await walk({ by: 'reference', value: 'crm-1' }, 5), [one.id]);
    t.strictSame(await walk({ by: 'reference', value: 'crm-2' }, 5), []);
    t.strictSame(await walk({ by: 'namePrefix', value: 'ölm' }, 1), [two.id, one.id], 'by name');
    t.strictSame(
      await walk({ by: 'namePrefix', value: 'Ölmühle\u0000' }, 5),
      [],
      'not by what stands behind the name',
    );
    t.strictSame(await walk({ by: 'namePrefix', value: 'ölmühle#cli' }, 5), []);
    const clients = sorted([one.id, two.id]) as ClientId[];
    await commit({ put: [aLock({ rev: null, clients, shared: true })] });
    const value = aLock().accountId;
    t.strictSame(
      await walk({ by: 'awsAccountId', value, partition: 'aws' }, 1),
      clients,
      'shared accounts in pages',
    );
    t.strictSame(await walk({ by: 'awsAccountId', value, partition: 'aws-cn' }, 1), []);
  },
);

t.test('every beginning of a name finds it, in whatever case', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), fc.nat(), (text, cut) => {
      const name = text.normalize('NFKC');
      const characters = [...name];
      const prefix = characters.slice(0, 1 + (cut % characters.length)).join('');
      return foldName(name).startsWith(foldName(prefix));
    }),
  );
  t.ok(foldName('ΟΔΟΣΑ').startsWith(foldName('ΟΔΟΣ')), 'a sigma at the end is no other letter');
  t.end();
});

t.test('accounts come in pages by their numbers', async (t) => {
  const database = await freshDatabase(t);
  const { commit } = deployment(database);
  const numbers = Array.from({ length: 23 }, (_, n) => String(210_000_000_000 + n * 7));
  for (const accountId of numbers) await commit({ put: [anAccount({ rev: null, accountId })] });
  await commit({ put: [anAccount({ rev: null, clientId: clientId(uuid7(77)) })] });
  const pages = makeAccountPages(database);
  for (const limit of [1, 5, 22, 23, 24]) {
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const { items, next }: Awaited<ReturnType<typeof pages>> = await pages(ourId, after, limit);
      seen.push(...items.map(({ accountId }) => accountId));
      if (next === null) break;
      after = next;
    }
    t.strictSame(seen, numbers, `in pages of ${limit}`);
  }
});

t.test(
  'instances share the secret of cursors; a cursor goes with its own list and filters alone',
  async (t) => {
    const database = await freshDatabase(t);
    const secrets = Array.from({ length: 5 }, () => makeSharedSecret(database, 'CURSORS'));
    const drawn = await Promise.all(secrets.map((secret) => secret()));
    t.equal(new Set(drawn.map((bytes) => bytes.toString('hex'))).size, 1, 'whoever is first');
    t.equal(drawn[0]?.length, 32);
    const { add, clients } = deployment(database);
    for (let n = 0; n < 3; n += 1) await add({ profile: 'cost' });
    const [here, there] = secrets.slice(0, 2).map((secret) => {
      const cursors = makeCursors({
        secret,
        bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
      });
      return { cursors, clients, partitionId: 'aws' };
    });
    const cursor = must((await listClients(must(here), { profile: 'cost', limit: 1 }, null)).nextCursor);
    t.equal((await listClients(must(there), { profile: 'cost', limit: 2, cursor }, null)).items.length, 2);
    const bad = { code: 'request-invalid', errors: [{ field: 'cursor' }] };
    await t.rejects(listClients(must(here), { cursor }, null), bad, 'without its filter');
    await t.rejects(listClients(must(here), { profile: 'view-only', cursor }, null), bad, 'with another');
    await t.rejects(
      must(here).cursors.open({ list: 'accounts', query: { profile: 'cost' } }, cursor),
      bad,
      'elsewhere',
    );
    for (let place = 0; place < cursor.length; place += 1) {
      const other = cursor[place] === 'A' ? 'B' : 'A';
      const forged = cursor.slice(0, place) + other + cursor.slice(place + 1);
      await t.rejects(listClients(must(here), { profile: 'cost', cursor: forged }, null), bad);
    }
    for (const text of ['', 'x', `${cursor}=`, `${cursor}A`, ` ${cursor}`])
      await t.rejects(
        listClients(must(here), { profile: 'cost', cursor: text }, null),
        bad,
        JSON.stringify(text),
      );
    t.notMatch(
      Buffer.from(cursor, 'base64url').toString('latin1'),
      'cli_',
      'it does not tell where it stands',
    );
  },
);

t.test('a page of 100 costs the same among 1,000 clients and among 20,000', async (t) => {
  const database = await freshDatabase(t);
  const metered = databaseAt(localUrl(), database.tableName);
  t.after(() => metered.client.destroy());
  const { calls } = meter(metered.client, database.client);
  const clients = makeClientLists(metered);
  const costs: number[][] = [];
  for (const [from, to] of [
    [0, 1_000],
    [1_000, 20_000],
  ] as const) {
    await fill(database, from, to);
    for (const filter of [
      { by: null },
      { by: 'status', value: 'connected' },
      { by: 'profile', value: 'cost' },
      { by: 'namePrefix', value: 'client' },
    ] as const) {
      const { next } = await clients(filter, null, null, 100);
      const before = calls.length;
      const second = await clients(filter, null, next, 100);
      const made = calls.slice(before);
      t.equal(second.items.length, 100);
      t.strictSame(
        made.map(({ operation }) => operation),
        ['Query', 'BatchGetItem'],
      );
      costs.push(made.map(({ readUnits }) => readUnits));
      t.comment(`${to} clients, by ${filter.by}: ${costs.at(-1)?.join(' + ')} read units`);
    }
  }
  t.strictSame(costs.slice(4), costs.slice(0, 4));
});

/** Puts clients into the table as they are when they are connected, with the entries of their external IDs. */
async function fill({ client, tableName }: Database, from: number, to: number): Promise<void> {
  const rev = 'seeded' as NonNullable<Client['rev']>;
  const items = Array.from({ length: to - from }, (_, place) => {
    const number = from + place;
    const name = `Client ${String(number).padStart(6, '0')}`;
    const own = { id: clientId(uuid7(number)), externalId: `seeded-${number}` as ExternalId, name };
    const one = aClient({ ...own, profile: 'cost', status: 'connected' });
    const [entry] = entriesOf(one);
    if (entry?.kind !== 'external-id') throw new Error('no entry');
    return [clientItem.toItem(one, rev), externalIdItem.toItem(entry, rev)];
  }).flat();
  const write = async () => {
    for (let some = items.splice(0, 24); some.length > 0; some = items.splice(0, 24))
      await client.send(
        new BatchWriteItemCommand({
          RequestItems: { [tableName]: some.map((Item) => ({ PutRequest: { Item } })) },
        }),
      );
  };
  await Promise.all(Array.from({ length: 8 }, write));
}
