import { type Account, isLive } from './account.js';
import type { Change } from './change.js';
import type { Circumstances, Found } from './circumstances.js';
import { refuseClaims } from './claims.js';
import { type Failure, failure } from './failure.js';
import { recordEvent, refused, SUCCESS } from './record-event.js';
import { type Stack, stackKey } from './stack.js';
import type { StackEvent } from './stack-event.js';

/**
 * An Update of the stack that connected the account is verified before it counts. One that CloudFormation sends
 * to roll another back is answered SUCCESS at once: to fail that too would leave the client's stack in
 * UPDATE_ROLLBACK_FAILED. What it returns to is verified afterwards.
 */
export function decideUpdate(event: StackEvent, stack: Stack, found: Found, at: Circumstances): Change {
  const account = holding(stack, found);
  if (isRollback(event, stack)) {
    const back = returned(event, stack);
    const recorded = recordEvent({ ...stack, ...back, requests: over(stack) }, event, SUCCESS, found, at);
    return {
      put: [recorded, ...(account === null ? [] : [checkedSoon(account, recorded, back.accepted, at)])],
    };
  }
  const refusal = refuseUpdate(event, stack, found, at);
  const rollsBackTo = event.oldProperties ?? stack.rollsBackTo;
  return { put: [recordEvent({ ...stack, rollsBackTo }, event, refusal && refused(refusal), found, at)] };
}

/** An Update that is still being verified when it is taken back means nothing any more. */
function over({ requests }: Stack): Stack['requests'] {
  return requests.map((request) =>
    request.type === 'Update' && request.answer === null ? { ...request, answer: SUCCESS } : request,
  );
}

/** The account where this very stack has connected it. */
function holding(stack: Stack, { account, client }: Found): Account | null {
  const holds = account !== null && isLive(account) && account.connectedBy === stackKey(stack);
  return holds && client !== null && client.removedAt === null ? account : null;
}

function isRollback({ properties }: StackEvent, { accepted, previous, rollsBackTo }: Stack): boolean {
  return [accepted?.properties, previous?.properties, rollsBackTo].includes(properties);
}

/** What the stack stands at once an Update has been taken back. */
function returned(
  { properties }: StackEvent,
  { accepted, previous }: Stack,
): Pick<Stack, 'accepted' | 'previous'> {
  return properties === previous?.properties
    ? { accepted: previous, previous: null }
    : { accepted, previous };
}

/** The account with a role that was verified before, to be verified again at once. */
function checkedSoon(
  account: Account,
  stack: Stack,
  accepted: Stack['accepted'],
  { now }: Circumstances,
): Account {
  const { roleArn, humanRoleArn, templateVersion } = accepted ?? account;
  // What was being verified of this stack is over, unless it is the Create itself.
  const over = account.pending === stackKey(stack) && stack.requests.every(({ answer }) => answer !== null);
  const pending = over ? null : account.pending;
  return { ...account, roleArn, humanRoleArn, templateVersion, pending, nextVerificationAt: now };
}

function refuseUpdate(event: StackEvent, stack: Stack, found: Found, at: Circumstances): Failure | null {
  if (found.client === null || found.client.removedAt !== null) return failure('client-removed');
  if (stack.gone || holding(stack, found) === null) return failure('stack-not-connected');
  return refuseClaims(event, at);
}
