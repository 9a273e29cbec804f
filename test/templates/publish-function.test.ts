import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import t from 'tap';
import { parseDocument } from 'yaml';
import { must } from '../core/things.js';

const template = await readFile(new URL('../../templates/service.yaml', import.meta.url), 'utf8');
const code = String(
  parseDocument(template, { logLevel: 'error' }).getIn([
    ...['Resources', 'PublishFunction', 'Properties', 'Code', 'ZipFile'],
  ]),
);

const TASK = 'arn:aws:ecs:us-east-1:999999999999:task/publishers/0123456789abcdef';
const STACK = 'arn:aws:cloudformation:us-east-1:999999999999:stack/rolecall/1a2b';

/** What ECS answers to a call; a text is an error's name. The last answer is given again and again. */
type Answers = readonly (object | string)[];

interface Scene {
  readonly runTask?: Answers;
  readonly describeTasks?: Answers;
  /** What CloudFormation says of the stack; null where it does not say. */
  readonly stackStatus?: string | null;
  /** The status codes with which the answer is received. */
  readonly received?: readonly number[];
}

const started = { tasks: [{ taskArn: TASK }], failures: [] };
const stopped = (container: object, stoppedReason = 'Essential container in task exited') => ({
  tasks: [{ taskArn: TASK, lastStatus: 'STOPPED', stoppedReason, containers: [container] }],
});
const running = { tasks: [{ taskArn: TASK, lastStatus: 'RUNNING', containers: [{}] }] };

/** AWS as far as the function goes: ECS, CloudFormation, and the address where the answer is put. */
async function listen(t: Pick<typeof import('tap').t, 'teardown'>, scene: Scene) {
  const calls: { name: string; input: Record<string, unknown> }[] = [];
  const answers: { contentType: string | undefined; body: Record<string, string> }[] = [];
  const given = new Map<string, number>();
  const next = <One>(name: string, list: readonly One[]): One => {
    const place = given.get(name) ?? 0;
    given.set(name, place + 1);
    return must(list[Math.min(place, list.length - 1)], name);
  };

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    if (request.method === 'PUT') {
      answers.push({ contentType: request.headers['content-type'], body: JSON.parse(body) });
      response.writeHead(next('received', scene.received ?? [200])).end();
      return;
    }
    const target = request.headers['x-amz-target'];
    if (target === undefined) {
      const { Action = '', ...input } = Object.fromEntries(new URLSearchParams(body));
      calls.push({ name: Action, input });
      const { stackStatus = 'UPDATE_IN_PROGRESS' } = scene;
      const members = `<member><StackName>rolecall</StackName><CreationTime>2026-11-29T00:00:00Z</CreationTime><StackStatus>${stackStatus}</StackStatus></member>`;
      response.writeHead(stackStatus === null ? 403 : 200, { 'content-type': 'text/xml' });
      response.end(
        stackStatus === null
          ? '<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>'
          : `<DescribeStacksResponse><DescribeStacksResult><Stacks>${members}</Stacks></DescribeStacksResult></DescribeStacksResponse>`,
      );
      return;
    }
    const [, name = ''] = String(target).split('.');
    calls.push({ name, input: JSON.parse(body) });
    const lists: Record<string, Answers> = {
      RunTask: scene.runTask ?? [started],
      DescribeTasks: scene.describeTasks ?? [stopped({ exitCode: 0 })],
      StopTask: [{}],
    };
    const answer = next(name, must(lists[name], `an answer to ${name}`));
    response.writeHead(typeof answer === 'string' ? 400 : 200, {
      'content-type': 'application/x-amz-json-1.1',
    });
    response.end(
      JSON.stringify(typeof answer === 'string' ? { __type: answer, message: 'for a reason' } : answer),
    );
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls, answers };
}

