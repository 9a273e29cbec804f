import { holds } from './condition.js';
import type { PolicyContext } from './context.js';
import type { Patterns, PolicyDocument, Statement } from './document.js';
import { fits } from './pattern.js';

/** What a policy says about a request; an explicit `deny` beats every `allow`, `none` is no permission. */
export type Decision = 'allow' | 'deny' | 'none';

export interface PolicyRequest {
  readonly action: string;
  readonly resource: string;
  /** Who asks; needed where the policy names principals. */
  readonly principal?: PrincipalLayers;
  readonly context: PolicyContext;
}

/**
 * The names of who asks, layer by layer: the account, the user or role in it, the session. Each layer lists the
 * names that mean the same, such as an account's number and the ARN of its root.
 */
export type PrincipalLayers = readonly (readonly string[])[];

/** Evaluates one policy, or several as one. */
export function evaluate(policies: readonly PolicyDocument[], request: PolicyRequest): Decision {
  const matching = policies.flatMap((policy) => policy.statements.filter((each) => applies(each, request)));
  if (matching.some((statement) => statement.effect === 'Deny')) return 'deny';
  return matching.length > 0 ? 'allow' : 'none';
}

function applies(statement: Statement, request: PolicyRequest): boolean {
  return (
    isNamed(statement.principals, request.principal) &&
    matches(statement.actions, (pattern) => fits(pattern, request.action, request.context, 'action')) &&
    matches(statement.resources, (pattern) => fits(pattern, request.resource, request.context)) &&
    statement.conditions.every((condition) => holds(condition, request.context))
  );
}

function isNamed(principals: Patterns | undefined, layers: PrincipalLayers = []): boolean {
  if (principals === undefined) return true;
  const listed = (layer: readonly string[]): boolean =>
    principals.values.includes('*') || layer.some((name) => principals.values.includes(name));
  // NotPrincipal spares only whom it lists with every layer: role without account is still denied.
  return principals.not ? !layers.every(listed) : layers.some(listed);
}

function matches(patterns: Patterns | undefined, fit: (pattern: string) => boolean): boolean {
  return patterns === undefined || patterns.values.some(fit) !== patterns.not;
}
