import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { makeCertificates } from '../../src/aws/sns-certificates.js';
import { makeVerifySnsMessage } from '../../src/aws/sns-message.js';
import { makeConfirmSubscription } from '../../src/aws/sns-subscription.js';
import { makeOutgoing, type OutgoingRequest } from '../../src/net/outgoing.js';
import { makeCertificate } from '../../src/sandbox/sns/certificate.js';
import { type Envelope, signEnvelope } from '../../src/sandbox/sns/envelope.js';

const MINUTE = 60_000;
const topicArn = 'arn:aws:sns:us-east-1:111122223333:rolecall-Topic';
const certificate = await makeCertificate();
const x509 = new X509Certificate(certificate.pem);
const invalid = { name: 'Problem', code: 'signature-invalid' };

function notification(fields: Record<string, string> = {}): Envelope {
  return {
    Type: 'Notification',
    MessageId: '5c0f9d10-0000-11f0-8000-000000000001',
    TopicArn: topicArn,
    Subject: 'AWS CloudFormation custom resource request',
    Message: '{"RequestType":"Create"}',
    Timestamp: new Date().toISOString(),
    ...fields,
  };
}

function confirmation(fields: Record<string, string> = {}): Envelope {
  return {
    Type: 'SubscriptionConfirmation',
    MessageId: '5c0f9d10-0000-11f0-8000-000000000002',
    TopicArn: topicArn,
    Token: '0123456789abcdef',
    Message: 'You have chosen to subscribe',
    SubscribeURL: 'http://169.254.169.254/latest/meta-data/',
    Timestamp: new Date().toISOString(),
    ...fields,
  };
}

/** Verifies with the certificate at hand, and notes the addresses at which it was asked for. */
function verifier(simulatorOrigin: string | null = null, now = Date.now) {
  const asked: string[] = [];
  const verify = makeVerifySnsMessage({
    now,
    simulatorOrigin,
    versions: ['2'],
    certificate: async (url) => {
      asked.push(url.href);
      return x509;
    },
  });
  return { verify, asked };
}

const origin = 'https://sns.us-east-1.amazonaws.com';
const sign = (envelope: Envelope, version: '1' | '2' = '2', at = origin) =>
  signEnvelope(envelope, certificate, at, version);

t.test('a message that SNS has signed is believed', async (t) => {
  const { verify, asked } = verifier();
  const message = await verify(sign(notification()));
  t.match(message, {
    type: 'Notification',
    topicArn,
    topic: { account: '111122223333', region: 'us-east-1' },
    message: '{"RequestType":"Create"}',
    simulated: false,
  });
  t.strictSame(asked, [origin + certificate.path]);
  const { Subject: _, ...plain } = notification();
  t.match(await verify(sign(plain as Envelope)), { type: 'Notification' }, 'with or without a subject');
  t.match(await verify(sign(confirmation())), {
    type: 'SubscriptionConfirmation',
    token: '0123456789abcdef',
  });
  t.match(await verify(sign(confirmation({ Type: 'UnsubscribeConfirmation' }))), {
    type: 'UnsubscribeConfirmation',
  });
  t.match(await verify(sign(notification({ Message: 'Ünïcödé 🦄\nTopicArn\nx' }))), {
    message: 'Ünïcödé 🦄\nTopicArn\nx',
  });
});

t.test('a message of which anything was changed is refused', async (t) => {
  const { verify } = verifier();
  const changes: Record<string, unknown[]> = {
    Message: ['{"RequestType":"Delete"}', '', 7, {}, ['{"RequestType":"Create"}']],
    MessageId: ['another', ''],
    Subject: ['another', ''],
    Timestamp: [new Date(Date.now() - MINUTE).toISOString()],
    TopicArn: ['arn:aws:sns:us-east-1:444455556666:rolecall-Topic', `${topicArn}2`, 'x', '', 1],
    Type: ['SubscriptionConfirmation', 'UnsubscribeConfirmation', 'notification', '', 'Other'],
    Signature: ['', 'AAAA', '%', 5],
    Token: ['another'],
    SubscribeURL: ['https://another.example/'],
    SignatureVersion: ['1', '3', '', '02', 2],
  };
  for (const envelope of [notification(), confirmation()]) {
    const good = JSON.parse(sign(envelope)) as Record<string, unknown>;
    for (const [field, values] of Object.entries(changes)) {
      // What a notification does not sign, nothing is read from.
      if (!(field in good)) continue;
      for (const value of values) {
        if (value === good[field]) continue;
        const text = JSON.stringify({ ...good, [field]: value });
        await t.rejects(verify(text), invalid, `${envelope.Type}: ${field} is ${JSON.stringify(value)}`);
      }
      const { [field]: _, ...without } = good;
      await t.rejects(verify(JSON.stringify(without)), invalid, `${envelope.Type}: without ${field}`);
    }
  }
  const { Subject: _, ...plain } = notification();
  const subject = { ...(JSON.parse(sign(plain as Envelope)) as object), Subject: 'added' };
  await t.rejects(verify(JSON.stringify(subject)), invalid, 'a subject was added');
  for (const body of ['', 'null', '[]', '1', '"x"', '{', '{}'])
    await t.rejects(verify(body), invalid, `the body is ${body || 'empty'}`);
});