/** The function's own pauses pass at once, on a clock that is moved by them: it waits for minutes. */
const QUICK = `
  const { now } = Date;
  const later = setTimeout;
  let passed = 0;
  Date.now = () => now() + passed;
  globalThis.setTimeout = (wake, milliseconds, ...rest) => {
    if (!new Error().stack.split('\\n')[2].includes('index.js')) return later(wake, milliseconds, ...rest);
    passed += milliseconds;
    return setImmediate(wake);
  };
`;

/** Runs the code as it stands in the template in a process of its own, with nothing but Lambda's environment. */
async function run(
  t: Pick<typeof import('tap').t, 'teardown' | 'testdir'>,
  RequestType: 'Create' | 'Update' | 'Delete',
  scene: Scene = {},
) {
  const aws = await listen(t, scene);
  // As CloudFormation zips it: index.js is CommonJS where no package.json says otherwise.
  const folder = t.testdir({ 'index.js': code, 'quick.js': QUICK, 'package.json': '{}' });
  const event = {
    RequestType,
    RequestId: '7d6a2f3c-1111-2222-3333-444455556666',
    ResponseURL: `${aws.url}/answer?X-Amz-Signature=presigned`,
    StackId: STACK,
    LogicalResourceId: 'PublishedTemplates',
    ...(RequestType !== 'Create' && { PhysicalResourceId: 'the-one-there-is' }),
    ResourceProperties: {
      Cluster: 'publishers',
      TaskDefinition: 'arn:aws:ecs:us-east-1:999999999999:task-definition/rolecall-publisher:7',
      Subnets: ['subnet-1', 'subnet-2'],
      SecurityGroup: 'sg-1',
      AssignPublicIp: 'ENABLED',
    },
  };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      '-r',
      join(folder, 'quick.js'),
      '-e',
      'require(process.argv[1]).handler(JSON.parse(process.argv[2]))',
    ].concat([join(folder, 'index.js'), JSON.stringify(event)]),
    {
      env: {
        LOG_GROUP: 'rolecall-Logs',
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_SESSION_TOKEN: 'session',
        AWS_ENDPOINT_URL: aws.url,
        NODE_NO_WARNINGS: '1',
      },
    },
  );
  const { contentType, body } = must(aws.answers.at(-1), 'an answer');
  return { ...aws, event, contentType, answer: body, log: stdout, names: aws.calls.map(({ name }) => name) };
}

t.test('the code is short enough to stand in a template, in ASCII', async (t) => {
  t.match(code, /^[\n\x20-\x7e]*$/);
  t.ok(code.length <= 4_096, `${code.length} characters`);
});

t.test('a task that ends well is a success, told to CloudFormation as it wants to be told', async (t) => {
  const describeTasks = [{ tasks: [], failures: [{ reason: 'MISSING' }] }, running, stopped({ exitCode: 0 })];
  const { calls, names, contentType, answer, event } = await run(t, 'Create', { describeTasks });
  t.strictSame(names, ['RunTask', 'DescribeTasks', 'DescribeTasks', 'DescribeTasks']);
  t.match(calls[0]?.input, {
    cluster: 'publishers',
    taskDefinition: event.ResourceProperties.TaskDefinition,
    clientToken: event.RequestId,
    launchType: 'FARGATE',
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: ['subnet-1', 'subnet-2'],
        securityGroups: ['sg-1'],
        assignPublicIp: 'ENABLED',
      },
    },
  });
  t.equal(contentType, '');
  t.strictSame(answer, {
    Status: 'SUCCESS',
    PhysicalResourceId: 'published-templates',
    StackId: STACK,
    RequestId: event.RequestId,
    LogicalResourceId: 'PublishedTemplates',
  });
});

t.test('an upgrade publishes as well, and what is there keeps its name', async (t) => {
  for (const stackStatus of ['UPDATE_IN_PROGRESS', null]) {
    const { names, answer } = await run(t, 'Update', { stackStatus });
    t.strictSame(names.slice(-2), ['RunTask', 'DescribeTasks'], String(stackStatus));
    t.match(answer, { Status: 'SUCCESS', PhysicalResourceId: 'the-one-there-is' });
  }
});

