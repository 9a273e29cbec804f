import { type Account, isLive } from './account.js';
import type { Change } from './change.js';
import type { Found } from './circumstances.js';
import { withStatus } from './client.js';
import type { NewEvent } from './event.js';
import { type Stack, type StackRequest, stackKey } from './stack.js';
import { newAccount, origin } from './stack-account.js';

/** A stack's request whose role is being verified, with what is stored around it. */
export interface Underway extends Omit<Found, 'stack'> {
  readonly stack: Stack;
  readonly request: StackRequest;
  readonly now: number;
}

/**
 * Tells that a verification takes longer than its first attempt: from then on the launch page and the platform
 * see it. The usual connection is told at once, in the same commit as its verdict.
 */
export function announce(verified: Underway): Change {
  const { stack, account, client, request, otherAccounts, now } = verified;
  if (client === null || client.removedAt !== null || isLetGo(verified)) return { put: [stack] };
  const announced: Stack = { ...stack, announced: true };
  const pending = stackKey(stack);
  const shown: Account =
    account !== null && isLive(account)
      ? { ...account, pending }
      : {
          ...(account ?? newAccount(stack, request, client, now)),
          ...origin(stack, client),
          roleArn: request.roleArn,
          templateVersion: request.templateVersion,
          status: 'verifying',
          verdict: null,
          pending,
          trying: null,
          trustRemains: false,
          nextVerificationAt: null,
        };
  const moved = withStatus(client, [...otherAccounts, shown.status], now);
  const live = account !== null && isLive(account);
  return { put: [announced, shown, moved], events: live ? announcement(verified) : underWay(verified) };
}

/** Whether the account was shown as verifying for this stack, and the platform has let it go meanwhile. */
export function isLetGo({ stack, account }: Pick<Underway, 'stack' | 'account'>): boolean {
  return stack.announced && account?.status === 'disconnected' && account.pending !== stackKey(stack);
}

/** What the feed is told of a Create that it has not heard of yet. */
export function announcement(verified: Underway): readonly NewEvent[] {
  if (verified.stack.announced || verified.request.type !== 'Create') return [];
  return [
    event(verified, 'stack.started', { stackId: verified.stack.stackId }, verified.request.receivedAt),
    event(verified, 'account.verifying', {}, verified.request.receivedAt),
  ];
}

/** The same, of an account that is verifying from now on: also where its stack has been heard of, as any move is told. */
export function underWay(verified: Underway): readonly NewEvent[] {
  const told = announcement(verified);
  return told.length > 0 || verified.account?.status === 'verifying'
    ? told
    : [event(verified, 'account.verifying', {})];
}

/** Something that a stack's verification brought about. */
export function event(
  { stack, now }: Pick<Underway, 'stack' | 'now'>,
  type: NewEvent['type'],
  data: NewEvent['data'],
  at = now,
): NewEvent {
  return {
    type,
    at,
    clientId: stack.clientId,
    accountId: stack.accountId,
    actor: { type: 'stack' },
    data,
  };
}
