import {
  AssumeRoleCommand,
  type Credentials,
  MalformedPolicyDocumentException,
  PackedPolicyTooLargeException,
  type STSClient,
} from '@aws-sdk/client-sts';
import type { IssuedSession, IssueSession } from '../keeping/issue-credentials.js';
import { outcomeOf } from './denial.js';

/** AWS's own words may be long; they never hold credentials, which come with success alone. */
const LONGEST_MESSAGE = 300;

/** Issues sessions of clients' roles by the process's own STS client. Of an error, its name goes on, and nothing else. */
export function makeIssueSession(service: STSClient): IssueSession {
  return async ({ roleArn, externalId, sourceIdentity, sessionName, durationSeconds, policy }) => {
    try {
      const { Credentials } = await service.send(
        new AssumeRoleCommand({
          RoleArn: roleArn,
          ExternalId: externalId,
          RoleSessionName: sessionName,
          DurationSeconds: durationSeconds,
          ...(sourceIdentity !== null && { SourceIdentity: sourceIdentity }),
          ...(policy !== null && { Policy: policy }),
        }),
      );
      const session = sessionOf(Credentials);
      return session === null
        ? { outcome: 'unavailable', error: 'no credentials' }
        : { outcome: 'issued', session };
    } catch (error) {
      return refusalOf(error);
    }
  };
}

function sessionOf(issued: Credentials | undefined): IssuedSession | null {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = issued ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) return null;
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration.getTime(),
  };
}

/** Source: STS API Reference, AssumeRole, Errors; Common Errors. */
function refusalOf(error: unknown): Exclude<Awaited<ReturnType<IssueSession>>, { outcome: 'issued' }> {
  if (error instanceof MalformedPolicyDocumentException || error instanceof PackedPolicyTooLargeException)
    return { outcome: 'policy-refused', message: error.message.slice(0, LONGEST_MESSAGE) };
  const outcome = outcomeOf(error);
  if (outcome.outcome === 'denied') return outcome;
  const status = statusOf(error);
  if (status === 429 || /Throttl|RequestLimitExceeded|TooManyRequests/.test(outcome.error))
    return { outcome: 'throttled', error: outcome.error };
  // A call that AWS understood and did not carry out (a disabled region, credentials of ours that have expired) will
  // not go better in a moment.
  const refused = status !== null && status >= 400 && status < 500;
  return { outcome: refused ? 'refused' : 'unavailable', error: outcome.error };
}

function statusOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('$metadata' in error)) return null;
  return (error.$metadata as { httpStatusCode?: number }).httpStatusCode ?? null;
}
