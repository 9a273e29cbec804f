import { createTopic, deleteTopic } from '../../sns/topic.js';
import { generatedName, Properties } from '../properties.js';
import { ResourceFailure, type ResourceType } from '../resource-type.js';

const attributes = ['DisplayName', 'KmsMasterKeyId', 'SignatureVersion', 'TracingConfig'];

/** AWS::SNS::Topic */
export const topic: ResourceType = {
  permission: 'sns:CreateTopic',
  required: [],
  properties: [...attributes, 'Tags', 'TopicName'],
  async create({ world, stack, resource }) {
    const properties = new Properties(resource);
    const { logicalId } = resource.planned.declaration;
    const name = properties.text('TopicName') ?? generatedName(stack, logicalId, 256);
    const arn = `arn:${stack.account.partition}:sns:${stack.region}:${stack.account.id}:${name}`;
    if (world.topics.has(arn)) throw new ResourceFailure(`${name} already exists`);
    const made = createTopic(world, stack.account, stack.region, name);
    for (const attribute of attributes) {
      const value = properties.text(attribute);
      if (value !== undefined) made.attributes.set(attribute, value);
    }
    return { physicalId: arn, attributes: { TopicArn: arn, TopicName: name } };
  },
  async delete({ world, resource }) {
    deleteTopic(world, resource.physicalId ?? '');
  },
};
