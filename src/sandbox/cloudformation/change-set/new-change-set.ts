import { randomUUID } from 'node:crypto';
import type { Caller } from '../../identity/caller.js';
import type { ChangeSet } from './change-set.js';
import { prepareChange } from './prepare-change.js';

/** A change set that nothing is computed of yet. Throws what CloudFormation refuses at once. */
export function newChangeSet(
  { account, region }: Caller,
  facts: Pick<ChangeSet, 'name' | 'type' | 'stack' | 'description' | 'request' | 'includesNested' | 'parent'>,
): ChangeSet {
  const { name, type, stack, description, request, includesNested, parent } = facts;
  const place = `arn:${account.partition}:cloudformation:${region}:${account.id}`;
  return {
    id: `${place}:changeSet/${name}/${randomUUID()}`,
    ...{ name, type, stack, description, request, includesNested, parent },
    basis: stack.updatedAt,
    createdAt: new Date(),
    prepared: prepareChange(stack, type, request),
    status: 'CREATE_PENDING',
    statusReason: undefined,
    changes: [],
    execution: undefined,
  };
}
