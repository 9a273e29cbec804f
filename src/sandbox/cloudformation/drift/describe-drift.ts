import type { Json } from '../../wire/json.js';
import type { XmlElements } from '../../wire/xml.js';
import type { Stack } from '../stack.js';
import { type DriftDetection, type ResourceDrift, stackDriftStatus } from './drift.js';

/** A detection as DescribeStackDriftDetectionStatus shows it. */
export function describeDetection(stack: Stack, detection: DriftDetection): XmlElements {
  const { id, status, startedAt, drifts } = detection;
  const isDone = status === 'DETECTION_COMPLETE';
  return {
    StackId: stack.id,
    StackDriftDetectionId: id,
    StackDriftStatus: isDone ? stackDriftStatus(detection) : undefined,
    DetectionStatus: status,
    DriftedStackResourceCount: isDone
      ? drifts.filter((drift) => drift.status !== 'IN_SYNC').length
      : undefined,
    Timestamp: startedAt,
  };
}

/** A resource's drift as DescribeStackResourceDrifts shows it. */
export function describeDrift(stack: Stack, drift: ResourceDrift): XmlElements {
  const { resource, status, expected, actual, differences, at } = drift;
  const { logicalId, type } = resource.planned.declaration;
  return {
    StackId: stack.id,
    LogicalResourceId: logicalId,
    PhysicalResourceId: resource.physicalId,
    ResourceType: type,
    ExpectedProperties: JSON.stringify(expected),
    ActualProperties: actual === undefined ? undefined : JSON.stringify(actual),
    PropertyDifferences: differences.map(({ path, expected, actual, kind }) => ({
      PropertyPath: path,
      ExpectedValue: text(expected),
      ActualValue: text(actual),
      DifferenceType: kind,
    })),
    StackResourceDriftStatus: status,
    Timestamp: at,
  };
}

/** Each difference has both values, as texts. */
function text(value: Json | undefined): string {
  if (value === undefined) return 'null';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
