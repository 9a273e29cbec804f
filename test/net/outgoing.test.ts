import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import t from 'tap';
import { makePutAnswer, responseUrl } from '../../src/aws/stack-answer.js';
import { parseStackId } from '../../src/core/stack-id.js';
import { makeOutgoing } from '../../src/net/outgoing.js';
import { makePostEvent } from '../../src/net/post-event.js';
import { whereaboutsOf } from '../../src/net/public-address.js';
import type { AnswerBody } from '../../src/onboarding/answer-stack.js';
import { must, stackIdText } from '../core/things.js';

type Answerer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

async function server(t: { after(end: () => unknown): void }, answer: Answerer): Promise<string> {
  const listening = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    answer(request, response, Buffer.concat(chunks));
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  t.after(() => {
    listening.closeAllConnections();
    listening.close();
  });
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

const get = { method: 'GET', timeout: 5_000 } as const;

t.test('an address is public, loopback or inside, however it is written', async (t) => {
  const rows = {
    loopback: ['127.0.0.1', '127.255.255.254', '[::1]', '::1', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
    inside: [
      ...[
        '0.0.0.0',
        '10.0.0.1',
        '172.16.0.1',
        '172.31.255.255',
        '192.168.1.1',
        '100.64.0.1',
        '100.127.255.255',
      ],
      ...['169.254.169.254', '169.254.170.2', '[::ffff:a9fe:a9fe]', '[fd00:ec2::254]', '192.0.0.192'],
      ...['192.0.2.1', '198.51.100.1', '203.0.113.1', '192.88.99.1', '198.18.0.1', '198.19.255.255'],
      ...['224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
      ...['[::]', '[fe80::1]', 'fe80::1%eth0', '[fec0::1]', '[fc00::1]', '[ff02::1]', '[::7f00:1]'],
      ...['[64:ff9b::7f00:1]', '[64:ff9b::101:101]', '[64:ff9b:1::1]', '[2002:7f00:1::]', '[2002:101:101::]'],
      ...['[2001::1]', '[2001:db8::1]', '[3fff::1]', '[100::1]', '[5f00::1]', '[::ffff:10.0.0.1]'],
      '[::ffff:0:127.0.0.1]',
    ],
    public: [
      ...[
        '1.1.1.1',
        '172.32.0.1',
        '172.15.0.1',
        '100.128.0.1',
        '100.63.255.255',
        '169.253.1.1',
        '223.255.255.255',
      ],
      ...['[2606:4700::1111]', '[2a00::1]', '[::ffff:1.1.1.1]'],
    ],
  };
  for (const [where, hosts] of Object.entries(rows))
    for (const host of hosts) t.equal(whereaboutsOf(host), where, host);
  for (const host of ['localhost', 'example.com'])
    t.equal(whereaboutsOf(host), null, `${host} is judged by what it leads to`);
});

t.test('nothing is sent to an address inside, whether it is written out or a name leads there', async (t) => {
  let reached = 0;
  const base = await server(t, (_, response) => {
    reached += 1;
    response.end();
  });
  const { port } = new URL(base);
  const send = makeOutgoing(null);
  // The URL parser turns every spelling of an address into the usual one.
  for (const host of [
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '169.254.169.254',
    '10.0.0.1',
  ])
    await t.rejects(send({ url: new URL(`https://${host}:${port}/`), ...get }), /not a public address/, host);
  await t.rejects(
    send({ url: new URL(`https://localhost:${port}/`), ...get }),
    /leads to a private address/,
    'localhost, by its DNS answer',
  );
  for (const url of [base, 'http://example.com/', 'ftp://example.com/', 'file:///etc/passwd'])
    await t.rejects(send({ url: new URL(url), ...get }), /is not allowed/, url);
  const other = makeOutgoing('http://127.0.0.1:1');
  await t.rejects(
    other({ url: new URL(base), ...get }),
    /not allowed/,
    'the simulator’s origin is one origin',
  );
  t.equal(reached, 0);
});

t.test('a name is judged anew at each connection, by the very answer that is connected to', async (t) => {
  let reached = 0;
  const base = await server(t, (_, response) => {
    reached += 1;
    response.setHeader('connection', 'close').end();
  });
  const { port } = new URL(base);
  const answers: string[][] = [];
  let asked = 0;
  const send = makeOutgoing(null, (_, __, callback) => {
    asked += 1;
    const addresses = answers.shift() ?? [];
    callback(
      null,
      addresses.map((address) => ({ address, family: isIP(address) })),
    );
  });
  const visit = (scheme: string, loopback: boolean, ...addresses: string[]) => {
    answers.push(addresses);
    const url = new URL(`${scheme}://rebind.example:${port}/`);
    return send({ url, ...get, plain: true, loopback });
  };
  t.match(await visit('http', true, '127.0.0.1'), { status: 200 });
  t.equal(asked, 1, 'nobody asks again between the judgement and the connection');
  const inside = [
    ...[
      '10.0.0.1',
      '169.254.169.254',
      '::ffff:169.254.169.254',
      '::ffff:10.0.0.1',
      'fd00:ec2::254',
      'fe80::1',
    ],
    ...['64:ff9b::a9fe:a9fe', '100.64.0.1', '0.0.0.0', '::'],
  ];
  for (const scheme of ['http', 'https'])
    for (const address of inside)
      for (const all of [[address], ['127.0.0.1', address]])
        await t.rejects(
          visit(scheme, true, ...all),
          /leads to a private/,
          `${scheme}, now it leads to ${all}`,
        );
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1'])
    for (const all of [[address], ['1.1.1.1', address]])
      await t.rejects(visit('https', false, ...all), /leads to a private/, `outside of development ${all}`);
  t.equal(reached, 1);
  t.match(await visit('http', true, '127.0.0.1'), { status: 200 }, 'as it leads outside again');
});

t.test('what became of an event’s message is told in a word, within a time and the first KB', async (t) => {
  const base = await server(t, (request, response) => {
    if (request.url === '/takes') response.writeHead(204).end();
    if (request.url === '/fits') response.writeHead(500).end('x'.repeat(1_024));
    if (request.url === '/long') response.writeHead(200).end('x'.repeat(1_025));
    if (request.url === '/endless') {
      const more = () => !response.destroyed && response.write('x'.repeat(10_000), () => setImmediate(more));
      more();
    }
    if (request.url === '/moved') response.writeHead(308, { location: '/takes' }).end('moved');
    if (request.url === '/drips') {
      const drip = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(drip));
    }
    if (request.url === '/breaks')
      response.writeHead(200, { 'content-length': 10 }).write('x', () => response.destroy());
    if (request.url === '/closes') request.socket.destroy();
    if (request.url === '/upgrades')
      request.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    // `/silent` is never answered.
  });
  const within = (milliseconds: number) => makePostEvent(makeOutgoing(null), true, milliseconds);
  // What ends by itself has all the time that a busy machine or its resolver takes; what never ends is cut short.
  const [patient, hurried] = [within(120_000), within(300)];
  const endless = ['/silent', '/drips'];
  const failed = (error: string) => ({ status: null, answer: '', error });
  const rows: [string, object][] = [
    ['/takes', { status: 204, answer: '', error: null }],
    ['/fits', { status: 500, answer: 'x'.repeat(1_024), error: null }],
    ['/long', { status: 200, answer: 'x'.repeat(1_024), error: null }],
    ['/endless', { status: 200, answer: 'x'.repeat(1_024), error: null }],
    ['/moved', { status: 308, answer: 'moved', error: null }],
    ['/silent', failed('timeout')],
    ['/drips', failed('timeout')],
    ['/breaks', failed('connection-lost')],
    ['/closes', failed('connection-lost')],
    ['/upgrades', failed('connection-lost')],
    ['http://127.0.0.1:1/', failed('connection-failed')],
    ['http://nowhere.invalid/', failed('name-not-found')],
    [base.replace('http:', 'https:'), failed('tls')],
    ['http://[::ffff:169.254.169.254]/', failed('address-not-public')],
  ];
  for (const [path, outcome] of rows)
    t.strictSame(
      await (endless.includes(path) ? hurried : patient)(new URL(path, base), {}, '{}'),
      outcome,
      path,
    );
  const outside = makePostEvent(makeOutgoing(null), false, 300);
  for (const url of [base, base.replace('http:', 'https:'), 'http://example.com/'])
    t.strictSame(await outside(new URL(url), {}, '{}'), failed('address-not-public'), url);
});

t.test('a redirect is an answer like any other', async (t) => {
  const paths: (string | undefined)[] = [];
  const base = await server(t, (request, response) => {
    paths.push(request.url);
    response.writeHead(307, { location: '/elsewhere' }).end('moved');
  });
  const send = makeOutgoing(base);
  t.strictSame(await send({ url: new URL('/first', base), ...get }), {
    status: 307,
    body: Buffer.from('moved'),
  });
  t.strictSame(paths, ['/first']);
});

t.test('an answer is cut off where it is too long, too slow, or breaks', async (t) => {
  const base = await server(t, (request, response) => {
    if (request.url === '/fits') response.end('x'.repeat(64 * 1024));
    if (request.url === '/long') response.end('x'.repeat(64 * 1024 + 1));
    if (request.url === '/endless') {
      const more = () => !response.destroyed && response.write('x'.repeat(10_000), () => setImmediate(more));
      more();
    }
    if (request.url === '/stalls') response.writeHead(200).write('x');
    if (request.url === '/breaks')
      response.writeHead(200, { 'content-length': 10 }).write('x', () => response.destroy());
    // `/silent` is never answered.
  });
  const send = makeOutgoing(base);
  t.match(await send({ url: new URL('/fits', base), ...get }), { status: 200 });
  for (const path of ['/long', '/endless'])
    await t.rejects(send({ url: new URL(path, base), ...get }), /too long/, path);
  for (const path of ['/silent', '/stalls'])
    await t.rejects(send({ url: new URL(path, base), method: 'GET', timeout: 100 }), path);
  await t.rejects(send({ url: new URL('/breaks', base), ...get }), 'broken off');
});

const answer: AnswerBody = {
  Status: 'SUCCESS',
  PhysicalResourceId: 'cli_1/111122223333',
  StackId: stackIdText(),
  RequestId: 'request-1',
  LogicalResourceId: 'Connection',
};

t.test('a stack is answered as its presigned address asks for', async (t) => {
  const seen: { request: IncomingMessage; body: Buffer }[] = [];
  const base = await server(t, (request, response, body) => {
    seen.push({ request, body });
    response.end();
  });
  const put = makePutAnswer(makeOutgoing(base));
  const url = new URL('/object%3A1%7C?X-Amz-Signature=a%2Fb&x=1', base);
  t.equal(await put(url, answer), 'accepted');
  const [first] = seen;
  t.match(first?.request, { method: 'PUT', url: '/object%3A1%7C?X-Amz-Signature=a%2Fb&x=1' });
  t.equal(first?.request.headers['content-type'], '', 'an empty content type is sent');
  t.equal(first?.request.headers['content-length'], String(first?.body.length));
  t.equal(first?.request.headers['transfer-encoding'], undefined);
  t.strictSame(JSON.parse(String(first?.body)), answer);

  for (const reason of ['語'.repeat(5000), '🦄'.repeat(5000), '"\\\n'.repeat(5000), 'a'.repeat(100_000)]) {
    seen.length = 0;
    t.equal(await put(url, { ...answer, Status: 'FAILED', Reason: reason }), 'accepted');
    const body = must(seen[0]).body;
    t.ok(body.length <= 4096, `${reason.slice(0, 3)}: ${body.length} bytes`);
    const { Reason, ...rest } = JSON.parse(String(body)) as AnswerBody;
    t.strictSame(rest, { ...answer, Status: 'FAILED' }, 'nothing but the reason is cut');
    t.ok(Reason !== undefined && Reason.length > 200 && reason.startsWith(Reason.slice(0, -1)));
  }
});

t.test('an answer whose other fields are too long for CloudFormation still ends', async (t) => {
  const base = await server(t, (_, response) => response.end());
  const put = makePutAnswer(makeOutgoing(base));
  const long = {
    ...answer,
    Status: 'FAILED' as const,
    Reason: 'because',
    PhysicalResourceId: '\u0001'.repeat(1024),
  };
  t.match(await put(new URL(base), long), /^(accepted|refused|again)$/);
});

t.test('what the bucket says decides whether an answer is taken, refused, or sent again', async (t) => {
  let status = 0;
  const base = await server(t, (_, response) => {
    response.writeHead(status).end();
  });
  const put = makePutAnswer(makeOutgoing(base));
  const rows: [string, number[]][] = [
    ['accepted', [200, 201, 204]],
    ['refused', [400, 403, 404, 409, 411, 412]],
    ['again', [301, 307, 408, 429, 500, 502, 503]],
  ];
  for (const [outcome, statuses] of rows)
    for (status of statuses) t.equal(await put(new URL(base), answer), outcome, String(status));
  const broken = await server(t, (request) => request.socket.destroy());
  t.equal(await makePutAnswer(makeOutgoing(broken))(new URL(broken), answer), 'again', 'a broken connection');
  t.equal(await makePutAnswer(makeOutgoing(null))(new URL(base), answer), 'again', 'an address inside');
});

t.test('a stack is answered at CloudFormation’s own buckets alone', async (t) => {
  const bucket = (region: string) => `cloudformation-custom-resource-response-${region.replaceAll('-', '')}`;
  const query = '/arn%3Aaws%3A1%7CConnection%7C2?X-Amz-Signature=0';
  const places: [string, string, string][] = [
    ['aws', 'us-east-1', 'amazonaws.com'],
    ['aws', 'eu-central-1', 'amazonaws.com'],
    ['aws', 'ap-southeast-7', 'amazonaws.com'],
    ['aws-us-gov', 'us-gov-west-1', 'amazonaws.com'],
    ['aws-cn', 'cn-northwest-1', 'amazonaws.com.cn'],
  ];
  for (const [partition, region, suffix] of places) {
    const stack = must(parseStackId(stackIdText(1, '111122223333', partition, region)));
    for (const host of [`s3.${suffix}`, `s3-${region}.${suffix}`, `s3.${region}.${suffix}`]) {
      const text = `https://${bucket(region)}.${host}${query}`;
      t.equal(responseUrl(text, stack, null)?.href, text, text);
    }
  }
  const stack = must(parseStackId(stackIdText()));
  const own = bucket('us-east-1');
  const refused = [
    `http://${own}.s3.amazonaws.com${query}`,
    `https://${own}.s3.amazonaws.com:8443${query}`,
    `https://user@${own}.s3.amazonaws.com${query}`,
    `https://user:secret@${own}.s3.amazonaws.com${query}`,
    `https://${own}.s3.amazonaws.com@evil.com${query}`,
    `https://${own}.s3.amazonaws.com.evil.com${query}`,
    `https://${own}.s3.amazonaws.com.${query}`,
    `https://${own}.s3.amazonaws.com.cn${query}`,
    `https://evil-${own}.s3.amazonaws.com${query}`,
    `https://evil.${own}.s3.amazonaws.com${query}`,
    `https://${own}-evil.s3.amazonaws.com${query}`,
    `https://${bucket('us-west-2')}.s3.amazonaws.com${query}`,
    `https://${own}.s3.us-west-2.amazonaws.com${query}`,
    `https://${own}.s3-us-west-2.amazonaws.com${query}`,
    `https://${own}.s3-website-us-east-1.amazonaws.com${query}`,
    `https://s3.amazonaws.com/${own}${query}`,
    `https://evil.s3.amazonaws.com${query}`,
    `https://evil.com/${own}.s3.amazonaws.com`,
    `https://evil.com\\@${own}.s3.amazonaws.com${query}`,
    `https://evil.com#@${own}.s3.amazonaws.com`,
    'https://127.0.0.1/',
    'https://localhost/',
    'https://[::1]/',
    'https://169.254.169.254/latest/meta-data/',
    'http://169.254.170.2/',
    'http://127.0.0.1:4566/answer',
    'file:///etc/passwd',
    'data:text/plain,x',
    '',
    'nonsense',
  ];
  for (const text of refused) t.equal(responseUrl(text, stack, null), null, text || 'empty');
  const simulator = 'http://127.0.0.1:4566';
  t.equal(responseUrl(`${simulator}/answer`, stack, simulator)?.href, `${simulator}/answer`);
  for (const text of [
    'http://127.0.0.1:4567/',
    'https://127.0.0.1:4566/',
    'http://user@127.0.0.1:4566/',
    'http://localhost:4566/',
  ])
    t.equal(responseUrl(text, stack, simulator), null, `${text} is not the simulator`);
});
