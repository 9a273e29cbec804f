import { parsePolicy } from '../../policy/document.js';
import { getTopic } from '../../sns/topic.js';
import { generatedName, Properties } from '../properties.js';
import type { ResourceType } from '../resource-type.js';

/** AWS::SNS::TopicPolicy. It is kept and shown; publishing inside the account does not ask for it. */
export const topicPolicy: ResourceType = {
  permission: 'sns:SetTopicAttributes',
  required: ['PolicyDocument', 'Topics'],
  properties: ['PolicyDocument', 'Topics'],
  async create({ world, stack, resource }) {
    const properties = new Properties(resource);
    const document = parsePolicy(properties.raw('PolicyDocument') ?? null, 'resource');
    for (const arn of properties.texts('Topics')) {
      getTopic(world, arn).attributes.set('Policy', JSON.stringify(document.source));
    }
    const id = generatedName(stack, resource.planned.declaration.logicalId, 128);
    return { physicalId: id, attributes: { Id: id } };
  },
  async delete({ world, resource }) {
    for (const arn of new Properties(resource).texts('Topics')) {
      world.topics.get(arn)?.attributes.delete('Policy');
    }
  },
};
