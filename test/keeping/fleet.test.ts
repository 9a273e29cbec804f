import t from 'tap';
import { makeFleet } from '../../src/keeping/fleet.js';

const MINUTE = 60_000;

t.test('a fleet of which more than the usual share fails at once is not believed', async (t) => {
  let time = 0;
  const fleet = makeFleet(() => time, 20);
  const note = (failed: number, good: number) => {
    for (let count = 0; count < failed; count += 1) fleet.note(true);
    for (let count = 0; count < good; count += 1) fleet.note(false);
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
