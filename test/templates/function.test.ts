import { execFile } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import t from 'tap';
import { must } from '../core/things.js';
import { serviceCredentials, startQuickly } from '../sandbox/clients.js';

const file = new URL('../../templates/function/index.js', import.meta.url);
const code = await readFile(file, 'utf8');
const token = 'AbCdEf0123_-'.repeat(5);
const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';

interface Received {
  readonly method: string;
  readonly url: string;
  /** Names and values as they came over the wire. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

type Answer = readonly [status: number, body?: unknown, headers?: Record<string, string>] | 'cut' | 'silence';

/** Ends the time of the attempt that is under way. */
let expire = () => {};

/** A real server that answers as it is told, the last answer again and again, and keeps what it received. */
async function listen(t: Tap, ...answers: Answer[]): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => void serve(request, response));
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { rawHeaders } = request;
    const headers = rawHeaders.flatMap((name, place) =>
      place % 2 === 0 ? [[name.toLowerCase(), rawHeaders[place + 1] ?? ''] as const] : [],
    );
    const body = Buffer.concat(chunks).toString();
    received.push({ method: request.method ?? '', url: request.url ?? '', headers, body });
    const answer = must(answers[Math.min(received.length, answers.length) - 1]);
    if (answer === 'cut') request.socket.destroy();
    if (answer === 'silence') setImmediate(() => expire());
    if (answer === 'cut' || answer === 'silence') return;
    const [status, content = '', more = {}] = answer;
    response.writeHead(status, more).end(typeof content === 'string' ? content : JSON.stringify(content));
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

type Tap = Pick<typeof t, 'teardown'>;

