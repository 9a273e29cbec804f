import { type Account, isLive } from './account.js';
import { type Failure, failure } from './failure.js';
import { isMember, type Launch } from './launch.js';
import { type Stack, type StackRequest, stackKey } from './stack.js';

/** A stack whose Create is verified, and the account that another may hold. */
interface Newcomer {
  readonly account: Account | null;
  readonly stack: Stack;
  readonly request: StackRequest;
}

/**
 * Another stack may hold the account: the new role then replaces its role. Not where that stack came in only
 * while this one was being verified, and not where the role is the other stack's own: a stack makes its role, and
 * whoever names another's could end that connection by a Delete. And not where the new one was rolled out to every
 * account of an organization, since nobody meant it to replace this one's connection.
 *
 * `olderStackGone` says that the other stack is known to be deleted. Returns why not, or null.
 */
export function refuseTakeover(
  { account, stack, request }: Newcomer,
  launch: Launch,
  olderStackGone: boolean,
): Failure | null {
  if (account === null || !isLive(account) || account.connectedBy === stackKey(stack)) return null;
  if (isMember(launch, stack.accountId) && !olderStackGone) return failure('account-connected-already');
  const holder = account.connectedBy;
  if (holder === null) return null;
  if (holder !== request.holder) return failure('another-stack-under-way');
  return account.roleArn === request.roleArn && !olderStackGone ? failure('role-of-another-stack') : null;
}

/** The stack that holds the account, where the verdict hangs on what became of it; else null. */
export function olderStackInTheWay(
  { account, stack, request }: Newcomer,
  launch: Launch | undefined,
): string | null {
  if (account === null || !isLive(account) || account.connectedBy === stackKey(stack)) return null;
  const rolledOut = launch !== undefined && isMember(launch, stack.accountId);
  const hangs = rolledOut || account.roleArn === request.roleArn;
  return request.type === 'Create' && hangs ? account.stackId : null;
}
