import { createHash, createHmac } from 'node:crypto';
import { createServer, request as send } from 'node:http';
import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
} from '@aws-sdk/client-cloudformation';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import t, { type Test } from 'tap';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { clientAccount, cloudFormationFor, control, settled, startQuickly, stsFor } from './clients.js';

const lambdaTrust = {
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

/** A stack with a function that runs `code`, and a custom resource that it makes. */
function template(code: string, properties: object = {}, trust: unknown = lambdaTrust): string {
  return JSON.stringify({
    Resources: {
      Logs: { Type: 'AWS::Logs::LogGroup', Properties: { RetentionInDays: 30 } },
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: { RoleName: 'FunctionRole', AssumeRolePolicyDocument: trust },
      },
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: 'told',
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Timeout: 10,
          Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
          LoggingConfig: { LogGroup: { Ref: 'Logs' } },
          Code: { ZipFile: code },
          ...properties,
        },
      },
      Connection: {
        Type: 'Custom::Connection',
        Properties: { ServiceToken: { 'Fn::GetAtt': ['Function', 'Arn'] }, ServiceTimeout: 20 },
      },
    },
    Outputs: { Name: { Value: { Ref: 'Function' } }, Arn: { Value: { 'Fn::GetAtt': 'Function.Arn' } } },
  });
}

/** Code that answers CloudFormation by itself, with `data` as an expression. */
function answering(data: string): string {
  return `exports.handler = async (event) => {
    console.log('asked to ' + event.RequestType);
    const { StackId, RequestId, LogicalResourceId, ResponseURL } = event;
    const answer = { Status: 'SUCCESS', PhysicalResourceId: 'x', StackId, RequestId, LogicalResourceId, Data: ${data} };
    const body = Buffer.from(JSON.stringify(answer));
    await fetch(ResponseURL, { method: 'PUT', headers: { 'content-type': '' }, body });
  };`;
}

async function create(sandbox: Sandbox, body: string) {
  const client = cloudFormationFor(sandbox);
  const { StackId = '' } = await client.send(
    new CreateStackCommand({
      StackName: 'one',
      TemplateBody: body,
      Capabilities: ['CAPABILITY_NAMED_IAM'],
    }),
  );
  const stack = await settled(client, StackId);
  const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: StackId }));
  return {
    status: stack.StackStatus,
    outputs: stack.Outputs,
    reasons: StackEvents.map((each) => each.ResourceStatusReason ?? '').join('\n'),
  };
}

