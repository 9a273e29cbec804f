import { requirePermission } from '../iam/permission.js';
import type { ResourceWork } from './resource-type.js';

const cloudFormation = 'cloudformation.amazonaws.com';

/** Tells policies that the call does not come from the person. Source: IAM User Guide, "aws:CalledVia". */
const onBehalf = {
  'aws:CalledVia': [cloudFormation],
  'aws:CalledViaFirst': cloudFormation,
  'aws:CalledViaLast': cloudFormation,
  'aws:ViaAWSService': 'true',
};

/**
 * Throws `AccessDenied` unless whoever launches, updates or deletes the stack may make these calls on a resource:
 * CloudFormation makes them with that person's rights. Which ones it makes stands in AWS's schema of each type. All
 * of a handler's calls are asked for before the first, so that nothing is left half made.
 */
export function requireCalls(
  { stack }: ResourceWork,
  actions: readonly string[],
  resource: string,
  keys: Readonly<Record<string, string | readonly string[]>> = {},
): void {
  for (const action of actions) requirePermission(stack.launcher, action, resource, { ...onBehalf, ...keys });
}
