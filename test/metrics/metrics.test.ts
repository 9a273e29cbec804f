import { readFile } from 'node:fs/promises';
import { Registry } from 'prom-client';
import t from 'tap';
import { parse } from 'yaml';
import { countAnswers } from '../../src/metrics/answers.js';
import { showOverdue } from '../../src/metrics/overdue.js';
import { showFleet } from '../../src/metrics/verifications.js';
import { aStack, must } from '../core/things.js';
import { startDeployment } from '../support/deployment.js';
import { readMetrics, sumOf } from '../support/metrics.js';
import { ask, endFaults } from '../support/onboardings.js';
import { startReceiver } from '../support/receiver.js';
import { api, createStack, eventually, invite, type Json, settledStack } from '../support/world.js';

const { world, service, accountsOf } = await startDeployment(t);

const receiver = await startReceiver({ after: (end) => t.teardown(end) });
const clients: Json[] = [];

t.before(async () => {
  await api(service, 'POST', '/v1/webhooks', { url: receiver.url });
  const good = await invite(service);
  await fetch(good.launch.pageUrl);
  // Denied at first, like a role that is not known everywhere yet.
  await ask(world, { name: 'rcp-deny', account: '111122223333' });
  const stack = await createStack(world, good);
  await eventually(
    () => accountsOf(good),
    ([account]) => account?.status === 'verifying',
  );
  await endFaults(world);
  await settledStack(world, stack);
  const edited = await invite(service);
  const parameters = { ExternalId: '00000000-0000-4000-8000-000000000000' };
  await settledStack(world, await createStack(world, edited, { account: '222233334444', parameters }));
  clients.push(good, edited);
});

type Wanted = readonly [name: string, labels: Record<string, string>, value: number];

/** All that is counted, once some of it has come to what it will be, or beyond. */
const counted = async (...wanted: readonly Wanted[]) =>
  eventually(
    () => readMetrics(service),
    (samples) =>
      wanted.every(([name, labels, value]) => {
        const sum = sumOf(samples, name, labels);
        return name.endsWith('_total') ? (sum ?? 0) >= value : sum === value;
      }),
  );

t.test('an onboarding is counted, step by step, and so is one that fails', async (t) => {
  const samples = await counted(['rolecall_answers_total', { request: 'Create', outcome: 'accepted' }, 2]);
  for (const [step, outcome, count] of [
    ['invited', 'ok', 2],
    ['opened', 'ok', 1],
    ['started', 'ok', 2],
    ['connected', 'ok', 1],
    ['connected', 'external-id-edited', 1],
    ['connected', 'trust-without-external-id', 0],
    ['answered', 'answer-too-late', 0],
  ] as const)
    t.equal(
      sumOf(samples, 'rolecall_onboarding_steps_total', { step, outcome }),
      count,
      `${step} ${outcome}`,
    );
  t.equal(sumOf(samples, 'rolecall_events_total', { type: 'account.connected' }), 1);
  t.equal(
    sumOf(samples, 'rolecall_events_total', { type: 'account.degraded' }),
    0,
    'there before it happens',
  );

  const attempts = (outcome: string) =>
    sumOf(samples, 'rolecall_verification_attempt_seconds_count', { outcome }) ?? 0;
  t.equal(attempts('verified'), 1);
  t.ok(attempts('role-not-assumable') >= 1, 'while the role was not known');
  const answered = (status: string) =>
    sumOf(samples, 'rolecall_answers_total', { request: 'Create', status, outcome: 'accepted' });
  t.equal(answered('SUCCESS'), 1);
  t.equal(answered('FAILED'), 1);
  t.equal(sumOf(samples, 'rolecall_answers_total', { outcome: 'too-late' }), 0);
  t.ok((sumOf(samples, 'rolecall_answer_seconds_sum', { request: 'Create' }) ?? 0) >= 0.5);
});

