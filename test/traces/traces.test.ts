import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { formsOf, secretsIn } from '../support/secrets.js';
import { startTraceReceiver } from '../support/trace-receiver.js';
import { startWiretap } from '../support/wiretap.js';
import {
  api,
  createStack,
  eventually,
  invite,
  KEY,
  settledStack,
  startService,
  startWorld,
} from '../support/world.js';

const world = await startWorld();
t.teardown(() => world.close());

t.test('one trace leads from the callback by the work that it starts to each call of AWS', async (t) => {
  const receiver = await startTraceReceiver(t);
  const [toAws, toService] = [await startWiretap(world.sandbox.url), await startWiretap()];
  const service = await startService(world, undefined, {
    PUBLIC_URL: toService.url,
    AWS_ENDPOINT_URL: toAws.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=test',
    OTEL_BSP_SCHEDULE_DELAY: '200',
  });
  toService.target = service.url;
  const front = { url: toService.url };
  t.teardown(async () => {
    await service.kill('SIGKILL');
    for (const tap of [toAws, toService]) tap.close();
  });
  const client = await invite(front);
  await fetch(client.launch.pageUrl);
  const stackId = await createStack(world, client, { account: '100000000001' });
  t.match(await settledStack(world, stackId), { status: 'CREATE_COMPLETE' });
  const given = '0af7651916cd43dd8448eb211c80319c';
  const traceparent = `00-${given}-b7ad6b7169203331-01`;
  const path = `/v1/clients/${client.id}/accounts/100000000001`;
  await api(front, 'POST', `${path}/verifications`, undefined, { traceparent });
  await api(front, 'POST', `${path}/credentials`, { sessionName: 'nightly' });
  await fetch(client.launch.pageUrl, { headers: { traceparent } });
  await sendInPieces(`${service.url}/v1/clients`, ['{"name": "In ', 'pieces"}']);
  await service.kill();

  const spans = receiver.spans();
  const work = spans.find(({ name }) => name === 'settle stack');
  t.match(work?.attributes, {
    'rolecall.client_id': client.id,
    'rolecall.account_id': '100000000001',
    'rolecall.stack_id': stackId,
  });
  const callback = spans.find(({ spanId }) => spanId === work?.parentSpanId);
  t.match(callback, {
    name: 'POST /callbacks/sns/:token',
    traceId: work?.traceId,
    attributes: {
      'http.response.status_code': 200,
      'rolecall.stack_id': stackId,
      'rolecall.request_id': work?.attributes['rolecall.request_id'],
    },
  });
  const below = (span = work) => spans.filter(({ parentSpanId }) => parentSpanId === span?.spanId);
  const names = below().map(({ name }) => name);
  for (const call of [
    'STS.AssumeRole',
    'STS.GetCallerIdentity',
    'IAM.GetRole',
    'DynamoDB.TransactWriteItems',
  ])
    t.ok(names.includes(call), `${call} is part of the work`);
  t.ok(names.includes('CloudFormation.AnswerCustomResource'), 'and so is the answer');
  t.equal(names.filter((name) => name === 'STS.AssumeRole').length, 3, 'each time that the role is tried');
  const [entered] = below().filter(({ name }) => name === 'STS.AssumeRole');
  t.match(entered?.attributes, { 'rpc.service': 'STS', 'rpc.method': 'AssumeRole', 'aws.request_id': /./ });
  t.match(
    below(callback)
      .map(({ name }) => name)
      .toSorted(),
    [/^DynamoDB\./, /^DynamoDB\./],
  );
  t.match(receiver.resource(), { 'service.name': 'rolecall', 'deployment.environment': 'test' });

  const [, inPieces] = spans.filter(({ name }) => name === 'POST /v1/clients');
  t.ok(
    below(inPieces).some(({ name }) => name === 'DynamoDB.TransactWriteItems'),
    'also where the body comes after the headers',
  );

  const joined = spans.filter(({ traceId }) => traceId === given).map(({ name }) => name);
  t.ok(
    joined.includes('POST /v1/clients/:clientId/accounts/:accountId/verifications'),
    'a caller’s trace goes on',
  );
  t.ok(joined.includes('check account'));
  t.notOk(joined.includes('GET /launch/:token'), 'but not by anybody’s word');
  t.ok(
    spans.every(({ name }) => !/readyz/.test(name)),
    'probes are not traced',
  );

  const wire = [toAws.heard(), toService.heard()].join('\n');
  const secrets = [...secretsIn(wire), client.externalId, KEY];
  t.ok(secrets.length > 50, `${secrets.length} secrets went by`);
  const sent = receiver.texts.join('\n');
  t.strictSame(
    secrets.filter((secret) => formsOf(secret).some((form) => sent.includes(form))),
    [],
    'and none of them is in a trace',
  );
});

for (const [what, hangs] of [
  ['hangs', true],
  ['is not there', false],
] as const)
  t.test(`a receiver that ${what} changes nothing, and holds up no stop`, async (t) => {
    const receiver = await startTraceReceiver(t);
    receiver.answer = () => undefined;
    const service = await startService(world, undefined, {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: hangs
        ? `${receiver.url}/v1/traces`
        : 'http://127.0.0.1:9/v1/traces',
      OTEL_BSP_SCHEDULE_DELAY: '50',
    });
    t.teardown(() => service.kill('SIGKILL'));
    const client = await invite(service);
    const account = hangs ? '100000000002' : '100000000003';
    const stackId = await createStack(world, client, { account });
    t.match(await settledStack(world, stackId), { status: 'CREATE_COMPLETE' });
    if (hangs)
      await eventually(
        async () => receiver.texts.length,
        (count) => count > 0,
      );
    await service.kill();
    t.equal(service.process.exitCode, 0, 'it stopped by itself');
    t.match(service.output(), /"msg":"stopped"/);
  });

t.test('OpenTelemetry is not loaded where it is not asked for, or switched off', async (t) => {
  const receiver = await startTraceReceiver(t);
  const to = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
  for (const variables of [
    {},
    { ...to, OTEL_TRACES_EXPORTER: 'none' },
    { ...to, OTEL_SDK_DISABLED: 'true' },
  ]) {
    const service = await startService(world, undefined, { ...variables, NODE_DEBUG: 'module' });
    await invite(service);
    await service.kill();
    t.notMatch(service.output(), /node_modules\/@opentelemetry\/sdk-/);
    t.match(service.output(), /node_modules\/fastify/, 'what is loaded is told');
  }
  t.strictSame(receiver.texts, []);
});

/** Posts JSON whose parts arrive one after another, as over a slow line. */
async function sendInPieces(url: string, pieces: readonly string[]): Promise<void> {
  const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
  const sent = request(url, { method: 'POST', headers });
  const answered = once(sent, 'response');
  for (const piece of pieces) {
    sent.write(piece);
    await sleep(300);
  }
  sent.end();
  const [answer] = await answered;
  answer.resume();
}
