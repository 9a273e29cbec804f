import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { IAMClient } from '@aws-sdk/client-iam';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, type AssumeRoleCommandInput, STSClient } from '@aws-sdk/client-sts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.js';

export const clientAccount = '111122223333';
export const providerAccount = '999999999999';
export const serviceRole = `arn:aws:iam::${providerAccount}:role/RolecallService`;

/** A sandbox that loses no time but for an endpoint's confirmation, ended with the test. */
export async function startQuickly(
  t: { after: (end: () => Promise<void>) => void },
  options: SandboxOptions = {},
): Promise<Sandbox> {
  const sandbox = await startSandbox({
    propagationMs: 0,
    resourceDelayMs: 0,
    confirmationMs: 60_000,
    ...options,
  });
  t.after(() => sandbox.close());
  return sandbox;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The credentials of an account's administrator. */
export function administrator(account: string): Credentials {
  return { accessKeyId: account, secretAccessKey: 'sandbox' };
}

/** The credentials that the sandbox hands to the service, like those of an ECS task. */
export async function serviceCredentials(sandbox: Sandbox): Promise<Credentials> {
  const answer = await fetch(`${sandbox.url}/_sandbox/credentials?role=${serviceRole}`);
  const given: Record<'AccessKeyId' | 'SecretAccessKey' | 'Token', string> = JSON.parse(await answer.text());
  return {
    accessKeyId: given.AccessKeyId,
    secretAccessKey: given.SecretAccessKey,
    sessionToken: given.Token,
  };
}

function settings(sandbox: Sandbox, credentials: Credentials) {
  return { endpoint: sandbox.url, region: 'us-east-1', credentials, maxAttempts: 1 };
}

export function stsFor(sandbox: Sandbox, credentials: Credentials): STSClient {
  return new STSClient(settings(sandbox, credentials));
}

export function cloudFormationFor(
  sandbox: Sandbox,
  who: string | Credentials = clientAccount,
): CloudFormationClient {
  return new CloudFormationClient(settings(sandbox, typeof who === 'string' ? administrator(who) : who));
}

export function organizationsFor(sandbox: Sandbox, who: string | Credentials): OrganizationsClient {
  return new OrganizationsClient(settings(sandbox, typeof who === 'string' ? administrator(who) : who));
}

export function iamFor(sandbox: Sandbox, who: string | Credentials = clientAccount): IAMClient {
  return new IAMClient(settings(sandbox, typeof who === 'string' ? administrator(who) : who));
}

export function s3For(sandbox: Sandbox, account = clientAccount): S3Client {
  return new S3Client({
    ...settings(sandbox, administrator(account)),
    forcePathStyle: true,
  });
}

/** Makes a role with this trust policy by a stack of the role's name. Returns its ARN. */
export async function makeRole(
  sandbox: Sandbox,
  name: string,
  trustPolicy: unknown,
  properties: Record<string, unknown> = {},
  account = clientAccount,
): Promise<string> {
  const client = cloudFormationFor(sandbox, account);
  const role = {
    Type: 'AWS::IAM::Role',
    Properties: { RoleName: name, AssumeRolePolicyDocument: trustPolicy, ...properties },
  };
  await client.send(
    new CreateStackCommand({
      StackName: name,
      TemplateBody: JSON.stringify({
        Resources: { Role: role },
        Outputs: { Arn: { Value: { 'Fn::GetAtt': 'Role.Arn' } } },
      }),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
    }),
  );
  const stack = await settled(client, name);
  if (stack.StackStatus !== 'CREATE_COMPLETE') throw new Error(`${name}: ${stack.StackStatus}`);
  return stack.Outputs?.[0]?.OutputValue ?? '';
}

/** The credentials of a session that the service begins in a role. */
export async function sessionIn(
  sandbox: Sandbox,
  roleArn: string,
  input: Partial<AssumeRoleCommandInput> = {},
): Promise<Credentials> {
  const sts = stsFor(sandbox, await serviceCredentials(sandbox));
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'test', ...input }),
  );
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
}

/** A trust policy that lets `principal` in under `condition`. */
export function trusting(principal: unknown, condition: unknown = {}, action: unknown = 'sts:AssumeRole') {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: principal }, Action: action, Condition: condition }],
  };
}

/** Waits until nothing is being done to a stack any more. */
export async function settled(client: CloudFormationClient, name: string): Promise<Stack> {
  for (;;) {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }));
    const stack = Stacks?.[0];
    if (stack === undefined) throw new Error(`no stack ${name}`);
    if (stack.StackStatus?.endsWith('IN_PROGRESS') === false) return stack;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Calls the control API. */
export async function control(sandbox: Sandbox, method: string, path: string, body?: unknown) {
  const answer = await fetch(`${sandbox.url}/_sandbox/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return text === '' ? undefined : JSON.parse(text);
}

/** The code and the message of the error that a call ends in. */
export async function failure(call: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) return { code: error.name, message: error.message };
  }
  return { code: 'none', message: '' };
}