t.test('calls of AWS are counted by what came of them, and so are the units of DynamoDB', async (t) => {
  const samples = await readMetrics(service);
  for (const [service, operation, outcome] of [
    ['STS', 'AssumeRole', 'ok'],
    ['STS', 'AssumeRole', 'AccessDenied'],
    ['STS', 'GetCallerIdentity', 'ok'],
    ['IAM', 'GetRole', 'ok'],
    ['DynamoDB', 'TransactWriteItems', 'ok'],
    ['DynamoDB', 'BatchGetItem', 'ok'],
  ] as const) {
    t.ok(
      sumOf(samples, 'rolecall_aws_calls_total', { service, operation, outcome }),
      `${operation} ${outcome}`,
    );
    t.ok(sumOf(samples, 'rolecall_aws_call_seconds_count', { service, operation }));
  }
  for (const labels of [{ kind: 'write' }, { kind: 'read' }, { operation: 'UpdateItem', kind: 'write' }])
    t.ok(sumOf(samples, 'rolecall_dynamodb_units_total', labels), JSON.stringify(labels));
});

t.test('requests are counted by their route, and no label tells who was meant', async (t) => {
  const [good, edited] = clients;
  await api(service, 'GET', `/v1/clients/${good.id}`);
  await api(service, 'GET', `/nowhere/${good.id}`);
  const samples = await counted(['rolecall_http_requests_total', { route: 'none', status: '404' }, 1]);
  const requests = (labels: Record<string, string>) => sumOf(samples, 'rolecall_http_requests_total', labels);
  t.equal(requests({ method: 'POST', route: '/v1/clients', status: '201' }), 2);
  t.equal(requests({ method: 'GET', route: '/v1/clients/:clientId', status: '200' }), 1);
  t.ok(requests({ method: 'POST', route: '/callbacks/sns/:token', status: '200' }));
  t.ok(sumOf(samples, 'rolecall_http_request_seconds_count', { route: '/v1/clients' }));

  const values = new Set(samples.flatMap(({ labels }) => Object.values(labels)));
  const token = (address: string) => address.split('/').at(-1) ?? '';
  for (const { id, externalId, launch } of [good, edited])
    for (const secret of [id, externalId, launch.id, token(launch.pageUrl), token(launch.callbackUrl)])
      t.notOk([...values].some((value) => value.includes(secret)));
  const accounts = [...values].filter((value) => /\d{12}/.test(value));
  t.strictSame(accounts, []);
});

t.test('what webhooks have not taken is seen, with its age, until they have', async (t) => {
  const caught = await counted(['rolecall_webhook_undelivered', {}, 0]);
  t.ok(sumOf(caught, 'rolecall_webhook_attempts_total', { outcome: 'delivered' }));
  t.ok(sumOf(caught, 'rolecall_webhook_delivery_seconds_count'));
  t.equal(sumOf(caught, 'rolecall_webhook_oldest_undelivered_seconds'), 0);
  receiver.answer = (_, response) => response.writeHead(503).end();
  await invite(service);
  const behind = await counted(
    ['rolecall_webhook_undelivered', {}, 1],
    ['rolecall_webhook_attempts_total', { outcome: '5xx' }, 1],
  );
  t.ok((sumOf(behind, 'rolecall_webhook_oldest_undelivered_seconds') ?? 0) > 0);
});

t.test('the process tells how it is, and not which version of Node it is', async (t) => {
  const samples = await readMetrics(service);
  for (const name of ['nodejs_eventloop_lag_p99_seconds', 'process_resident_memory_bytes'])
    t.ok(sumOf(samples, name), name);
  t.equal(sumOf(samples, 'nodejs_version_info'), null);
  t.strictSame(
    [
      sumOf(samples, 'rolecall_overdue', { kind: 'stacks' }),
      sumOf(samples, 'rolecall_overdue', { kind: 'accounts' }),
    ],
    [0, 0],
    'and that nothing is overdue',
  );
});

/** What a PromQL expression names: metrics, the labels and values it selects by, and the labels it groups by. */
function namesIn(expr: string) {
  const selectors = [...expr.matchAll(/\b((?:rolecall|nodejs|process)_[a-z0-9_]+)(?:\{([^}]*)\})?/g)];
  const groups = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(', '));
  const selected = selectors.map(([, name = '', inside = '']) => ({
    name,
    matchers: [...inside.matchAll(/(\w+)(=~|!=|=)"([^"]*)"/g)].map(
      ([, label = '', operator, value = '']) => ({
        label,
        ...(operator === '=' && { value }),
      }),
    ),
  }));
  return { selected, groups };
}

