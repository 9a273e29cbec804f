import { generatedName, Properties } from '../properties.js';
import { requireCalls } from '../require-calls.js';
import { ResourceFailure, type ResourceType, type ResourceWork } from '../resource-type.js';

/** AWS::Logs::LogGroup. It has a name and keeps nothing; what functions write stands in the sandbox's state. */
export const logGroup: ResourceType = {
  required: [],
  properties: ['KmsKeyId', 'LogGroupClass', 'LogGroupName', 'RetentionInDays', 'Tags'],
  createOnly: ['LogGroupName'],
  nameProperty: 'LogGroupName',
  async create(work) {
    const { world, stack, resource } = work;
    const properties = new Properties(resource);
    const { logicalId } = resource.planned.declaration;
    const name = properties.text('LogGroupName') ?? generatedName(stack, logicalId, 512);
    const arn = arnOf(work, name);
    const keeps = properties.number('RetentionInDays') === undefined ? [] : ['logs:PutRetentionPolicy'];
    requireCalls(work, ['logs:CreateLogGroup', ...keeps], arn);
    requireCalls(work, ['logs:DescribeLogGroups'], arnOf(work, ''));
    if (world.logGroups.has(arn)) {
      throw new ResourceFailure(
        `Resource of type 'AWS::Logs::LogGroup' with identifier '{"/properties/LogGroupName":"${name}"}' already exists.`,
      );
    }
    world.logGroups.add(arn);
    return { physicalId: name, attributes: { Arn: `${arn}:*` } };
  },
  async update(work) {
    const { resource } = work;
    requireCalls(work, ['logs:PutRetentionPolicy'], arnOf(work, resource.physicalId ?? ''));
    return { physicalId: resource.physicalId ?? '', attributes: resource.attributes };
  },
  async delete(work) {
    const arn = arnOf(work, work.resource.physicalId ?? '');
    requireCalls(work, ['logs:DeleteLogGroup'], arn);
    requireCalls(work, ['logs:DescribeLogGroups'], arnOf(work, ''));
    work.world.logGroups.delete(arn);
  },
};

function arnOf({ stack }: ResourceWork, name: string): string {
  const { partition, id } = stack.account;
  return `arn:${partition}:logs:${stack.region}:${id}:log-group:${name}`;
}
