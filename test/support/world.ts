import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.js';
import { freePort } from './free-port.js';

export const KEY = 'a-key-for-tests-000000000000';
const ROLE = 'arn:aws:iam::999999999999:role/RolecallService';

/** AWS, as far as the tests go: the sandbox before DynamoDB Local, with this version's templates published. */
export interface World {
  readonly sandbox: Sandbox;
  readonly environment: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

/** A running service: the built program, in a process of its own. */
export interface RunningService {
  readonly url: string;
  readonly process: ChildProcess;
  /** Everything it has written so far. */
  readonly output: () => string;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

export interface WorldOptions {
  readonly propagationMs?: number;
  readonly resourceDelayMs?: number;
  /** The account of the people who enter clients' accounts; without it no profile has them do so. */
  readonly centralAccountId?: string;
}

/** Starts a sandbox with a table of its own. `npm test` provides DynamoDB Local. */
export async function startWorld({
  propagationMs = 0,
  resourceDelayMs = 1,
  centralAccountId = '',
}: WorldOptions = {}): Promise<World> {
  const dynamodbUrl = process.env['DYNAMODB_LOCAL_URL'];
  if (dynamodbUrl === undefined) throw new Error('run the tests by npm test, which starts DynamoDB Local');
  const sandbox = await startSandbox({
    dynamodbUrl,
    propagationMs,
    resourceDelayMs,
    // Longer than SNS waits for an answer: a busy machine confirms late, and what is published before is dropped.
    confirmationMs: 60_000,
  });
  const environment: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    NODE_NO_WARNINGS: '1',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    LOG_LEVEL: 'trace',
    TABLE_NAME: `test-${randomBytes(6).toString('hex')}`,
    TABLE_CREATE: 'if-missing',
    TRUSTED_PRINCIPAL_ARN: ROLE,
    TEMPLATE_BASE_URL: `${sandbox.url}/rolecall-templates`,
    ADMIN_API_KEY: KEY,
    CENTRAL_ACCOUNT_ID: centralAccountId,
    // The tests call far more often than a platform, and all from one address.
    RATE_LIMIT_PER_MINUTE: '1000000',
    AUTH_FAILURES_PER_MINUTE: '1000000',
    AWS_SIMULATOR_URL: sandbox.url,
    AWS_ENDPOINT_URL: sandbox.url,
    AWS_REGION: 'us-east-1',
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${sandbox.url}/_sandbox/credentials?role=${ROLE}`,
    CONTROL_ROLE_STRICT_ARN: sandbox.controlRoles.strictArn,
    CONTROL_ROLE_OPEN_ARN: sandbox.controlRoles.openArn,
    CONTROL_EXTERNAL_ID: sandbox.controlRoles.externalId,
  };
  const [code] = await once(program('publish-templates.js', environment), 'exit');
  if (code !== 0) throw new Error('the templates were not published');
  return { sandbox, environment, close: () => sandbox.close() };
}

/** Starts the service and waits until it answers; `port` may be that of one that died. */
export async function startService(
  world: World,
  port?: number,
  extra: NodeJS.ProcessEnv = {},
  starts = 1,
): Promise<RunningService> {
  const taken = port ?? (await freePort());
  const url = `http://127.0.0.1:${taken}`;
  const child = program('main.js', {
    ...world.environment,
    PORT: String(taken),
    PUBLIC_URL: url,
    ...extra,
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const service: RunningService = {
    url,
    process: child,
    output: () => output,
    async kill(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await once(child, 'exit');
    },
  };
  const latest = performance.now() + 300_000;
  while (child.exitCode === null && child.signalCode === null && performance.now() < latest) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    // Ready or not: a test may want it with a clock that is set wrong.
    if (answer !== null) return service;
    await sleep(50);
  }
  await service.kill('SIGKILL');
  // What cannot reach AWS in time ends, and is started again, as by ECS.
  if (/cannot start: TimeoutError/.test(output) && starts < 5)
    return startService(world, port, extra, starts + 1);
  throw new Error(`the service did not start: ${output}`);
}

function program(file: string, env: NodeJS.ProcessEnv): ChildProcess {
  const path = fileURLToPath(new URL(`../../dist/${file}`, import.meta.url));
  return spawn(process.execPath, [path], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The JSON of an answer, as loose as a test wants it. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers whose form is what they check
export type Json = any;

export async function api(
  service: Pick<RunningService, 'url'>,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; body: Json }> {
  const answer = await fetch(`${service.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${KEY}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && {
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: text === '' ? null : parse(text),
  };
}

function parse(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Invites a client and returns what the API said. */
export async function invite(service: Pick<RunningService, 'url'>, fields: object = {}): Promise<Json> {
  const { status, body } = await api(service, 'POST', '/v1/clients', {
    name: 'A client',
    ...fields,
  });
  if (status !== 201) throw new Error(`inviting answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

export interface StackOptions {
  readonly account?: string;
  readonly stackName?: string;
  readonly parameters?: Record<string, string>;
  /** Changes the template as somebody with an editor would. */
  readonly edit?: (template: string) => string;
}

/** Makes the stack of a launch, as an administrator of the account would. Returns its StackId. */
export async function createStack(
  world: World,
  { launch, externalId }: Json,
  options: StackOptions = {},
): Promise<string> {
  const told =
    launch.callbackUrl === null ? { RoleName: launch.stackName } : { CallbackUrl: launch.callbackUrl };
  const parameters = { ExternalId: externalId, ...told, ...options.parameters };
  const { StackId } = await cloudFormation(world, options.account, launch.region).send(
    new CreateStackCommand({
      StackName: options.stackName ?? launch.stackName,
      ...(options.edit
        ? { TemplateBody: options.edit(await (await fetch(launch.templateUrl)).text()) }
        : { TemplateURL: launch.templateUrl }),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
    }),
  );
  return StackId ?? '';
}

/** Updates a stack, as its administrator would: other values for some parameters, or another template. */
export async function updateStack(
  world: World,
  { launch }: Json,
  stackId: string,
  { parameters = {}, edit }: Pick<StackOptions, 'parameters' | 'edit'>,
): Promise<void> {
  const [, , , region, account] = stackId.split(':');
  const client = cloudFormation(world, account, region);
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stackId }));
  const template = edit?.(await (await fetch(launch.templateUrl)).text());
  await client.send(
    new UpdateStackCommand({
      StackName: stackId,
      ...(template === undefined ? { UsePreviousTemplate: true } : { TemplateBody: template }),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      Parameters: (Stacks?.[0]?.Parameters ?? []).map(({ ParameterKey = '' }) => ({
        ParameterKey,
        ...(parameters[ParameterKey] === undefined
          ? { UsePreviousValue: true }
          : { ParameterValue: parameters[ParameterKey] }),
      })),
    }),
  );
}

export async function deleteStack(world: World, stackId: string): Promise<void> {
  const [, , , region, account] = stackId.split(':');
  await cloudFormation(world, account, region).send(new DeleteStackCommand({ StackName: stackId }));
}

/** Waits until the stack has come to rest; returns its status and every reason that an administrator sees. */
export async function settledStack(
  world: World,
  stackId: string,
): Promise<{ status: string; reasons: string }> {
  const [, , , region, account] = stackId.split(':');
  const client = cloudFormation(world, account, region);
  for (;;) {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stackId }));
    const status = Stacks?.[0]?.StackStatus ?? '';
    if (!status.endsWith('_IN_PROGRESS')) {
      const { StackEvents } = await client.send(new DescribeStackEventsCommand({ StackName: stackId }));
      const reasons = (StackEvents ?? [])
        .map(({ ResourceStatusReason }) => ResourceStatusReason ?? '')
        .join('\n');
      return { status, reasons };
    }
    await sleep(50);
  }
}

/** Asks until the answer is as wanted; the test's own time-out ends it otherwise. */
export async function eventually<Value>(
  ask: () => Promise<Value>,
  wanted: (value: Value) => boolean,
): Promise<Value> {
  for (;;) {
    const value = await ask();
    if (wanted(value)) return value;
    await sleep(50);
  }
}

function cloudFormation(
  { sandbox }: World,
  account = '111122223333',
  region = 'us-east-1',
): CloudFormationClient {
  return new CloudFormationClient({
    endpoint: sandbox.url,
    region,
    credentials: { accessKeyId: account, secretAccessKey: 'sandbox' },
  });
}
