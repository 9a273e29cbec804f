import type { XmlElements } from '../wire/xml.js';
import { lastDetection, stackDriftStatus } from './drift/drift.js';
import type { Stack, StackEvent, StackResource } from './stack.js';

/** A stack as DescribeStacks shows it. */
export function describeStack(stack: Stack): XmlElements {
  return {
    StackId: stack.id,
    StackName: stack.name,
    Description: stack.template.description,
    Parameters: shownParameters(stack).map(([key, value]) => ({ ParameterKey: key, ParameterValue: value })),
    CreationTime: stack.createdAt,
    LastUpdatedTime: stack.updatedAt,
    DeletionTime: stack.deletedAt,
    StackStatus: stack.status,
    StackStatusReason: stack.statusReason,
    DisableRollback: stack.onFailure === 'DO_NOTHING',
    NotificationARNs: [],
    Capabilities: stack.capabilities,
    Outputs: stack.outputs.map(({ key, value, description }) => ({
      OutputKey: key,
      OutputValue: value,
      Description: description,
    })),
    Tags: [...stack.tags].map(([key, value]) => ({ Key: key, Value: value })),
    ...family(stack),
    EnableTerminationProtection: false,
    DriftInformation: driftOf(stack),
  };
}

/** A stack as ListStacks shows it, deleted ones too. */
export function summarizeStack(stack: Stack): XmlElements {
  return {
    StackId: stack.id,
    StackName: stack.name,
    CreationTime: stack.createdAt,
    LastUpdatedTime: stack.updatedAt,
    DeletionTime: stack.deletedAt,
    StackStatus: stack.status,
    StackStatusReason: stack.statusReason,
    ...family(stack),
  };
}

/** The stack that this one is a resource of, and the one above all. */
function family({ parent }: Stack): XmlElements {
  if (parent === undefined) return {};
  let root = parent;
  while (root.parent !== undefined) root = root.parent;
  return { ParentId: parent.id, RootId: root.id };
}

/** An event as DescribeStackEvents shows it. */
export function describeEvent(stack: Stack, event: StackEvent): XmlElements {
  return {
    EventId: event.id,
    StackId: stack.id,
    StackName: stack.name,
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId,
    ResourceType: event.type,
    Timestamp: event.at,
    ResourceStatus: event.status,
    ResourceStatusReason: event.reason,
    ResourceProperties: event.properties === undefined ? undefined : JSON.stringify(event.properties),
  };
}

/** A resource as DescribeStackResources shows it. */
export function describeResource(stack: Stack, resource: StackResource): XmlElements {
  const { changedAt } = resource;
  return {
    StackName: stack.name,
    StackId: stack.id,
    Timestamp: changedAt,
    ...shownResource(stack, resource),
  };
}

/** A resource as ListStackResources shows it. */
export function summarizeResource(stack: Stack, resource: StackResource): XmlElements {
  return { LastUpdatedTimestamp: resource.changedAt, ...shownResource(stack, resource) };
}

function shownResource(stack: Stack, resource: StackResource): XmlElements {
  const { logicalId, type } = resource.planned.declaration;
  const drift = lastDetection(stack)?.drifts.find((each) => each.resource === resource);
  return {
    LogicalResourceId: logicalId,
    PhysicalResourceId: resource.physicalId,
    ResourceType: type,
    ResourceStatus: resource.status,
    ResourceStatusReason: resource.statusReason,
    DriftInformation: {
      StackResourceDriftStatus: drift?.status ?? 'NOT_CHECKED',
      LastCheckTimestamp: drift?.at,
    },
  };
}

function driftOf(stack: Stack): XmlElements {
  const last = lastDetection(stack);
  if (last === undefined) return { StackDriftStatus: 'NOT_CHECKED' };
  return { StackDriftStatus: stackDriftStatus(last), LastCheckTimestamp: last.startedAt };
}

/** The parameters with their values; those declared NoEcho are masked. */
export function shownParameters(stack: Pick<Stack, 'template' | 'parameters'>): [string, string][] {
  return [...stack.parameters].map(([name, value]) => [
    name,
    stack.template.parameters.get(name)?.noEcho === true ? '****' : value,
  ]);
}
