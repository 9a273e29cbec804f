import { shownParameters } from '../cloudformation/describe.js';
import type { Stack } from '../cloudformation/stack.js';
import type { StackSet } from '../cloudformation/stack-set/stack-set.js';
import type { PolicyHolder } from '../iam/holder-policies.js';
import { shownTrust } from '../iam/trust.js';
import type { Account } from '../identity/account.js';
import type { LambdaFunction } from '../lambda/function.js';
import type { Topic } from '../sns/topic.js';
import type { World } from '../world.js';

/** All that the sandbox holds, so that tests can look. */
export function describeWorld(world: World): unknown {
  return {
    accounts: world.accounts.list().map((account) => describeAccount(world, account)),
    stacks: [...world.stacks.values()].map(describeStack),
    stackSets: [...world.stackSets.values()].map(describeStackSet),
    topics: [...world.topics.values()].map(describeTopic),
    functions: [...world.functions.values()].map(describeFunction),
    invocations: world.invocations,
    answers: world.answers.received,
    answerPuts: world.answers.puts,
    stsCalls: world.stsCalls,
    faults: world.faults.list(),
    settings: world.settings,
  };
}

function describeAccount(world: World, account: Account): unknown {
  const roles = [...account.roles.values()].map((role) => {
    const { id, name, arn, trusts } = role;
    const last = trusts.at(-1);
    return {
      id,
      name,
      arn,
      trustPolicy: last === undefined ? null : shownTrust(world, last.trust),
      propagated: last !== undefined && last.from <= Date.now(),
      ...policyNames(role),
    };
  });
  const groups = [...account.groups.values()].map(({ name, arn, members, ...policies }) => {
    return { name, arn, members: [...members].map((user) => user.name), ...policyNames(policies) };
  });
  const users = [...account.users.values()].map(({ name, arn, ...policies }) => {
    return { name, arn, ...policyNames(policies) };
  });
  const managedPolicies = [...account.managedPolicies.keys()];
  return { id: account.id, partition: account.partition, roles, groups, users, managedPolicies };
}

function policyNames({
  inlinePolicies,
  attachedPolicies,
}: Pick<PolicyHolder, 'inlinePolicies' | 'attachedPolicies'>) {
  return { inlinePolicies: [...inlinePolicies.keys()], attachedPolicies: [...attachedPolicies] };
}

function describeStack(stack: Stack): unknown {
  const { id, name, account, region, status, statusReason, deletedAt, events, outputs } = stack;
  return {
    id,
    name,
    account: account.id,
    region,
    status,
    statusReason,
    deletedAt,
    parameters: Object.fromEntries(shownParameters(stack)),
    outputs,
    events: events.map(({ at, logicalId, physicalId, type, status, reason }) => {
      return { at, logicalId, physicalId, type, status, reason };
    }),
  };
}

function describeStackSet({ id, name, account, region, instances, operations }: StackSet): unknown {
  return {
    id,
    name,
    account: account.id,
    region,
    instances: [...instances.values()].map(({ account, region, stack, status, detailedStatus, reason }) => {
      return { account, region, stackId: stack?.id ?? null, status, detailedStatus, reason };
    }),
    operations,
  };
}

function describeFunction({ arn, runtime, handler, roleArn, timeoutSeconds }: LambdaFunction): unknown {
  return { arn, runtime, handler, roleArn, timeoutSeconds };
}

function describeTopic(topic: Topic): unknown {
  return {
    arn: topic.arn,
    attributes: Object.fromEntries(topic.attributes),
    subscriptions: [...topic.subscriptions.values()].map(({ arn, endpoint, confirmed }) => {
      return { arn, endpoint, confirmed };
    }),
    deliveries: topic.deliveries,
  };
}
