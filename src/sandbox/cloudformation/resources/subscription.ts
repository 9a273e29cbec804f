import { parseDeliveryPolicy } from '../../sns/delivery-policy.js';
import { requestConfirmation } from '../../sns/publish.js';
import { subscribe } from '../../sns/subscribe.js';
import { getTopic } from '../../sns/topic.js';
import { AwsError } from '../../wire/aws-error.js';
import { Properties } from '../properties.js';
import type { ResourceType } from '../resource-type.js';

/** AWS moves on to the next resource after a moment, confirmed or not. */
const momentMs = 1500;

/** AWS::SNS::Subscription */
export const subscription: ResourceType = {
  permission: 'sns:Subscribe',
  required: ['TopicArn', 'Protocol'],
  properties: ['DeliveryPolicy', 'Endpoint', 'Protocol', 'RawMessageDelivery', 'TopicArn'],
  createOnly: ['Endpoint', 'Protocol', 'TopicArn'],
  async create({ world, resource, signal }) {
    const properties = new Properties(resource);
    const topic = getTopic(world, properties.required('TopicArn'));
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
    const moment = new AbortController();
    await Promise.race([asked, world.background.sleep(momentMs, AbortSignal.any([signal, moment.signal]))]);
    moment.abort();
    return { physicalId: made.arn, attributes: { Arn: made.arn } };
  },
  async update({ world, resource }) {
    const properties = new Properties(resource);
    const topic = getTopic(world, properties.required('TopicArn'));
    const changed = topic.subscriptions.get(resource.physicalId ?? '');
    if (changed === undefined) throw new AwsError('NotFound', 'Subscription does not exist', 404);
    changed.deliveryPolicy = parseDeliveryPolicy(properties.raw('DeliveryPolicy'));
    changed.raw = properties.text('RawMessageDelivery') === 'true';
    return { physicalId: changed.arn, attributes: { Arn: changed.arn } };
  },
  async delete({ world, resource }) {
    const topic = world.topics.get(new Properties(resource).required('TopicArn'));
    topic?.subscriptions.delete(resource.physicalId ?? '');
  },
};
