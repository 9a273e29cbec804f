import type { Circumstances } from './circumstances.js';
import { type Failure, failure } from './failure.js';
import { isBeside, parseRoleArn } from './role-arn.js';
import type { StackEvent } from './stack-event.js';

/** Why what an event claims does not agree with what its signature proves, or null where it does. */
export function refuseClaims(event: StackEvent, at: Circumstances): Failure | null {
  const proven = event.source.account;
  const role = parseRoleArn(event.roleArn);
  if (role === null) return failure('role-arn-invalid');
  if (event.stackId.account !== proven || role.account !== proven)
    return failure(
      'account-mismatch',
      `${event.source.service === 'sns' ? 'Topic' : 'Function'}: ${proven}; stack: ${event.stackId.account}; ` +
        `role: ${role.account}.`,
    );
  if (proven === at.providerAccountId) return failure('account-of-provider');
  const partitions = [event.source.partition.id, event.stackId.partition.id, role.partition.id];
  if (!partitions.every((id) => id === at.partitionId)) return failure('partition-not-served');
  return event.humanRoleArn === null || isBeside(event.humanRoleArn, role)
    ? null
    : failure('human-role-arn-invalid');
}
