import { parseDeliveryPolicy } from '../../sns/delivery-policy.js';
import { requestConfirmation } from '../../sns/publish.js';
import { subscribe } from '../../sns/subscribe.js';
import { getTopic } from '../../sns/topic.js';
import { AwsError } from '../../wire/aws-error.js';
import { Properties } from '../properties.js';
import { requireCalls } from '../require-calls.js';
import type { ResourceType } from '../resource-type.js';

/** Policies cannot name single subscriptions. Source: Service Authorization Reference, Amazon SNS. */
const anySubscription = '*';

/** AWS::SNS::Subscription */
export const subscription: ResourceType = {
  required: ['TopicArn', 'Protocol'],
  properties: ['DeliveryPolicy', 'Endpoint', 'Protocol', 'RawMessageDelivery', 'TopicArn'],
  createOnly: ['Endpoint', 'Protocol', 'TopicArn'],
  async create(work) {
    const { world, resource, signal } = work;
    const properties = new Properties(resource);
    const topic = getTopic(world, properties.required('TopicArn'));
    requireCalls(work, ['sns:Subscribe', 'sns:GetTopicAttributes'], topic.arn);
    requireCalls(work, ['sns:GetSubscriptionAttributes'], anySubscription);
    const made = subscribe(topic, {
      protocol: properties.required('Protocol'),
      endpoint: properties.required('Endpoint'),
      deliveryPolicy: properties.raw('DeliveryPolicy'),
      raw: properties.text('RawMessageDelivery') === 'true',
    });
    // It exists from here on, also if the stack gives up while it waits.
    resource.physicalId = made.arn;
    const asked = requestConfirmation(world, topic, made);
    world.background.start('SNS confirmation', () => asked);
    // AWS moves on to the next resource after a moment, confirmed or not.
    const moment = new AbortController();
    const over = AbortSignal.any([signal, moment.signal]);
    await Promise.race([asked, world.background.sleep(world.settings.confirmationMs, over)]);
    moment.abort();
    return { physicalId: made.arn, attributes: { Arn: made.arn } };
  },
  async update(work) {
    const { world, resource } = work;
    const properties = new Properties(resource);
    const topic = getTopic(world, properties.required('TopicArn'));
    const changed = topic.subscriptions.get(resource.physicalId ?? '');
    if (changed === undefined) throw new AwsError('NotFound', 'Subscription does not exist', 404);
    requireCalls(work, ['sns:SetSubscriptionAttributes', 'sns:GetSubscriptionAttributes'], anySubscription);
    changed.deliveryPolicy = parseDeliveryPolicy(properties.raw('DeliveryPolicy'));
    changed.raw = properties.text('RawMessageDelivery') === 'true';
    return { physicalId: changed.arn, attributes: { Arn: changed.arn } };
  },
  async delete(work) {
    const { world, resource } = work;
    requireCalls(work, ['sns:Unsubscribe', 'sns:GetSubscriptionAttributes'], anySubscription);
    const topic = world.topics.get(new Properties(resource).required('TopicArn'));
    topic?.subscriptions.delete(resource.physicalId ?? '');
  },
};
