import type { Attributes } from '@opentelemetry/api';

interface Ids {
  readonly clientId?: string | undefined;
  readonly accountId?: string | undefined;
  readonly stackId?: string | undefined;
  readonly requestId?: string | undefined;
}

/** What a span is about, by the ids that the log has: they lead from one to the other. */
export function idsOf({ clientId, accountId, stackId, requestId }: Ids): Attributes {
  return {
    'rolecall.client_id': clientId,
    'rolecall.account_id': accountId,
    'rolecall.stack_id': stackId,
    'rolecall.request_id': requestId,
  };
}