t.test('fields that a sender writes into the text of a message cannot pass for the topic’s', async (t) => {
  const { verify } = verifier();
  const victim = 'arn:aws:sns:us-east-1:444455556666:Topic';
  const stamp = new Date().toISOString();
  const inner = `x\nMessageId\n1\nTimestamp\n${stamp}\nTopicArn\n${victim}\nType\nNotification`;
  const { Subject: _, ...fields } = notification({ Message: inner });
  const signed = JSON.parse(sign(fields as Envelope)) as object;
  for (const forged of [
    { Message: 'x', MessageId: '1', Timestamp: stamp, TopicArn: victim },
    {
      Message: 'x',
      MessageId: '1',
      Timestamp: stamp,
      TopicArn: `${victim}\nType\nNotification\nMessageId\n1`,
    },
  ])
    await t.rejects(verify(JSON.stringify({ ...signed, ...forged })), invalid);
});

t.test('a certificate is asked for at SNS’s own host of the topic’s region alone', async (t) => {
  const path = '/SimpleNotificationService-0123456789abcdef.pem';
  const good: [string, string][] = [
    [topicArn, `https://sns.us-east-1.amazonaws.com${path}`],
    [topicArn, `https://sns.us-east-1.amazonaws.com:443${path}`],
    ['arn:aws-cn:sns:cn-north-1:111122223333:T', `https://sns.cn-north-1.amazonaws.com.cn${path}`],
    ['arn:aws-us-gov:sns:us-gov-west-1:111122223333:T', `https://sns.us-gov-west-1.amazonaws.com${path}`],
    ['arn:aws-eusc:sns:eusc-de-east-1:111122223333:T', `https://sns.eusc-de-east-1.amazonaws.eu${path}`],
  ];
  const withUrl = (arn: string, url: string) =>
    JSON.stringify({ ...(JSON.parse(sign(notification({ TopicArn: arn }))) as object), SigningCertURL: url });
  for (const [arn, url] of good) {
    const { verify } = verifier();
    t.match(await verify(withUrl(arn, url)), { topicArn: arn }, url);
  }
  const badUrls = [
    `https://sns.us-east-1.amazonaws.com.evil.com${path}`,
    `https://sns.us-east-1.amazonaws.com.cn${path}`,
    `https://sns.us-east-1.amazonaws.eu${path}`,
    `https://sns.us-west-2.amazonaws.com${path}`,
    `https://sns.amazonaws.com${path}`,
    `https://sns-us-east-1.amazonaws.com${path}`,
    `https://sns.us-east-1.s3.amazonaws.com${path}`,
    `https://sns.us-east-1.amazonaws.com.s3.amazonaws.com${path}`,
    `https://s3.amazonaws.com/sns.us-east-1.amazonaws.com${path}`,
    `https://evilsns.us-east-1.amazonaws.com${path}`,
    `https://sns.us-east-1.amazonaws.com.${path}`,
    `https://sns.us-east-1.amazonaws.com@evil.com${path}`,
    `https://user@sns.us-east-1.amazonaws.com${path}`,
    `https://:secret@sns.us-east-1.amazonaws.com${path}`,
    `https://evil.com\\@sns.us-east-1.amazonaws.com${path}`,
    `https://evil.com#@sns.us-east-1.amazonaws.com${path}`,
    `https://sns.us-east-1.amazonaws.com:8443${path}`,
    `http://sns.us-east-1.amazonaws.com${path}`,
    `http://sns.us-east-1.amazonaws.com:443${path}`,
    `ftp://sns.us-east-1.amazonaws.com${path}`,
    `https://127.0.0.1${path}`,
    `https://169.254.169.254${path}`,
    `//sns.us-east-1.amazonaws.com${path}`,
    `https://sns.us-east-1.amazonaws.com${path}?x=1`,
    `https://sns.us-east-1.amazonaws.com${path}#x`,
    `https://sns.us-east-1.amazonaws.com/redirect?to=${path}`,
    `https://sns.us-east-1.amazonaws.com/x${path}`,
    `https://sns.us-east-1.amazonaws.com${path}/x`,
    `https://sns.us-east-1.amazonaws.com/SimpleNotificationService-.pem`,
    `https://sns.us-east-1.amazonaws.com/SimpleNotificationService-a%2f..%2fb.pem`,
    `https://sns.us-east-1.amazonaws.com/SimpleNotificationService-a.pem.txt`,
    `https://sns.us-east-1.amazonaws.com/simplenotificationservice-a.pem`,
    `https://sns.us-east-1.amazonaws.com/SimpleNotificationService-${'a'.repeat(101)}.pem`,
    'http://127.0.0.1:4566/SimpleNotificationService-a.pem',
    'nonsense',
    '',
  ];
  for (const url of badUrls) {
    const { verify, asked } = verifier();
    await t.rejects(verify(withUrl(topicArn, url)), invalid, url);
    t.strictSame(asked, [], `nothing is fetched from ${url}`);
  }
});

