import t from 'tap';
import { makeBudget } from '../../src/store/budget.js';
import { freshDatabase } from './database.js';

t.test('instances share a rate, window by window', async (t) => {
  const database = await freshDatabase(t);
  let time = 1_000_000;
  const clock = () => time;
  const budgets = [makeBudget(database, 20, clock), makeBudget(database, 20, clock)];
  const draw = async () => {
    let calls = 0;
    for (let round = 0; round < 100; round += 1)
      for (const budget of budgets) if (await budget(5)) calls += 5;
    return calls;
  };
  t.equal(await draw(), 200, 'twenty a second for ten seconds, of both together');
  t.equal(await draw(), 0);
  time += 10_000;
  t.equal(await draw(), 200);
});
