import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import t from 'tap';
import { makeProveFunctionCall } from '../../src/aws/function-call.js';
import { type CallbackToken, callbackToken } from '../../src/core/token.js';
import { makeOutgoing, type OutgoingRequest } from '../../src/net/outgoing.js';
import type { FunctionCall } from '../../src/onboarding/receive-function-call.js';
import { ourId, ourToken, stackIdText, tokensOf } from '../core/things.js';
import {
  administrator,
  clientAccount,
  control,
  makeRole,
  serviceCredentials,
  serviceRole,
  startQuickly,
  stsFor,
  trusting,
} from '../sandbox/clients.js';
import { amzDate, asFunctionsDo, type Signing, sign } from '../support/function-signature.js';

const MINUTE = 60_000;
const invalid = { name: 'Problem', code: 'signature-invalid' };
const malformed = { name: 'Problem', code: 'request-invalid' };
const unavailable = { name: 'Problem', code: 'unavailable' };
const token = callbackToken(ourToken.page);
const event = JSON.stringify({ RequestType: 'Create', StackId: stackIdText(), RequestId: 'request-1' });

const signing = { ...asFunctionsDo, event, token };

/** A session of a function's role in the client's account, and a prover that asks the sandbox's STS over HTTP. */
async function withSandbox(test: { after: (end: () => Promise<void>) => void }) {
  const sandbox = await startQuickly(test);
  const trust = trusting(`arn:aws:iam::${clientAccount}:root`);
  const role = await makeRole(sandbox, 'Function', trust);
  const enter = new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'rolecall-notify' });
  const { Credentials: issued } = await stsFor(sandbox, administrator(clientAccount)).send(enter);
  const credentials = {
    accessKeyId: issued?.AccessKeyId ?? '',
    secretAccessKey: issued?.SecretAccessKey ?? '',
    sessionToken: issued?.SessionToken ?? '',
  };
  const sent: OutgoingRequest[] = [];
  const send = makeOutgoing(sandbox.url);
  const prove = makeProveFunctionCall({
    send: (request) => {
      sent.push(request);
      return send(request);
    },
    now: Date.now,
    simulatorOrigin: sandbox.url,
  });
  const signed = (changes: Partial<Signing> = {}) =>
    sign({ ...signing, credentials, time: Date.now(), ...changes });
  return { sandbox, credentials, sent, prove, signed };
}

t.test('a call that a function has signed is its role’s', async (t) => {
  const { prove, signed } = await withSandbox(t);
  const { sentAt, ...proven } = await prove(signed(), token);
  t.match(proven, {
    sourceArn: `arn:aws:sts::${clientAccount}:assumed-role/Function`,
    source: { account: clientAccount, service: 'sts', partition: { id: 'aws' } },
    message: event,
  });
  t.ok(Math.abs(Date.now() - sentAt) < MINUTE);
  const again = await prove(signed(), token);
  t.equal(again.sourceArn, proven.sourceArn, 'whatever its session is called');
});

