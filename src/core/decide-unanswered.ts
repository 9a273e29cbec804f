import { isLive, leave, released } from './account.js';
import type { Change } from './change.js';
import type { Found } from './circumstances.js';
import { withStatus } from './client.js';
import type { NewEvent } from './event.js';
import { type AnswerOutcome, type Stack, type StackRequest, stackKey, withRequest } from './stack.js';
import { type StackFailure, stackFailed } from './stack-failed.js';

const CAUSES: Readonly<Record<Exclude<AnswerOutcome, 'accepted'>, StackFailure>> = {
  refused: 'answer-refused',
  'too-late': 'answer-too-late',
  'given-up': 'given-up',
};

/**
 * Decides what it means that CloudFormation did not take an answer. A SUCCESS that was not taken is no success:
 * CloudFormation is rolling back what the stack made. A Create's connection is undone then, an Update's account
 * verified again at once; unless the stack is `complete`, which says that the answer had arrived after all.
 */
export function decideUnanswered(
  { account, client, lock, otherAccounts }: Omit<Found, 'stack'>,
  stack: Stack,
  request: StackRequest,
  outcome: AnswerOutcome,
  { complete, now }: { readonly complete: boolean; readonly now: number },
): Change {
  const ended = settled(stack, request, outcome);
  if (outcome === 'accepted') return { put: [ended] };
  const failed = stackFailed(stack, request.type, CAUSES[outcome], now);
  if (request.answer === null) return giveUp({ account, client, otherAccounts }, ended, failed, now);
  const success = request.answer?.status === 'SUCCESS' && request.type !== 'Delete';
  const holds = account !== null && isLive(account) && account.connectedBy === stackKey(stack);
  if (!success || complete || !holds || client === null || client.removedAt !== null)
    return { put: [ended], events: complete ? [] : [failed] };
  if (request.type === 'Update')
    return { put: [ended, { ...account, nextVerificationAt: now }], events: [failed] };
  const left = leave(account, stackKey(stack));
  const moved = withStatus(client, [...otherAccounts, left.status], now);
  const { clientId, accountId } = stack;
  return {
    put: [{ ...ended, gone: true, accepted: null }, left, moved, ...released(lock, client.id, 'put')],
    remove: released(lock, client.id, 'remove'),
    events: [
      failed,
      {
        type: 'account.disconnected',
        at: now,
        clientId,
        accountId,
        actor: { type: 'service' },
        data: { stackId: stack.stackId, code: CAUSES[outcome] },
      },
    ],
  };
}

/** What was never verified to an end keeps no other stack of the account waiting. */
function giveUp(
  { account, client, otherAccounts }: Pick<Found, 'account' | 'client' | 'otherAccounts'>,
  ended: Stack,
  failed: NewEvent,
  now: number,
): Change {
  if (account === null || client === null || account.pending !== stackKey(ended))
    return { put: [ended], events: [failed] };
  const left = leave(account, stackKey(ended));
  return { put: [ended, left, withStatus(client, [...otherAccounts, left.status], now)], events: [failed] };
}

/** The stack with this request ended; its address is forgotten. */
export function settled(stack: Stack, request: StackRequest, outcome: AnswerOutcome): Stack {
  return withRequest(stack, { ...request, outcome, responseUrl: null });
}
