import { randomBytes } from 'node:crypto';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { EnterRole } from '../onboarding/verify-account.js';
import { tellsCalls } from '../seeing/aws-call.js';
import { outcomeOf } from './denial.js';
import { openSession } from './session.js';

/** One client for the process. Endpoint, region and credentials come from the SDK's own settings. */
export function openSts(): STSClient {
  const client = new STSClient({
    cacheMiddleware: true,
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: 3_000,
      throwOnRequestTimeout: true,
    },
  });
  // It makes a copy of every request and answer for a logger that is none.
  client.middlewareStack.remove('loggerMiddleware');
  return tellsCalls(client);
}

/**
 * Tries to enter roles as this service. The session's credentials stay in the
 * session that is handed out: they sign what is asked of it, and are never kept or logged.
 */
export function makeEnterRole(service: STSClient): EnterRole {
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
      return openSession(service, Credentials);
    } catch (error) {
      return outcomeOf(error);
    }
  };
}
