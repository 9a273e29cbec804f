import { randomBytes } from 'node:crypto';
import { AwsError } from '../wire/aws-error.js';
import type { Json } from '../wire/json.js';
import type { World } from '../world.js';
import { parseDeliveryPolicy } from './delivery-policy.js';
import { getTopic, invalidParameter, type Subscription, subscriptionArn, type Topic } from './topic.js';

export interface SubscriptionRequest {
  readonly protocol: string;
  readonly endpoint: string;
  readonly deliveryPolicy?: Json | undefined;
  readonly raw?: boolean;
}

/** Adds a subscription that waits for its confirmation. Throws `InvalidParameter`. */
export function subscribe(topic: Topic, request: SubscriptionRequest): Subscription {
  const { protocol, endpoint } = request;
  if (protocol !== 'http' && protocol !== 'https') {
    throw invalidParameter(
      `Does not support this protocol string: ${protocol} (the sandbox knows http and https)`,
    );
  }
  if (!URL.canParse(endpoint) || new URL(endpoint).protocol !== `${protocol}:`) {
    throw invalidParameter('Endpoint must match the specified protocol');
  }
  const same = [...topic.subscriptions.values()].find((each) => each.endpoint === endpoint);
  if (same !== undefined) return same;
  const subscription: Subscription = {
    arn: subscriptionArn(topic),
    topicArn: topic.arn,
    protocol,
    endpoint,
    deliveryPolicy: parseDeliveryPolicy(request.deliveryPolicy),
    raw: request.raw ?? false,
    token: randomBytes(160).toString('hex'),
    confirmed: false,
  };
  topic.subscriptions.set(subscription.arn, subscription);
  return subscription;
}

/** Confirms a subscription by its token, once or again. Throws `InvalidParameter` and `NotFound`. */
export function confirm(world: World, topicArn: string, token: string): Subscription {
  const topic = getTopic(world, topicArn);
  const subscription = [...topic.subscriptions.values()].find((each) => each.token === token);
  if (subscription === undefined) throw invalidParameter('Token');
  subscription.confirmed = true;
  return subscription;
}

/** Takes a subscription away and returns what it was. Throws `NotFound`. */
export function unsubscribe(world: World, arn: string): { topic: Topic; subscription: Subscription } {
  const topic = world.topics.get(arn.split(':').slice(0, 6).join(':'));
  const subscription = topic?.subscriptions.get(arn);
  if (topic === undefined || subscription === undefined) {
    throw new AwsError('NotFound', 'Subscription does not exist', 404);
  }
  topic.subscriptions.delete(arn);
  return { topic, subscription };
}
