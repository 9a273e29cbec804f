import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Database } from '../../src/store/dynamodb.js';
import { localUrl } from '../store/database.js';

/** A process that counts the feed into the overview again and again, until it is killed. Writes `counting` at first. */
export function startCounter({ tableName }: Database): ChildProcess {
  const dist = (file: string) =>
    JSON.stringify(fileURLToPath(new URL(`../../dist/${file}.js`, import.meta.url)));
  const program = `
    const { makeOverview } = await import(${dist('overview')});
    const { makeCommit } = await import(${dist('store/commit')});
    const { openDatabase } = await import(${dist('store/dynamodb')});
    const { makeFeed } = await import(${dist('store/feed')});
    const { makeQueries } = await import(${dist('store/queries')});
    const database = openDatabase(${JSON.stringify(tableName)});
    const [now, stopwatch] = [() => Date.now(), () => performance.now()];
    const feed = makeFeed(database, { now, stopwatch, retention: 400 * 86_400_000 });
    const commit = makeCommit(database, () => undefined);
    const adapters = { now, stopwatch, feed, commit, queries: makeQueries(database), onCommit: () => undefined };
    console.log('counting');
    // A new one looks at once, as an instance that has just started.
    for (;;) await makeOverview(adapters, database, { error: () => undefined }).look();
  `;
  return spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: {
      PATH: process.env['PATH'],
      AWS_ENDPOINT_URL_DYNAMODB: localUrl(),
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      NODE_NO_WARNINGS: '1',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
