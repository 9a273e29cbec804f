import { mayHold } from './account.js';
import type { Change } from './change.js';
import type { Circumstances, Found } from './circumstances.js';
import { refuseClaims } from './claims.js';
import { callbackOf } from './client.js';
import { type Failure, failure } from './failure.js';
import { launchByToken, managementAccountOf, refuseAdmission } from './launch.js';
import { isStackSetInstance } from './organization.js';
import { recordEvent, refused, SUCCESS, TIME_TO_ANSWER } from './record-event.js';
import { openRequest, type Stack, stackKey } from './stack.js';
import type { StackEvent } from './stack-event.js';

/** A Create is verified where its launch lets the account in, and answered FAILED at once where it does not. */
export function decideCreate(event: StackEvent, known: Stack, found: Found, at: Circumstances): Change {
  const stack = begun(reborn(known, event));
  // The Delete overtook: CloudFormation no longer waits for this Create to mean anything.
  if (stack.gone) return { put: [recordEvent(stack, event, SUCCESS, found, at)] };
  const refusal = refuseCreate(event, stackKey(stack), found, at);
  return { put: [recordEvent(stack, event, refusal && refused(refusal), found, at)] };
}

/**
 * A stack whose connection was deleted may make it anew: its Create was sent after the Delete. One that was sent
 * before has been overtaken, and the stack stays gone.
 */
function reborn(stack: Stack, event: StackEvent): Stack {
  const overtaken = stack.requests.some(
    ({ type, deadline }) => type === 'Delete' && deadline >= event.sentAt + TIME_TO_ANSWER,
  );
  if (!stack.gone || overtaken) return stack;
  return { ...stack, gone: false, accepted: null, previous: null, rollsBackTo: null };
}

/** A Create that no other is under way beside is told for itself. */
function begun(stack: Stack): Stack {
  return openRequest(stack) === undefined ? { ...stack, announced: false } : stack;
}

function refuseCreate(
  event: StackEvent,
  key: string,
  { client, account, lock, managementAccounts }: Found,
  at: Circumstances,
): Failure | null {
  const disagreement = refuseClaims(event, at);
  if (disagreement !== null) return disagreement;
  if (client === null) return failure('launch-unknown');
  if (client.removedAt !== null) return failure('client-removed');
  if (callbackOf(client, at.callbackTokenHash) !== at.callback) return failure('launch-unknown');
  const launch = launchByToken(client.launches, at.callbackTokenHash, 'callbackTokenHash');
  if (launch === undefined) return failure('launch-expired');
  const refusal = refuseAdmission(launch, event.source.account, at.now, managementAccounts);
  if (refusal !== null) return refusal;
  const early = launch.organization && managementAccountOf(launch) === null;
  // A stack set never rolls out to the management account, so that this one is a member's.
  if (early && isStackSetInstance(event.stackId)) return failure('organization-not-connected');
  if (!mayHold(lock, client.id, client.allowSharedAccounts)) return failure('account-connected-elsewhere');
  const pending = account?.pending ?? null;
  return pending !== null && pending !== key ? failure('another-stack-under-way') : null;
}
