import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import t, { type Test } from 'tap';
import { parseRoleArn } from '../../src/core/role-arn.js';
import { checkClock, checkCredentials, NO_ANSWER } from '../../src/readiness/check-identity.js';
import { checkTable } from '../../src/readiness/check-table.js';
import { keepFresh } from '../../src/readiness/keep-fresh.js';
import { must } from '../core/things.js';
import { readMetrics, sumOf } from '../support/metrics.js';
import { skewedClock } from '../support/skewed-clock.js';
import { api, eventually, type RunningService, startService, startWorld } from '../support/world.js';

const MINUTE = 60_000;
const world = await startWorld();
const { url } = world.sandbox;
const { strictArn } = world.sandbox.controlRoles;
const healthy = await startService(world, undefined, {
  TABLE_NAME: `${world.environment['TABLE_NAME']}-own`,
});
t.teardown(async () => {
  await healthy.kill();
  await world.close();
});

/** A service of one test alone. */
async function start(t: Pick<Test, 'teardown'>, environment: NodeJS.ProcessEnv): Promise<RunningService> {
  const service = await startService(world, undefined, environment);
  t.teardown(() => service.kill());
  return service;
}

const readiness = (service: RunningService) => api(service, 'GET', '/readyz');
/** Once it says what is wanted: where a machine is busy, a check may have been late at first. */
const says = (service: RunningService, status: number, words: RegExp) =>
  eventually(
    () => readiness(service),
    (answer) => answer.status === status && words.test(JSON.stringify(answer.body)),
  );

t.test('a service that can do its work says so, and what it has looked at', async (t) => {
  const { status, body } = await says(healthy, 200, /"warnings":\[\]/);
  t.equal(status, 200);
  const checks = ['table', 'credentials', 'clock', 'templates', 'probes'].map((name) => ({
    name,
    status: 'ok',
  }));
  t.strictSame(body, { status: 'ready', warnings: [], checks });
});

t.test('however many probes there are, AWS is asked every few seconds at most', async (t) => {
  const asked = async () => {
    const samples = await readMetrics(healthy);
    const count = (operation: string) => sumOf(samples, 'rolecall_aws_calls_total', { operation }) ?? 0;
    return [count('DescribeTable'), count('GetCallerIdentity')];
  };
  const before = await asked();
  const begun = performance.now();
  const answers = await Promise.all(Array.from({ length: 100 }, () => readiness(healthy)));
  const after = await asked();
  const looks = Math.ceil((performance.now() - begun) / 5_000) + 1;
  t.equal(answers.length, 100);
  for (const [place, count] of after.entries())
    t.ok(count - (before[place] ?? 0) <= looks, `${count - (before[place] ?? 0)} of ${looks}`);
});

