import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { IAMClient, paginateListUsers } from '@aws-sdk/client-iam';
import { S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import type { CentralAccount } from '../access/central-stack/central-account.js';
import type { Partition } from '../core/partition.js';
import { Problem } from '../core/problem.js';
import { tellsCalls } from '../seeing/aws-call.js';
import { makeCentralChangeSets } from './central-change-sets.js';
import { makeCentralDrift } from './central-drift.js';
import { makeCentralTemplates } from './central-templates.js';

export interface CentralAccountSettings {
  /** The role to deploy by, in the central account; null where this service runs there itself. */
  readonly roleArn: string | null;
  readonly stackName: string;
  readonly bucket: string | null;
  readonly partition: Partition;
  readonly simulatorOrigin: string | null;
}

/**
 * Reaches the central account by the role that is set for it. Whatever AWS refuses is told as `central-stack-refused`,
 * in its own words, and what it could not do as `unavailable`.
 */
export function openCentralAccount(sts: STSClient, settings: CentralAccountSettings): CentralAccount {
  const { roleArn } = settings;
  const credentials = async () => {
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn: roleArn ?? '', RoleSessionName: 'rolecall-central-stack' }),
    );
    return {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
      ...(Credentials?.Expiration && { expiration: Credentials.Expiration }),
    };
  };
  const shared = { ...(roleArn !== null && { credentials }), maxAttempts: 5 };
  const iam = tellsCalls(new IAMClient(shared));
  const cloudFormation = tellsCalls(new CloudFormationClient(shared));
  const s3 = tellsCalls(new S3Client({ ...shared, forcePathStyle: settings.simulatorOrigin !== null }));
  const templates = makeCentralTemplates(s3, settings);

  const account: CentralAccount = {
    addressOf: templates.addressOf,
    ...makeCentralChangeSets(cloudFormation, templates, settings.stackName),
    ...makeCentralDrift(cloudFormation),

    async users() {
      const names: string[] = [];
      for await (const { Users = [] } of paginateListUsers({ client: iam }, {}))
        names.push(...Users.flatMap(({ UserName }) => UserName ?? []));
      return names;
    },
  };
  return told(account);
}

/** The same, with AWS's errors as problems of ours. */
function told(account: CentralAccount): CentralAccount {
  const tell =
    <Args extends unknown[], Result>(ask: (...args: Args) => Promise<Result>) =>
    (...args: Args): Promise<Result> =>
      ask(...args).catch((error: unknown) => {
        throw error instanceof Problem ? error : problemOf(error);
      });
  return {
    users: tell(account.users),
    stack: tell(account.stack),
    addressOf: tell(account.addressOf),
    propose: tell(account.propose),
    proposal: tell(account.proposal),
    execute: tell(account.execute),
    discard: tell(account.discard),
    failures: tell(account.failures),
    detectDrift: tell(account.detectDrift),
    isDriftChecked: tell(account.isDriftChecked),
    driftedResources: tell(account.driftedResources),
  };
}

/** What AWS says may be long; it holds no credentials. */
const LONGEST_MESSAGE = 500;

function problemOf(error: unknown): unknown {
  if (!(error instanceof Error) || !('$fault' in error)) return error;
  const words = `${error.name}: ${error.message}`.slice(0, LONGEST_MESSAGE);
  if (/is in \w+_FAILED state/.test(error.message)) return new Problem('central-stack-broken', words);
  const isOurs = error.$fault === 'client' && !/Throttl|RequestLimit|TooManyRequests/.test(error.name);
  return isOurs
    ? new Problem('central-stack-refused', words)
    : new Problem('unavailable', `The central account does not answer: ${words}`);
}
