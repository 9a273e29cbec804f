import { createTopic, deleteTopic, getTopic, type Topic } from '../../sns/topic.js';
import { generatedName, Properties } from '../properties.js';
import { requireCalls } from '../require-calls.js';
import { ResourceFailure, type ResourceType } from '../resource-type.js';

const attributes = ['DisplayName', 'KmsMasterKeyId', 'SignatureVersion', 'TracingConfig'];

/** What is asked about a topic once it is made. */
const reading = ['sns:GetTopicAttributes', 'sns:ListSubscriptionsByTopic', 'sns:ListTagsForResource'];

/** AWS::SNS::Topic */
export const topic: ResourceType = {
  required: [],
  properties: [...attributes, 'Tags', 'TopicName'],
  createOnly: ['TopicName'],
  nameProperty: 'TopicName',
  async create(work) {
    const { world, stack, resource } = work;
    const properties = new Properties(resource);
    const { logicalId } = resource.planned.declaration;
    const name = properties.text('TopicName') ?? generatedName(stack, logicalId, 256);
    const arn = `arn:${stack.account.partition}:sns:${stack.region}:${stack.account.id}:${name}`;
    requireCalls(work, ['sns:CreateTopic', ...reading], arn);
    if (world.topics.has(arn)) throw new ResourceFailure(`${name} already exists`);
    const made = createTopic(world, stack.account, stack.region, name);
    setAttributes(made, properties);
    return { physicalId: arn, attributes: { TopicArn: arn, TopicName: name } };
  },
  async update(work) {
    const { world, resource } = work;
    const changed = getTopic(world, resource.physicalId ?? '');
    requireCalls(work, ['sns:SetTopicAttributes', ...reading], changed.arn);
    for (const attribute of attributes) changed.attributes.delete(attribute);
    setAttributes(changed, new Properties(resource));
    return { physicalId: changed.arn, attributes: resource.attributes };
  },
  async delete(work) {
    const arn = work.resource.physicalId ?? '';
    requireCalls(work, ['sns:DeleteTopic', 'sns:ListSubscriptionsByTopic'], arn);
    deleteTopic(work.world, arn);
  },
};

function setAttributes(topic: Topic, properties: Properties): void {
  for (const attribute of attributes) {
    const value = properties.text(attribute);
    if (value !== undefined) topic.attributes.set(attribute, value);
  }
}
