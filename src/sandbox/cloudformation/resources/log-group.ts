import { generatedName, Properties } from '../properties.js';
import { ResourceFailure, type ResourceType, type ResourceWork } from '../resource-type.js';

/** AWS::Logs::LogGroup. It has a name and keeps nothing; what functions write stands in the sandbox's state. */
export const logGroup: ResourceType = {
  permission: 'logs:CreateLogGroup',
  required: [],
  properties: ['KmsKeyId', 'LogGroupClass', 'LogGroupName', 'RetentionInDays', 'Tags'],
  createOnly: ['LogGroupName'],
  nameProperty: 'LogGroupName',
  async create(work) {
    const { world, stack, resource } = work;
    const { logicalId } = resource.planned.declaration;
    const name = new Properties(resource).text('LogGroupName') ?? generatedName(stack, logicalId, 512);
    const arn = arnOf(work, name);
    if (world.logGroups.has(arn)) {
      throw new ResourceFailure(
        `Resource of type 'AWS::Logs::LogGroup' with identifier '{"/properties/LogGroupName":"${name}"}' already exists.`,
      );
    }
    world.logGroups.add(arn);
    return { physicalId: name, attributes: { Arn: `${arn}:*` } };
  },
  async update({ resource }) {
    return { physicalId: resource.physicalId ?? '', attributes: resource.attributes };
  },
  async delete(work) {
    work.world.logGroups.delete(arnOf(work, work.resource.physicalId ?? ''));
  },
};

function arnOf({ stack }: ResourceWork, name: string): string {
  const { partition, id } = stack.account;
  return `arn:${partition}:logs:${stack.region}:${id}:log-group:${name}`;
}