/** An address where nobody listens. */
async function nobody(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

interface Run {
  /** How long it took, in seconds of the function's own clock, on which waiting costs no time. */
  readonly seconds: number;
  readonly log: string;
  readonly pauses: readonly number[];
}

/** Runs the file as Lambda does, apart from a clock on which pauses pass at once, and time-outs where there is silence. */
async function run(
  event: unknown,
  callbackUrl: string,
  environment: Record<string, string> = {},
): Promise<Run> {
  let clock = Date.now();
  const begun = clock;
  const log: string[] = [];
  const pauses: number[] = [];
  class FakeDate extends Date {
    constructor() {
      super(clock);
    }
    static override now = () => clock;
  }
  const print = (...words: unknown[]) => void log.push(words.map(String).join(' '));
  const module = { exports: {} as { handler?: (event: unknown) => Promise<unknown> } };
  const context = createContext({
    module,
    exports: module.exports,
    require: createRequire(import.meta.url),
    console: { log: print, info: print, warn: print, error: print, debug: print },
    process: {
      env: {
        CALLBACK_URL: callbackUrl,
        STS_URL: 'https://sts.eu-central-1.amazonaws.com/',
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
        AWS_SECRET_ACCESS_KEY: secret,
        AWS_SESSION_TOKEN: 'session/token+of==the/function',
        ...environment,
      },
    },
    Buffer,
    URL,
    Date: FakeDate,
    setTimeout: (wake: () => void, milliseconds: number) => {
      clock += milliseconds;
      pauses.push(milliseconds / 1000);
      setImmediate(wake);
    },
    AbortSignal: {
      timeout: (milliseconds: number) => {
        const controller = new AbortController();
        expire = () => {
          clock += milliseconds;
          controller.abort(new DOMException('timed out', 'TimeoutError'));
        };
        return controller.signal;
      },
    },
    fetch,
  });
  runInContext(code, context, { filename: 'index.js' });
  const value = await must(module.exports.handler)(event);
  if (value !== undefined) throw new Error('the function returned something');
  return { seconds: (clock - begun) / 1000, log: log.join('\n'), pauses };
}

function eventOf(type: 'Create' | 'Update' | 'Delete', responseUrl: string, more: object = {}) {
  return {
    RequestType: type,
    ServiceToken: 'arn:aws:lambda:eu-central-1:111122223333:function:rolecall-Function-x',
    ResponseURL: `${responseUrl}/answer?X-Amz-Signature=presigned`,
    StackId:
      'arn:aws:cloudformation:eu-central-1:111122223333:stack/rolecall/5b9c2f0e-0000-0000-0000-000000000000',
    RequestId: '7d6a2f3c-1111-2222-3333-444455556666',
    LogicalResourceId: 'Connection',
    ResourceType: 'Custom::RolecallConnection',
    ...(type !== 'Create' && { PhysicalResourceId: 'the-one-there-is' }),
    ResourceProperties: { RoleArn: 'arn:aws:iam::111122223333:role/Zoë', ExternalId: 'external-id' },
    ...more,
  };
}

const callback = (url: string) => `${url}/callbacks/lambda/${token}`;
const detail = 'This link has expired. Ask for a new one.';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** The signature by the book, from what the service knows and what it was sent. */
function signatureOf(eventText: string, time: string, sessionToken: string, host: string): string {
  const day = time.slice(0, 8);
  const canonical = [
    'POST',
    '/',
    '',
    'content-type:application/x-www-form-urlencoded; charset=utf-8',
    `host:${host}`,
    `x-amz-date:${time}`,
    `x-amz-security-token:${sessionToken}`,
    `x-rolecall-event:${sha256(eventText)}`,
    `x-rolecall-token:${sha256(token)}`,
    '',
    'content-type;host;x-amz-date;x-amz-security-token;x-rolecall-event;x-rolecall-token',
    sha256('Action=GetCallerIdentity&Version=2011-06-15'),
  ].join('\n');
  const toSign = `AWS4-HMAC-SHA256\n${time}\n${day}/eu-central-1/sts/aws4_request\n${sha256(canonical)}`;
  let key: Buffer = createHmac('sha256', `AWS4${secret}`).update(day).digest();
  for (const part of ['eu-central-1', 'sts', 'aws4_request'])
    key = createHmac('sha256', key).update(part).digest();
  return createHmac('sha256', key).update(toSign).digest('hex');
}

t.test('the service takes the event: it is told once, and CloudFormation is left to it', async (t) => {
  for (const status of [200, 202, 204]) {
    const service = await listen(t, [status]);
    const bucket = await listen(t, [200]);
    const event = eventOf('Create', bucket.url);
    const { log, seconds } = await run(event, callback(service.url));
    t.equal(service.received.length, 1);
    t.equal(bucket.received.length, 0, 'nobody else answers');
    t.equal(seconds, 0, 'without waiting');
    const { method, url, headers, body } = must(service.received[0]);
    t.equal(method, 'POST');
    t.equal(url, `/callbacks/lambda/${token}`);
    t.equal(new Map(headers).get('content-type'), 'application/json');
    const sent = JSON.parse(body);
    t.strictSame(Object.keys(sent), ['event', 'identity']);
    t.equal(sent.event, JSON.stringify(event), 'the event is text, so that its hash can be taken');
    t.strictSame(Object.keys(sent.identity), ['authorization', 'x-amz-date', 'x-amz-security-token']);
    t.equal(log, `Create: the service answered ${status}`);
  }
});

t.test('the identity is a signed GetCallerIdentity over the event’s and the token’s hash', async (t) => {
  const service = await listen(t, [200]);
  await run(eventOf('Create', 'http://127.0.0.1:9'), callback(service.url));
  const { event, identity } = JSON.parse(must(service.received[0]).body);
  t.match(identity['x-amz-date'], /^\d{8}T\d{6}Z$/);
  t.equal(identity['x-amz-security-token'], 'session/token+of==the/function');
  const names = 'content-type;host;x-amz-date;x-amz-security-token;x-rolecall-event;x-rolecall-token';
  const scope = `${identity['x-amz-date'].slice(0, 8)}/eu-central-1/sts/aws4_request`;
  const signature = signatureOf(
    event,
    identity['x-amz-date'],
    identity['x-amz-security-token'],
    'sts.eu-central-1.amazonaws.com',
  );
  t.equal(
    identity.authorization,
    `AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  );
  t.notMatch(must(service.received[0]).body, secret);
});

t.test('STS, here the sandbox’s, knows the function’s account by it, and for this event alone', async (t) => {
  const sandbox = await startQuickly(t);
  const credentials = await serviceCredentials(sandbox);
  const service = await listen(t, [200]);
  await run(eventOf('Create', 'http://127.0.0.1:9'), callback(service.url), {
    STS_URL: `${sandbox.url}/`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: must(credentials.sessionToken),
  });
  const { event, identity } = JSON.parse(must(service.received[0]).body);
  const ask = async (text: string, which: string) => {
    const answer = await fetch(`${sandbox.url}/`, {
      method: 'POST',
      headers: {
        ...identity,
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
        'x-rolecall-event': sha256(text),
        'x-rolecall-token': sha256(which),
      },
      body: 'Action=GetCallerIdentity&Version=2011-06-15',
    });
    return answer.text();
  };
  t.match(await ask(event, token), '<Account>999999999999</Account>');
  t.match(await ask(`${event} `, token), 'SignatureDoesNotMatch');
  t.match(await ask(event, 'another'), 'SignatureDoesNotMatch');
});

t.test('what may pass is sent again, the same to the byte', async (t) => {
  const answers: Answer[] = [[503], [500], [429], [408], 'cut', 'silence', [200]];
  const service = await listen(t, ...answers);
  const bucket = await listen(t, [200]);
  const { seconds, pauses, log } = await run(eventOf('Create', bucket.url), callback(service.url));
  t.equal(service.received.length, answers.length);
  t.equal(new Set(service.received.map(({ body }) => body)).size, 1);
  t.equal(bucket.received.length, 0);
  t.strictSame(pauses, [1, 3, 5, 7, 9, 11], 'each pause is longer');
  t.equal(seconds, 46, 'with 10 s of silence');
  t.equal(log, 'Create: the service answered 200');
});

t.test('what the service refuses, the function answers with the service’s own reason', async (t) => {
  for (const [type, status] of [
    ['Create', 'FAILED'],
    ['Update', 'FAILED'],
    ['Delete', 'SUCCESS'],
  ] as const) {
    const service = await listen(t, [404, { detail }]);
    const bucket = await listen(t, [200]);
    const event = eventOf(type, bucket.url);
    const { seconds } = await run(event, callback(service.url));
    t.equal(service.received.length, 1, 'a refusal is final');
    t.equal(seconds, 0);
    t.equal(bucket.received.length, 1);
    const { method, url, headers, body } = must(bucket.received[0]);
    t.equal(method, 'PUT');
    t.equal(url, '/answer?X-Amz-Signature=presigned');
    t.strictSame(
      headers.filter(([name]) => name === 'content-type'),
      [['content-type', '']],
      'the content type is sent, and empty',
    );
    t.equal(new Map(headers).get('content-length'), String(Buffer.byteLength(body)));
    t.equal(new Map(headers).get('transfer-encoding'), undefined);
    t.strictSame(JSON.parse(body), {
      Status: status,
      Reason: detail,
      PhysicalResourceId: type === 'Create' ? `Connection-${event.RequestId}` : 'the-one-there-is',
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: 'Connection',
    });
  }
});

t.test('a refusal without a readable reason still gives one', async (t) => {
  const bodies = ['', '<html>', '[]', 'null', '{"detail":""}', '"text"'];
  for (const content of bodies) {
    const service = await listen(t, [403, content]);
    const bucket = await listen(t, [200]);
    await run(eventOf('Create', bucket.url), callback(service.url));
    const answer = JSON.parse(must(bucket.received[0]).body);
    t.equal(answer.Reason, 'The service refused this stack (HTTP 403).', content);
  }
  const service = await listen(t, [400, '{"detail":{"a":1}}']);
  const bucket = await listen(t, [200]);
  await run(eventOf('Create', bucket.url), callback(service.url));
  t.type(JSON.parse(must(bucket.received[0]).body).Reason, 'string');
});

t.test('a service that stays out of reach does not hang the stack', async (t) => {
  const rows: [string, Answer | null, string][] = [
    ['nobody listens', null, 'The service could not be reached. Try again later.'],
    ['connections are cut', 'cut', 'The service could not be reached. Try again later.'],
    ['it never answers', 'silence', 'The service could not be reached. Try again later.'],
    ['a proxy answers', [502, '<html>'], 'The service could not be reached. Try again later.'],
    ['it is overloaded', [503, { detail: 'Too many stacks.' }], 'Too many stacks. Try again later.'],
  ];
  for (const [what, answer, reason] of rows)
    for (const type of ['Create', 'Delete'] as const) {
      const url = answer === null ? await nobody() : (await listen(t, answer)).url;
      const bucket = await listen(t, [200]);
      const { seconds } = await run(eventOf(type, bucket.url), callback(url));
      t.ok(seconds > 75 && seconds <= 100, `${what}: it tried for ${seconds} s`);
      t.equal(bucket.received.length, 1);
      t.match(
        JSON.parse(must(bucket.received[0]).body),
        { Status: type === 'Delete' ? 'SUCCESS' : 'FAILED', Reason: reason },
        what,
      );
    }
});

t.test('an answer that is not taken is sent again; one that is refused is not', async (t) => {
  const service = await listen(t, [403, { detail }]);
  const stubborn = await listen(t, 'cut', [500], [503], [200]);
  await run(eventOf('Create', stubborn.url), callback(service.url));
  t.equal(stubborn.received.length, 4);
  t.equal(new Set(stubborn.received.map(({ body }) => body)).size, 1);
  const expired = await listen(t, [403]);
  await run(eventOf('Create', expired.url), callback(service.url));
  t.equal(expired.received.length, 1);
});

t.test('it ends well within its time limit whatever fails, and throws nothing', async (t) => {
  const service = await listen(t, 'silence');
  const bucket = await listen(t, 'silence');
  const { seconds } = await run(eventOf('Create', bucket.url), callback(service.url));
  t.ok(seconds > 100 && seconds <= 140, `it took ${seconds} s, and has 180`);
  for (const event of [{}, { ResponseURL: 'nonsense' }, { ResponseURL: 7, RequestType: 'Create' }]) {
    const refusing = await listen(t, [400]);
    await t.resolves(run(event, callback(refusing.url)), JSON.stringify(event));
  }
});

t.test('redirects are followed nowhere', async (t) => {
  const elsewhere = await listen(t, [200]);
  const moved: Answer = [307, '', { location: elsewhere.url }];
  const service = await listen(t, moved);
  const bucket = await listen(t, moved);
  await run(eventOf('Create', bucket.url), callback(service.url));
  t.equal(service.received.length, 1);
  t.match(JSON.parse(must(bucket.received[0]).body), { Status: 'FAILED', Reason: /HTTP 307/ });
  t.equal(elsewhere.received.length, 0);
});

t.test('an answer has at most 4096 bytes, however long everything in it is', async (t) => {
  for (const long of ['x'.repeat(9_000), '\u0000'.repeat(900), '😀'.repeat(900), `a${'😀'.repeat(900)}`]) {
    const service = await listen(t, [422, { detail: long }]);
    const bucket = await listen(t, [200]);
    const name = 's'.repeat(128);
    const event = eventOf('Update', bucket.url, {
      StackId: `arn:aws-us-gov:cloudformation:us-gov-west-1:111122223333:stack/${name}/5b9c2f0e-0000-0000-0000-000000000000`,
      LogicalResourceId: 'L'.repeat(255),
      PhysicalResourceId: 'p'.repeat(1024),
    });
    await run(event, callback(service.url));
    const { body } = must(bucket.received[0]);
    t.ok(Buffer.byteLength(body) <= 4096, `${Buffer.byteLength(body)} bytes`);
    t.match(JSON.parse(body), { PhysicalResourceId: event.PhysicalResourceId, StackId: event.StackId });
    t.ok(JSON.parse(body).Reason.length >= 400);
  }
});

t.test('the log says what came of it and nothing that is a secret', async (t) => {
  const logs: string[] = [];
  for (const answer of [[200], [404, { detail }], [503, { detail }], 'cut'] as const) {
    const service = await listen(t, answer);
    const bucket = await listen(t, 'cut');
    logs.push((await run(eventOf('Update', bucket.url), callback(service.url))).log);
  }
  t.strictSame(logs, [
    'Update: the service answered 200',
    'Update: the service answered 404',
    'Update: the service answered 503',
    'Update: the service answered nothing',
  ]);
});

t.test('it runs in a process of its own, with nothing but Lambda’s environment', async (t) => {
  // A folder as CloudFormation zips it: index.js is CommonJS where no package.json says otherwise.
  const folder = t.testdir({ 'index.js': code, 'package.json': '{}' });
  const service = await listen(t, [404, { detail }]);
  const bucket = await listen(t, [200]);
  const call = 'require(process.argv[1]).handler(JSON.parse(process.argv[2]))';
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['-e', call, join(folder, 'index.js'), JSON.stringify(eventOf('Create', bucket.url))],
    {
      env: {
        CALLBACK_URL: callback(service.url),
        STS_URL: 'https://sts.eu-central-1.amazonaws.com/',
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE',
        AWS_SECRET_ACCESS_KEY: secret,
        AWS_SESSION_TOKEN: 'session',
      },
    },
  );
  t.equal(stderr, '');
  t.equal(stdout, 'Create: the service answered 404\n');
  t.match(JSON.parse(must(bucket.received[0]).body), { Status: 'FAILED', Reason: detail });
});