t.test('a call of which anything was changed is refused', async (t) => {
  const { prove, signed, sandbox, credentials } = await withSandbox(t);
  const good = signed();
  const elsewhere = JSON.stringify({ ...JSON.parse(event), RequestType: 'Delete' });
  const region = JSON.stringify({
    ...JSON.parse(event),
    StackId: stackIdText(1, clientAccount, 'aws', 'eu-west-1'),
  });
  const identity = (changes: Partial<FunctionCall['identity']>) => ({
    ...good,
    identity: { ...good.identity, ...changes },
  });
  const { authorization } = good.identity;
  const other = await serviceCredentials(sandbox);
  const rows: [string, FunctionCall, CallbackToken?][] = [
    ['another event', { ...good, event: elsewhere }],
    ['a space in the event', { ...good, event: `${event} ` }],
    ['an event of another region', { ...good, event: region }],
    ['another token', good, callbackToken(tokensOf(ourId, 9).page)],
    ['another time', identity({ 'x-amz-date': amzDate(Date.now() - 120_000) })],
    ['another session', identity({ 'x-amz-security-token': other.sessionToken ?? '' })],
    ['no session', identity({ 'x-amz-security-token': '' })],
    [
      'another signature',
      identity({ authorization: authorization.replace(/.$/, (last) => (last === '0' ? '1' : '0')) }),
    ],
    [
      'another key',
      identity({ authorization: authorization.replace(credentials.accessKeyId, other.accessKeyId) }),
    ],
    [
      'a key that nobody has',
      identity({ authorization: authorization.replace(credentials.accessKeyId, 'ASIAEXAMPLEEXAMPLE00') }),
    ],
    [
      'another day of its scope',
      identity({ authorization: authorization.replace(/\/\d{8}\//, '/20200101/') }),
    ],
    ['a signature with another secret', signed({ credentials: { ...credentials, secretAccessKey: 'x' } })],
    ['a signature over another host', signed({ host: 'sts.amazonaws.com' })],
    ['a signature over the host of another region', signed({ host: 'sts.eu-west-1.amazonaws.com' })],
    ['a signature over another action', signed({ body: 'Action=GetSessionToken&Version=2011-06-15' })],
    ['a signature over more of an action', signed({ body: `${signing.body}&DurationSeconds=900` })],
    ['a signature over no body', signed({ body: '' })],
    ['a signature over another method', signed({ method: 'GET' })],
    ['a signature over another event', { ...signed({ event: elsewhere }), event }],
    ['a signature over another token', signed({ token: 'another' })],
  ];
  for (const [name, call, sentTo = token] of rows) await t.rejects(prove(call, sentTo), invalid, name);
  t.ok(await prove(good, token), 'while the call as it came is believed');
});

t.test('what is not signed for this very question is not even sent on', async (t) => {
  const { prove, signed, sent } = await withSandbox(t);
  const region = JSON.stringify({
    ...JSON.parse(event),
    StackId: stackIdText(1, clientAccount, 'aws', 'eu-west-1'),
  });
  const china = JSON.stringify({
    ...JSON.parse(event),
    StackId: stackIdText(1, clientAccount, 'aws-cn', 'cn-north-1'),
  });
  const authorization = (text: string): FunctionCall => ({
    ...signed(),
    identity: { ...signed().identity, authorization: text },
  });
  const date = (text: string): FunctionCall => ({
    ...signed(),
    identity: { ...signed().identity, 'x-amz-date': text },
  });
  const good = signed().identity.authorization;
  const rows: [string, FunctionCall][] = [
    ['without the event', signed({ without: ['x-rolecall-event'] })],
    ['without the token', signed({ without: ['x-rolecall-token'] })],
    ['without the session', signed({ without: ['x-amz-security-token'] })],
    ['without the time', signed({ without: ['x-amz-date'] })],
    ['without the host', signed({ without: ['host'] })],
    ['without the content type', signed({ without: ['content-type'] })],
    ['with a header more', signed({ more: { 'x-amz-target': 'Other' } })],
    ['for another service', signed({ service: 's3' })],
    ['for another region', signed({ region: 'us-west-2' })],
    ['for the region of another stack', signed({ event: region })],
    ['for another partition’s stack', signed({ event: china })],
    ['for no service', authorization('Bearer x')],
    ['empty', authorization('')],
    ['twice', authorization(`${good}, ${good}`)],
    ['with a line break', authorization(good.replace(', ', ',\n'))],
    ['with something after it', authorization(`${good} x`)],
    ['with something before it', authorization(` ${good}`)],
    ['by another algorithm', authorization(good.replace('SHA256', 'SHA1'))],
    ['with a key that is none', authorization(good.replace(/Credential=\w+/, 'Credential=../x'))],
    ['too long ago', signed({ time: Date.now() - 16 * MINUTE })],
    ['ahead of time', signed({ time: Date.now() + 16 * MINUTE })],
    ...['', '20261124', '20261399T000000Z', '2026-11-24T10:11:12Z', 'x', '20261124T101112Z\n'].map(
      (text): [string, FunctionCall] => [`at ${JSON.stringify(text)}`, date(text)],
    ),
  ];
  for (const [name, call] of rows) await t.rejects(prove(call, token), invalid, name);
  t.strictSame(sent, [], 'STS hears nothing of it');
});

t.test('an event that names no stack is told what is wrong with it', async (t) => {
  const { prove, signed, sent } = await withSandbox(t);
  for (const text of [
    ...['', 'x', 'null', '1', '[]', '{}', '{"StackId":7}', '{"StackId":null}', '{"StackId":""}'],
    JSON.stringify({ StackId: stackIdText().replace('us-east-1', 'eu-gov-1') }),
    JSON.stringify({ StackId: stackIdText().replace('us-east-1', 'evil.example/') }),
    JSON.stringify({ StackId: stackIdText().replace('aws', 'aws-mars') }),
    JSON.stringify({ StackId: stackIdText().replace('cloudformation', 'sns') }),
  ])
    await t.rejects(prove(signed({ event: text }), token), malformed, text || 'empty');
  t.strictSame(sent, []);
});

t.test('within a quarter of an hour either way a call is believed', async (t) => {
  const { prove, signed } = await withSandbox(t);
  for (const minutes of [-14, 14])
    t.ok(await prove(signed({ time: Date.now() + minutes * MINUTE }), token), `${minutes} minutes`);
});

t.test('only the role of a function is believed: no user, and nobody else whom STS names', async (t) => {
  const { sandbox, prove, signed } = await withSandbox(t);
  const user = { ...administrator(clientAccount), sessionToken: '' };
  await t.rejects(prove(signed({ credentials: user }), token), invalid, 'a user');
  const service = await serviceCredentials(sandbox);
  const ours = await prove(
    signed({ credentials: { ...service, sessionToken: service.sessionToken ?? '' } }),
    token,
  );
  t.equal(
    ours.sourceArn,
    `${serviceRole.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}`,
    'any role is its own',
  );

  const credentials = { accessKeyId: 'ASIAEXAMPLEEXAMPLE00', secretAccessKey: 'x', sessionToken: 'y' };
  const answering = (body: string) =>
    makeProveFunctionCall({
      send: async () => ({ status: 200, body: Buffer.from(body) }),
      now: Date.now,
      simulatorOrigin: null,
    });
  const arn = (text: string) => `<GetCallerIdentityResponse><Arn>${text}</Arn></GetCallerIdentityResponse>`;
  const call = sign({ ...signing, credentials, time: Date.now() });
  const session = `arn:aws:sts::${clientAccount}:assumed-role/Function/rolecall`;
  t.match(await answering(arn(session))(call, token), { sourceArn: session.replace('/rolecall', '') });
  for (const text of [
    '',
    'x',
    `arn:aws:iam::${clientAccount}:user/somebody`,
    `arn:aws:iam::${clientAccount}:root`,
    `arn:aws:iam::${clientAccount}:role/Function`,
    `arn:aws:sts::${clientAccount}:federated-user/somebody`,
    `arn:aws:sts::${clientAccount}:assumed-role/Function`,
    `arn:aws:sts::${clientAccount}:assumed-role/a/b/c`,
    'arn:aws:sts:::assumed-role/Function/rolecall',
    `arn:aws-mars:sts::${clientAccount}:assumed-role/Function/rolecall`,
    `arn:aws:iam::${clientAccount}:assumed-role/Function/rolecall`,
    `${session}\n`,
    ` ${session}`,
  ])
    await t.rejects(answering(arn(text))(call, token), invalid, JSON.stringify(text));
  await t.rejects(answering('not what STS answers')(call, token), invalid);
});

t.test('STS is asked at the host of the stack’s own region, built from nothing that was sent', async (t) => {
  const credentials = { accessKeyId: 'ASIAEXAMPLEEXAMPLE00', secretAccessKey: 'x', sessionToken: 'y' };
  const places: [string, string, string][] = [
    ['aws', 'us-east-1', 'sts.us-east-1.amazonaws.com'],
    ['aws', 'ap-southeast-7', 'sts.ap-southeast-7.amazonaws.com'],
    ['aws-us-gov', 'us-gov-west-1', 'sts.us-gov-west-1.amazonaws.com'],
    ['aws-cn', 'cn-north-1', 'sts.cn-north-1.amazonaws.com.cn'],
    ['aws-eusc', 'eusc-de-east-1', 'sts.eusc-de-east-1.amazonaws.eu'],
  ];
  for (const [partition, region, host] of places) {
    const sent: OutgoingRequest[] = [];
    const prove = makeProveFunctionCall({
      send: async (request) => {
        sent.push(request);
        const arn = `<Arn>arn:${partition}:sts::${clientAccount}:assumed-role/F/session</Arn>`;
        return { status: 200, body: Buffer.from(arn) };
      },
      now: Date.now,
      simulatorOrigin: null,
    });
    const text = JSON.stringify({ StackId: stackIdText(1, clientAccount, partition, region) });
    const call = sign({ ...signing, credentials, event: text, region, host, time: Date.now() });
    t.match(await prove(call, token), { source: { partition: { id: partition }, account: clientAccount } });
    t.equal(sent.length, 1);
    t.equal(sent[0]?.url.href, `https://${host}/`);
    t.match(sent[0], { method: 'POST', headers: { host, authorization: call.identity.authorization } });
    t.equal(String(Buffer.from(sent[0]?.body ?? [])), 'Action=GetCallerIdentity&Version=2011-06-15');
  }
});

t.test('where STS cannot be asked the function is told to call again', async (t) => {
  const credentials = { accessKeyId: 'ASIAEXAMPLEEXAMPLE00', secretAccessKey: 'x', sessionToken: 'y' };
  const call = sign({ ...signing, credentials, time: Date.now() });
  const answering = (status: number) =>
    makeProveFunctionCall({
      send: async () => ({ status, body: Buffer.alloc(0) }),
      now: Date.now,
      simulatorOrigin: null,
    });
  for (const status of [429, 500, 503])
    await t.rejects(answering(status)(call, token), unavailable, String(status));
  for (const status of [301, 400, 403, 404])
    await t.rejects(answering(status)(call, token), invalid, String(status));
  const broken = async () => Promise.reject(new Error('ECONNREFUSED'));
  const prove = makeProveFunctionCall({ send: broken, now: Date.now, simulatorOrigin: null });
  await t.rejects(prove(call, token), unavailable);

  const { sandbox, prove: asking, signed } = await withSandbox(t);
  for (const name of ['sts-throttle', 'sts-outage']) {
    await control(sandbox, 'POST', 'faults', { name, account: clientAccount, times: 1 });
    await t.rejects(asking(signed(), token), unavailable, name);
    t.ok(await asking(signed(), token), `${name}: and then it is believed`);
  }
});
