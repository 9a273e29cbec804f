import type { Account } from './account.js';
import type { Client } from './client.js';
import { launchByToken } from './launch.js';
import type { Stack, StackRequest } from './stack.js';
import { parseStackId } from './stack-id.js';

/** Which link and which stack an account came by. */
export function origin(
  stack: Stack,
  client: Client | null,
): Pick<Account, 'launchId' | 'stackId' | 'region'> {
  const launch = client && launchByToken(client.launches, stack.callbackTokenHash, 'callbackTokenHash');
  const region = parseStackId(stack.stackId)?.region ?? null;
  return { launchId: launch?.id ?? null, stackId: stack.stackId, region };
}

/** The account of a stack whose role is being verified for the first time. */
export function newAccount(stack: Stack, request: StackRequest, client: Client | null, now: number): Account {
  return {
    kind: 'account',
    rev: null,
    clientId: stack.clientId,
    accountId: stack.accountId,
    partition: partitionOf(request.roleArn),
    ...origin(stack, client),
    roleArn: request.roleArn,
    humanRoleArn: request.humanRoleArn,
    templateVersion: request.templateVersion,
    status: 'verifying',
    verdict: null,
    connectedBy: null,
    pending: null,
    trying: null,
    failing: null,
    trustRemains: false,
    rotatedTo: null,
    organization: null,
    createdAt: now,
    connectedAt: null,
    lastVerifiedAt: null,
    nextVerificationAt: null,
  };
}

/** The partition in an ARN. */
export function partitionOf(arn: string): string {
  return arn.split(':', 2)[1] ?? '';
}
