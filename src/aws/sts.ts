import { randomBytes } from 'node:crypto';
import {
  AssumeRoleCommand,
  type Credentials,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import type { Probe } from '../core/verdict.js';
import type { EnterRole } from '../onboarding/verify-account.js';

const timeouts = {
  connectionTimeout: 1_000,
  requestTimeout: 3_000,
  throwOnRequestTimeout: true,
};

/**
 * The two STS calls that a verification is made of. The probes are made as this service, by one client for the
 * process; the session's credentials live no longer than the one call they sign, and are never kept or logged.
 */
export function makeEnterRole(): EnterRole {
  const service = new STSClient({
    cacheMiddleware: true,
    maxAttempts: 3,
    requestHandler: timeouts,
  });

  return async ({ roleArn, externalId }) => {
    try {
      const { Credentials } = await service.send(
        new AssumeRoleCommand({
          RoleArn: roleArn,
          // Not to be told from any other session, lest a trust policy spare the probes by their name.
          RoleSessionName: `rolecall-${randomBytes(6).toString('hex')}`,
          DurationSeconds: 900,
          ...(externalId !== null && { ExternalId: externalId }),
        }),
      );
      return {
        outcome: 'entered',
        callerAccount: () => callerAccount(service, Credentials),
      };
    } catch (error) {
      return outcomeOf(error);
    }
  };
}

/** A client signs with the credentials it was made with, so a session gets one of its own on the same sockets. */
async function callerAccount(
  { config: { requestHandler, region, maxAttempts } }: STSClient,
  session: Credentials | undefined,
): Promise<Probe> {
  const credentials = {
    accessKeyId: session?.AccessKeyId ?? '',
    secretAccessKey: session?.SecretAccessKey ?? '',
    sessionToken: session?.SessionToken ?? '',
  };
  const client = new STSClient({
    credentials,
    requestHandler,
    region,
    maxAttempts,
  });
  try {
    const { Account } = await client.send(new GetCallerIdentityCommand({}));
    return { outcome: 'entered', accountId: Account ?? '' };
  } catch (error) {
    return outcomeOf(error);
  }
}

/**
 * AccessDenied is the only denial. Throttling, a time-out, a disabled region say nothing about the role.
 * Source: STS API Reference, AssumeRole, Errors; IAM User Guide, "Troubleshooting IAM roles".
 */
function outcomeOf(error: unknown): Exclude<Probe, { outcome: 'entered' }> {
  const name = error instanceof Error ? error.name : 'Error';
  if (name === 'AccessDenied' || name === 'AccessDeniedException') return { outcome: 'denied' };
  return { outcome: 'inconclusive', error: name };
}
