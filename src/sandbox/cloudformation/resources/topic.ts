import { createTopic, deleteTopic, getTopic, type Topic } from '../../sns/topic.js';
import { generatedName, Properties } from '../properties.js';
import { ResourceFailure, type ResourceType } from '../resource-type.js';

const attributes = ['DisplayName', 'KmsMasterKeyId', 'SignatureVersion', 'TracingConfig'];

/** AWS::SNS::Topic */
export const topic: ResourceType = {
  permission: 'sns:CreateTopic',
  required: [],
  properties: [...attributes, 'Tags', 'TopicName'],
  createOnly: ['TopicName'],
  nameProperty: 'TopicName',
  async create({ world, stack, resource }) {
    const properties = new Properties(resource);
    const { logicalId } = resource.planned.declaration;
    const name = properties.text('TopicName') ?? generatedName(stack, logicalId, 256);
    const arn = `arn:${stack.account.partition}:sns:${stack.region}:${stack.account.id}:${name}`;
    if (world.topics.has(arn)) throw new ResourceFailure(`${name} already exists`);
    const made = createTopic(world, stack.account, stack.region, name);
    setAttributes(made, properties);
    return { physicalId: arn, attributes: { TopicArn: arn, TopicName: name } };
  },
  async update({ world, resource }) {
    const changed = getTopic(world, resource.physicalId ?? '');
    for (const attribute of attributes) changed.attributes.delete(attribute);
    setAttributes(changed, new Properties(resource));
    return { physicalId: changed.arn, attributes: resource.attributes };
  },
  async delete({ world, resource }) {
    deleteTopic(world, resource.physicalId ?? '');
  },
};

function setAttributes(topic: Topic, properties: Properties): void {
  for (const attribute of attributes) {
    const value = properties.text(attribute);
    if (value !== undefined) topic.attributes.set(attribute, value);
  }
}