t.test(
  'the simulator’s certificates count only where a simulator is configured, and only its own',
  async (t) => {
    const simulator = 'http://127.0.0.1:4566';
    const signed = sign(notification(), '2', simulator);
    t.match(await verifier(simulator).verify(signed), { simulated: true });
    t.match(await verifier(simulator).verify(sign(notification())), { simulated: false });
    for (const other of [null, 'http://127.0.0.1:4567', 'https://127.0.0.1:4566'])
      await t.rejects(verifier(other).verify(signed), invalid, `the simulator is at ${other}`);
  },
);

t.test('signature version 1 is refused although its signature fits', async (t) => {
  const { verify, asked } = verifier();
  await t.rejects(verify(sign(notification(), '1')), invalid);
  t.strictSame(asked, []);
});

t.test(
  'signature version 1 is believed where it is switched on, and either only by its own digest',
  async (t) => {
    const verify = makeVerifySnsMessage({
      now: Date.now,
      simulatorOrigin: null,
      versions: ['1', '2'],
      certificate: async () => x509,
    });
    for (const version of ['1', '2'] as const) {
      const signed = sign(notification(), version);
      t.match(await verify(signed), { type: 'Notification' });
      const other = { ...(JSON.parse(signed) as object), SignatureVersion: version === '1' ? '2' : '1' };
      await t.rejects(verify(JSON.stringify(other)), invalid);
    }
  },
);

t.test('a message that is too old, or lies ahead, is refused', async (t) => {
  const time = Date.parse('2026-11-24T06:00:00.000Z');
  const signed = sign(notification({ Timestamp: '2026-11-24T06:00:00.000Z' }));
  for (const [later, accepted] of [
    [0, true],
    [59 * MINUTE, true],
    [60 * MINUTE, false],
    [24 * 60 * MINUTE, false],
    [-4 * MINUTE, true],
    [-5 * MINUTE, false],
  ] as const) {
    const { verify } = verifier(null, () => time + later);
    if (accepted) t.match(await verify(signed), { sentAt: time }, `read ${later / MINUTE} minutes later`);
    else await t.rejects(verify(signed), invalid, `read ${later / MINUTE} minutes later`);
  }
  for (const Timestamp of [
    '',
    'yesterday',
    '1764000000000',
    '2026-13-45T99:99:99Z',
    '2026-11-24T06:00:00+01:00',
  ])
    await t.rejects(
      verifier(null, () => time).verify(sign(notification({ Timestamp }))),
      invalid,
      `Timestamp is ${Timestamp || 'empty'}`,
    );
});

