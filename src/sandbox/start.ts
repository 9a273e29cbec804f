import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { centralAccount } from './central-account.js';
import { type DynamoDbLocal, startDynamoDbLocal } from './dynamodb/local.js';
import { type Sandbox, startSandbox } from './sandbox.js';

// npm start: the whole story on one machine. DynamoDB Local and the sandbox stand in for AWS; the service runs
// against them unchanged, as a program of its own, and a first demo client is invited over its API.

const SANDBOX_PORT = 4566;
const SERVICE_URL = 'http://127.0.0.1:8080';
const KEY = 'sandbox-admin-key-000000000';

let database: DynamoDbLocal | undefined;
let sandbox: Sandbox | undefined;
let service: ChildProcess | undefined;

try {
  database = await startDynamoDbLocal();
  const propagationMs = Number(process.env['SANDBOX_PROPAGATION_MS'] || 3_000);
  const { url: dynamodbUrl } = database;
  sandbox = await startSandbox({
    ...{ port: SANDBOX_PORT, dynamodbUrl, propagationMs },
    hasCentralAccount: true,
  });
  const environment = serviceEnvironment(sandbox);
  await publishTemplates(environment);
  service = program('main.js', { ...environment, TABLE_CREATE: 'if-missing' });
  service.once('exit', (code) => stop(code ?? 1));
  await untilReady();
  print(await inviteDemoClient());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  await stop(1);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop(0));

function serviceEnvironment({ url: sandboxUrl, controlRoles }: Sandbox): NodeJS.ProcessEnv {
  const role = 'arn:aws:iam::999999999999:role/RolecallService';
  // Of this machine's own way to AWS nothing, and the address is ours.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(AWS_.*|HOST|PORT)$/.test(name));
  return {
    ...Object.fromEntries(inherited),
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn',
    PUBLIC_URL: SERVICE_URL,
    TRUSTED_PRINCIPAL_ARN: role,
    CONTROL_ROLE_STRICT_ARN: controlRoles.strictArn,
    CONTROL_ROLE_OPEN_ARN: controlRoles.openArn,
    CONTROL_EXTERNAL_ID: controlRoles.externalId,
    CENTRAL_ACCOUNT_ID: centralAccount.id,
    CENTRAL_STACK_ROLE_ARN: centralAccount.deploymentRoleArn,
    TEMPLATE_BASE_URL: `${sandboxUrl}/rolecall-templates`,
    ADMIN_API_KEY: KEY,
    // Demos, and tests that are pointed at them, call far more often than a platform.
    RATE_LIMIT_PER_MINUTE: process.env['RATE_LIMIT_PER_MINUTE'] || '1000000',
    AUTH_FAILURES_PER_MINUTE: process.env['AUTH_FAILURES_PER_MINUTE'] || '1000000',
    AWS_SIMULATOR_URL: sandboxUrl,
    AWS_ENDPOINT_URL: sandboxUrl,
    AWS_REGION: 'us-east-1',
    // As an ECS task gets its role's credentials: there is no key to hand around.
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${sandboxUrl}/_sandbox/credentials?role=${role}`,
  };
}

function program(
  file: string,
  env: NodeJS.ProcessEnv,
  output: 'inherit' | 'ignore' = 'inherit',
): ChildProcess {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
  return spawn(process.execPath, [path], { env, stdio: ['ignore', output, 'inherit'] });
}

/** The manifest on its standard output is for programs; what went wrong is on the other. */
async function publishTemplates(env: NodeJS.ProcessEnv): Promise<void> {
  const publishing = program('publish-templates.js', env, 'ignore');
  const [code] = await once(publishing, 'exit');
  if (code !== 0) throw new Error(`publishing the templates ended with ${code}`);
}

async function untilReady(): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const answer = await fetch(`${SERVICE_URL}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await sleep(100);
  }
  throw new Error('the service did not become ready');
}

async function inviteDemoClient(): Promise<string> {
  const answer = await fetch(`${SERVICE_URL}/v1/clients`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
    body: JSON.stringify({ name: 'Example Client' }),
  });
  const body: unknown = await answer.json();
  const pageUrl = pageUrlOf(body);
  if (pageUrl === null) throw new Error(`the demo client was not invited: ${JSON.stringify(body)}`);
  return pageUrl;
}

function pageUrlOf(body: unknown): string | null {
  const launch = typeof body === 'object' && body !== null && 'launch' in body ? body.launch : null;
  if (typeof launch !== 'object' || launch === null || !('pageUrl' in launch)) return null;
  return typeof launch.pageUrl === 'string' ? launch.pageUrl : null;
}

function print(pageUrl: string): void {
  const seconds = (performance.now() / 1000).toFixed(1);
  process.stdout.write(
    [
      '',
      `Rolecall is ready after ${seconds} s. Everything runs on this machine; AWS is a sandbox.`,
      '',
      `  Launch page of a first demo client  ${pageUrl}`,
      `  API and its documentation           ${SERVICE_URL}/docs`,
      `  Console: how onboarding goes        ${SERVICE_URL}/console`,
      `  API key                             ${KEY}`,
      `  Sandbox                             ${sandbox?.url}`,
      `  Your people's account               ${centralAccount.id}, with the user ${centralAccount.user}`,
      '',
      'Ctrl+C stops all of it.',
      '',
    ].join('\n'),
  );
}

async function stop(code: number): Promise<void> {
  const running = service !== undefined && service.exitCode === null && service.signalCode === null;
  if (running && service !== undefined) {
    service.removeAllListeners('exit');
    service.kill('SIGTERM');
    await once(service, 'exit');
  }
  await sandbox?.close();
  await database?.stop();
  process.exit(code);
}
