import type { NewEvent } from './event.js';
import type { RequestType, Stack } from './stack.js';

/** Why a request of a stack ended without CloudFormation taking our answer. */
export const stackFailures = [
  'response-url-refused',
  'answer-refused',
  'answer-too-late',
  'given-up',
] as const;

export type StackFailure = (typeof stackFailures)[number];

/** Tells that a stack's request ended without an answer that counted. */
export function stackFailed(stack: Stack, request: RequestType, cause: StackFailure, at: number): NewEvent {
  const { clientId, accountId, stackId } = stack;
  return {
    type: 'stack.failed',
    at,
    clientId,
    accountId,
    actor: { type: 'stack' },
    data: { stackId, request, cause },
  };
}
