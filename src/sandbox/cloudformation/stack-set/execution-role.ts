import { createHash } from 'node:crypto';
import { type Account, iamArn } from '../../identity/account.js';
import { type Caller, callerOf } from '../../identity/caller.js';
import { uniqueId } from '../../identity/unique-id.js';
import type { World } from '../../world.js';
import type { StackSet } from './stack-set.js';

/**
 * Who makes a stack set's stacks in a member: the role `stacksets-exec-…`, which StackSets puts there by itself and
 * which has AdministratorAccess. It is no service-linked role, so service control policies bind it. The sandbox does
 * not list it among the account's roles.
 */
export function executionCaller(world: World, set: StackSet, account: Account, region: string): Caller {
  const hash = createHash('sha256').update(set.account.id).digest('hex').slice(0, 32);
  const name = `stacksets-exec-${hash}`;
  const role = {
    id: uniqueId('AROA'),
    name,
    path: '/',
    arn: iamArn(account, `role/${name}`),
    createdAt: new Date(),
    description: undefined,
    maxSessionDuration: 3600,
    permissionsBoundary: undefined,
    stackId: undefined,
    trusts: [],
    inlinePolicies: new Map(),
    attachedPolicies: new Set([`arn:${account.partition}:iam::aws:policy/AdministratorAccess`]),
  };
  return callerOf(world.sessions.begin({ account, role, name: 'AWSCloudFormation' }, 3600), region);
}
