import { AwsError } from '../wire/aws-error.js';
import { evaluate, type Scope } from './intrinsics.js';
import type { PlannedResource } from './plan.js';

/** The property that names a resource of IAM; a policy inside a role has no name of its own in the account. */
export const nameProperties: ReadonlyMap<string, string | undefined> = new Map([
  ['AWS::IAM::Role', 'RoleName'],
  ['AWS::IAM::Group', 'GroupName'],
  ['AWS::IAM::ManagedPolicy', 'ManagedPolicyName'],
  ['AWS::IAM::User', 'UserName'],
  ['AWS::IAM::UserToGroupAddition', undefined],
  ['AWS::IAM::Policy', undefined],
  ['AWS::IAM::RolePolicy', undefined],
]);

/**
 * Throws `InsufficientCapabilitiesException` if the stack makes IAM resources and nobody acknowledged it:
 * CAPABILITY_NAMED_IAM where a name is given, else CAPABILITY_IAM, which the other includes.
 */
export function checkCapabilities(
  planned: readonly PlannedResource[],
  scope: Scope,
  given: readonly string[],
): void {
  const required = requiredCapability(planned, scope);
  const enough = required === undefined || given.includes(required) || given.includes('CAPABILITY_NAMED_IAM');
  if (!enough) {
    throw new AwsError('InsufficientCapabilitiesException', `Requires capabilities : [${required}]`);
  }
}

/** The capability that has to be acknowledged, if one has. */
function requiredCapability(planned: readonly PlannedResource[], scope: Scope): string | undefined {
  const iam = planned.filter(({ declaration }) => nameProperties.has(declaration.type));
  if (iam.length === 0) return undefined;
  const isNamed = iam.some(({ declaration }) => {
    const name = declaration.properties[nameProperties.get(declaration.type) ?? ''];
    return name !== undefined && evaluate(name, scope) !== undefined;
  });
  return isNamed ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM';
}
