import { randomBytes, randomUUID } from 'node:crypto';
import { GetRoleCommand, IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { FloorStack } from './items.js';
import { exchange } from './sns.js';

const PROVEN = [
  'iam:GetAccountSummary',
  's3:ListAllMyBuckets',
  'ec2:DescribeInstances',
  'cloudtrail:DescribeTrails',
];

/** The service's calls of STS and IAM, with its settings, in its order. */
export function openAws() {
  const sts = new STSClient({
    cacheMiddleware: true,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
  });
  sts.middlewareStack.remove('loggerMiddleware');
  const { requestHandler, region, maxAttempts, retryMode, defaultsMode } = sts.config;
  const { useFipsEndpoint, useDualstackEndpoint, userAgentAppId } = sts.config;

  const assume = (RoleArn: string, ExternalId?: string) =>
    sts.send(
      new AssumeRoleCommand({
        ...{ RoleArn, RoleSessionName: `rolecall-${randomBytes(6).toString('hex')}`, DurationSeconds: 900 },
        ...(ExternalId !== undefined && { ExternalId }),
      }),
    );
  const isDenied = (RoleArn: string, ExternalId?: string) =>
    assume(RoleArn, ExternalId).then(
      () => false,
      (error) => error.name === 'AccessDenied',
    );

  return {
    /** Enters the role, sees which account it is, and that nobody without the external ID gets in. Throws otherwise. */
    async verify(roleArn: string, externalId: string, accountId: string): Promise<{ granted: string[] }> {
      const { Credentials } = await assume(roleArn, externalId);
      const settings = {
        credentials: {
          accessKeyId: Credentials?.AccessKeyId ?? '',
          secretAccessKey: Credentials?.SecretAccessKey ?? '',
          sessionToken: Credentials?.SessionToken ?? '',
        },
        ...{ requestHandler, region, maxAttempts, retryMode, defaultsMode },
        ...{ useFipsEndpoint, useDualstackEndpoint, userAgentAppId },
      };
      const { Account } = await new STSClient(settings).send(new GetCallerIdentityCommand({}));
      const iam = new IAMClient(settings);
      const [without, wrong, role, simulated] = await Promise.all([
        isDenied(roleArn),
        isDenied(roleArn, randomUUID()),
        iam.send(new GetRoleCommand({ RoleName: roleArn.slice(roleArn.lastIndexOf('/') + 1) })),
        iam.send(
          new SimulatePrincipalPolicyCommand({
            ...{ PolicySourceArn: roleArn, ActionNames: PROVEN, MaxItems: 1_000 },
          }),
        ),
      ]);
      const trust = JSON.parse(decodeURIComponent(role.Role?.AssumeRolePolicyDocument ?? ''));
      const asksForIt = trust.Statement[0].Condition.StringEquals['sts:ExternalId'] === externalId;
      if (Account !== accountId || !without || !wrong || !asksForIt) throw new Error('the role is not safe');
      const results = simulated.EvaluationResults ?? [];
      return {
        granted: results
          .filter(({ EvalDecision }) => EvalDecision === 'allowed')
          .map(({ EvalActionName = '' }) => EvalActionName),
      };
    },

    async answer({ clientId, accountId, stackId, requestId, logicalResourceId, responseUrl }: FloorStack) {
      const answer = {
        Status: 'SUCCESS',
        PhysicalResourceId: `${clientId}/${accountId}`,
        StackId: stackId,
        RequestId: requestId,
        LogicalResourceId: logicalResourceId,
        Data: { ClientId: clientId, AccountStatus: 'connected' },
      };
      const { status } = await exchange('PUT', responseUrl, JSON.stringify(answer), { 'content-type': '' });
      if (status !== 200) throw new Error(`the answer was refused with ${status}`);
    },
  };
}
