import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { CreateUserCommand, type IAMClient } from '@aws-sdk/client-iam';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { cloudFormationFor, iamFor, s3For, settled } from '../sandbox/clients.js';
import type { World } from './world.js';

export const CENTRAL = '444455556666';
const BUCKET = 'central-templates';
const ROLE_STACK = 'rolecall-central-deployment';

export interface CentralWorld {
  readonly iam: IAMClient;
  readonly cloudFormation: CloudFormationClient;
  /** What the service's environment needs beside. */
  readonly settings: NodeJS.ProcessEnv;
}

/** A central account with these users, and with a bucket for templates or without, made ready to be deployed to as the operator is told to. */
export async function openCentralAccount(
  { sandbox, environment }: World,
  users: readonly string[],
  { hasBucket = false } = {},
): Promise<CentralWorld> {
  const [iam, cloudFormation] = [iamFor(sandbox, CENTRAL), cloudFormationFor(sandbox, CENTRAL)];
  for (const UserName of users) await iam.send(new CreateUserCommand({ UserName }));
  if (hasBucket) await s3For(sandbox, CENTRAL).send(new CreateBucketCommand({ Bucket: BUCKET }));
  const template = new URL('../../templates/central-deployment-role.yaml', import.meta.url);
  const given = {
    TrustedPrincipalArn: environment['TRUSTED_PRINCIPAL_ARN'],
    TemplateBucket: hasBucket ? BUCKET : '',
  };
  await cloudFormation.send(
    new CreateStackCommand({
      StackName: ROLE_STACK,
      TemplateBody: await readFile(fileURLToPath(template), 'utf8'),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      Parameters: Object.entries(given).map(([ParameterKey, ParameterValue]) => ({
        ParameterKey,
        ParameterValue,
      })),
    }),
  );
  const { Outputs = [] } = await settled(cloudFormation, ROLE_STACK);
  const role = Outputs.find(({ Description }) => Description === 'CENTRAL_STACK_ROLE_ARN');
  const settings = {
    CENTRAL_ACCOUNT_ID: CENTRAL,
    CENTRAL_STACK_ROLE_ARN: role?.OutputValue,
    CENTRAL_STACK_BUCKET: hasBucket ? BUCKET : '',
  };
  return { iam, cloudFormation, settings };
}
