import type { Commit } from '../core/change.js';
import type { Found } from '../core/circumstances.js';
import { callbackOf } from '../core/client.js';
import { decideStackEvent } from '../core/decide-stack-event.js';
import type { ClientId } from '../core/id.js';
import type { Callback } from '../core/launch.js';
import { Problem } from '../core/problem.js';
import { MOST_OPEN_REQUESTS, type Stack, stackKey } from '../core/stack.js';
import { parseStackEvent, type SignedMessage } from '../core/stack-event.js';
import type { TokenHash } from '../core/token.js';
import type { ReadAround, Surroundings } from './surroundings.js';

export interface RecordPorts {
  readonly around: ReadAround;
  readonly commit: Commit;
  readonly backoff: (conflicts: number) => Promise<void>;
  readonly now: () => number;
  readonly providerAccountId: string;
  readonly partitionId: string;
  readonly responseUrl: (text: string, stackId: string) => URL | null;
  /** Whether this sender has not sent too much of late. What it counts by keeps honest senders out of it. */
  readonly allow: (kind: 'stack' | 'stranger' | 'call', sender: string) => Promise<boolean>;
  /** Hears which stack has spoken, whatever becomes of what it says. */
  readonly heard: (stack: Pick<Stack, 'accountId' | 'stackId'>) => void;
  /** Goes on with a stack that this instance has just written, without being waited for. */
  readonly settle: (stack: Stack, surroundings: Surroundings) => void;
}

/** Whose launch a message came by, as its address says. */
export interface Addressee {
  readonly clientId: ClientId;
  readonly callbackTokenHash: TokenHash;
  readonly callback: Callback;
}

/** SNS gives up on an answer after 15 s and sends again. */
const MOST_CONFLICTS = 20;

/**
 * Records a stack's event and has it acted on. Returns once it is safe to forget the message.
 *
 * Throws `request-invalid` for what cannot be read and for a ResponseURL that is none of CloudFormation's (which
 * is recorded, too), `unavailable` where the sender has to send again, and what the store throws.
 */
export async function recordStackEvent(
  ports: RecordPorts,
  message: SignedMessage,
  addressee: Addressee,
): Promise<void> {
  const event = parseStackEvent(message);
  if (typeof event === 'string') throw new Problem('request-invalid', `Not an event of a stack: ${event}.`);
  const { clientId, callbackTokenHash } = addressee;
  const stackId = event.stackId.text;
  ports.heard({ accountId: event.source.account, stackId });
  const key = stackKey({ stackId, sourceArn: event.sourceArn, callbackTokenHash });
  if (!(await ports.allow('stack', `${callbackTokenHash} ${event.sourceArn}`))) throw busy('This stack');
  const where = { clientId, accountId: event.source.account, stackKey: key };
  const answerable = ports.responseUrl(event.responseUrl, stackId) !== null;
  for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts += 1) {
    const found = await ports.around.everything(where);
    const stranger = !knows(found, addressee);
    if (stranger && !answerable) throw unanswerable();
    if (conflicts === 0 && stranger && !(await ports.allow('stranger', event.source.account)))
      throw busy('This account');
    if (openRequests(found.stack) >= MOST_OPEN_REQUESTS) throw busy('This stack');
    const { providerAccountId, partitionId } = ports;
    const at = { ...addressee, now: ports.now(), providerAccountId, partitionId, answerable };
    const change = decideStackEvent(event, found, at);
    const committed = change && (await ports.commit(change));
    if (committed?.ok === false) {
      await ports.backoff(conflicts);
      continue;
    }
    if (!answerable) throw unanswerable();
    const stack = committed?.written.find((entity) => entity.kind === 'stack');
    // The readings of a Create are what the verdict starts from; those of anything else are stale by now.
    if (stack !== undefined) ports.settle(stack, event.type === 'Create' ? found : null);
    return;
  }
  throw busy('The event’s account');
}

/** Whether this launch is one of ours and is called back in this way. */
export function knows(
  { client }: Pick<Found, 'client'>,
  { callbackTokenHash, callback }: Addressee,
): boolean {
  return client !== null && callbackOf(client, callbackTokenHash) === callback;
}

function openRequests(stack: Stack | null): number {
  return stack?.requests.filter(({ outcome }) => outcome === null).length ?? 0;
}

export function busy(who: string): Problem {
  return new Problem('unavailable', `${who} has too much under way; send it again a little later.`);
}

function unanswerable(): Problem {
  return new Problem('request-invalid', 'ResponseURL is not an address of CloudFormation for this stack.');
}