/** What the sandbox holds, once no function runs any more. */
async function state(sandbox: Sandbox) {
  for (;;) {
    const all = await control(sandbox, 'GET', 'state');
    const isRunning = ({ outcome }: { outcome: string }) => outcome === 'running';
    if (all.invocations.length > 0 && !all.invocations.some(isRunning)) return all;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

t.test(
  'a function answers for its stack, and sees nothing of the sandbox but what Lambda gives',
  async (t) => {
    const sandbox = await startQuickly(t);
    // The names of all variables, and no others' values: tap's own list every test file, too much for an answer.
    const code = answering(`{ Text: JSON.stringify({
      names: Object.keys(process.env).filter((name) => !/^(NODE_OPTIONS|_TAPJS_)/.test(name)),
      id: process.env.AWS_ACCESS_KEY_ID,
      secret: process.env.AWS_SECRET_ACCESS_KEY,
      token: process.env.AWS_SESSION_TOKEN,
      cwd: process.cwd(),
    }) }`);
    const body = template(code, {
      Environment: { Variables: { OWN: 'value' } },
    });
    const withText = JSON.parse(body);
    withText.Outputs.Text = { Value: { 'Fn::GetAtt': 'Connection.Text' } };
    const { status, outputs } = await create(sandbox, JSON.stringify(withText));
    t.equal(status, 'CREATE_COMPLETE');
    const of = Object.fromEntries((outputs ?? []).map((each) => [each.OutputKey, each.OutputValue]));
    t.equal(of['Name'], 'told');
    t.equal(of['Arn'], `arn:aws:lambda:us-east-1:${clientAccount}:function:told`);
    const { names, id, secret, token, cwd } = JSON.parse(of['Text'] ?? '');
    t.strictSame(names.sort(), [
      'AWS_ACCESS_KEY_ID',
      'AWS_DEFAULT_REGION',
      'AWS_LAMBDA_FUNCTION_NAME',
      'AWS_REGION',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
      'OWN',
    ]);
    t.not(cwd, process.cwd());
    const sts = stsFor(sandbox, {
      accessKeyId: id,
      secretAccessKey: secret,
      sessionToken: token,
    });
    const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
    t.equal(Arn, `arn:aws:sts::${clientAccount}:assumed-role/FunctionRole/told`);
    const { invocations, answers } = await state(sandbox);
    t.match(invocations, [{ attempt: 1, outcome: 'ok', log: 'asked to Create\n' }]);
    t.ok(answers[0].key.endsWith(invocations[0].eventRequestId));
  },
);

t.test('an error and a time-out are tried again twice', async (t) => {
  const sandbox = await startQuickly(t);
  await control(sandbox, 'PATCH', 'settings', { lambdaRetryScale: 0.0001 });
  const code = `${answering('{}')}
    const well = exports.handler;
    exports.handler = async (event, context) => {
      if (event.RequestType !== 'Create') return well(event);
      console.log(context.getRemainingTimeInMillis() > 500, process.env.MODE);
      if (process.env.MODE === 'slow') await new Promise((resolve) => setTimeout(resolve, 60000));
      throw new TypeError('broken');
    };`;
  const body = JSON.parse(template(code, { Timeout: 1, Environment: { Variables: { MODE: 'slow' } } }));
  body.Resources.Connection.Properties.ServiceTimeout = 12;
  t.equal((await create(sandbox, JSON.stringify(body))).status, 'ROLLBACK_COMPLETE');
  const all = (await state(sandbox)).invocations;
  const slow = all.filter(({ requestId }: { requestId: string }) => requestId === all[0].requestId);
  t.match(slow, [
    { attempt: 1, outcome: 'timeout', log: /true slow\n.* Task timed out after 1\.00 seconds/ },
    { attempt: 2, outcome: 'timeout' },
    { attempt: 3, outcome: 'timeout' },
  ]);
  t.equal(slow.length, 3);
  await removed(sandbox);
  body.Resources.Function.Properties.Environment.Variables.MODE = 'bad';
  body.Resources.Connection.Properties.ServiceTimeout = 12;
  await create(sandbox, JSON.stringify(body));
  const { invocations } = await state(sandbox);
  t.match(
    invocations.filter(({ outcome }: { outcome: string }) => outcome === 'error'),
    [{ attempt: 1, log: /"errorType":"TypeError","errorMessage":"broken"/ }, { attempt: 2 }, { attempt: 3 }],
  );
});

t.test('code reaches this machine only, and may use a callback', async (t) => {
  const sandbox = await startQuickly(t);
  const code = `exports.handler = (event, context, callback) => {
    fetch('https://sts.us-east-1.amazonaws.com/').then(
      () => callback(new Error('went out')),
      (error) => { console.log(error.cause.message); callback(null, 'done'); },
    );
  };`;
  const body = JSON.parse(template(code));
  body.Resources.Connection.Properties.ServiceTimeout = 2;
  await create(sandbox, JSON.stringify(body));
  const { invocations } = await state(sandbox);
  t.match(invocations[0], { outcome: 'ok', log: 'the sandbox lets functions reach loopback only' });
});

t.test('what Lambda refuses', async (t) => {
  const sandbox = await startQuickly(t);
  const code = 'exports.handler = async () => {}';
  const foreign = { Statement: [{ ...lambdaTrust.Statement[0], Principal: { AWS: clientAccount } }] };
  const cases: [string, string, RegExp][] = [
    ['long code', template('x'.repeat(4097)), /ZipFile: expected maxLength: 4096, actual: 4097/],
    ['trust', template(code, {}, foreign), /The role defined for the function cannot be assumed by Lambda/],
    ['old runtime', template(code, { Runtime: 'nodejs16.x' }), /nodejs16\.x is no longer supported/],
    ['other runtime', template(code, { Runtime: 'python3.13' }), /enum value set/],
    ['time-out', template(code, { Timeout: 901 }), /less than or equal to 900/],
    ['reserved', template(code, { Environment: { Variables: { AWS_REGION: 'x' } } }), /reserved keys/],
    ['other account', template(code, { Role: 'arn:aws:iam::444455556666:role/x' }), /Cross-account/],
  ];
  for (const [name, body, reason] of cases) {
    const { status, reasons } = await create(sandbox, body);
    t.equal(status, 'ROLLBACK_COMPLETE', name);
    t.match(reasons, reason, name);
    await removed(sandbox);
  }
  await control(sandbox, 'POST', 'faults', { name: 'lambda-forbidden', account: clientAccount });
  const { status, reasons } = await create(sandbox, template(code));
  t.equal(status, 'ROLLBACK_COMPLETE');
  t.match(
    reasons,
    /not authorized to perform: lambda:CreateFunction on resource: .* with an explicit deny in a service control policy.*AccessDenied/,
  );
});

t.test('a signed question is verified when somebody else sends it', async (t) => {
  const sandbox = await startQuickly(t);
  const { credentials, close } = await functionCredentials(t, sandbox);
  t.after(close);
  const signed = sign(credentials, { 'x-rolecall-event': 'a-hash' });
  const answer = await forward(sandbox, signed);
  t.equal(answer.status, 200);
  const arn = `arn:aws:sts::${clientAccount}:assumed-role/FunctionRole/told`;
  t.match(answer.body, `<Arn>${arn}</Arn>`);
  const json = await forward(sandbox, {
    ...signed,
    headers: { ...signed.headers, accept: 'application/json' },
  });
  t.match(JSON.parse(json.body), {
    GetCallerIdentityResponse: {
      GetCallerIdentityResult: { Account: clientAccount, Arn: arn },
      ResponseMetadata: { RequestId: /./ },
    },
  });
  const changed = (headers: Record<string, string>) => ({
    ...signed,
    headers: { ...signed.headers, ...headers },
  });
  const early = new Date(Date.now() - 16 * 60_000);
  const cases: [string, Signed, RegExp][] = [
    ['another event', changed({ 'x-rolecall-event': 'other' }), /does not match the signature you provided/],
    ['another host', changed({ host: 'sts.eu-west-1.amazonaws.com' }), /scoped to a valid region/],
    ['another service', changed({ host: 'iam.us-east-1.amazonaws.com' }), /scoped to correct service: 'iam'/],
    ['another body', { ...signed, body: `${signed.body}&x=y` }, /does not match the signature you provided/],
    ['an old one', sign(credentials, {}, early), /Signature expired: \d{8}T\d{6}Z is now earlier than/],
    ['a scope of s3', sign(credentials, {}, new Date(), 's3'), /scoped to correct service: 'sts'/],
    ['an unsigned host', sign(credentials, {}, new Date(), 'sts', false), /'Host' or ':authority' must be/],
  ];
  for (const [name, request, message] of cases) {
    const { status, body } = await forward(sandbox, request);
    t.equal(status, 403, name);
    t.match(body, 'SignatureDoesNotMatch', name);
    t.match(body.replaceAll('&#39;', "'"), message, name);
  }
  const other = await forward(sandbox, changed({ 'x-amz-security-token': 'other' }));
  t.match(other.body, 'InvalidClientTokenId');
  const refused = await forward(
    sandbox,
    changed({ accept: 'application/json', 'x-rolecall-event': 'other' }),
  );
  t.match(JSON.parse(refused.body), { Error: { Code: 'SignatureDoesNotMatch', Type: 'Sender' } });
});

async function removed(sandbox: Sandbox): Promise<void> {
  const client = cloudFormationFor(sandbox);
  const { StackId = '' } = await settled(client, 'one');
  await client.send(new DeleteStackCommand({ StackName: StackId }));
  await settled(client, StackId);
}

/** The credentials that a function has, as it sends them to a server of ours. */
async function functionCredentials(t: Test, sandbox: Sandbox) {
  let told: Record<string, string> = {};
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    told = JSON.parse(Buffer.concat(chunks).toString());
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const code = answering('{}').replace(
    "console.log('asked to ' + event.RequestType);",
    `await fetch('http://127.0.0.1:${port}', { method: 'POST', body: JSON.stringify(process.env) });`,
  );
  t.equal((await create(sandbox, template(code))).status, 'CREATE_COMPLETE');
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  return { credentials: told, close };
}

interface Signed {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Signs GetCallerIdentity by the book, without sending it. */
function sign(
  env: Record<string, string>,
  extra: Record<string, string>,
  at = new Date(),
  service = 'sts',
  signsHost = true,
): Signed {
  const body = 'Action=GetCallerIdentity&Version=2011-06-15';
  const time = at.toISOString().replace(/[-:]|\.\d+/g, '');
  const headers: Record<string, string> = {
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    host: 'sts.us-east-1.amazonaws.com',
    'x-amz-date': time,
    'x-amz-security-token': env['AWS_SESSION_TOKEN'] ?? '',
    ...extra,
  };
  const names = Object.keys(headers)
    .filter((name) => signsHost || name !== 'host')
    .sort();
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('');
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const scope = [time.slice(0, 8), 'us-east-1', service, 'aws4_request'];
  const canonical = `POST\n/\n\n${lines}\n${names.join(';')}\n${sha256(body)}`;
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope.join('/')}\n${sha256(canonical)}`;
  const key = scope.reduce<string | Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${env['AWS_SECRET_ACCESS_KEY']}`,
  );
  const signature = createHmac('sha256', key).update(text).digest('hex');
  const by = `Credential=${env['AWS_ACCESS_KEY_ID']}/${scope.join('/')}, SignedHeaders=${names.join(';')}`;
  return { body, headers: { ...headers, authorization: `AWS4-HMAC-SHA256 ${by}, Signature=${signature}` } };
}

/** Sends a signed request to the sandbox, with its Host header kept. */
function forward(sandbox: Sandbox, { headers, body }: Signed): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = send(sandbox.url, { method: 'POST', headers }, async (incoming) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString() });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
