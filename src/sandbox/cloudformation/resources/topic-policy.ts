import { parsePolicy } from '../../policy/document.js';
import { getTopic } from '../../sns/topic.js';
import { generatedName, Properties } from '../properties.js';
import { requireCalls } from '../require-calls.js';
import type { ResourceType, ResourceWork } from '../resource-type.js';

/** AWS::SNS::TopicPolicy. It is kept and shown; publishing inside the account does not ask for it. */
export const topicPolicy: ResourceType = {
  required: ['PolicyDocument', 'Topics'],
  properties: ['PolicyDocument', 'Topics'],
  createOnly: [],
  async create(work) {
    put(work);
    const id = generatedName(work.stack, work.resource.planned.declaration.logicalId, 128);
    return { physicalId: id, attributes: { Id: id } };
  },
  async update(work, before) {
    const { resource } = work;
    takeAway({ ...work, resource: { ...resource, properties: before } });
    put(work);
    return { physicalId: resource.physicalId ?? '', attributes: resource.attributes };
  },
  async delete(work) {
    takeAway(work);
  },
};

function put(work: ResourceWork): void {
  const { world, resource } = work;
  const properties = new Properties(resource);
  const document = parsePolicy(properties.raw('PolicyDocument') ?? null, 'resource');
  for (const arn of properties.texts('Topics')) {
    requireCalls(work, ['sns:SetTopicAttributes'], arn);
    getTopic(world, arn).attributes.set('Policy', JSON.stringify(document.source));
  }
}

function takeAway(work: ResourceWork): void {
  for (const arn of new Properties(work.resource).texts('Topics')) {
    requireCalls(work, ['sns:SetTopicAttributes'], arn);
    work.world.topics.get(arn)?.attributes.delete('Policy');
  }
}
