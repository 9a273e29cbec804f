import { randomInt, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerSigner } from '../../src/sandbox/cloudformation/custom-resource/answers.js';
import { presignPut } from '../../src/sandbox/wire/signature.js';
import { signedQuery } from '../sandbox/signed-query.js';
import type { FunctionCredentials } from '../support/function-signature.js';
import { createStack, eventually, type Json, type StackOptions, settledStack } from '../support/world.js';
import { changeSettings, type Sandboxed, standing } from './deployment.js';

// What clients, strangers and AWS itself do, in the sandbox.

/** An account that nobody has had: a deployment may have been attacked before. */
export function freshAccount(): string {
  return String(randomInt(100_000_000_000, 800_000_000_000));
}

/** The statement of the template's trust policy by which the service enters, changed. */
export function entering(
  { principalArn }: Pick<Sandboxed, 'principalArn'>,
  externalId: unknown,
  changes: object = {},
): Json {
  const [, partition, , , account] = principalArn.split(':');
  return {
    Effect: 'Allow',
    Principal: { AWS: `arn:${partition}:iam::${account}:root` },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'sts:ExternalId': externalId, 'aws:PrincipalArn': principalArn } },
    ...changes,
  };
}

export function policyOf(...statements: readonly Json[]): Json {
  return { Version: '2012-10-17', Statement: statements };
}

/** A template whose role has this trust policy instead. JSON is YAML. */
export function withTrust(policy: Json): (template: string) => string {
  return (template) =>
    template.replace(
      /( +)AssumeRolePolicyDocument:\n(?:\1 +.*\n)+/,
      (_, indent: string) => `${indent}AssumeRolePolicyDocument: ${JSON.stringify(policy)}\n`,
    );
}

/** How a stack ended, and how the account stands; or why the stack was refused, where no account came of it. */
export async function stackOutcome(
  target: Sandboxed,
  client: Json,
  options: StackOptions = {},
): Promise<string> {
  const { account = freshAccount() } = options;
  const stackId = await createStack(target.world, client, { account, ...options });
  const { status, reasons } = await settledStack(target.world, stackId);
  const found = (await target.accountsOf(client)).find(({ accountId }) => accountId === account);
  const code = /\(([a-z-]+)\)(?: \(RequestId| *$)/m.exec(reasons)?.[1];
  return `${status}, ${found ? standing(found) : `no account${code ? ` (${code})` : ''}`}`;
}

/** A client that is connected by the template as it is. */
export async function connected(target: Sandboxed, fields: object = {}) {
  const client = await target.invite(fields);
  const account = freshAccount();
  const stackId = await createStack(target.world, client, { account });
  const { status, reasons } = await settledStack(target.world, stackId);
  if (status !== 'CREATE_COMPLETE') throw new Error(reasons);
  const [{ roleArn }] = (await target.accountsOf(client)) as [Json];
  return { client, account, stackId, roleArn };
}

/** Makes a role as the account's administrator, without a stack. */
export async function makeRole(
  { world }: Pick<Sandboxed, 'world'>,
  account: string,
  policy: Json,
  name = `Role-${randomUUID().slice(0, 8)}`,
): Promise<string> {
  const { status, body } = await signedQuery(world.sandbox, 'iam', account, {
    Action: 'CreateRole',
    Version: '2010-05-08',
    RoleName: name,
    AssumeRolePolicyDocument: JSON.stringify(policy),
  });
  if (status !== 200) throw new Error(body);
  return `arn:aws:iam::${account}:role/${name}`;
}

/** Changes a role's trust policy as the account's administrator. */
export async function changeTrust(
  { world }: Pick<Sandboxed, 'world'>,
  account: string,
  roleArn: string,
  policy: Json,
): Promise<void> {
  const { status, body } = await signedQuery(world.sandbox, 'iam', account, {
    Action: 'UpdateAssumeRolePolicy',
    Version: '2010-05-08',
    RoleName: roleArn.slice(roleArn.lastIndexOf('/') + 1),
    PolicyDocument: JSON.stringify(policy),
  });
  if (status !== 200) throw new Error(body);
}

/** The bucket that takes the answers of stacks. */
export const BUCKET = 'cloudformation-custom-resource-response-useast1';

/** An address in CloudFormation's bucket, signed as the sandbox of our own process signs it. */
export function signedResponseUrl(
  { world }: Pick<Sandboxed, 'world'>,
  stackId: string,
  requestId: string,
): string {
  const path = `/${BUCKET}/${encodeURIComponent(`${stackId}|Connection|${requestId}`)}`;
  const signer = { ...answerSigner, region: 'us-east-1', at: new Date(), seconds: 7200 };
  return presignPut(world.sandbox.url, path, signer);
}

/** What a stack's request was answered, whether or not its bucket took it. */
export async function answerTo(target: Sandboxed, requestId: string): Promise<string> {
  const put: Json = await eventually<Json>(
    async () => (await state(target)).answerPuts.find((one: Json) => one.requestId === requestId),
    Boolean,
  );
  return put.status;
}

/** A stack's event as CloudFormation sends it, for a role that the stack has made. */
export function stackEvent(
  target: Pick<Sandboxed, 'world'>,
  account: string,
  RoleArn: string,
  changes: object = {},
): Json {
  const claims = {
    ...{ RequestType: 'Create', RequestId: randomUUID(), LogicalResourceId: 'Connection' },
    StackId: `arn:aws:cloudformation:us-east-1:${account}:stack/made/${randomUUID()}`,
    ResourceType: 'Custom::RolecallConnection',
    ResourceProperties: { RoleArn, TemplateVersion: 'x' },
    ...changes,
  };
  const ResponseURL = signedResponseUrl(target, claims.StackId, claims.RequestId);
  return { ResponseURL, ...claims };
}

/** A function's role in an account, and a session of it, by which it signs. */
export async function makeFunction(target: Pick<Sandboxed, 'world'>, account: string) {
  const Principal = { Service: 'lambda.amazonaws.com' };
  const trust = policyOf({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });
  return sessionOf(target, await makeRole(target, account, trust));
}

/** A session of a role, given as Lambda gives one to a function: the sandbox asks no trust policy. */
export async function sessionOf(
  { world }: Pick<Sandboxed, 'world'>,
  roleArn: string,
): Promise<FunctionCredentials> {
  const answer = await fetch(`${world.sandbox.url}/_sandbox/credentials?role=${roleArn}`);
  if (!answer.ok) throw new Error(await answer.text());
  const { AccessKeyId, SecretAccessKey, Token }: Json = await answer.json();
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token };
}

