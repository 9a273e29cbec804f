import { type Account, type AwsAccountLock, isLive, mayHold } from './account.js';
import type { Change } from './change.js';
import { type Client, statusFromAccounts, withLaunch } from './client.js';
import type { Found } from './decide-stack-event.js';
import type { NewEvent } from './event.js';
import { failure, failureReason } from './failure.js';
import { admit, launchByToken, refuseAdmission } from './launch.js';
import { type Answer, type Stack, type StackRequest, stackKey, withRequest } from './stack.js';
import { parseStackId } from './stack-id.js';
import type { Verdict } from './verdict.js';

/** A stack's request whose role has been verified, with what is stored around it. */
export interface Verified extends Omit<Found, 'stack'> {
  readonly stack: Stack;
  readonly request: StackRequest;
  readonly verdict: Verdict;
  readonly now: number;
  /** When a connected account is to be verified again. */
  readonly nextVerificationAt: number;
}

/**
 * Decides what a verdict on a stack's role means: the account connected and the stack answered SUCCESS, or the
 * stack answered FAILED and an older connection of the same account left as it was.
 *
 * The client is looked at again, since it may have been removed, its link withdrawn or used up meanwhile.
 */
export function decideVerdict(verified: Verified): Change {
  const { verdict, client } = verified;
  if (client === null || client.removedAt !== null)
    return refuse(verified, failed(verdict, 'client-removed'));
  const late = verified.request.type === 'Create' ? lateRefusal(verified, client) : null;
  const judged: Verdict = late === null ? verdict : { ...verdict, failure: late };
  return judged.failure === null ? connect(verified, client) : refuse(verified, judged);
}

function lateRefusal({ stack, lock, now }: Verified, client: Client) {
  const launch = launchByToken(client.launches, stack.callbackTokenHash, 'callbackTokenHash');
  if (launch === undefined) return failure('launch-unknown');
  // The link was open when the event came; that it ran out while AWS was propagating the role is nobody's fault.
  const refusal = refuseAdmission(launch, stack.accountId, Math.min(now, launch.expiresAt - 1));
  if (refusal !== null) return refusal;
  return mayHold(lock, client.id, client.allowSharedAccounts) ? null : failure('account-connected-elsewhere');
}

function connect(verified: Verified, client: Client): Change {
  const { stack, request, account, now } = verified;
  const accepted = {
    roleArn: request.roleArn,
    templateVersion: request.templateVersion,
  };
  const connected: Account = {
    ...(account ?? newAccount(verified)),
    ...accepted,
    ...origin(stack, client),
    status: 'connected',
    verdict: verified.verdict,
    connectedBy: stackKey(stack),
    pending: null,
    connectedAt: (account && isLive(account) ? account.connectedAt : null) ?? now,
    lastVerifiedAt: now,
    nextVerificationAt: verified.nextVerificationAt,
  };
  const type = account !== null && isLive(account) ? 'account.updated' : 'account.connected';
  const data = {
    roleArn: accepted.roleArn,
    attempts: verified.verdict.attempts,
  };
  const lock = held(verified, client);
  return {
    put: [
      withAnswer({ ...stack, accepted }, request, {
        status: 'SUCCESS',
        reason: null,
      }),
      connected,
      ...(lock === null ? [] : [lock]),
      admitted(client, verified, connected),
    ],
    events: [...announcement(verified), event(verified, type, data)],
  };
}

function refuse(verified: Verified, verdict: Verdict): Change {
  const { stack, request, account, client, now } = verified;
  const reason = verdict.failure === null ? '' : failureReason(verdict.failure);
  const answered = withAnswer(stack, request, { status: 'FAILED', reason });
  if (client === null) return { put: [answered] };
  if (account !== null && isLive(account)) {
    const pending = account.pending === stackKey(stack) ? null : account.pending;
    return {
      put: [answered, ...(pending === account.pending ? [] : [{ ...account, pending }])],
    };
  }
  const rejected: Account = {
    ...(account ?? newAccount(verified)),
    ...origin(stack, client),
    roleArn: request.roleArn,
    templateVersion: request.templateVersion,
    status: 'rejected',
    verdict,
    pending: account?.pending === stackKey(stack) ? null : (account?.pending ?? null),
    lastVerifiedAt: now,
  };
  const status = statusFromAccounts([...verified.otherAccounts, 'rejected']);
  return {
    put: [answered, rejected, ...(client.status === status ? [] : [{ ...client, status, updatedAt: now }])],
    events: [
      ...announcement(verified),
      event(verified, 'account.rejected', {
        code: verdict.failure?.code ?? '',
        reason,
      }),
    ],
  };
}

