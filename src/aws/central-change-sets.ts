import {
  type Change,
  type CloudFormationClient,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  paginateDescribeChangeSet,
  paginateDescribeStackEvents,
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

type ChangeSets = Pick<CentralAccount, 'stack' | 'propose' | 'proposal' | 'execute' | 'discard' | 'failures'>;

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
      const isLeftOver = stack !== null && /^ROLLBACK_(COMPLETE|FAILED)$/.test(stack.status);
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

    async proposal({ id, stackId }): Promise<Proposed> {
      try {
        return await proposed(client, { ChangeSetName: id, StackName: stackId });
      } catch (error) {
        if (error instanceof Error && /ChangeSetNotFound/.test(error.name)) return { status: 'gone' };
        if (isNoSuchStack(error)) return { status: 'gone' };
        throw error;
      }
    },

    async execute({ id, stackId }) {
      try {
        await client.send(new ExecuteChangeSetCommand({ ChangeSetName: id, StackName: stackId }));
      } catch (error) {
        if (error instanceof Error && /InvalidChangeSetStatus|ChangeSetNotFound/.test(error.name)) return;
        throw error;
      }
    },

    async discard({ id, stackId }) {
      await client.send(new DeleteChangeSetCommand({ ChangeSetName: id, StackName: stackId }));
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

async function proposed(
  client: CloudFormationClient,
  which: { readonly ChangeSetName: string; readonly StackName: string },
): Promise<Proposed> {
  const changes: PlannedChange[] = [];
  for await (const page of paginateDescribeChangeSet({ client }, which)) {
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

/** How far apart our clock and AWS's may be, in milliseconds. */
const CLOCKS_APART = 60_000;
const MOST_FAILURES = 50;
const LONGEST_REASON = 500;

/** What failed in one stack, the first cause first. Events come newest first, page by page. */
async function failuresOf(client: CloudFormationClient, StackName: string, since: number) {
  const found: (ResourceFailure & { readonly nestedId: string | null })[] = [];
  for await (const { StackEvents = [] } of paginateDescribeStackEvents({ client }, { StackName })) {
    for (const { Timestamp, ResourceStatus = '', ResourceStatusReason = '', ...event } of StackEvents) {
      if ((Timestamp?.getTime() ?? 0) < since - CLOCKS_APART) return found.slice(0, MOST_FAILURES);
      if (!ResourceStatus.endsWith('_FAILED') || /cancelled/i.test(ResourceStatusReason)) continue;
      const { LogicalResourceId = '', ResourceType = '', PhysicalResourceId = null } = event;
      const reason = ResourceStatusReason.slice(0, LONGEST_REASON);
      const failure = { logicalId: LogicalResourceId, type: ResourceType, reason };
      found.unshift({ ...failure, nestedId: PhysicalResourceId });
    }
  }
  return found.slice(0, MOST_FAILURES);
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