export async function state({ world }: Sandboxed): Promise<Json> {
  return (await fetch(`${world.sandbox.url}/_sandbox/state`)).json();
}

/** Asks for a fault; it ends by itself, lest it outlive an attack that breaks off. */
export async function strike({ world }: Sandboxed, fault: object): Promise<void> {
  const body = JSON.stringify({ forMs: 20_000, ...fault });
  const { status } = await fetch(`${world.sandbox.url}/_sandbox/faults`, { method: 'POST', body });
  if (status !== 201) throw new Error(`the fault was answered ${status}`);
}

/** Ends every fault. */
export async function calm({ world }: Sandboxed): Promise<void> {
  await fetch(`${world.sandbox.url}/_sandbox/faults`, { method: 'DELETE' });
}

/** Does something while new roles take so long to be known. */
export async function withPropagation<Value>(
  { world }: Sandboxed,
  propagationMs: number,
  act: () => Promise<Value>,
): Promise<Value> {
  const before = await changeSettings(world.sandbox.url, { propagationMs });
  try {
    return await act();
  } finally {
    await changeSettings(world.sandbox.url, { propagationMs: before.propagationMs });
  }
}

/** An address of ours on loopback, which notes what comes and leads on to where nobody may be led. */
export async function setTrap() {
  const received: { path: string; body: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ path: request.url ?? '', body: Buffer.concat(chunks).toString() });
      if (request.url?.startsWith('/redirect'))
        response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data/' });
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await eventually(async () => server.listening, Boolean);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A topic in an account, whose messages, truly signed, come to us. */
export async function tapTopic({ world }: Sandboxed, account: string) {
  const call = async (parameters: Record<string, string>) => {
    const { status, body } = await signedQuery(world.sandbox, 'sns', account, {
      Version: '2010-03-31',
      ...parameters,
    });
    if (status !== 200) throw new Error(body);
    return body;
  };
  const trap = await setTrap();
  const made = await call({
    Action: 'CreateTopic',
    Name: `tapped-${randomUUID().slice(0, 8)}`,
    'Attributes.entry.1.key': 'SignatureVersion',
    'Attributes.entry.1.value': '2',
  });
  const TopicArn = /<TopicArn>([^<]+)</.exec(made)?.[1] ?? '';
  const subscribe = (Endpoint: string) => call({ Action: 'Subscribe', TopicArn, Protocol: 'http', Endpoint });
  await subscribe(trap.url);
  const confirmation = await eventually(
    async () => trap.received[0]?.body ?? '',
    (body) => body !== '',
  );
  await call({ Action: 'ConfirmSubscription', TopicArn, Token: JSON.parse(confirmation).Token });
  const publish = (message: object) =>
    call({ Action: 'Publish', TopicArn, Message: JSON.stringify(message) });
  return {
    topicArn: TopicArn,
    trap,
    /** The subscription's confirmation, as it was signed. */
    confirmation,
    subscribe,
    publish,
    /** Publishes; returns the message as SNS has signed it. */
    async signed(message: object): Promise<string> {
      const before = trap.received.length;
      await publish(message);
      const received = await eventually(async () => trap.received[before]?.body ?? '', Boolean);
      return received;
    },
  };
}
