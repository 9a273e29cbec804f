import { requestConfirmation } from '../../sns/publish.js';
import { subscribe } from '../../sns/subscribe.js';
import { getTopic } from '../../sns/topic.js';
import { Properties } from '../properties.js';
import type { ResourceType } from '../resource-type.js';

/** AWS moves on to the next resource after a moment, confirmed or not. */
const momentMs = 1500;

/** AWS::SNS::Subscription */
export const subscription: ResourceType = {
  permission: 'sns:Subscribe',
  required: ['TopicArn', 'Protocol'],
  properties: ['DeliveryPolicy', 'Endpoint', 'Protocol', 'RawMessageDelivery', 'TopicArn'],
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
  async delete({ world, resource }) {
    const topic = world.topics.get(new Properties(resource).required('TopicArn'));
    topic?.subscriptions.delete(resource.physicalId ?? '');
  },
};
