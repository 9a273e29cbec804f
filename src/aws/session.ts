import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { type Credentials, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { parseStackId } from '../core/stack-id.js';
import type { Session } from '../onboarding/verify-account.js';
import { outcomeOf } from './denial.js';

/**
 * What can be asked with a session of a client's role. A client of the SDK signs with the credentials it was made
 * with, so each question gets one of its own, on the sockets of the service's.
 */
export function openSession({ config }: STSClient, issued: Credentials | undefined): Session {
  const { requestHandler, region, maxAttempts } = config;
  const credentials = {
    accessKeyId: issued?.AccessKeyId ?? '',
    secretAccessKey: issued?.SecretAccessKey ?? '',
    sessionToken: issued?.SessionToken ?? '',
  };
  const settings = { credentials, requestHandler, maxAttempts };

  return {
    outcome: 'entered',

    async callerAccount() {
      try {
        const sts = new STSClient({ ...settings, region });
        const { Account } = await sts.send(new GetCallerIdentityCommand({}));
        return { outcome: 'entered', accountId: Account ?? '' };
      } catch (error) {
        return outcomeOf(error);
      }
    },

    async stackStatus(stackId) {
      const stack = parseStackId(stackId);
      if (stack === null) return null;
      try {
        const cloudFormation = new CloudFormationClient({ ...settings, region: stack.region });
        const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stackId }));
        return Stacks?.[0]?.StackStatus ?? null;
      } catch {
        return null;
      }
    },
  };
}
