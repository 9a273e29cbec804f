import type { Account } from '../identity/account.js';
import { policyContext } from '../policy/context.js';
import { parsePolicy } from '../policy/document.js';
import { evaluate } from '../policy/evaluate.js';
import { AwsError } from '../wire/aws-error.js';
import type { QueryAction } from '../wire/query.js';
import type { QueryInput } from '../wire/query-input.js';
import type { XmlElements } from '../wire/xml.js';
import { readPolicy } from './open-role.js';
import { requirePermission } from './permission.js';
import type { Role } from './role.js';
import { combined, decideForRole, type RoleDecision } from './role-decision.js';

/**
 * SimulatePrincipalPolicy: what a role may do, each action on each resource, without doing it. The trust policies,
 * and the policies of the resources, have no say here. Throws `NoSuchEntity` and `InvalidInput`.
 */
export const simulatePrincipalPolicy: QueryAction = (_world, caller, input) => {
  const arn = input.required('PolicySourceArn');
  requirePermission(caller, 'iam:SimulatePrincipalPolicy', arn);
  const role = findRole(caller.account, arn);
  const actions = input.texts('ActionNames');
  if (actions.length === 0) throw invalidInput('ActionNames must not be empty');
  for (const action of actions) checkAction(action);
  const resources = input.texts('ResourceArns');
  const pairs = actions.flatMap((action) =>
    (resources.length > 0 ? resources : ['*']).map((resource) => ({ action, resource })),
  );
  const from = Number(input.text('Marker') ?? 0);
  const to = from + (input.integer('MaxItems') ?? 100);
  const context = contextOf(input, role);
  return {
    EvaluationResults: pairs
      .slice(from, to)
      .map((pair) => describe(pair, decide(caller.account, role, input, { ...pair, context }))),
    IsTruncated: to < pairs.length,
    Marker: to < pairs.length ? String(to) : undefined,
  };
};

/** Policies that come with the request are added to those of the role. */
function decide(
  account: Account,
  role: Role,
  input: QueryInput,
  request: Parameters<typeof evaluate>[1],
): RoleDecision {
  const decision = decideForRole(account, role, request);
  const added = input.texts('PolicyInputList').map((text) => parsePolicy(readPolicy(text), 'identity'));
  const more = evaluate(added, request);
  const { identity } = decision;
  return { ...decision, identity: more === 'none' || identity === 'deny' ? identity : more };
}

function describe(
  { action, resource }: { action: string; resource: string },
  decision: RoleDecision,
): XmlElements {
  const all = combined(decision);
  const { boundary } = decision;
  return {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: all === 'allow' ? 'allowed' : all === 'deny' ? 'explicitDeny' : 'implicitDeny',
    MatchedStatements: [],
    MissingContextValues: [],
    OrganizationsDecisionDetail: { AllowedByOrganizations: decision.organization === 'allow' },
    ...(boundary === undefined
      ? {}
      : { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: boundary === 'allow' } }),
  };
}

function contextOf(input: QueryInput, role: Role): ReturnType<typeof policyContext> {
  const entries = input
    .list('ContextEntries')
    .map((entry) => [entry.required('ContextKeyName'), entry.texts('ContextKeyValues')] as const);
  return policyContext({ 'aws:PrincipalArn': role.arn, ...Object.fromEntries(entries) });
}

function findRole(account: Account, arn: string): Role {
  const role = [...account.roles.values()].find((each) => each.arn === arn);
  if (role !== undefined) return role;
  if (!/^arn:[\w-]+:iam::\d{12}:(role|user|group)\/.+$/.test(arn)) {
    throw invalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`);
  }
  throw new AwsError('NoSuchEntity', `Entity ${arn} was not found.`, 404);
}

function checkAction(action: string): void {
  if (/^[\w-]+:\w+$/.test(action)) return;
  throw invalidInput(`Invalid Action: ${action} is not a valid action.`);
}

function invalidInput(message: string): AwsError {
  return new AwsError('InvalidInput', message);
}
