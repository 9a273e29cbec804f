import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Json } from '../wire/json.js';
import type { World } from '../world.js';
import { functionRole } from './check-function.js';
import type { LambdaFunction } from './function.js';
import type { Outcome } from './invoke.js';

const runtime = fileURLToPath(new URL('./runtime.cjs', import.meta.url));

/** Source: AWS Lambda Developer Guide, "Init phase", in milliseconds. */
const INIT_WITHIN = 10_000;

/** Runs a function's code once, in a process and a folder of its own. Its time-out ends it, and so does the sandbox's end. */
export async function runFunction(
  world: World,
  { arn, name, account, region, ...configuration }: LambdaFunction,
  event: Json,
  requestId: string,
): Promise<{ outcome: Outcome; log: string }> {
  const { code, handler, timeoutSeconds, memorySize, environment, roleArn } = configuration;
  const role = functionRole(account, arn, roleArn);
  const session = world.sessions.begin({ account, role, name: name.slice(0, 64) }, 3600);
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-lambda-'));
  try {
    await writeFile(join(folder, 'index.js'), code);
    await writeFile(join(folder, 'package.json'), '{"type":"commonjs"}');
    // The code gets nothing of the sandbox's own environment.
    const child = spawn(process.execPath, [runtime], {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      env: {
        ...environment,
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_ACCESS_KEY_ID: session.accessKeyId,
        AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
        AWS_SESSION_TOKEN: session.token,
      },
    });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        log = (log + chunk.toString('utf8')).slice(-100_000);
      });
    }
    // A process that ends before it has read its event is told by its exit code.
    child.stdin.on('error', () => {});
    const context = { functionName: name, invokedFunctionArn: arn, awsRequestId: requestId };
    const memoryLimitInMB = String(memorySize);
    child.stdin.end(
      JSON.stringify({ event, handler, timeoutSeconds, context: { ...context, memoryLimitInMB } }),
    );
    let timedOut = false;
    const timeOut = (): void => {
      timedOut = true;
      child.kill('SIGKILL');
    };
    let timer = setTimeout(timeOut, INIT_WITHIN);
    child.stdio[3]?.once('data', () => {
      clearTimeout(timer);
      timer = setTimeout(timeOut, timeoutSeconds * 1000);
    });
    const end = (): void => void child.kill('SIGKILL');
    world.background.signal.addEventListener('abort', end);
    const [exitCode] = await once(child, 'close');
    clearTimeout(timer);
    world.background.signal.removeEventListener('abort', end);
    if (timedOut) {
      const line = `${requestId} Task timed out after ${timeoutSeconds.toFixed(2)} seconds\n`;
      return { outcome: 'timeout', log: log + line };
    }
    return { outcome: exitCode === 0 ? 'ok' : 'error', log };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