t.test('a rollback publishes nothing: what it returns to was published when it came', async (t) => {
  const broken = { runTask: ['AccessDeniedException'] };
  const stackStatus = 'UPDATE_ROLLBACK_IN_PROGRESS';
  const { names, answer } = await run(t, 'Update', { ...broken, stackStatus });
  t.strictSame(names, ['DescribeStacks']);
  t.match(answer, { Status: 'SUCCESS' });
});

t.test('a deletion succeeds, and asks AWS nothing', async (t) => {
  const { names, answer } = await run(t, 'Delete', { runTask: ['AccessDeniedException'], stackStatus: null });
  t.strictSame(names, []);
  t.match(answer, { Status: 'SUCCESS', PhysicalResourceId: 'the-one-there-is' });
});

t.test('a task that fails fails the stack, with why and where its words stand', async (t) => {
  const rows: [object, RegExp][] = [
    [stopped({ exitCode: 1 }), /exit code 1: Essential container in task exited; .*rolecall-Logs/],
    [
      stopped({ reason: 'CannotPullContainerError: not found' }, 'Task failed to start'),
      /exit code none: CannotPullContainerError: not found/,
    ],
    [stopped({}, 'ResourceInitializationError: no route'), /exit code none: ResourceInitializationError/],
    [{ tasks: [{ taskArn: TASK, lastStatus: 'STOPPED' }] }, /exit code none: no reason given/],
    [stopped({ exitCode: 1, reason: 'x'.repeat(9_000) }), /x{100}/],
  ];
  for (const [place, [task, reason]] of rows.entries()) {
    const type = place === 0 ? 'Update' : 'Create';
    const { answer, log } = await run(t, type, { describeTasks: [task] });
    t.equal(answer['Status'], 'FAILED');
    t.match(answer['Reason'], reason);
    t.ok(Buffer.byteLength(JSON.stringify(answer)) <= 4_096);
    t.match(log, new RegExp(`^${type}: The templates were not published`));
  }
});

t.test('a task that does not start is asked for again for a minute, and then fails the stack', async (t) => {
  const nothing = { tasks: [], failures: [{ arn: TASK, reason: 'RESOURCE:FARGATE', detail: 'no room' }] };
  const rows: [Answers, RegExp][] = [
    [['AccessDeniedException'], /did not start: AccessDeniedException: for a reason/],
    [[nothing], /did not start: no room/],
    [[{ tasks: [], failures: [] }], /did not start: no task was made/],
  ];
  for (const [runTask, reason] of rows) {
    const { answer, names } = await run(t, 'Create', { runTask });
    t.match(answer, { Status: 'FAILED', Reason: reason });
    t.ok(names.length > 1);
    t.strictSame([...new Set(names)], ['RunTask']);
  }
  const { answer, calls } = await run(t, 'Create', { runTask: ['AccessDeniedException', nothing, started] });
  t.equal(answer['Status'], 'SUCCESS', 'rights that are a moment old are waited for');
  const tokens = calls.filter(({ name }) => name === 'RunTask').map(({ input }) => input['clientToken']);
  t.equal(new Set(tokens).size, 1, 'so that it is one task however often it is asked for');
});

t.test('a task that never ends is stopped, and fails the stack', async (t) => {
  for (const describeTasks of [[running], ['AccessDeniedException']]) {
    const { answer, calls, names } = await run(t, 'Create', { describeTasks });
    t.match(answer, { Status: 'FAILED', Reason: /did not end within 10 minutes; .*rolecall-Logs/ });
    t.equal(names.at(-1), 'StopTask');
    t.match(calls.at(-1)?.input, { cluster: 'publishers', task: TASK });
  }
});

t.test('an answer that is not taken is sent again, the same; one that is refused is not', async (t) => {
  const again = await run(t, 'Delete', { received: [500, 503, 200] });
  t.equal(again.answers.length, 3);
  t.equal(new Set(again.answers.map(({ body }) => JSON.stringify(body))).size, 1);
  const refused = await run(t, 'Delete', { received: [403] });
  t.equal(refused.answers.length, 1);
});
