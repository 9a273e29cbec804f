import { type Document, type Node, Scalar } from 'yaml';
import type { Profile } from './profiles.js';

type Permissions = Pick<Profile, 'managedPolicies' | 'statements' | 'denials' | 'maxSessionSeconds'>;

/** Gives a role of a template, at this path to its properties, what a profile says of it. */
export function setPermissions(
  document: Document,
  role: readonly string[],
  policyName: string,
  permissions: Permissions,
): void {
  const policies = permissions.managedPolicies.map((name) =>
    sub(`arn:\${AWS::Partition}:iam::aws:policy/${name}`),
  );
  set(document, [...role, 'ManagedPolicyArns'], document.createNode(policies));
  set(document, [...role, 'MaxSessionDuration'], permissions.maxSessionSeconds);
  const own = statementsOf(document, policyName, permissions);
  if (own !== null) document.setIn([...role, 'Policies'], own);
}

/** Replaces a node that the source has; a path that leads nowhere means that source and code have parted. */
export function set(document: Document, path: readonly (string | number)[], value: unknown): void {
  if (!document.hasIn(path)) throw new Error(`the template's source has no ${path.join('.')}`);
  document.setIn(path, value);
}

/** What the profile allows and denies besides, as a policy of the role, each statement with its words above it. */
function statementsOf(
  document: Document,
  PolicyName: string,
  { statements, denials }: Permissions,
): Node | null {
  const all = [
    ...statements.map((one) => ({ ...one, effect: 'Allow' })),
    ...denials.map((one) => ({ ...one, effect: 'Deny' })),
  ];
  if (all.length === 0) return null;
  const nodes = all.map(({ sid, words, effect, actions }) => {
    const node = document.createNode({ Sid: sid, Effect: effect, Action: actions, Resource: '*' });
    node.commentBefore = ` ${words}`;
    return node;
  });
  const version = new Scalar('2012-10-17');
  version.type = Scalar.QUOTE_SINGLE;
  const PolicyDocument = { Version: version, Statement: nodes };
  return document.createNode([{ PolicyName, PolicyDocument }]);
}

function sub(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.tag = '!Sub';
  return scalar;
}
