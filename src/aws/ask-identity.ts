import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Identity } from '../readiness/check-identity.js';
import { tellsCalls } from '../seeing/aws-call.js';

/** In milliseconds. */
const ANSWERED_WITHIN = 3_500;

/**
 * Asks STS who the service is, and looks at the time in its answer's Date header, be the answer yes or no. A client of
 * its own, since it looks at every answer; on the sockets of the service's. Never throws.
 */
export function makeAskIdentity({ config }: STSClient): () => Promise<Identity> {
  const { requestHandler, region, credentials } = config;
  const client = tellsCalls(new STSClient({ requestHandler, region, credentials, maxAttempts: 2 }));
  let clockAhead: number | null = null;
  client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      clockAhead = aheadBy(answer.response);
      return answer;
    },
    // Next to the wire: what comes after it throws where the answer is no.
    { step: 'deserialize', priority: 'low' },
  );

  return async () => {
    clockAhead = null;
    try {
      const abortSignal = AbortSignal.timeout(ANSWERED_WITHIN);
      const { Arn } = await client.send(new GetCallerIdentityCommand({}), { abortSignal });
      return { arn: Arn ?? '', error: null, isRefused: false, clockAhead };
    } catch (error) {
      return { arn: null, ...faultOf(error), clockAhead };
    }
  };
}

/** Our own clock is read as the answer arrives, so that the difference is as large as the way back, at most. */
function aheadBy(response: unknown): number | null {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return null;
  const { date } = response.headers as Record<string, string | undefined>;
  const at = Date.parse(date ?? '');
  return Number.isNaN(at) ? null : at - Date.now();
}

/** Source: STS API Reference, Common Errors. What the SDK finds no credentials for, it calls a provider's error. */
function faultOf(error: unknown): Pick<Identity, 'error' | 'isRefused'> {
  if (!(error instanceof Error)) return { error: 'Error', isRefused: false };
  const isTheirs =
    '$fault' in error && error.$fault === 'client' && !/Throttl|TooManyRequests/.test(error.name);
  return { error: error.name, isRefused: isTheirs || /Credentials|ProviderError/.test(error.name) };
}
