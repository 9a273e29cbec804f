import type { Account } from '../identity/account.js';
import type { PolicyDocument } from '../policy/document.js';
import { type Decision, evaluate, type PolicyRequest } from '../policy/evaluate.js';
import { managedPolicy } from './managed-policies.js';
import type { Role } from './role.js';

/** What each layer above a role's session says; all of them have to allow. */
export interface RoleDecision {
  readonly organization: Decision;
  readonly identity: Decision;
  /** Missing where the role has no permissions boundary. */
  readonly boundary: Decision | undefined;
  /** Missing where the session was begun without policies of its own. */
  readonly session: Decision | undefined;
}

/** What a role may do, by its own policies and by what narrows them. */
export function decideForRole(
  account: Account,
  role: Role,
  request: PolicyRequest,
  sessionPolicies: readonly PolicyDocument[] = [],
): RoleDecision {
  const attached = [...role.attachedPolicies].map((arn) => managedPolicy(account, arn));
  const boundary = role.permissionsBoundary;
  return {
    organization: account.organizationDenies(request.action) ? 'deny' : 'allow',
    identity: evaluate([...role.inlinePolicies.values(), ...attached], request),
    boundary: boundary === undefined ? undefined : evaluate([managedPolicy(account, boundary)], request),
    session: sessionPolicies.length === 0 ? undefined : evaluate(sessionPolicies, request),
  };
}

/** All layers as one: a deny anywhere denies, and each has to allow. */
export function combined({ organization, identity, boundary, session }: RoleDecision): Decision {
  const decisions = [organization, identity, boundary ?? 'allow', session ?? 'allow'];
  if (decisions.includes('deny')) return 'deny';
  return decisions.every((each) => each === 'allow') ? 'allow' : 'none';
}
