import type { Arn } from '../core/arn.js';
import type { Commit } from '../core/change.js';
import { decideStackEvent } from '../core/decide-stack-event.js';
import { failure } from '../core/failure.js';
import type { ClientId } from '../core/id.js';
import { launchByToken } from '../core/launch.js';
import { Problem } from '../core/problem.js';
import { MOST_OPEN_REQUESTS, type Stack, stackKey } from '../core/stack.js';
import { parseStackEvent, type StackEvent } from '../core/stack-event.js';
import { type CallbackToken, hashToken, parseToken, type TokenHash } from '../core/token.js';
import type { ReadAround, Surroundings } from './surroundings.js';

/** A message that SNS has signed: its topic is proven, what it says is not. */
export interface SnsMessage {
  readonly type: 'Notification' | 'SubscriptionConfirmation' | 'UnsubscribeConfirmation';
  readonly topic: Arn;
  readonly topicArn: string;
  readonly messageId: string;
  readonly sentAt: number;
  readonly message: string;
  /** Of a confirmation alone. */
  readonly token: string | null;
  /** Whether the simulator signed it, and not AWS. */
  readonly simulated: boolean;
}

export type VerifySnsMessage = (body: string) => Promise<SnsMessage>;
export type ConfirmSubscription = (message: SnsMessage) => Promise<void>;

export interface ReceivePorts {
  readonly verifySnsMessage: VerifySnsMessage;
  readonly confirmSubscription: ConfirmSubscription;
  readonly around: ReadAround;
  readonly commit: Commit;
  readonly backoff: (conflicts: number) => Promise<void>;
  readonly now: () => number;
  readonly providerAccountId: string;
  readonly partitionId: string;
  readonly responseUrl: (text: string, stackId: string) => URL | null;
  /** Goes on with a stack that this instance has just written, without being waited for. */
  readonly settle: (stack: Stack, surroundings: Surroundings) => void;
}

/**
 * When the client's topic posts something: a confirmation is carried out, a stack's event is recorded and then
 * acted on. Returns once it is safe to forget the message: SNS sends again whatever was not acknowledged.
 *
 * Throws `signature-invalid` and `token-unknown` for messages that are none of ours, `request-invalid` for
 * events that cannot be read, and what the store throws where it could not write.
 */
export async function receiveStackEvent(ports: ReceivePorts, tokenText: string, body: string): Promise<void> {
  const parsed = parseToken<CallbackToken>(tokenText);
  if (parsed === null) throw new Problem('token-unknown', 'The address of the callback is not complete.');
  const message = await ports.verifySnsMessage(body);
  const hash = hashToken(parsed.token);
  if (message.type === 'UnsubscribeConfirmation') return;
  if (message.type === 'SubscriptionConfirmation') return confirm(ports, message, parsed.clientId, hash);
  const event = parseStackEvent(message);
  if (typeof event === 'string') throw new Problem('request-invalid', `Not an event of a stack: ${event}.`);
  if (ports.responseUrl(event.responseUrl, event.stackId.text) === null)
    throw new Problem('request-invalid', 'ResponseURL is not an address of CloudFormation for this stack.');
  await record(ports, event, parsed.clientId, hash);
}

async function confirm(
  ports: ReceivePorts,
  message: SnsMessage,
  clientId: ClientId,
  hash: TokenHash,
): Promise<void> {
  if (!(await isKnown(ports, clientId, hash)))
    throw new Problem('token-unknown', failure('launch-unknown').message);
  await ports.confirmSubscription(message);
}

/** Where the token cannot be read, signature and form suffice: standing is looked at when the event comes. */
async function isKnown({ around }: ReceivePorts, clientId: ClientId, hash: TokenHash): Promise<boolean> {
  try {
    const client = await around.client(clientId);
    return client !== null && launchByToken(client.launches, hash, 'callbackTokenHash') !== undefined;
  } catch {
    return true;
  }
}

/** SNS gives up on an answer after 15 s and sends again. */
const MOST_CONFLICTS = 20;

async function record(
  ports: ReceivePorts,
  event: StackEvent,
  clientId: ClientId,
  callbackTokenHash: TokenHash,
): Promise<void> {
  const identity = {
    stackId: event.stackId.text,
    topicArn: event.topicArn,
    callbackTokenHash,
  };
  const where = {
    clientId,
    accountId: event.topic.account,
    stackKey: stackKey(identity),
  };
  for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts += 1) {
    const found = await ports.around.everything(where);
    if (openRequests(found.stack) >= MOST_OPEN_REQUESTS)
      throw new Problem('unavailable', 'This stack has too many requests open; SNS will send it again.');
    const { now, providerAccountId, partitionId } = ports;
    const circumstances = {
      clientId,
      callbackTokenHash,
      now: now(),
      providerAccountId,
      partitionId,
    };
    const change = decideStackEvent(event, found, circumstances);
    if (change === null) return;
    const committed = await ports.commit(change);
    if (!committed.ok) {
      await ports.backoff(conflicts);
      continue;
    }
    const stack = committed.written.find((entity) => entity.kind === 'stack');
    // The readings of a Delete are stale by now; those of a Create are what the verdict starts from.
    if (stack !== undefined) ports.settle(stack, event.type === 'Delete' ? null : found);
    return;
  }
  throw new Problem('unavailable', 'The event met too many others; SNS will send it again.');
}

function openRequests(stack: Stack | null): number {
  return stack?.requests.filter(({ outcome }) => outcome === null).length ?? 0;
}
