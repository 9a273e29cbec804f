import type { EvaluationResult } from '@aws-sdk/client-iam';
import type { Permissions } from '../core/verdict.js';

/**
 * Reads a simulation: what the role's policies do not allow is missing; what they allow and an organization's policy
 * or the permissions boundary does not is denied, and no matter for the client's template.
 * Source: IAM API Reference, EvaluationResult.
 */
export function permissionsOf(asked: readonly string[], results: readonly EvaluationResult[]): Permissions {
  const kinds = new Map(results.map((result) => [result.EvalActionName?.toLowerCase(), kindOf(result)]));
  const of = (kind: keyof Permissions) =>
    asked.filter((action) => (kinds.get(action.toLowerCase()) ?? 'unchecked') === kind);
  return { granted: of('granted'), missing: of('missing'), denied: of('denied'), unchecked: of('unchecked') };
}

function kindOf(result: EvaluationResult): keyof Permissions {
  if (result.EvalDecision === 'allowed') return 'granted';
  const byOrganization = result.OrganizationsDecisionDetail?.AllowedByOrganizations === false;
  const byBoundary = result.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary === false;
  return byOrganization || byBoundary ? 'denied' : 'missing';
}