/** Serves certificates on loopback, as the simulator does, and counts how often each was fetched. */
async function certificateServer(t: { after(end: () => unknown): void }) {
  const fetched = new Map<string, number>();
  const state = { status: 200, body: certificate.pem };
  const server = createServer((request, response) => {
    fetched.set(request.url ?? '', (fetched.get(request.url ?? '') ?? 0) + 1);
    response.writeHead(state.status).end(state.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  t.after(close);
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { base, fetched, state, close };
}

t.test('certificates', async (t) => {
  t.test('one that many messages ask for at once is fetched once, and kept for an hour', async (t) => {
    const { base, fetched } = await certificateServer(t);
    let time = Date.now();
    const get = makeCertificates({ simulatorOrigin: base, send: makeOutgoing(base), now: () => time });
    const verify = makeVerifySnsMessage({
      now: Date.now,
      certificate: get,
      simulatorOrigin: base,
      versions: ['2'],
    });
    const messages = Array.from({ length: 30 }, (_, place) =>
      sign(notification({ MessageId: String(place) }), '2', base),
    );
    await Promise.all(messages.map(verify));
    t.equal(fetched.get(certificate.path), 1);
    time += 59 * MINUTE;
    await get(new URL(certificate.path, base));
    t.equal(fetched.get(certificate.path), 1);
    time += 2 * MINUTE;
    await get(new URL(certificate.path, base));
    t.equal(fetched.get(certificate.path), 2);
  });

  t.test('one that cannot be had makes SNS send again, and is asked for anew', async (t) => {
    const { base, fetched, state } = await certificateServer(t);
    const get = makeCertificates({ simulatorOrigin: base, send: makeOutgoing(base), now: Date.now });
    const url = new URL(certificate.path, base);
    for (const status of [404, 500, 503, 302]) {
      state.status = status;
      await t.rejects(get(url), { code: 'unavailable' }, String(status));
    }
    state.status = 200;
    t.ok(await get(url));
    t.equal(fetched.get(certificate.path), 9, 'three times each where it may come yet');
  });

  t.test('where nobody listens SNS is asked to send again', async (t) => {
    const { base, close } = await certificateServer(t);
    close();
    const get = makeCertificates({ simulatorOrigin: base, send: makeOutgoing(base), now: Date.now });
    await t.rejects(get(new URL(certificate.path, base)), { code: 'unavailable' });
  });

  t.test('one that is none, or out of date, is refused', async (t) => {
    const { base, state } = await certificateServer(t);
    const url = new URL(certificate.path, base);
    const day = 24 * 60 * MINUTE;
    for (const [later, accepted] of [
      [0, true],
      [364 * day, true],
      [366 * day, false],
      [-2 * day, false],
    ] as const) {
      const get = makeCertificates({
        simulatorOrigin: base,
        send: makeOutgoing(base),
        now: () => Date.now() + later,
      });
      if (accepted) t.ok(await get(url), `${later / day} days from now`);
      else await t.rejects(get(url), invalid, `${later / day} days from now`);
    }
    state.body = 'not a certificate';
    await t.rejects(
      makeCertificates({ simulatorOrigin: base, send: makeOutgoing(base), now: Date.now })(url),
      invalid,
    );
  });

  t.test('no more than a hundred are kept', async (t) => {
    const { base, fetched } = await certificateServer(t);
    const get = makeCertificates({ simulatorOrigin: base, send: makeOutgoing(base), now: Date.now });
    for (let place = 0; place <= 100; place += 1) await get(new URL(`/${place}`, base));
    await get(new URL('/100', base));
    await get(new URL('/0', base));
    t.equal(fetched.get('/100'), 1, 'the newest is kept');
    t.equal(fetched.get('/0'), 2, 'the oldest made room');
  });
});

t.test('a subscription is confirmed at the topic’s own endpoint, never where the message says', async (t) => {
  const simulator = 'http://127.0.0.1:4566';
  const rows: [string, string, string | null, string][] = [
    [topicArn, origin, null, 'https://sns.us-east-1.amazonaws.com'],
    [topicArn, origin, simulator, 'https://sns.us-east-1.amazonaws.com'],
    [topicArn, simulator, simulator, simulator],
    [
      'arn:aws-cn:sns:cn-north-1:111122223333:T',
      'https://sns.cn-north-1.amazonaws.com.cn',
      null,
      'https://sns.cn-north-1.amazonaws.com.cn',
    ],
  ];
  for (const [arn, signedAt, simulatorOrigin, expected] of rows) {
    const sent: OutgoingRequest[] = [];
    const confirm = makeConfirmSubscription(async (request) => {
      sent.push(request);
      return { status: 200, body: Buffer.alloc(0) };
    }, simulatorOrigin);
    await confirm(
      await verifier(simulatorOrigin).verify(sign(confirmation({ TopicArn: arn }), '2', signedAt)),
    );
    t.equal(sent.length, 1);
    t.equal(sent[0]?.url.origin, expected);
    t.strictSame(Object.fromEntries(sent[0]?.url.searchParams ?? []), {
      Action: 'ConfirmSubscription',
      TopicArn: arn,
      Token: '0123456789abcdef',
      Version: '2010-03-31',
    });
  }
  const message = await verifier().verify(sign(confirmation()));
  for (const status of [302, 400, 403, 500])
    await t.rejects(
      makeConfirmSubscription(async () => ({ status, body: Buffer.alloc(0) }), null)(message),
      { code: 'unavailable' },
      `${status} makes SNS send the confirmation again`,
    );
  const broken = makeConfirmSubscription(async () => {
    throw new Error('ECONNREFUSED');
  }, null);
  await t.rejects(broken(message), { code: 'unavailable' });
});
