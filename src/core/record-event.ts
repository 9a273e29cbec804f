import { isLive } from './account.js';
import type { Circumstances, Found } from './circumstances.js';
import { callbackOf } from './client.js';
import { echoOf } from './external-ids.js';
import { type Failure, failureReason } from './failure.js';
import { type Answer, addRequest, type Stack, type StackRequest } from './stack.js';
import type { StackEvent } from './stack-event.js';

/** The template's ServiceTimeout, in milliseconds, less the time that an answer may take to arrive. */
export const TIME_TO_ANSWER = 300_000 - 30_000;
/** From when on somebody else may look after it, should the instance that took the event have died. */
const LOOK_AFTER = 10_000;
/** What came by a token that names no launch of ours is answered, and kept only as long as SNS may repeat it. */
const FORGET_STRANGERS_AFTER = 24 * 60 * 60_000;

export const SUCCESS: Answer = { status: 'SUCCESS', reason: null };

export function refused(why: Failure): Answer {
  return { status: 'FAILED', reason: failureReason(why) };
}

/** The stack with this event as its newest request; `answer` is null where its role has to be verified first. */
export function recordEvent(
  stack: Stack,
  event: StackEvent,
  answer: Answer | null,
  { account, client }: Pick<Found, 'account' | 'client'>,
  at: Circumstances,
): Stack {
  const request: StackRequest = {
    id: event.requestId,
    type: event.type,
    logicalResourceId: event.logicalResourceId,
    physicalResourceId: event.physicalResourceId,
    responseUrl: at.answerable ? event.responseUrl : null,
    roleArn: event.roleArn,
    humanRoleArn: event.humanRoleArn,
    templateVersion: event.templateVersion,
    properties: event.properties,
    echo: echoOf(event.externalId, client, account, at.now),
    receivedAt: at.now,
    holder: account !== null && isLive(account) ? account.connectedBy : null,
    deadline: event.sentAt + TIME_TO_ANSWER,
    answer,
    outcome: at.answerable ? null : 'refused',
  };
  // By the earlier of two clocks: were ours ahead and this instance died, the others would look too late.
  const due = at.answerable ? Math.min(at.now, event.sentAt) + LOOK_AFTER : null;
  return addRequest(stack, request, due);
}

/** The item of a stack that has not been heard of before. */
export function newStack(event: StackEvent, { client }: Pick<Found, 'client'>, at: Circumstances): Stack {
  return {
    kind: 'stack',
    rev: null,
    clientId: at.clientId,
    accountId: event.source.account,
    stackId: event.stackId.text,
    sourceArn: event.sourceArn,
    callbackTokenHash: at.callbackTokenHash,
    gone: false,
    accepted: null,
    previous: null,
    rollsBackTo: null,
    requests: [],
    announced: false,
    attempts: 0,
    due: null,
    free: false,
    takeovers: 0,
    forgetAt:
      client && callbackOf(client, at.callbackTokenHash) === at.callback
        ? null
        : at.now + FORGET_STRANGERS_AFTER,
  };
}
