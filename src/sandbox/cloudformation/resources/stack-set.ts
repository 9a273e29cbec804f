import { randomUUID } from 'node:crypto';
import { Properties } from '../properties.js';
import { ResourceFailure, type ResourceType, type ResourceWork } from '../resource-type.js';
import { checkDefinition } from '../stack-set/check-definition.js';
import { readDefinition } from '../stack-set/definition.js';
import { operableOrganization } from '../stack-set/refusal.js';
import { requireStackSetCalls } from '../stack-set/require-stack-set-calls.js';
import { rollBack, rollOut, rollOutUpdate } from '../stack-set/roll-out.js';
import { inTurn, type StackSet } from '../stack-set/stack-set.js';
import { unlessStopped } from '../unless-stopped.js';

/** AWS::CloudFormation::StackSet, service-managed: a stack in each member of the organization that is a target. */
export const stackSet: ResourceType = {
  required: ['PermissionModel', 'StackSetName'],
  properties: [
    'AutoDeployment',
    'CallAs',
    'Capabilities',
    'Description',
    'ManagedExecution',
    'OperationPreferences',
    'Parameters',
    'PermissionModel',
    'StackInstancesGroup',
    'StackSetName',
    'Tags',
    'TemplateBody',
    'TemplateURL',
  ],
  createOnly: ['PermissionModel', 'StackSetName'],
  nameProperty: 'StackSetName',
  async create(work) {
    const { world, stack, resource } = work;
    const { account, region } = stack;
    const name = readName(work);
    const definition = readDefinition(work);
    const organization = operableOrganization(world, account.id);
    checkDefinition(work, definition);
    const id = `${name}:${randomUUID()}`;
    requireStackSetCalls(work, 'create', id, definition);
    checkFree(work, name);
    const set: StackSet = {
      id,
      name,
      account,
      region,
      definition,
      instances: new Map(),
      operations: [],
      work: Promise.resolve(),
    };
    world.stackSets.set(id, set);
    // From here on it is there, whatever comes of it; a rollback deletes it by this ID.
    resource.physicalId = id;
    await unlessStopped(
      work,
      inTurn(world, set, () => rollOut(world, set, organization, definition.groups)),
    );
    return { physicalId: id, attributes: { StackSetId: id } };
  },
  async update(work) {
    const { world, stack } = work;
    const set = find(work);
    if (set === undefined) throw new ResourceFailure(`StackSet ${work.resource.physicalId} not found`);
    const definition = readDefinition(work);
    const organization = operableOrganization(world, stack.account.id);
    checkDefinition(work, definition);
    requireStackSetCalls(work, 'update', set.id, definition);
    await unlessStopped(
      work,
      inTurn(world, set, () => rollOutUpdate(world, set, organization, definition)),
    );
    return { physicalId: set.id, attributes: { StackSetId: set.id } };
  },
  async delete(work) {
    const { world, stack } = work;
    const set = find(work);
    if (set === undefined) return;
    requireStackSetCalls(work, 'delete', set.id, set.definition);
    if (set.instances.size > 0) operableOrganization(world, stack.account.id);
    await unlessStopped(
      work,
      inTurn(world, set, () => rollBack(world, set)),
    );
    world.stackSets.delete(set.id);
  },
};

function readName({ resource }: ResourceWork): string {
  const name = new Properties(resource).required('StackSetName');
  if (/^[a-zA-Z][a-zA-Z0-9-]{0,127}$/.test(name)) return name;
  const { logicalId } = resource.planned.declaration;
  throw new ResourceFailure(
    `Properties validation failed for resource ${logicalId} with message:\n[#/StackSetName: string [${name}] does not match pattern ^[a-zA-Z][a-zA-Z0-9\\-]{0,127}$]`,
  );
}

function checkFree({ world, stack }: ResourceWork, name: string): void {
  const { account, region } = stack;
  const known = [...world.stackSets.values()].some(
    (set) => set.name === name && set.account === account && set.region === region,
  );
  if (!known) return;
  throw new ResourceFailure(
    `Resource of type 'AWS::CloudFormation::StackSet' with identifier '${name}' already exists.`,
  );
}

function find({ world, resource }: ResourceWork): StackSet | undefined {
  return world.stackSets.get(resource.physicalId ?? '');
}