t.test('the dashboard and the alerts name what there is, by labels and values that are there', async (t) => {
  const read = (file: string) => readFile(new URL(`../../docs/operations/${file}`, import.meta.url), 'utf8');
  const dashboard: Json = JSON.parse(await read('grafana-dashboard.json'));
  const alerts: Json = parse(await read('alerts.yaml'));
  const panels: Json[] = dashboard.panels.filter(({ type }: Json) => type !== 'row');
  const rules: Json[] = alerts.groups.flatMap((group: Json) => group.rules);
  t.ok(panels.length > 20 && rules.length > 10, `${panels.length} panels, ${rules.length} alerts`);
  const samples = await readMetrics(service);
  /** Prometheus adds these itself. */
  const added = ['instance', 'job'];
  const used = new Set<string>();
  for (const [what, expr] of [
    ...panels.flatMap(({ title, targets }) => targets.map((target: Json) => [title, target.expr])),
    ...rules.map(({ alert, expr }) => [alert, expr]),
  ]) {
    const { selected, groups } = namesIn(expr);
    t.ok(selected.length > 0, `${what}: ${expr}`);
    const known = new Set<string>(added);
    for (const { name, matchers } of selected) {
      used.add(name);
      const series = samples.filter((sample) => sample.name === name);
      t.ok(series.length > 0, `${what}: ${name} is counted`);
      for (const { labels } of series) for (const label of Object.keys(labels)) known.add(label);
      for (const { label, value } of matchers)
        t.ok(
          series.some(({ labels }) => label in labels && (value === undefined || labels[label] === value)),
          `${what}: ${name} has ${label} ${value ?? ''}`,
        );
    }
    for (const label of groups) t.ok(known.has(label), `${what}: there is a label ${label}`);
  }
  const own = new Set(
    samples.flatMap(({ name }) =>
      name.startsWith('rolecall_') ? [name.replace(/_(bucket|sum|count)$/, '')] : [],
    ),
  );
  const shown = new Set([...used].map((name) => name.replace(/_(bucket|sum|count)$/, '')));
  t.strictSame(
    [...own].filter((name) => !shown.has(name)),
    [],
    'everything of ours is shown somewhere',
  );
  const words = await read('monitoring.md');
  for (const { alert } of rules) t.match(words, `**${alert}.**`, 'each alert says what to do');
  for (const { title } of dashboard.panels.filter(({ type }: Json) => type === 'row'))
    t.match(words, `**${title}`, 'each row is explained');
});

t.test('overdue work is what the walks found last, with the age of the oldest', async (t) => {
  const registry = new Registry();
  const overdue = showOverdue(registry, () => 100_000);
  let due = [[70_000, 90_000], [], [95_000]];
  const find = overdue(
    'accounts',
    async (shard) => due[shard] ?? [],
    (at: number) => at,
  );
  const walk = async () => {
    for (const shard of [0, 1, 2]) await find(shard, 100_000, 25);
  };
  const shown = async () => {
    const metrics = await registry.getMetricsAsJSON();
    return metrics.map(({ values }) => values.find(({ labels }) => labels.kind === 'accounts')?.value);
  };
  t.strictSame(await shown(), [0, 0], 'before the first walk');
  await walk();
  t.strictSame(await shown(), [3, 30]);
  due = [[], [], [95_000]];
  await walk();
  t.strictSame(await shown(), [1, 5], 'what was done is over');
});

t.test('an answer that an instance with another clock received did not take less than no time', async (t) => {
  const registry = new Registry();
  const note = countAnswers(registry, () => 1_000);
  note({ ...must(aStack().requests[0]), receivedAt: 61_000 }, 'accepted');
  note({ ...must(aStack().requests[0]), receivedAt: 0, answer: null }, 'given-up');
  const text = await registry.metrics();
  t.match(text, 'rolecall_answer_seconds_sum{request="Create"} 0\n');
  t.match(text, 'rolecall_answers_total{request="Create",status="FAILED",outcome="given-up"} 1\n');
});

t.test('of the accounts that were checked of late it is seen how many failed', async (t) => {
  const registry = new Registry();
  showFleet(registry)({ recent: () => ({ checked: 5, failed: 2 }) });
  const text = await registry.metrics();
  t.match(text, 'rolecall_recent_checks{outcome="verified"} 3\n');
  t.match(text, 'rolecall_recent_checks{outcome="failed"} 2\n');
});
