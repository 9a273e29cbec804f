import { parseArgs } from 'node:util';
import { readConfig } from './config.js';
import { ConfigError } from './config-error.js';
import { parsePlace } from './core/feed-place.js';
import { checkSoon, countUnseen } from './keeping/check-soon.js';
import { makeKeyQueries } from './store/api-key-item.js';
import { makeCommit } from './store/commit.js';
import { openDatabase } from './store/dynamodb.js';
import { makeFeed } from './store/feed.js';
import { makeRaiseFeed, type Raised } from './store/raise-feed.js';
import { scheduledAccounts } from './store/scheduled-accounts.js';
import { makeWebhookQueries } from './store/webhook-item.js';

// node dist/after-restore.js [--beyond evt_000000000012345_00] [--yes]: repairs what can be repaired of a table that
// was restored from a point in time, and lists what people have to look at: docs/operations/restore.md. Without --yes
// it changes nothing. It may be run again, as where it broke off.

/** Numbers that are left out beyond a position that somebody has seen: others may have seen a little more. */
const BESIDES = 1_000;
/** Where nobody names a position: so many numbers at least, and for each second since the last event that is known. */
const AT_LEAST = 100_000;
const A_SECOND = 10;
/** Calls of STS that a verification makes at most; half of their rate is left to whatever else goes on. */
const CALLS_A_CHECK = 7;

try {
  await repair();
} catch (error) {
  process.stderr.write(
    `${error instanceof ConfigError ? error.message : `cannot repair: ${String(error)}`}\n`,
  );
  process.exitCode = 1;
}

async function repair(): Promise<void> {
  const { values } = parseArgs({ options: { beyond: { type: 'string' }, yes: { type: 'boolean' } } });
  const seen = values.beyond === undefined ? null : parsePlace(values.beyond);
  if (values.beyond !== undefined && seen === null)
    throw new Error(
      `--beyond takes a position or an event’s id, as evt_000000000012345_00, not ${values.beyond}`,
    );
  const config = readConfig(process.env);
  const database = openDatabase(config.tableName);
  const now = () => Date.now();
  const commit = makeCommit(database, () => undefined, config.keepEvents);
  const feed = makeRaiseFeed(database, now, config.keepEvents);
  const checks = { scheduled: () => scheduledAccounts(database), commit, now, random: Math.random };

  const { drawn, raised: before } = await feed.state();
  const silence = await silenceOf();
  const to = seen === null ? drawn + Math.max(AT_LEAST, silence * A_SECOND) : seen.number + BESIDES;
  if (seen !== null && before !== null && seen.number > before.to)
    throw new Error(`the feed was raised to ${before.to} already, which is not beyond ${values.beyond}`);
  if (before === null && to <= drawn)
    throw new Error(`the feed has come to ${drawn} by itself, beyond ${to}`);
  const since = before?.at ?? now();
  const accounts = await countUnseen(checks, since);
  const within = Math.max(60_000, Math.ceil((accounts * CALLS_A_CHECK * 2_000) / config.stsCallsPerSecond));

  say(`The table is ${config.tableName}.`);
  say(
    before === null
      ? `The feed ends at ${drawn}, ${silence} s ago. Numbers up to ${to} may have been given out, and are left out.`
      : `The feed was raised from ${before.from} to ${before.to} at ${new Date(before.at).toISOString()}.`,
  );
  say(
    `${accounts} accounts have not been verified since, and are to be within ${Math.ceil(within / 60_000)} min.`,
  );
  await list();
  if (values.yes !== true) return say('\nNothing was changed. With --yes it is done.');

  await raiseFeed(before ?? (await feed.raise(drawn, to)));
  await checkSoon(checks, since, within);
  say('\nDone. The service may be started on this table.');

  /** Seconds since the last event that the table has. */
  async function silenceOf(): Promise<number> {
    if (drawn === 0) return 0;
    const stopwatch = () => performance.now();
    const { at } = makeFeed(database, { now, stopwatch, retention: config.keepEvents });
    for (let number = drawn; number > Math.max(0, drawn - 1_000); number -= 1) {
      const last = (await at(number))?.events[0];
      if (last !== undefined) return Math.max(0, Math.ceil((now() - last.at) / 1_000));
    }
    return 0;
  }

  async function raiseFeed(raised: Raised | null): Promise<void> {
    if (raised === null) throw new Error('an instance writes to this table; run it again');
    if (raised.done) return;
    await feed.fill(raised);
    const { from, to: end } = raised;
    const data = { from, to: end };
    const told = {
      type: 'table.restored',
      at: now(),
      clientId: null,
      actor: { type: 'operator' },
      data,
    } as const;
    await commit({ put: [], events: [told] });
    await feed.done();
  }

  /** What a person has to judge: the table does not know what became of it since. */
  async function list(): Promise<void> {
    const keys = await makeKeyQueries(database).apiKeys(null, 1_000);
    say('\nAPI keys as of then. Revoke those that had been revoked; those made since are gone:');
    for (const { id, name, createdAt, lastUsedAt } of keys)
      say(
        `  ${id}  ${name}  made ${day(createdAt)}, last used ${lastUsedAt === null ? 'never' : day(lastUsedAt)}`,
      );
    const { webhooks } = await makeWebhookQueries(database).webhooks();
    say('\nWebhooks as of then, with their secrets of then:');
    for (const { id, url, status, updatedAt } of webhooks)
      say(`  ${id}  ${new URL(url).host}  ${status}, changed ${day(updatedAt)}`);
    if (before === null)
      say(`\nWhoever was invited in the last ${silence} s before this, or since, may be unknown.`);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function day(at: number): string {
  return new Date(at).toISOString();
}
