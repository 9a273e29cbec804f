import {
  type CloudFormationClient,
  DescribeStackDriftDetectionStatusCommand,
  type DescribeStackResourceDriftsCommandInput,
  DetectStackDriftCommand,
  paginateDescribeStackResourceDrifts,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import type {
  CentralAccount,
  CentralStack,
  DriftedResource,
} from '../access/central-stack/central-account.js';

/**
 * Whether what stands in the central account is what was deployed. CloudFormation compares one stack at a time, without
 * those nested in it. Source: AWS CloudFormation API Reference, DetectStackDrift, DescribeStackResourceDrifts.
 */
export function makeCentralDrift(
  client: CloudFormationClient,
): Pick<CentralAccount, 'detectDrift' | 'isDriftChecked' | 'driftedResources'> {
  return {
    async detectDrift(stack) {
      const checks: string[] = [];
      for (const id of await stacksIn(client, stack)) {
        const begun = await client.send(new DetectStackDriftCommand({ StackName: id }));
        checks.push(begun.StackDriftDetectionId ?? '');
      }
      return checks;
    },

    async isDriftChecked(checks) {
      const states = await Promise.all(
        checks.map((StackDriftDetectionId) =>
          client.send(new DescribeStackDriftDetectionStatusCommand({ StackDriftDetectionId })),
        ),
      );
      return states.every(({ DetectionStatus }) => DetectionStatus !== 'DETECTION_IN_PROGRESS');
    },

    async driftedResources(stack) {
      const drifted: DriftedResource[] = [];
      for (const id of await stacksIn(client, stack)) drifted.push(...(await driftedIn(client, id)));
      return drifted;
    },
  };
}

async function stacksIn(client: CloudFormationClient, { id, isNested }: CentralStack): Promise<string[]> {
  const ids = [id];
  if (!isNested) return ids;
  for await (const { StackResourceSummaries = [] } of paginateListStackResources(
    { client },
    { StackName: id },
  ))
    for (const { ResourceType, PhysicalResourceId } of StackResourceSummaries)
      if (ResourceType === 'AWS::CloudFormation::Stack' && PhysicalResourceId) ids.push(PhysicalResourceId);
  return ids;
}

async function driftedIn(client: CloudFormationClient, StackName: string): Promise<DriftedResource[]> {
  const drifted: DriftedResource[] = [];
  const request: DescribeStackResourceDriftsCommandInput = {
    StackName,
    StackResourceDriftStatusFilters: ['MODIFIED', 'DELETED'],
  };
  for await (const { StackResourceDrifts = [] } of paginateDescribeStackResourceDrifts({ client }, request))
    for (const each of StackResourceDrifts)
      drifted.push({
        logicalId: each.LogicalResourceId ?? '',
        type: each.ResourceType ?? '',
        physicalId: each.PhysicalResourceId ?? null,
        status: each.StackResourceDriftStatus === 'DELETED' ? 'removed' : 'modified',
        properties: (each.PropertyDifferences ?? []).map(({ PropertyPath = '' }) => PropertyPath),
      });
  return drifted;
}
