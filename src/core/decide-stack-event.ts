import { type Account, type AwsAccountLock, isLive, leave, mayHold, released } from './account.js';
import type { Change } from './change.js';
import { type Client, withStatus } from './client.js';
import { type Failure, failure, failureReason } from './failure.js';
import type { ClientId } from './id.js';
import { launchByToken, refuseAdmission } from './launch.js';
import { parseRoleArn } from './role-arn.js';
import { type Answer, addRequest, type Stack, type StackRequest, stackKey } from './stack.js';
import type { StackEvent } from './stack-event.js';
import type { TokenHash } from './token.js';

/** What is stored about the things that an event touches; null where nothing is. */
export interface Found {
  readonly client: Client | null;
  readonly account: Account | null;
  readonly stack: Stack | null;
  readonly lock: AwsAccountLock | null;
  /** Statuses of the client's other accounts, where the decision may need them. */
  readonly otherAccounts: readonly Account['status'][];
}

export interface Circumstances {
  readonly clientId: ClientId;
  readonly callbackTokenHash: TokenHash;
  readonly now: number;
  readonly providerAccountId: string;
  readonly partitionId: string;
}

/** The template's ServiceTimeout, in milliseconds, less the time that an answer may take to arrive. */
const TIME_TO_ANSWER = 300_000 - 30_000;
/** From when on somebody else may look after it, should the instance that took the event have died. */
const LOOK_AFTER = 10_000;

/**
 * Decides what a stack's event means for what is stored.
 *
 * Returns the change that records it: with an answer where one is possible at once, with an open request
 * where the role has to be verified first; or null where this very request has been recorded before.
 */
export function decideStackEvent(event: StackEvent, found: Found, at: Circumstances): Change | null {
  if (found.stack?.requests.some((request) => request.id === event.requestId)) return null;
  const stack = reborn(found.stack ?? newStack(event, at), event);
  if (event.type === 'Delete') return decideDelete(event, stack, found, at);
  const decide = event.type === 'Create' ? decideCreate : decideUpdate;
  return { put: [record(stack, event, decide(event, stack, found, at), at)] };
}

/**
 * A stack whose connection was deleted may make it anew: its Create was sent after the Delete. One that was sent
 * before has been overtaken, and the stack stays gone.
 */
function reborn(stack: Stack, event: StackEvent): Stack {
  const overtaken = stack.requests.some(
    ({ type, deadline }) => type === 'Delete' && deadline >= event.sentAt + TIME_TO_ANSWER,
  );
  if (event.type !== 'Create' || !stack.gone || overtaken) return stack;
  return { ...stack, gone: false, accepted: null, announced: false };
}

const SUCCESS: Answer = { status: 'SUCCESS', reason: null };

/** An answer, or null where the role has to be verified first. */
type Decided = Answer | null;

function decideCreate(event: StackEvent, stack: Stack, found: Found, at: Circumstances): Decided {
  // The Delete overtook: CloudFormation no longer waits for this Create to mean anything.
  if (stack.gone) return SUCCESS;
  const refusal = refuseCreate(event, stackKey(stack), found, at);
  return refusal === null ? null : refused(refusal);
}

function refuseCreate(
  event: StackEvent,
  key: string,
  { client, account, lock }: Found,
  at: Circumstances,
): Failure | null {
  const disagreement = refuseClaims(event, at);
  if (disagreement !== null) return disagreement;
  if (client === null) return failure('launch-unknown');
  if (client.removedAt !== null) return failure('client-removed');
  const launch = launchByToken(client.launches, at.callbackTokenHash, 'callbackTokenHash');
  if (launch === undefined) return failure('launch-unknown');
  const refusal = refuseAdmission(launch, event.topic.account, at.now);
  if (refusal !== null) return refusal;
  if (!mayHold(lock, client.id, client.allowSharedAccounts)) return failure('account-connected-elsewhere');
  const pending = account?.pending ?? null;
  return pending !== null && pending !== key ? failure('another-stack-under-way') : null;
}

function decideUpdate(
  event: StackEvent,
  stack: Stack,
  { client, account }: Found,
  at: Circumstances,
): Decided {
  const { accepted } = stack;
  // CloudFormation rolls a failed Update back with the old properties; to fail that too would leave the client
  // in UPDATE_ROLLBACK_FAILED.
  if (accepted?.properties === event.properties) return SUCCESS;
  if (client === null || client.removedAt !== null) return refused(failure('client-removed'));
  const connected = account !== null && isLive(account) && account.connectedBy === stackKey(stack);
  if (stack.gone || !connected) return refused(failure('stack-not-connected'));
  const disagreement = refuseClaims(event, at);
  return disagreement === null ? null : refused(disagreement);
}

/** Whether what the event claims agrees with what its signature proves. */
function refuseClaims(event: StackEvent, at: Circumstances): Failure | null {
  const proven = event.topic.account;
  const role = parseRoleArn(event.roleArn);
  if (role === null) return failure('role-arn-invalid');
  if (event.stackId.account !== proven || role.account !== proven)
    return failure(
      'account-mismatch',
      `Topic: ${proven}; stack: ${event.stackId.account}; role: ${role.account}.`,
    );
  if (proven === at.providerAccountId) return failure('account-of-provider');
  const partitions = [event.topic.partition.id, event.stackId.partition.id, role.partition.id];
  return partitions.every((id) => id === at.partitionId) ? null : failure('partition-not-served');
}

/**
 * A Delete is always answered SUCCESS. It disconnects only what this very stack connected or was about to:
 * the account remembers the item, and the item's key is made of StackId, topic and token.
 */
function decideDelete(event: StackEvent, stack: Stack, found: Found, at: Circumstances): Change {
  const settled = stack.requests.map((request) =>
    request.answer === null ? { ...request, answer: SUCCESS } : request,
  );
  const gone = record({ ...stack, gone: true, requests: settled }, event, SUCCESS, at);
  const { account, client } = found;
  const key = stackKey(stack);
  const touched = account?.connectedBy === key || account?.pending === key;
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

function record(stack: Stack, event: StackEvent, answer: Decided, at: Circumstances): Stack {
  const request: StackRequest = {
    id: event.requestId,
    type: event.type,
    logicalResourceId: event.logicalResourceId,
    physicalResourceId: event.physicalResourceId,
    responseUrl: event.responseUrl,
    roleArn: event.roleArn,
    templateVersion: event.templateVersion,
    properties: event.properties,
    receivedAt: at.now,
    deadline: event.sentAt + TIME_TO_ANSWER,
    answer,
    outcome: null,
  };
  return addRequest(stack, request, at.now + LOOK_AFTER);
}

function newStack(event: StackEvent, at: Circumstances): Stack {
  return {
    kind: 'stack',
    rev: null,
    clientId: at.clientId,
    accountId: event.topic.account,
    stackId: event.stackId.text,
    topicArn: event.topicArn,
    callbackTokenHash: at.callbackTokenHash,
    gone: false,
    accepted: null,
    requests: [],
    announced: false,
    attempts: 0,
    due: null,
    free: false,
  };
}

function refused(why: Failure): Answer {
  return { status: 'FAILED', reason: failureReason(why) };
}
