import { generatedName } from '../properties.js';
import type { ResourceType } from '../resource-type.js';

/** AWS::CloudFormation::WaitConditionHandle, of which templates make use that need a resource and want none. */
export const waitConditionHandle: ResourceType = {
  required: [],
  properties: [],
  createOnly: [],
  async create({ stack, resource }) {
    const { logicalId } = resource.planned.declaration;
    return { physicalId: generatedName(stack, logicalId, 128), attributes: {} };
  },
  async update({ resource }) {
    return { physicalId: resource.physicalId ?? '', attributes: resource.attributes };
  },
  async delete() {
    // Nothing stands anywhere.
  },
};
