import type { Role } from '../iam/role.js';
import type { Account } from '../identity/account.js';
import { assumedRoleArn, type Caller } from '../identity/caller.js';
import type { Session } from '../identity/session.js';
import { validationError } from '../wire/aws-error.js';
import type { QueryAction } from '../wire/query.js';
import type { World } from '../world.js';
import { type AssumeRoleInput, readAssumeRole } from './assume-role-input.js';
import { accessDenied, authorizeEntry } from './authorize-entry.js';
import { describeCredentials } from './credentials.js';

/** AssumeRole. Throws `AccessDenied` without a reason, like AWS, and `ValidationError` for what is out of bounds. */
export const assumeRole: QueryAction = (world, caller, query) => {
  const input = readAssumeRole(query);
  const session = enterRole(world, caller, input);
  return {
    AssumedRoleUser: { AssumedRoleId: `${session.role.id}:${session.name}`, Arn: assumedRoleArn(session) },
    Credentials: describeCredentials(session),
    SourceIdentity: session.sourceIdentity,
    ...(input.packedPolicySize > 0 ? { PackedPolicySize: input.packedPolicySize } : {}),
  };
};

/** Begins a session in a role, if the caller may. Throws the same. */
export function enterRole(world: World, caller: Caller, asked: AssumeRoleInput): Session {
  const input = carryOn(asked, caller);
  const { account, role } = findRole(world, caller, input);
  authorizeEntry(world, caller, account, role, input);
  checkDuration(caller, role, input.seconds);
  const facts = {
    account,
    role,
    name: input.sessionName,
    policies: input.policies,
    sourceIdentity: input.sourceIdentity,
    tags: input.tags,
  };
  return world.sessions.begin(facts, input.seconds);
}

/** A source identity, once set, goes along from role to role and cannot be changed. */
function carryOn(input: AssumeRoleInput, caller: Caller): AssumeRoleInput {
  const carried = caller.session?.sourceIdentity;
  if (carried === undefined) return input;
  if (input.sourceIdentity !== undefined && input.sourceIdentity !== carried) {
    throw accessDenied(caller, 'sts:SetSourceIdentity', input.roleArn);
  }
  return { ...input, sourceIdentity: carried };
}

/** A role that does not exist is answered like one whose trust says no. */
function findRole(world: World, caller: Caller, input: AssumeRoleInput): { account: Account; role: Role } {
  const [, partition, , , accountId = '', resource = ''] = input.roleArn.split(':');
  const account = world.accounts.find(accountId);
  const role = account?.roles.get(resource.slice(resource.lastIndexOf('/') + 1).toLowerCase());
  const reachable = account?.partition === partition && caller.account.partition === partition;
  if (account === undefined || role === undefined || !reachable || role.arn !== input.roleArn) {
    throw accessDenied(caller, 'sts:AssumeRole', input.roleArn);
  }
  return { account, role };
}

function checkDuration(caller: Caller, role: Role, seconds: number): void {
  if (caller.session !== undefined && seconds > 3600) {
    throw validationError(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  }
  if (seconds > role.maxSessionDuration) {
    throw validationError('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  }
}
