import { randomBytes } from 'node:crypto';
import t from 'tap';
import { sealCursor } from '../../src/core/cursor.js';
import { makeConsoleSessions, SESSION_LASTS } from '../../src/keys/console-session.js';

const T = 1_790_000_000_000;
const secret = randomBytes(32);
const at = (now: number, shared: Uint8Array = secret) =>
  makeConsoleSessions({ secret: async () => shared, draw: { bytes: randomBytes }, now: () => now });

t.test('a session holds its key until it is over, and not a moment longer', async (t) => {
  const session = await at(T).openSession('rc_key');
  t.equal(await at(T).bearerOf(session), 'rc_key');
  t.equal(await at(T + SESSION_LASTS - 1).bearerOf(session), 'rc_key');
  t.equal(await at(T + SESSION_LASTS).bearerOf(session), null);
  t.notMatch(session, /rc_key/);
  t.not(await at(T).openSession('rc_key'), session, 'no two are alike');
});

t.test('nothing else is a session', async (t) => {
  const session = await at(T).openSession('rc_key');
  t.equal(await at(T, randomBytes(32)).bearerOf(session), null, 'one of another deployment');
  t.equal(await at(T).bearerOf(`${session}A`), null);
  t.equal(await at(T).bearerOf(''), null);
  // Cursors are sealed by the same secret.
  const place = `${T + SESSION_LASTS} rc_key`;
  const cursor = sealCursor(secret, { list: 'clients', query: {} }, place, randomBytes(12));
  t.equal(await at(T).bearerOf(cursor), null, 'a cursor of a list');
});
