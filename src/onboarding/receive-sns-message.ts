import { setTimeout as sleep } from 'node:timers/promises';
import type { Arn } from '../core/arn.js';
import { failure } from '../core/failure.js';
import { Problem } from '../core/problem.js';
import { type CallbackToken, hashToken, parseToken } from '../core/token.js';
import { type Addressee, knows, type RecordPorts, recordStackEvent } from './record-stack-event.js';

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

export interface ReceiveSnsPorts extends RecordPorts {
  readonly verifySnsMessage: VerifySnsMessage;
  readonly confirmSubscription: ConfirmSubscription;
}

/**
 * When the client's topic posts something: a confirmation is carried out, a stack's event is recorded and then
 * acted on. Returns once it is safe to forget the message: SNS sends again whatever was not acknowledged.
 *
 * Throws `signature-invalid` and `token-unknown` for messages that are none of ours, and what
 * `recordStackEvent` throws.
 */
export async function receiveSnsMessage(
  ports: ReceiveSnsPorts,
  tokenText: string,
  body: string,
): Promise<void> {
  const parsed = parseToken<CallbackToken>(tokenText);
  if (parsed === null) throw new Problem('token-unknown', 'The address of the callback is not complete.');
  const message = await ports.verifySnsMessage(body);
  const callbackTokenHash = hashToken(parsed.token);
  const addressee = { clientId: parsed.clientId, callbackTokenHash, callback: 'sns' } as const;
  if (message.type === 'UnsubscribeConfirmation') return;
  if (message.type === 'SubscriptionConfirmation') return confirm(ports, message, addressee);
  const { topic: source, topicArn: sourceArn, sentAt, message: text } = message;
  await recordStackEvent(ports, { source, sourceArn, sentAt, message: text }, addressee);
}

async function confirm(ports: ReceiveSnsPorts, message: SnsMessage, addressee: Addressee): Promise<void> {
  if (!(await isKnown(ports, addressee)))
    throw new Problem('token-unknown', failure('launch-unknown').message);
  await ports.confirmSubscription(message);
}

/** SNS does not repeat a confirmation, and the stack goes on: the event may come a moment later. */
const MOST_READING = 300;

/**
 * Where the token cannot be read, or not soon, signature and form suffice: standing is looked at when the event
 * comes.
 */
async function isKnown({ around }: ReceiveSnsPorts, addressee: Addressee): Promise<boolean> {
  const read = around
    .client(addressee.clientId)
    .then((client) => knows({ client }, addressee))
    .catch(() => true);
  return Promise.race([read, sleep(MOST_READING, true, { ref: false })]);
}
