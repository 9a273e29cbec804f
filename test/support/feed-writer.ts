import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Database } from '../../src/store/dynamodb.js';
import { localUrl } from '../store/database.js';

/**
 * A process that commits so many events, each with its number and the writer's name, one to five a commit and eight
 * commits at once; ends with 0 when all of them are in the feed.
 */
export function startWriter({ tableName }: Database, name: string, count: number): ChildProcess {
  const dist = (file: string) => fileURLToPath(new URL(`../../dist/store/${file}.js`, import.meta.url));
  const program = `
    const { makeCommit } = await import(${JSON.stringify(dist('commit'))});
    const { openDatabase } = await import(${JSON.stringify(dist('dynamodb'))});
    const commit = makeCommit(openDatabase(${JSON.stringify(tableName)}), () => undefined);
    const actor = { type: 'visitor' };
    let place = 0;
    const work = async () => {
      while (place < ${count}) {
        const events = Array.from({ length: Math.min(1 + (place % 5), ${count} - place) }, () => ({
          type: 'launch.opened', at: Date.now(), clientId: null, actor,
          data: { writer: ${JSON.stringify(name)}, place: place++ },
        }));
        const committed = await commit({ put: [], events });
        if (!committed.ok) throw new Error('lost');
      }
    };
    await Promise.all(Array.from({ length: 8 }, work));
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
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}
