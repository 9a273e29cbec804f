import { leave, released } from './account.js';
import type { Change } from './change.js';
import type { Circumstances, Found } from './circumstances.js';
import { withStatus } from './client.js';
import { recordEvent, SUCCESS } from './record-event.js';
import { type Stack, stackKey } from './stack.js';
import type { StackEvent } from './stack-event.js';

/** How long CloudFormation takes at most, usually, from our answer to the role's end, in milliseconds. */
const ROLE_DELETED_WITHIN = 60_000;

/**
 * A Delete is always answered SUCCESS. It disconnects only what this very stack connected or was about to:
 * the account remembers the item, and the item's key is made of StackId, source and token.
 */
export function decideDelete(event: StackEvent, stack: Stack, found: Found, at: Circumstances): Change {
  const settled = stack.requests.map((request) =>
    request.answer === null ? { ...request, answer: SUCCESS } : request,
  );
  const gone = recordEvent({ ...stack, gone: true, requests: settled }, event, SUCCESS, found, at);
  const { account, client } = found;
  const key = stackKey(stack);
  // Anybody in the account may send a Delete of that stack; its Create came by this token and source, or did not.
  const began = stack.forgetAt === null && stack.requests.some(({ type }) => type === 'Create');
  const undecided = began && account?.status === 'verifying' && account.stackId === stack.stackId;
  const touched = account?.connectedBy === key || account?.pending === key || undecided;
  // CloudFormation deletes the role next: soon its trust is over, and the platform is told so.
  if (account?.trustRemains && account.stackId === stack.stackId)
    return { put: [gone, { ...account, nextVerificationAt: at.now + ROLE_DELETED_WITHIN }] };
  // Removing a client disconnects its accounts by itself; its stacks' Deletes have nothing left to do.
  if (!touched || client === null || client.removedAt !== null) return { put: [gone] };
  const left = leave(account, key);
  if (left.status === account.status) return { put: [gone, left] };
  const moved = withStatus(client, [...found.otherAccounts, left.status], at.now);
  return {
    put: [gone, left, moved, ...released(found.lock, client.id, 'put')],
    remove: released(found.lock, client.id, 'remove'),
    events: [
      {
        type: 'account.disconnected',
        at: at.now,
        clientId: client.id,
        accountId: account.accountId,
        actor: { type: 'stack' },
        data: { stackId: event.stackId.text },
      },
    ],
  };
}
