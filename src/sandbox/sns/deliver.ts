import type { World } from '../world.js';
import { defaultDeliveryPolicy, retryPauses } from './delivery-policy.js';
import type { Delivery, MessageType, Subscription, Topic } from './topic.js';

/** A signed message on its way to one endpoint. */
export interface Parcel {
  readonly topic: Topic;
  readonly subscription: Subscription;
  readonly type: MessageType;
  readonly messageId: string;
  readonly body: string;
}

const answerTimeoutMs = 15_000;

/** Delivers a message, trying again as the subscription says. Resolves when it arrived or was given up. */
export async function deliver(world: World, parcel: Parcel): Promise<void> {
  const { topic, subscription, type, messageId } = parcel;
  const delivery: Delivery = {
    messageId,
    type,
    endpoint: subscription.endpoint,
    attempts: [],
    outcome: 'pending',
  };
  topic.deliveries.push(delivery);
  for (const pause of [0, ...pausesOf(parcel)]) {
    if (pause > 0) await world.background.sleep(pause * 1000 * world.settings.snsRetryScale);
    // Nothing goes to an endpoint any more whose subscription was taken away meanwhile.
    if (type === 'Notification' && !topic.subscriptions.has(subscription.arn)) break;
    const answer = await attempt(world, parcel);
    delivery.attempts.push(answer);
    if (isReceived(answer)) delivery.outcome = 'delivered';
    else if (isFinal(answer)) delivery.outcome = 'failed';
    if (delivery.outcome !== 'pending') return;
  }
  delivery.outcome = 'failed';
}

/** Only confirmed subscriptions get retries. */
function pausesOf({ type, subscription }: Parcel): number[] {
  return type === 'Notification' ? retryPauses(subscription.deliveryPolicy ?? defaultDeliveryPolicy) : [];
}

function isReceived(answer: number | string): boolean {
  return typeof answer === 'number' && answer >= 200 && answer < 300;
}

/** A 4xx says that trying again would not help, unless it is 429. */
function isFinal(answer: number | string): boolean {
  return typeof answer === 'number' && answer >= 400 && answer < 500 && answer !== 429;
}

async function attempt(world: World, parcel: Parcel): Promise<number | string> {
  const { topic, subscription, type, messageId, body } = parcel;
  if (!isLoopback(subscription.endpoint)) return 'the sandbox delivers to loopback addresses only';
  const headers: Record<string, string> = {
    'content-type': 'text/plain; charset=UTF-8',
    'user-agent': 'Amazon Simple Notification Service Agent',
    'x-amz-sns-message-type': type,
    'x-amz-sns-message-id': messageId,
    'x-amz-sns-topic-arn': topic.arn,
  };
  if (type === 'Notification') headers['x-amz-sns-subscription-arn'] = subscription.arn;
  if (subscription.raw && type === 'Notification') headers['x-amz-sns-rawdelivery'] = 'true';
  try {
    const answer = await fetch(subscription.endpoint, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.any([world.background.signal, AbortSignal.timeout(answerTimeoutMs)]),
    });
    await answer.body?.cancel();
    return answer.status;
  } catch (error) {
    return error instanceof Error ? `${error.message} ${String(error.cause ?? '')}`.trim() : String(error);
  }
}

/** A template can come from anywhere, so the sandbox sends nothing to other machines. */
function isLoopback(endpoint: string): boolean {
  const { hostname } = new URL(endpoint);
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
