import { type CentralStackSettings, readCentralStack } from './central-stack-settings.js';
import { ConfigError } from './config-error.js';
import { parseArn } from './core/arn.js';
import { parseRoleArn } from './core/role-arn.js';
import {
  type Environment,
  isLoopback,
  parseBaseUrl,
  readChoice,
  readNumber,
  trimmed,
} from './environment.js';
import { type Issuer, readIssuer } from './issuer.js';
import type { ControlRoles } from './keeping/check-controls.js';
import { type Limits, readLimits } from './limits.js';
import { type Operator, readOperator } from './operator.js';
import type { TrustedPrincipal } from './templates/render.js';

/** The environment, read and checked once, at the start. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** The service's address as clients and SNS reach it, without a slash at the end. */
  readonly publicUrl: string;
  readonly tableName: string;
  readonly tableCreate: 'never' | 'if-missing';
  readonly trustedPrincipal: TrustedPrincipal;
  readonly controlRoles: ControlRoles | null;
  /** The https address below which templates are published, without a slash at the end. */
  readonly templateBaseUrl: string;
  readonly templateCheck: 'at-start' | 'skip';
  readonly adminApiKey: string | null;
  /** Where the users are who switch into clients' accounts; null where there is no such account. */
  readonly centralAccountId: string | null;
  readonly centralStack: CentralStackSettings;
  /** Whose access tokens are taken beside API keys; null where nobody's are. */
  readonly issuer: Issuer | null;
  readonly limits: Limits;
  /** Set in development only: the origin of the simulator. */
  readonly simulatorOrigin: string | null;
  /** Who asks, as the pages show it to the client. */
  readonly operator: Operator;
  readonly logLevel: string;
  /** Versions of SNS's signature that are taken: 2 (SHA-256), and 1 (SHA-1) only where it is switched on. */
  readonly snsSignatureVersions: readonly ('1' | '2')[];
  /** After how many takeovers a stack that fails for ever is given up. */
  readonly giveUpAfter: number;
  /** How many calls of STS the verifications on schedule may make, of all instances together. */
  readonly stsCallsPerSecond: number;
  /** The share of accounts that may fail at once before the fault counts as the service's own. */
  readonly fleetFailurePercent: number;
  /** Between two verifications of a connected account, in milliseconds. */
  readonly verifyEvery: number;
  /** For how long events can be read, in milliseconds. */
  readonly keepEvents: number;
  /** Whether external IDs may come from outside, with roles that were there before. */
  readonly allowImport: boolean;
}

/** Reads the configuration. Throws a ConfigError for the first variable that is missing or wrong. */
export function readConfig(env: Environment): Config {
  const simulatorOrigin = readSimulatorOrigin(env);
  const centralAccountId = readCentralAccountId(env);
  return {
    host: env['HOST'] || '127.0.0.1',
    port: readNumber(env, 'PORT', 8080, [0, 65_535]),
    publicUrl: readPublicUrl(env),
    tableName: readTableName(env),
    tableCreate: readChoice(env, 'TABLE_CREATE', ['never', 'if-missing']),
    trustedPrincipal: readTrustedPrincipal(env),
    controlRoles: readControlRoles(env),
    templateBaseUrl: readTemplateBaseUrl(env, simulatorOrigin),
    templateCheck: readChoice(env, 'TEMPLATE_CHECK', ['at-start', 'skip']),
    adminApiKey: readAdminApiKey(env),
    centralAccountId,
    centralStack: readCentralStack(env, centralAccountId),
    issuer: readIssuer(env),
    limits: readLimits(env),
    simulatorOrigin,
    operator: readOperator(env),
    snsSignatureVersions:
      readChoice(env, 'SNS_SIGNATURE_VERSION_1', ['refuse', 'allow']) === 'allow' ? ['1', '2'] : ['2'],
    giveUpAfter: readNumber(env, 'GIVE_UP_AFTER', 20, [1, 1000]),
    stsCallsPerSecond: readNumber(env, 'STS_CALLS_PER_SECOND', 100, [5, 600]),
    fleetFailurePercent: readNumber(env, 'FLEET_FAILURE_PERCENT', 20, [1, 100]),
    verifyEvery: readNumber(env, 'VERIFY_EVERY_HOURS', 24, [1, 720]) * 3_600_000,
    keepEvents: readNumber(env, 'EVENT_RETENTION_DAYS', 400, [1, 3_650]) * 86_400_000,
    allowImport: readChoice(env, 'ALLOW_IMPORT', ['false', 'true']) === 'true',
    logLevel: readChoice(env, 'LOG_LEVEL', ['info', 'trace', 'debug', 'warn', 'error', 'fatal', 'silent']),
  };
}