t.test('credentials of somebody else make it unready, with both names', async (t) => {
  const misled = await start(t, {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/_sandbox/credentials?role=${strictArn}`,
  });
  const { status, body } = await says(misled, 503, /credentials are those/);
  t.equal(status, 503);
  t.match(body, { code: 'unavailable', detail: /credentials are those of arn:aws:sts::/ });
  t.match(body.detail, /clients' roles trust arn:aws:iam::999999999999:role\/RolecallService\. Run it by/);
  t.equal((await api(misled, 'GET', '/healthz')).status, 200, 'and yet it lives');
});

t.test('a clock that is two minutes off and templates that are not there are worth a word', async (t) => {
  const early = await start(t, {
    ...skewedClock(2 * MINUTE),
    ...{ TEMPLATE_BASE_URL: `${url}/rolecall-templates/nobody-published-here`, TEMPLATE_CHECK: 'skip' },
  });
  const { status, body } = await eventually(
    () => says(early, 200, /ahead of.*is not published/),
    // A control role that a cold start asked late is a third, for a few seconds.
    (answer) => answer.body.warnings.length === 2,
  );
  t.equal(status, 200);
  const [clock, templates] = body.warnings;
  t.match(clock, /^This machine's clock is 1[12]\d s ahead of AWS's, .* NTP/);
  t.match(templates, /nobody-published-here\/.* is not published; run: npm run templates:publish/);
  t.match(body.checks, [
    {},
    {},
    { name: 'clock', status: 'warning' },
    { name: 'templates', status: 'warning' },
    {},
  ]);
  const samples = await readMetrics(early);
  const check = (name: string) => sumOf(samples, 'rolecall_ready_check', { check: name });
  t.strictSame(['table', 'clock', 'templates'].map(check), [1, 0, 0]);
  const ahead = sumOf(samples, 'rolecall_clock_ahead_seconds') ?? 0;
  t.ok(ahead < -100 && ahead > -140, `${ahead} s`);
});

t.test('a clock that is six minutes off makes it unready', async (t) => {
  const late = await start(t, skewedClock(-6 * MINUTE));
  const { status, body } = await says(late, 503, /behind/);
  t.equal(status, 503);
  t.match(body, { code: 'unavailable', detail: /This machine's clock is 3[56]\d s behind AWS's, .* NTP/ });
  t.equal((await api(late, 'GET', '/healthz')).status, 200);
});

t.test('a table that is gone makes it unready, says how to mend it, and leaves liveness alone', async (t) => {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const endpoint = process.env['DYNAMODB_LOCAL_URL'] ?? '';
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  await client.send(new DeleteTableCommand({ TableName: `${world.environment['TABLE_NAME']}-own` }));
  const { body } = await says(healthy, 503, /ResourceNotFound/);
  t.match(body, {
    code: 'unavailable',
    detail: /-own cannot be used \(ResourceNotFoundException\)\. Make it/,
  });
  t.equal((await api(healthy, 'GET', '/healthz')).status, 200);
  t.equal(sumOf(await readMetrics(healthy), 'rolecall_ready_check', { check: 'table' }), 0, 'metrics go on');
});

t.test('a table is ready while it is updated, and not while it is made or silent', async (t) => {
  const status = async (describe: () => Promise<string>) =>
    (await checkTable({ describe, tableName: 'rolecall' })).status;
  t.equal(await status(async () => 'ACTIVE'), 'ok');
  t.equal(await status(async () => 'UPDATING'), 'ok');
  t.equal(await status(async () => 'CREATING'), 'failed');
  t.equal(await status(() => Promise.reject(new Error('no'))), 'failed');
});

t.test('a principal is known in each form that STS names it by', async (t) => {
  const role = must(parseRoleArn('arn:aws:iam::111122223333:role/services/Rolecall'));
  const user = { ...role, text: 'arn:aws:iam::111122223333:user/services/rolecall' };
  for (const [arn, principal, status] of [
    ['arn:aws:sts::111122223333:assumed-role/Rolecall/i-0123456789abcdef0', role, 'ok'],
    ['arn:aws:sts::111122223333:assumed-role/RolecallOther/x', role, 'failed'],
    ['arn:aws:sts::222233334444:assumed-role/Rolecall/x', role, 'failed'],
    ['arn:aws-cn:sts::111122223333:assumed-role/Rolecall/x', role, 'failed'],
    ['arn:aws:iam::111122223333:user/services/rolecall', user, 'ok'],
    ['arn:aws:iam::111122223333:user/rolecall', user, 'failed'],
    ['arn:aws:iam::111122223333:root', role, 'failed'],
  ] as const)
    t.equal(checkCredentials({ ...NO_ANSWER, arn, error: null }, principal).status, status, arn);
  t.equal(checkCredentials({ ...NO_ANSWER, error: 'ExpiredToken', isRefused: true }, role).status, 'failed');
  t.equal(checkCredentials(NO_ANSWER, role).status, 'warning', 'an outage of STS says nothing of them');
  t.equal(checkClock(NO_ANSWER).status, 'warning', 'nor of the clock');
});

t.test(
  'what was found counts for a while, a failure for a shorter one, and silence is an answer',
  async (t) => {
    let time = 0;
    let looks = 0;
    const stopwatch = () => time;
    const keptFor = (found: string) => (found === 'good' ? 60_000 : 5_000);
    const answers = ['good', 'bad', 'good'];
    const look = keepFresh(async () => answers[looks++] ?? 'late', { late: 'late', stopwatch, keptFor });
    t.equal(await look(), 'good');
    time = 59_999;
    t.equal(await look(), 'good');
    time = 60_000;
    t.equal(await look(), 'bad');
    time = 65_000;
    t.strictSame(await Promise.all([look(), look()]), ['good', 'good']);
    t.equal(looks, 3);
    const silent = keepFresh(() => new Promise<string>(() => undefined), { late: 'late', stopwatch });
    t.equal(await silent(), 'late');
    const broken = keepFresh(() => Promise.reject(new Error('no')), { late: 'late', stopwatch });
    t.equal(await broken(), 'late');
  },
);
