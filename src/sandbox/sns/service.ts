import { requirePermission } from '../iam/permission.js';
import type { QueryService } from '../wire/query.js';
import type { QueryInput } from '../wire/query-input.js';
import type { XmlElements } from '../wire/xml.js';
import type { World } from '../world.js';
import { publish, requestConfirmation } from './publish.js';
import { confirm, subscribe, unsubscribe } from './subscribe.js';
import { createTopic, getTopic, invalidParameter } from './topic.js';

/** The Simple Notification Service, as far as templates, tests and the CLI need it. */
export const sns: QueryService = {
  namespace: 'http://sns.amazonaws.com/doc/2010-03-31/',
  actions: {
    CreateTopic: (world, caller, input) => {
      const name = input.required('Name');
      requirePermission(caller, 'sns:CreateTopic', '*');
      const topic = createTopic(world, caller.account, caller.region, name);
      for (const [key, value] of attributes(input)) topic.attributes.set(key, value);
      return { TopicArn: topic.arn };
    },
    SetTopicAttributes: (world, caller, input) => {
      const topic = getTopic(world, input.required('TopicArn'));
      requirePermission(caller, 'sns:SetTopicAttributes', topic.arn);
      topic.attributes.set(input.required('AttributeName'), input.text('AttributeValue') ?? '');
      return {};
    },
    Subscribe: (world, caller, input) => {
      const topic = getTopic(world, input.required('TopicArn'));
      requirePermission(caller, 'sns:Subscribe', topic.arn);
      const given = attributes(input);
      const subscription = subscribe(topic, {
        protocol: input.required('Protocol'),
        endpoint: input.required('Endpoint'),
        deliveryPolicy: given.get('DeliveryPolicy'),
        raw: given.get('RawMessageDelivery') === 'true',
      });
      world.background.start('SNS confirmation', () => requestConfirmation(world, topic, subscription));
      const shown = subscription.confirmed || input.flag('ReturnSubscriptionArn');
      return { SubscriptionArn: shown ? subscription.arn : 'pending confirmation' };
    },
    Unsubscribe: (world, caller, input) => {
      const arn = input.required('SubscriptionArn');
      requirePermission(caller, 'sns:Unsubscribe', arn);
      unsubscribe(world, arn);
      return {};
    },
    Publish: (world, caller, input) => {
      const topic = getTopic(world, input.text('TopicArn') ?? input.required('TargetArn'));
      requirePermission(caller, 'sns:Publish', topic.arn);
      const message = input.required('Message');
      if (Buffer.byteLength(message) > 262_144) throw invalidParameter('Message too long');
      return { MessageId: publish(world, topic, message, input.text('Subject')) };
    },
    ConfirmSubscription: (world, _caller, input) => confirmSubscription(world, input),
  },
};

/** What SNS does without a signature: a confirmation proves itself by its token, and whoever gets messages may stop them. */
export const openActions: Readonly<Record<string, (world: World, input: QueryInput) => XmlElements>> = {
  ConfirmSubscription: confirmSubscription,
  Unsubscribe: (world, input) => {
    const { topic, subscription } = unsubscribe(world, input.required('SubscriptionArn'));
    // The owner did not ask for it, so the endpoint is told.
    world.background.start('SNS unsubscription', () =>
      requestConfirmation(world, topic, subscription, 'UnsubscribeConfirmation'),
    );
    return {};
  },
};

function confirmSubscription(world: World, input: QueryInput): XmlElements {
  return { SubscriptionArn: confirm(world, input.required('TopicArn'), input.required('Token')).arn };
}

function attributes(input: QueryInput): Map<string, string> {
  return new Map(
    input.list('Attributes', 'entry').map((entry) => [entry.required('key'), entry.text('value') ?? '']),
  );
}