/**
 * Tells that a verification takes longer than its first attempt: from then on the launch page and the platform
 * see it. The usual connection is told at once, in the same commit as its verdict.
 */
export function announce(verified: Omit<Verified, 'verdict' | 'nextVerificationAt'>): Change {
  const { stack, account, client, request } = verified;
  const announced: Stack = { ...stack, announced: true };
  const pending = stackKey(stack);
  const shown: Account =
    account !== null && isLive(account)
      ? { ...account, pending }
      : {
          ...(account ?? newAccount(verified)),
          ...origin(stack, client),
          roleArn: request.roleArn,
          templateVersion: request.templateVersion,
          status: 'verifying',
          verdict: null,
          pending,
        };
  return { put: [announced, shown], events: announcement(verified) };
}

function announcement(verified: Omit<Verified, 'verdict' | 'nextVerificationAt'>): readonly NewEvent[] {
  if (verified.stack.announced || verified.request.type !== 'Create') return [];
  return [
    event(verified, 'stack.started', { stackId: verified.stack.stackId }, verified.request.receivedAt),
    event(verified, 'account.verifying', {}, verified.request.receivedAt),
  ];
}

function event(
  { stack, now }: Pick<Verified, 'stack' | 'now'>,
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

function admitted(client: Client, { stack, otherAccounts, now }: Verified, account: Account): Client {
  const launch = launchByToken(client.launches, stack.callbackTokenHash, 'callbackTokenHash');
  const status = statusFromAccounts([...otherAccounts, account.status]);
  const moved = status === client.status ? client : { ...client, status, updatedAt: now };
  return launch === undefined ? moved : withLaunch(moved, admit(launch, stack.accountId));
}

function held({ lock, stack, request }: Verified, client: Client): AwsAccountLock | null {
  if (lock?.clients.includes(client.id)) return null;
  return {
    kind: 'aws-account',
    rev: lock?.rev ?? null,
    partition: partitionOf(request.roleArn),
    accountId: stack.accountId,
    clients: [...(lock?.clients ?? []), client.id],
    shared: client.allowSharedAccounts,
  };
}

/** Which link and which stack an account came by. */
function origin(stack: Stack, client: Client | null): Pick<Account, 'launchId' | 'stackId' | 'region'> {
  const launch = client && launchByToken(client.launches, stack.callbackTokenHash, 'callbackTokenHash');
  const region = parseStackId(stack.stackId)?.region ?? null;
  return { launchId: launch?.id ?? null, stackId: stack.stackId, region };
}

function newAccount(verified: Omit<Verified, 'verdict' | 'nextVerificationAt'>): Account {
  const { stack, client, request, now } = verified;
  return {
    kind: 'account',
    rev: null,
    clientId: stack.clientId,
    accountId: stack.accountId,
    partition: partitionOf(request.roleArn),
    ...origin(stack, client),
    roleArn: request.roleArn,
    templateVersion: request.templateVersion,
    status: 'verifying',
    verdict: null,
    connectedBy: null,
    pending: null,
    createdAt: now,
    connectedAt: null,
    lastVerifiedAt: null,
    nextVerificationAt: null,
  };
}

function partitionOf(arn: string): string {
  return arn.split(':', 2)[1] ?? '';
}

function withAnswer(stack: Stack, request: StackRequest, answer: Answer): Stack {
  return withRequest(stack, { ...request, answer });
}

function failed(verdict: Verdict, code: 'client-removed'): Verdict {
  return { ...verdict, failure: failure(code) };
}
