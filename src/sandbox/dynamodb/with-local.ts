import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { startDynamoDbLocal } from './local.js';

// Runs a command beside a DynamoDB Local of its own: node with-local.js tap test/…
// The command finds the database's address in DYNAMODB_LOCAL_URL; its exit code is this program's.

const [command, ...parameters] = process.argv.slice(2);
if (command === undefined) {
  process.stderr.write('usage: with-local COMMAND [ARGUMENT…]\n');
  process.exit(2);
}

const database = await startDynamoDbLocal().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});

const child = spawn(command, parameters, {
  stdio: 'inherit',
  env: { ...process.env, DYNAMODB_LOCAL_URL: database.url },
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => child.kill(signal));
}

const code = await new Promise<number>((resolve) => {
  child.on('error', (error) => {
    process.stderr.write(`${error.message}\n`);
    resolve(127);
  });
  child.on('exit', (exitCode, signal) => {
    resolve(exitCode ?? 128 + (signal === null ? 0 : constants.signals[signal]));
  });
});
await database.stop();
process.exit(code);
