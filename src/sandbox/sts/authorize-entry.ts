import { checkCode } from '../iam/mfa.js';
import { callerContext, identityDecision } from '../iam/permission.js';
import { type Role, trustInForce } from '../iam/role.js';
import type { Account } from '../identity/account.js';
import type { Caller } from '../identity/caller.js';
import type { PolicyDocument } from '../policy/document.js';
import { evaluate, type PolicyRequest } from '../policy/evaluate.js';
import { AwsError } from '../wire/aws-error.js';
import type { World } from '../world.js';
import type { AssumeRoleInput } from './assume-role-input.js';

/** The account that the service under test runs in. */
export const providerAccountId = '999999999999';

/**
 * Decides whether the caller may enter the role: by its trust policy, by the caller's own policies, and by what
 * stands above both. Throws the one `AccessDenied` that AWS has for all of it.
 */
export function authorizeEntry(
  world: World,
  caller: Caller,
  account: Account,
  role: Role,
  input: AssumeRoleInput,
): void {
  const trust = trustInForce(role);
  const gaveCode = checkCode(caller, input.serialNumber, input.tokenCode);
  const context = entryContext(caller, input, gaveCode);
  for (const action of neededActions(input)) {
    const request = { action, resource: role.arn, principal: caller.layers, context };
    if (
      trust === undefined ||
      isBlocked(world, caller, account) ||
      !mayEnter(caller, account, trust, request)
    ) {
      throw accessDenied(caller, action, role.arn);
    }
  }
}

/** The error for every reason there is; AWS does not tell them apart. */
export function accessDenied(caller: Caller, action: string, resource: string): AwsError {
  const message = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource}`;
  return new AwsError('AccessDenied', message, 403);
}

function mayEnter(caller: Caller, account: Account, trust: PolicyDocument, request: PolicyRequest): boolean {
  if (evaluate([trust], request) !== 'allow') return false;
  const own = identityDecision(caller, request);
  if (own === 'allow') return true;
  // Inside one account it is enough that the trust names the role or the session itself.
  const byName = { ...request, principal: caller.layers.slice(1) };
  return own === 'none' && caller.account === account && evaluate([trust], byName) === 'allow';
}

/** A source identity and session tags are actions of their own, in the trust and in the caller's policies. */
function neededActions(input: AssumeRoleInput): string[] {
  const actions = ['sts:AssumeRole'];
  if (input.sourceIdentity !== undefined) actions.push('sts:SetSourceIdentity');
  if (input.tags.size > 0) actions.push('sts:TagSession');
  return actions;
}

/** The role's account may have a resource control policy, and the provider's organization a service control policy. */
function isBlocked(world: World, caller: Caller, account: Account): boolean {
  const foreign = caller.account !== account;
  if (foreign && world.faults.strikes('rcp-deny', account.id)) return true;
  return caller.account.id === providerAccountId && world.faults.strikes('provider-scp-deny', account.id);
}

function entryContext(caller: Caller, input: AssumeRoleInput, gaveCode: boolean): PolicyRequest['context'] {
  const tags = [...input.tags].map(([key, value]) => [`aws:RequestTag/${key}`, value]);
  return callerContext(caller, {
    'sts:ExternalId': input.externalId,
    'sts:RoleSessionName': input.sessionName,
    'sts:SourceIdentity': input.sourceIdentity,
    'sts:TransitiveTagKeys': input.transitiveTagKeys.length > 0 ? input.transitiveTagKeys : undefined,
    'aws:TagKeys': input.tags.size > 0 ? [...input.tags.keys()] : undefined,
    ...(gaveCode ? { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': '0' } : {}),
    ...Object.fromEntries(tags),
  });
}
