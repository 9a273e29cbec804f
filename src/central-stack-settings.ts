import { ConfigError } from './config-error.js';
import { parseRoleArn } from './core/role-arn.js';
import { type Environment, readChoice } from './environment.js';

/** How the central account's stack is deployed. */
export interface CentralStackSettings {
  /** The role to deploy by; null where this service's own rights are meant. */
  readonly roleArn: string | null;
  readonly stackName: string;
  /** Where templates stand that are too large to be sent, a private one; null where there is none. */
  readonly bucket: string | null;
  /** Whether the stack follows the groups by itself. */
  readonly auto: boolean;
}

/** Reads the settings. Throws a ConfigError for the first variable that is wrong. */
export function readCentralStack(env: Environment, centralAccountId: string | null): CentralStackSettings {
  return {
    roleArn: readRole(env, centralAccountId),
    stackName: readStackName(env),
    bucket: readBucket(env),
    auto: readChoice(env, 'CENTRAL_STACK_AUTO', ['false', 'true']) === 'true',
  };
}

function readRole(env: Environment, centralAccountId: string | null): string | null {
  const text = env['CENTRAL_STACK_ROLE_ARN'] || '';
  if (text === '') return null;
  const example = `arn:aws:iam::${centralAccountId ?? '111122223333'}:role/RolecallCentralDeployment`;
  const role = parseRoleArn(text);
  if (role === null)
    throw new ConfigError('CENTRAL_STACK_ROLE_ARN', 'has to be the ARN of an IAM role', example);
  if (role.account === centralAccountId) return text;
  throw new ConfigError(
    'CENTRAL_STACK_ROLE_ARN',
    'has to be a role of the account in CENTRAL_ACCOUNT_ID',
    example,
  );
}

/** Source: AWS CloudFormation API Reference, CreateChangeSet, `StackName`. */
function readStackName(env: Environment): string {
  const name = env['CENTRAL_STACK_NAME'] || 'rolecall-central';
  if (/^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(name)) return name;
  const fault = 'has to begin with a letter and go on with up to 127 letters, digits or hyphens';
  throw new ConfigError('CENTRAL_STACK_NAME', fault, 'rolecall-central');
}

/** Source: Amazon S3 User Guide, "General purpose bucket naming rules"; one with dots has no certificate. */
function readBucket(env: Environment): string | null {
  const name = env['CENTRAL_STACK_BUCKET'] || '';
  if (name === '' || /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name)) return name || null;
  const fault = 'has to be the name of an S3 bucket, without dots';
  throw new ConfigError('CENTRAL_STACK_BUCKET', fault, 'example-central-templates');
}
