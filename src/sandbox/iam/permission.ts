import { type Account, iamArn } from '../identity/account.js';
import type { Caller } from '../identity/caller.js';
import { policyContext } from '../policy/context.js';
import type { PolicyDocument } from '../policy/document.js';
import { type Decision, evaluate, type PolicyRequest } from '../policy/evaluate.js';
import { AwsError } from '../wire/aws-error.js';
import { managedPolicy } from './managed-policies.js';
import type { Role } from './role.js';

/** Throws `AccessDenied` unless the resource is in the caller's account and the caller's policies allow the action. */
export function requirePermission(caller: Caller, action: string, resource: string): void {
  const request = { action, resource, context: callerContext(caller) };
  const owner = resource.split(':')[4] || caller.account.id;
  if (owner === caller.account.id && identityDecision(caller, request) === 'allow') return;
  throw new AwsError(
    'AccessDenied',
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
    403,
  );
}

/** What the caller's own policies say. The administrator may everything. */
export function identityDecision(caller: Caller, request: PolicyRequest): Decision {
  const { session } = caller;
  if (session === undefined) return 'allow';
  return decide(caller.account, session.role, session.policies, request);
}

/** The condition keys that say who the caller is. */
export function callerContext(
  caller: Caller,
  keys: Readonly<Record<string, string | readonly string[] | undefined>> = {},
): ReadonlyMap<string, readonly string[]> {
  const { account, session } = caller;
  const tags = [...(session?.tags ?? [])].map(([key, value]) => [`aws:PrincipalTag/${key}`, value]);
  return policyContext({
    'aws:PrincipalArn': caller.principalArn,
    'aws:PrincipalAccount': account.id,
    'aws:PrincipalType': session === undefined ? 'User' : 'AssumedRole',
    'aws:PrincipalIsAWSService': 'false',
    'aws:userid': caller.userId,
    'aws:username': session === undefined ? 'administrator' : undefined,
    'aws:SourceIdentity': session?.sourceIdentity,
    'aws:SourceIp': '127.0.0.1',
    'aws:CurrentTime': new Date().toISOString(),
    'aws:EpochTime': String(Math.floor(Date.now() / 1000)),
    // The sandbox stands for AWS's endpoints, which are reached by TLS.
    'aws:SecureTransport': 'true',
    ...Object.fromEntries(tags),
    ...keys,
  });
}

/** What a role's policies say, narrowed by its boundary and by the session's policies. */
function decide(
  account: Account,
  role: Role,
  sessionPolicies: readonly PolicyDocument[],
  request: PolicyRequest,
): Decision {
  const attached = [...role.attachedPolicies].map((arn) => managedPolicy(account, arn));
  const layers = [[...role.inlinePolicies.values(), ...attached]];
  if (role.permissionsBoundary !== undefined) layers.push([managedPolicy(account, role.permissionsBoundary)]);
  if (sessionPolicies.length > 0) layers.push([...sessionPolicies]);
  const decisions = layers.map((policies) => evaluate(policies, request));
  if (decisions.includes('deny')) return 'deny';
  return decisions.every((each) => each === 'allow') ? 'allow' : 'none';
}

/** The role ARN of a name that may not exist, for a permission check before the look-up. */
export function roleArnFor(account: Account, name: string): string {
  return account.roles.get(name.toLowerCase())?.arn ?? iamArn(account, `role/${name}`);
}
