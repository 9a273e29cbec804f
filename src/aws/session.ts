import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetRoleCommand, IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { type Credentials, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { parseRoleArn } from '../core/role-arn.js';
import { parseStackId } from '../core/stack-id.js';
import type { Reading } from '../core/verdict.js';
import type { Session } from '../onboarding/verify-account.js';
import { tellsCalls } from '../seeing/aws-call.js';
import { outcomeOf } from './denial.js';
import { askOrganization } from './organization.js';
import { permissionsOf } from './simulation.js';
import { tryActions } from './try-actions.js';

/**
 * What can be asked with a session of a client's role. A client of the SDK signs with the credentials it was made
 * with, so each session gets its own, on the sockets and by the settings of the service's.
 */
export function openSession({ config }: STSClient, issued: Credentials | undefined): Session {
  const { requestHandler, region, systemClockOffset } = config;
  const credentials = {
    accessKeyId: issued?.AccessKeyId ?? '',
    secretAccessKey: issued?.SecretAccessKey ?? '',
    sessionToken: issued?.SessionToken ?? '',
  };
  const settings = { ...settingsOf(config), credentials };
  let opened: IAMClient | null = null;
  const iam = (): IAMClient => {
    opened ??= tellsCalls(new IAMClient({ ...settings, region }));
    return opened;
  };

  return {
    outcome: 'entered',
    ...askOrganization({ ...settings, region }),

    async callerAccount() {
      try {
        const sts = tellsCalls(new STSClient({ ...settings, region }));
        const { Account } = await sts.send(new GetCallerIdentityCommand({}));
        return { outcome: 'entered', accountId: Account ?? '' };
      } catch (error) {
        return outcomeOf(error);
      }
    },

    trustPolicy: (roleArn) =>
      reading(async () => {
        const RoleName = parseRoleArn(roleArn)?.name ?? '';
        const { Role } = await iam().send(new GetRoleCommand({ RoleName }));
        // IAM returns policies percent-encoded. Source: IAM API Reference, GetRole.
        return decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
      }),

    async permissions(roleArn, actions, stackRegion) {
      const simulated = await reading(async () => {
        const request = { PolicySourceArn: roleArn, ActionNames: [...actions], MaxItems: 1_000 };
        const { EvaluationResults } = await iam().send(new SimulatePrincipalPolicyCommand(request));
        return permissionsOf(actions, EvaluationResults ?? []);
      });
      const role = parseRoleArn(roleArn);
      if (simulated.outcome !== 'denied' || role === null) return simulated;
      const trial = { credentials, requestHandler, systemClockOffset };
      return {
        outcome: 'read',
        value: await tryActions(trial, role, stackRegion ?? (await region()), actions),
      };
    },

    async stackStatus(stackId) {
      const stack = parseStackId(stackId);
      if (stack === null) return null;
      try {
        const cloudFormation = tellsCalls(new CloudFormationClient({ ...settings, region: stack.region }));
        const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stackId }));
        return Stacks?.[0]?.StackStatus ?? null;
      } catch {
        return null;
      }
    },
  };
}

/** What a client of the SDK would look up for itself, in the environment and in files, at the first call of each. */
function settingsOf({
  requestHandler,
  maxAttempts,
  retryMode,
  defaultsMode,
  useFipsEndpoint,
  useDualstackEndpoint,
  userAgentAppId,
}: STSClient['config']) {
  return {
    ...{ requestHandler, maxAttempts, retryMode, defaultsMode },
    ...{ useFipsEndpoint, useDualstackEndpoint, userAgentAppId },
  };
}

async function reading<Value>(read: () => Promise<Value>): Promise<Reading<Value>> {
  try {
    return { outcome: 'read', value: await read() };
  } catch (error) {
    return outcomeOf(error);
  }
}
