import type { Change } from './change.js';
import type { Circumstances, Found } from './circumstances.js';
import { decideCreate } from './decide-create.js';
import { decideDelete } from './decide-delete.js';
import { decideUpdate } from './decide-update.js';
import { failure } from './failure.js';
import { newStack, recordEvent, refused } from './record-event.js';
import type { StackEvent } from './stack-event.js';
import { stackFailed } from './stack-failed.js';

const decisions = { Create: decideCreate, Update: decideUpdate, Delete: decideDelete };

/**
 * Decides what a stack's event means for what is stored.
 *
 * Returns the change that records it: with an answer where one is possible at once, with an open request
 * where the role has to be verified first; or null where this very request has been recorded before.
 */
export function decideStackEvent(event: StackEvent, found: Found, at: Circumstances): Change | null {
  if (found.stack?.requests.some((request) => request.id === event.requestId)) return null;
  const stack = found.stack ?? newStack(event, found, at);
  if (at.answerable) return decisions[event.type](event, stack, found, at);
  // Whoever wants its answer elsewhere is not CloudFormation: it is written down, and nothing else happens.
  const recorded = recordEvent(stack, event, refused(failure('response-url-refused')), found, at);
  return { put: [recorded], events: [stackFailed(recorded, event.type, 'response-url-refused', at.now)] };
}
