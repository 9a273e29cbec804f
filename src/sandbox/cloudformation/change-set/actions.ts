import { requirePermission } from '../../iam/permission.js';
import type { Caller } from '../../identity/caller.js';
import { validationError } from '../../wire/aws-error.js';
import type { QueryAction } from '../../wire/query.js';
import type { QueryInput } from '../../wire/query-input.js';
import type { World } from '../../world.js';
import { lookUpStack, stackArnFor } from '../stack.js';
import { readOnFailure, readUpdate, urlKey } from '../stack-input.js';
import { tokenPage } from '../token-page.js';
import { type ChangeSet, changeSetsOf, getChangeSet, lookUpChangeSet } from './change-set.js';
import { createChangeSet } from './create-change-set.js';
import { describeChange, describeChangeSet, summarizeChangeSet } from './describe-change-set.js';
import { deleteChangeSet, executeChangeSet } from './execute-change-set.js';

/** The operations of CloudFormation on change sets. */
export const changeSetActions: Readonly<Record<string, QueryAction>> = {
  CreateChangeSet: (world, caller, input) => {
    const stackName = input.required('StackName');
    const name = input.required('ChangeSetName');
    const keys = { ...urlKey(input), 'cloudformation:ChangeSetName': name };
    requirePermission(caller, 'cloudformation:CreateChangeSet', stackArnFor(world, caller, stackName), keys);
    const set = createChangeSet(world, caller, {
      stackName,
      name,
      type: readType(input),
      description: input.text('Description'),
      request: { ...readUpdate(world, caller, input), onFailure: readOnFailure(input, 'OnStackFailure') },
      includesNested: input.flag('IncludeNestedStacks'),
    });
    return { Id: set.id, StackId: set.stack.id };
  },
  DescribeChangeSet: (world, caller, input) => {
    requireOn(world, caller, input, 'cloudformation:DescribeChangeSet');
    const set = getChangeSet(world, caller, input);
    return { ...describeChangeSet(set), ...tokenPage(input, 'Changes', set.changes, describeChange) };
  },
  ListChangeSets: (world, caller, input) => {
    const stackName = input.required('StackName');
    requirePermission(caller, 'cloudformation:ListChangeSets', stackArnFor(world, caller, stackName));
    const stack = lookUpStack(world, caller, stackName);
    if (stack === undefined) throw validationError(`Stack [${stackName}] does not exist`);
    const active = changeSetsOf(world, stack).filter(({ execution }) => execution === undefined);
    return tokenPage(input, 'Summaries', active, summarizeChangeSet);
  },
  ExecuteChangeSet: (world, caller, input) => {
    requireOn(world, caller, input, 'cloudformation:ExecuteChangeSet');
    if (input.flag('DisableRollback'))
      throw validationError('the sandbox knows OnStackFailure of CreateChangeSet, and not DisableRollback');
    executeChangeSet(world, caller, getChangeSet(world, caller, input));
    return {};
  },
  DeleteChangeSet: (world, caller, input) => {
    requireOn(world, caller, input, 'cloudformation:DeleteChangeSet');
    const set = lookUpChangeSet(world, caller, input);
    // AWS says nothing about a name that no change set has.
    if (set !== undefined) deleteChangeSet(world, set);
    return {};
  },
};

/** The stack is what policies name; of a change set that is named by its ARN alone it has to be found first. */
function requireOn(world: World, caller: Caller, input: QueryInput, action: string): void {
  const id = input.required('ChangeSetName');
  const stackName = input.text('StackName') ?? world.changeSets.get(id)?.stack.id ?? '*';
  const keys = { 'cloudformation:ChangeSetName': id.split('/')[1] ?? id };
  requirePermission(caller, action, stackArnFor(world, caller, stackName), keys);
}

function readType(input: QueryInput): ChangeSet['type'] {
  const type = input.text('ChangeSetType') ?? 'UPDATE';
  if (type === 'CREATE' || type === 'UPDATE') return type;
  throw validationError(`the sandbox knows change sets of the types CREATE and UPDATE, and not ${type}`);
}
