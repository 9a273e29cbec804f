import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { apis } from './api.js';
import { type Attempt, type Row, report, tried } from './attempts.js';
import { binding } from './binding.js';
import { callbacks } from './callbacks.js';
import { credentials } from './credentials.js';
import { openTarget, type Target } from './deployment.js';
import { externalIds } from './external-ids.js';
import { functionCalls } from './function-calls.js';
import { rotation } from './rotation.js';
import { secrets } from './secrets.js';
import { verification } from './verification.js';

// What vendors got wrong, each tried against a running service: ours, or the one that CONFORMANCE_URL names with
// CONFORMANCE_KEY and, where its AWS is a sandbox, AWS_SIMULATOR_URL.

const attempts: readonly Attempt[] = [
  ...externalIds,
  ...verification,
  ...binding,
  ...callbacks,
  ...functionCalls,
  ...rotation,
  ...credentials,
  ...apis,
  ...secrets,
];

let target: Target;
t.before(async () => {
  target = await openTarget();
});
t.teardown(() => target.close());

t.test('nothing that vendors got wrong is wrong here', async (t) => {
  const rows: Row[] = [];
  const note = (row: Row) => {
    rows.push(row);
    const name = `${row.cls}: ${row.attempt}`;
    if (row.result === 'skipped') t.pass(name, { skip: row.seen });
    else t.equal(row.seen, row.expected, name);
  };
  for (const one of attempts) if (one.alone) note(await tried(one, target));
  // One a second: SNS does not repeat a confirmation, which a service that has just started may not take in a crowd.
  const slow = attempts
    .filter((one) => one.slow)
    .map(async (one, place) => {
      await sleep(1_000 * place);
      return tried(one, target);
    });
  for (const one of attempts) if (!one.slow && !one.alone) note(await tried(one, target));
  for (const row of await Promise.all(slow)) note(row);
  const order = [...new Set(attempts.map(({ cls }) => cls))];
  const table = report(rows.sort((a, b) => order.indexOf(a.cls) - order.indexOf(b.cls)));
  for (const line of table) t.comment(line);
  process.stderr.write(`${table.join('\n')}\n`);
});
