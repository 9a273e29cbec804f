import { randomUUID } from 'node:crypto';
import type { Account } from '../identity/account.js';
import { AwsError } from '../wire/aws-error.js';
import type { World } from '../world.js';
import type { DeliveryPolicy } from './delivery-policy.js';

/** An SNS topic. */
export interface Topic {
  readonly arn: string;
  readonly name: string;
  readonly account: Account;
  readonly region: string;
  /** By name, as SetTopicAttributes gives them; `SignatureVersion` is among them. */
  readonly attributes: Map<string, string>;
  /** By ARN. */
  readonly subscriptions: Map<string, Subscription>;
  /** What was sent, for the control API. */
  readonly deliveries: Delivery[];
}

export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: 'http' | 'https';
  readonly endpoint: string;
  deliveryPolicy: DeliveryPolicy | undefined;
  raw: boolean;
  /** The secret that confirms it. */
  readonly token: string;
  confirmed: boolean;
}

/** One message on its way to one endpoint. */
export interface Delivery {
  readonly messageId: string;
  readonly type: MessageType;
  readonly endpoint: string;
  /** The HTTP status, or the error, of each attempt. */
  readonly attempts: (number | string)[];
  outcome: 'pending' | 'delivered' | 'failed' | 'dropped';
}

export type MessageType = 'SubscriptionConfirmation' | 'Notification' | 'UnsubscribeConfirmation';

/** Makes a topic, or returns the one that has the name. */
export function createTopic(world: World, account: Account, region: string, name: string): Topic {
  if (!/^[\w-]{1,256}$/.test(name)) throw invalidParameter('Topic Name');
  const arn = `arn:${account.partition}:sns:${region}:${account.id}:${name}`;
  const known = world.topics.get(arn);
  if (known !== undefined) return known;
  const topic: Topic = {
    arn,
    name,
    account,
    region,
    attributes: new Map(),
    subscriptions: new Map(),
    deliveries: [],
  };
  world.topics.set(arn, topic);
  return topic;
}

/** Deletes a topic with its subscriptions; one that is gone already is well. */
export function deleteTopic(world: World, arn: string): void {
  world.topics.get(arn)?.subscriptions.clear();
  world.topics.delete(arn);
}

/** The topic with this ARN. Throws `NotFound`. */
export function getTopic(world: World, arn: string): Topic {
  const topic = world.topics.get(arn);
  if (topic === undefined) throw new AwsError('NotFound', 'Topic does not exist', 404);
  return topic;
}

/** The error for a parameter that SNS does not take. */
export function invalidParameter(what: string): AwsError {
  return new AwsError('InvalidParameter', `Invalid parameter: ${what}`);
}

/** A new subscription's ARN. */
export function subscriptionArn(topic: Topic): string {
  return `${topic.arn}:${randomUUID()}`;
}
