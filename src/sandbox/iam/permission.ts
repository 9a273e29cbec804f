import { type Account, iamArn } from '../identity/account.js';
import type { Caller } from '../identity/caller.js';
import { policyContext } from '../policy/context.js';
import { type Decision, evaluate, type PolicyRequest } from '../policy/evaluate.js';
import { AwsError } from '../wire/aws-error.js';
import { combined, decideForRole, type RoleDecision } from './role-decision.js';
import { policiesOf } from './user.js';

/** Throws `AccessDenied` unless the resource is in the caller's account, or AWS's, and the caller may act on it. */
export function requirePermission(
  caller: Caller,
  action: string,
  resource: string,
  keys: Readonly<Record<string, string | readonly string[] | undefined>> = {},
): void {
  const owner = resource.split(':')[4] || caller.account.id;
  const decision = decide(caller, { action, resource, context: callerContext(caller, keys) });
  const isOwn = owner === caller.account.id || owner === 'aws';
  if (isOwn && combined(decision) === 'allow') return;
  throw new AwsError(
    'AccessDenied',
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} ${reason(decision, action)}`,
    403,
  );
}

/** What the caller's own policies say, and its organization. The administrator may all that the organization lets. */
export function identityDecision(caller: Caller, request: PolicyRequest): Decision {
  return combined(decide(caller, request));
}

function decide({ account, session, user }: Caller, request: PolicyRequest): RoleDecision {
  if (session !== undefined) return decideForRole(account, session.role, request, session.policies);
  const organization = account.organizationDenies(request.action) ? 'deny' : 'allow';
  const identity = user === undefined ? 'allow' : evaluate(policiesOf(account, user), request);
  return { organization, identity, boundary: undefined, session: undefined };
}

function reason(decision: RoleDecision, action: string): string {
  const layers = [
    ['service control policy', decision.organization],
    ['identity-based policy', decision.identity],
    ['permissions boundary', decision.boundary],
    ['session policy', decision.session],
  ] as const;
  const denying = layers.find(([, each]) => each === 'deny');
  if (denying !== undefined) {
    const article = denying[0] === 'identity-based policy' ? 'an' : 'a';
    return `with an explicit deny in ${article} ${denying[0]}`;
  }
  const [silent = 'resource-based policy'] = layers.find(([, each]) => each === 'none') ?? [];
  return `because no ${silent} allows the ${action} action`;
}

/** The condition keys that say who the caller is. */
export function callerContext(
  caller: Caller,
  keys: Readonly<Record<string, string | readonly string[] | undefined>> = {},
): ReadonlyMap<string, readonly string[]> {
  const { account, session, userSession, mfaAge } = caller;
  const tags = [...(session?.tags ?? [])].map(([key, value]) => [`aws:PrincipalTag/${key}`, value]);
  return policyContext({
    'aws:PrincipalArn': caller.principalArn,
    'aws:PrincipalAccount': account.id,
    'aws:PrincipalType': session === undefined ? 'User' : 'AssumedRole',
    'aws:PrincipalIsAWSService': 'false',
    'aws:userid': caller.userId,
    'aws:username': session === undefined ? (caller.user?.name ?? 'administrator') : undefined,
    // Keys for good know nothing of MFA; every session knows, and one in a role that it had none.
    'aws:MultiFactorAuthPresent':
      session === undefined && userSession === undefined ? undefined : String(mfaAge !== undefined),
    'aws:MultiFactorAuthAge': mfaAge === undefined ? undefined : String(mfaAge),
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

/** The role ARN of a name that may not exist, for a permission check before the look-up. */
export function roleArnFor(account: Account, name: string): string {
  return account.roles.get(name.toLowerCase())?.arn ?? iamArn(account, `role/${name}`);
}
