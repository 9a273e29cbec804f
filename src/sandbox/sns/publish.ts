import { randomUUID } from 'node:crypto';
import type { World } from '../world.js';
import { deliver, type Parcel } from './deliver.js';
import { signEnvelope } from './envelope.js';
import type { MessageType, Subscription, Topic } from './topic.js';

/** Publishes a message to the confirmed subscriptions; the others never get it. Returns the message's ID. */
export function publish(world: World, topic: Topic, message: string, subject?: string): string {
  const messageId = randomUUID();
  const timestamp = new Date().toISOString();
  for (const subscription of topic.subscriptions.values()) {
    const fields = {
      Type: 'Notification',
      MessageId: messageId,
      TopicArn: topic.arn,
      ...(subject === undefined ? {} : { Subject: subject }),
      Message: message,
      Timestamp: timestamp,
      UnsubscribeURL: `${world.origin}/?Action=Unsubscribe&SubscriptionArn=${subscription.arn}`,
    };
    const body = subscription.raw
      ? message
      : signEnvelope(fields, world.certificate, world.origin, versionOf(topic));
    send(world, { topic, subscription, type: 'Notification', messageId, body });
  }
  return messageId;
}

/** Asks an endpoint to confirm its subscription, or to undo its end. Resolves when it has answered, well or not. */
export async function requestConfirmation(
  world: World,
  topic: Topic,
  subscription: Subscription,
  type: Exclude<MessageType, 'Notification'> = 'SubscriptionConfirmation',
): Promise<void> {
  const messageId = randomUUID();
  const { token } = subscription;
  const verb = type === 'SubscriptionConfirmation' ? 'subscribe to' : 'deactivate a subscription to';
  const fields = {
    Type: type,
    MessageId: messageId,
    Token: token,
    TopicArn: topic.arn,
    Message: `You have chosen to ${verb} the topic ${topic.arn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
    SubscribeURL: `${world.origin}/?Action=ConfirmSubscription&TopicArn=${topic.arn}&Token=${token}`,
    Timestamp: new Date().toISOString(),
  };
  const body = signEnvelope(fields, world.certificate, world.origin, versionOf(topic));
  const parcel = { topic, subscription, type, messageId, body };
  if (world.faults.strikes('sns-duplicate', topic.account.id)) {
    world.background.start('SNS delivery', () => deliver(world, parcel));
  }
  await deliver(world, parcel);
}

function send(world: World, parcel: Parcel): void {
  const { topic, subscription, messageId } = parcel;
  const account = topic.account.id;
  if (!subscription.confirmed || world.faults.strikes('sns-drop', account)) {
    const { endpoint } = subscription;
    topic.deliveries.push({ messageId, type: parcel.type, endpoint, attempts: [], outcome: 'dropped' });
    return;
  }
  const work = (): Promise<void> => deliver(world, parcel);
  const isReversed = world.faults.strikes('sns-reverse', account);
  const times = world.faults.strikes('sns-duplicate', account) ? 2 : 1;
  for (let time = 0; time < times; time += 1) {
    if (isReversed) hold(world, work);
    else world.background.start('SNS delivery', work);
  }
}

/** What the fault `sns-reverse` holds back, in the order of publishing. */
const held = new WeakMap<World, (() => Promise<void>)[]>();

/** Holds a delivery for a moment; then all that came meanwhile go out one by one, the last first. */
function hold(world: World, work: () => Promise<void>): void {
  const waiting = held.get(world);
  if (waiting !== undefined) {
    waiting.push(work);
    return;
  }
  const batch = [work];
  held.set(world, batch);
  world.background.start('SNS delivery in reverse', async () => {
    await world.background.sleep(1000);
    held.delete(world);
    for (const each of batch.reverse()) await each();
  });
}

function versionOf(topic: Topic): '1' | '2' {
  return topic.attributes.get('SignatureVersion') === '2' ? '2' : '1';
}
