import t from 'tap';
import type { ClientId } from '../../src/core/id.js';
import { makeFleet } from '../../src/keeping/fleet.js';
import { must, ourId } from '../core/things.js';

const MINUTE = 60_000;

t.test('a fleet of which more than the usual share fails at once is not believed', async (t) => {
  let time = 0;
  const fleet = makeFleet(() => time, 20);
  let noted = 0;
  const another = () => {
    noted += 1;
    return { clientId: ourId, accountId: String(100_000_000_000 + noted) };
  };
  const note = (failed: number, good: number) => {
    for (let count = 0; count < failed; count += 1) fleet.note(another(), true);
    for (let count = 0; count < good; count += 1) fleet.note(another(), false);
  };
  note(19, 0);
  t.equal(fleet.suspicion(), null, 'a handful says nothing');
  note(1, 0);
  t.match(fleet.suspicion(), /^20 of 20 accounts/);
  note(0, 80);
  t.equal(fleet.suspicion(), null, 'exactly the share is allowed');
  note(1, 0);
  t.match(fleet.suspicion(), /^21 of 101/);
  time += 10 * MINUTE;
  t.equal(fleet.suspicion(), null, 'and what was found ten minutes ago is over');
});

t.test('one client that breaks all its roles makes nobody else suspect', async (t) => {
  const fleet = makeFleet(() => 0, 20);
  const account = (clientId: ClientId, place: number) => ({
    clientId,
    accountId: String(100_000_000_000 + place),
  });
  const clients = Array.from({ length: 5 }, (_, place) => `${ourId.slice(0, -1)}${place}` as ClientId);
  for (let place = 0; place < 500; place += 1) fleet.note(account(ourId, place), true);
  t.match(fleet.suspicion(), /^500 of 500 accounts/, 'where there is no other, it may be us');
  for (const [place, client] of clients.entries()) fleet.note(account(client, 1_000 + place), false);
  t.equal(fleet.suspicion(), null, 'one of six');
  fleet.note(account(must(clients[0]), 1_000), true);
  t.match(fleet.suspicion(), /^501 of 505 accounts/, 'two of six');
});

t.test('an account counts once, by what was found last, however often it is looked at', async (t) => {
  let time = 0;
  const fleet = makeFleet(() => time, 20);
  const account = (place: number) => ({ clientId: ourId, accountId: String(100_000_000_000 + place) });
  for (let place = 0; place < 27; place += 1) fleet.note(account(place), false);
  for (let minute = 0; minute < 9; minute += 1) {
    time += MINUTE;
    for (let place = 0; place < 3; place += 1) fleet.note(account(place), true);
  }
  t.strictSame(fleet.recent(), { checked: 27, failed: 3 });
  t.equal(fleet.suspicion(), null, 'three that fail over and over do not make the others suspect');
  fleet.note(account(0), false);
  t.strictSame(fleet.recent(), { checked: 27, failed: 2 });
  time += MINUTE;
  t.strictSame(fleet.recent(), { checked: 3, failed: 2 }, 'and the times of the others are over');
});
