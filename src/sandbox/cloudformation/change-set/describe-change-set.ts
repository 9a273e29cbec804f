import type { XmlElements } from '../../wire/xml.js';
import { shownParameters } from '../describe.js';
import { type ChangeSet, executionStatus } from './change-set.js';
import type { ResourceChange } from './changes.js';

/** A change set as DescribeChangeSet shows it, without its changes. */
export function describeChangeSet(set: ChangeSet): XmlElements {
  const { surroundings, tags } = set.prepared;
  return {
    ...summarizeChangeSet(set),
    ChangeSetName: set.name,
    OnStackFailure: set.type === 'CREATE' ? set.request.onFailure : undefined,
    Parameters: shownParameters(surroundings).map(([key, value]) => ({
      ParameterKey: key,
      ParameterValue: value,
    })),
    Capabilities: set.request.capabilities,
    NotificationARNs: [],
    RollbackConfiguration: {},
    Tags: [...tags].map(([key, value]) => ({ Key: key, Value: value })),
  };
}

/** A change set as ListChangeSets shows it. */
export function summarizeChangeSet(set: ChangeSet): XmlElements {
  return {
    ChangeSetId: set.id,
    ChangeSetName: set.name,
    StackId: set.stack.id,
    StackName: set.stack.name,
    Description: set.description,
    CreationTime: set.createdAt,
    Status: set.status,
    StatusReason: set.statusReason,
    ExecutionStatus: executionStatus(set),
    IncludeNestedStacks: set.includesNested,
    ParentChangeSetId: set.parent?.id,
    RootChangeSetId: set.parent === undefined ? undefined : rootOf(set.parent).id,
  };
}

/** A change as DescribeChangeSet shows it. */
export function describeChange(change: ResourceChange): XmlElements {
  const { action, logicalId, physicalId, type, replacement, policyAction, scope, details } = change;
  return {
    Type: 'Resource',
    ResourceChange: {
      PolicyAction: policyAction,
      Action: action,
      LogicalResourceId: logicalId,
      PhysicalResourceId: physicalId,
      ResourceType: type,
      Replacement: replacement,
      Scope: scope,
      Details: details.map(({ attribute, name, recreation, evaluation, source, cause }) => ({
        Target: { Attribute: attribute, Name: name, RequiresRecreation: recreation },
        Evaluation: evaluation,
        ChangeSource: source,
        CausingEntity: cause,
      })),
      ChangeSetId: change.changeSetId,
    },
  };
}

function rootOf(set: ChangeSet): ChangeSet {
  return set.parent === undefined ? set : rootOf(set.parent);
}