function readPublicUrl(env: Environment): string {
  const text = env['PUBLIC_URL'] || 'http://127.0.0.1:8080';
  const url = parseBaseUrl(text);
  const example = 'https://access.example.com';
  if (url === null) throw new ConfigError('PUBLIC_URL', 'has to be a plain http or https address', example);
  if (url.protocol !== 'https:' && !isLoopback(url))
    throw new ConfigError('PUBLIC_URL', 'has to be https unless it is on loopback', example);
  return trimmed(url);
}

function readTableName(env: Environment): string {
  const name = env['TABLE_NAME'] || 'rolecall';
  if (/^[\w.-]{3,255}$/.test(name)) return name;
  throw new ConfigError('TABLE_NAME', 'has to be 3 to 255 letters, digits or any of . _ -', 'rolecall');
}

function readTrustedPrincipal(env: Environment): TrustedPrincipal {
  const example = 'arn:aws:iam::111122223333:role/RolecallService';
  const text = env['TRUSTED_PRINCIPAL_ARN'] || '';
  if (text === '') throw new ConfigError('TRUSTED_PRINCIPAL_ARN', 'is missing', example);
  const principal = parseRoleArn(text) ?? parseUserArn(text);
  if (principal !== null) return principal;
  const fault = 'has to be the ARN of one IAM role or user (no root, no session, no wildcard)';
  throw new ConfigError('TRUSTED_PRINCIPAL_ARN', fault, example);
}

function parseUserArn(text: string): TrustedPrincipal | null {
  const arn = parseArn(text);
  if (arn === null || arn.service !== 'iam' || arn.region !== '' || arn.account === '') return null;
  return /^user\/([\x21-\x7e]+\/)*[\w+=,.@-]{1,64}$/.test(arn.resource) && !/[*?]|\/\.{1,2}(\/|$)/.test(text)
    ? { ...arn, text }
    : null;
}

function readControlRoles(env: Environment): ControlRoles | null {
  const names = ['CONTROL_ROLE_STRICT_ARN', 'CONTROL_ROLE_OPEN_ARN', 'CONTROL_EXTERNAL_ID'] as const;
  if (names.every((name) => (env[name] || '') === '')) return null;
  const role = (name: (typeof names)[number]): string => {
    const arn = parseRoleArn(env[name] || '');
    if (arn !== null) return arn.text;
    const fault = 'has to be the ARN of an IAM role (the three control variables go together)';
    throw new ConfigError(name, fault, 'arn:aws:iam::111122223333:role/RolecallControlStrict');
  };
  const externalId = env['CONTROL_EXTERNAL_ID'] || '';
  const [strict, open] = [role('CONTROL_ROLE_STRICT_ARN'), role('CONTROL_ROLE_OPEN_ARN')];
  if (/^[\w+=,.@:/-]{2,1224}$/.test(externalId)) return { strict, open, externalId };
  const fault = 'has to be 2 to 1224 letters, digits or any of + = , . @ : / -';
  throw new ConfigError('CONTROL_EXTERNAL_ID', fault, '0b8f7c3e-5d8e-4a55-9f0a-3c1d2e4f5a6b');
}

function readTemplateBaseUrl(env: Environment, simulatorOrigin: string | null): string {
  const example = 'https://rolecall-templates.s3.us-east-1.amazonaws.com/v1';
  const text = env['TEMPLATE_BASE_URL'] || '';
  if (text === '') throw new ConfigError('TEMPLATE_BASE_URL', 'is missing', example);
  const url = parseBaseUrl(text);
  if (url !== null && (url.protocol === 'https:' || url.origin === simulatorOrigin)) return trimmed(url);
  throw new ConfigError('TEMPLATE_BASE_URL', 'has to be the https address of an S3 prefix', example);
}

function readAdminApiKey(env: Environment): string | null {
  const key = env['ADMIN_API_KEY'] || '';
  if (key === '') return null;
  if (key.length >= 24 && /^[\x21-\x7e]+$/.test(key)) return key;
  throw new ConfigError(
    'ADMIN_API_KEY',
    'has to be at least 24 characters without blanks',
    '0a1b2c3d4e5f60718293a4b5c6d7e8f9',
  );
}

function readCentralAccountId(env: Environment): string | null {
  const text = env['CENTRAL_ACCOUNT_ID'] || '';
  if (text === '' || /^\d{12}$/.test(text)) return text || null;
  throw new ConfigError('CENTRAL_ACCOUNT_ID', 'has to be the 12 digits of an AWS account', '111122223333');
}

function readSimulatorOrigin(env: Environment): string | null {
  const text = env['AWS_SIMULATOR_URL'] || '';
  if (text === '') return null;
  const url = parseBaseUrl(text);
  if (url !== null && url.pathname === '/') return url.origin;
  throw new ConfigError('AWS_SIMULATOR_URL', 'has to be an origin', 'http://127.0.0.1:4566');
}
