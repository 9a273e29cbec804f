import {
  type Change,
  type CloudFormationClient,
  CreateChangeSetCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  paginateDescribeChangeSet,
  type Stack,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import type {
  CentralAccount,
  CentralStack,
  Drift,
  Proposed,
} from '../access/central-stack/central-account.js';
import type { PlannedChange, ResourceFailure } from '../core/deployment.js';
import type { CentralTemplates } from './central-templates.js';

type ChangeSets = Pick<CentralAccount, 'stack' | 'propose' | 'proposal' | 'execute' | 'failures'>;

/** The central stack's change sets. Source: AWS CloudFormation API Reference, the actions named in each command. */
export function makeCentralChangeSets(
  client: CloudFormationClient,
  templates: CentralTemplates,
  stackName: string,
): ChangeSets {
  return {
    async stack() {
      try {
        const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stackName }));
        return Stacks?.[0] === undefined ? null : stackOf(Stacks[0]);
      } catch (error) {
        if (isNoSuchStack(error)) return null;
        throw error;
      }
    },

    async propose(name, template, stack) {
      const isLeftOver = stack?.status === 'ROLLBACK_COMPLETE';
      // Its first creation failed: it holds nothing, and can only be deleted.
      if (isLeftOver) await remove(client, stack.id);
      const isNew = stack === null || isLeftOver || stack.status === 'REVIEW_IN_PROGRESS';
      const { Id = '', StackId = '' } = await client.send(
        new CreateChangeSetCommand({
          ...{ StackName: stackName, ChangeSetName: name, ChangeSetType: isNew ? 'CREATE' : 'UPDATE' },
          ...(await templates.place(template)),
          Capabilities: ['CAPABILITY_NAMED_IAM'],
          IncludeNestedStacks: template.nested.size > 0,
        }),
      );
      return { id: Id, stackId: StackId };
    },

    async proposal({ id }): Promise<Proposed> {
      try {
        return await proposed(client, id);
      } catch (error) {
        if (error instanceof Error && /ChangeSetNotFound/.test(error.name)) return { status: 'gone' };
        if (isNoSuchStack(error)) return { status: 'gone' };
        throw error;
      }
    },

    async execute({ id }) {
      try {
        await client.send(new ExecuteChangeSetCommand({ ChangeSetName: id }));
      } catch (error) {
        if (error instanceof Error && /InvalidChangeSetStatus|ChangeSetNotFound/.test(error.name)) return;
        throw error;
      }
    },

    async failures(stackId, since) {
      const found = await failuresOf(client, stackId, since);
      const nested = found.flatMap(({ type, nestedId }) =>
        type === 'AWS::CloudFormation::Stack' && nestedId !== null && nestedId !== stackId ? [nestedId] : [],
      );
      const inner = await Promise.all([...new Set(nested)].map((id) => failuresOf(client, id, since)));
      const all = inner.flat().length > 0 ? inner.flat() : found;
      return all.map(({ nestedId: _, ...failure }) => failure);
    },
  };
}

/** How long a stack that holds nothing may take to go, in seconds. */
const REMOVED_WITHIN = 20;

async function remove(client: CloudFormationClient, id: string): Promise<void> {
  await client.send(new DeleteStackCommand({ StackName: id }));
  const waiting = { client, maxWaitTime: REMOVED_WITHIN, minDelay: 1, maxDelay: 2 };
  await waitUntilStackDeleteComplete(waiting, { StackName: id });
}

async function proposed(client: CloudFormationClient, id: string): Promise<Proposed> {
  const changes: PlannedChange[] = [];
  for await (const page of paginateDescribeChangeSet({ client }, { ChangeSetName: id })) {
    const { Status, ExecutionStatus, StatusReason = '', Changes = [] } = page;
    if (Status === 'FAILED')
      return /didn't contain changes|No updates are to be performed/.test(StatusReason)
        ? { status: 'empty' }
        : { status: 'refused', reason: StatusReason };
    const execution = executions[ExecutionStatus ?? ''];
    if (execution !== undefined) return { status: execution };
    if (Status !== 'CREATE_COMPLETE') return { status: 'pending' };
    for (const change of Changes) changes.push(...(await changesOf(client, change)));
  }
  return { status: 'ready', changes };
}

/** Source: AWS CloudFormation API Reference, DescribeChangeSet, `ExecutionStatus`. */
const executions: Readonly<Record<string, 'gone' | 'executing' | 'executed' | 'not-executed'>> = {
  ...{ OBSOLETE: 'gone', EXECUTE_IN_PROGRESS: 'executing' },
  ...{ EXECUTE_COMPLETE: 'executed', EXECUTE_FAILED: 'not-executed' },
};

/** A change, and where it is one of a nested stack, those in that stack's own change set. */
async function changesOf(
  client: CloudFormationClient,
  { ResourceChange = {} }: Change,
): Promise<readonly PlannedChange[]> {
  const { Action, LogicalResourceId = '', ResourceType = '', ChangeSetId } = ResourceChange;
  const { PhysicalResourceId = null, Replacement } = ResourceChange;
  const inner: PlannedChange[] = [];
  if (ChangeSetId !== undefined)
    for await (const { Changes = [] } of paginateDescribeChangeSet(
      { client },
      { ChangeSetName: ChangeSetId },
    ))
      for (const change of Changes) inner.push(...(await changesOf(client, change)));
  const own: PlannedChange = {
    action: Action === 'Add' ? 'add' : Action === 'Remove' ? 'remove' : 'change',
    logicalId: LogicalResourceId,
    type: ResourceType,
    physicalId: PhysicalResourceId,
    replacement: Replacement === 'True' ? 'yes' : Replacement === 'Conditional' ? 'perhaps' : 'no',
  };
  return [own, ...inner];
}

async function failuresOf(client: CloudFormationClient, stackId: string, since: number) {
  const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: stackId }));
  return StackEvents.filter(
    ({ Timestamp, ResourceStatus = '', ResourceStatusReason = '' }) =>
      (Timestamp?.getTime() ?? 0) >= since &&
      ResourceStatus.endsWith('_FAILED') &&
      !/cancelled/i.test(ResourceStatusReason),
  )
    .reverse()
    .map(({ LogicalResourceId = '', ResourceType = '', ResourceStatusReason = '', PhysicalResourceId }) => ({
      ...({
        logicalId: LogicalResourceId,
        type: ResourceType,
        reason: ResourceStatusReason,
      } satisfies ResourceFailure),
      nestedId: PhysicalResourceId ?? null,
    }));
}

function stackOf({ StackId = '', StackStatus, Outputs = [], DriftInformation }: Stack): CentralStack {
  const output = (key: string) => Outputs.find(({ OutputKey }) => OutputKey === key)?.OutputValue ?? null;
  return {
    ...{
      id: StackId,
      status: StackStatus ?? '',
      version: output('Version'),
      isNested: output('Layout') === 'nested',
    },
    drift: {
      status: driftStatuses[DriftInformation?.StackDriftStatus ?? ''] ?? 'not-checked',
      checkedAt: DriftInformation?.LastCheckTimestamp?.getTime() ?? null,
    },
  };
}

const driftStatuses: Readonly<Record<string, Drift['status']>> = {
  ...{ NOT_CHECKED: 'not-checked', IN_SYNC: 'in-sync', DRIFTED: 'drifted', UNKNOWN: 'unknown' },
};

/** CloudFormation has no error of its own for it. */
function isNoSuchStack(error: unknown): boolean {
  return error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message);
}
