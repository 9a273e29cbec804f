import { createHash } from 'node:crypto';
import { type Document, type Node, parseDocument, Scalar } from 'yaml';
import type { Callback, LaunchKind } from '../core/launch.js';
import type { RoleArn } from '../core/role-arn.js';
import { addOrganization } from './add-organization.js';
import type { Profile } from './profiles.js';

/** A template as a client gets it. */
export interface Template {
  readonly profile: string;
  readonly callback: Callback;
  readonly kind: LaunchKind;
  /** The first 12 hex digits of the SHA-256 of its bytes, its own version left out. */
  readonly version: string;
  readonly body: string;
}

/** Whom the role trusts: this very principal, and as the statement's principal its account. */
export type TrustedPrincipal = Pick<RoleArn, 'partition' | 'account' | 'text'>;

/** What a template is made from. */
export interface Source {
  readonly callback: Callback;
  readonly yaml: string;
  /** What the stack's function runs, where it has one. */
  readonly code: string | null;
  /** What an organization's template has besides; null where it is an account's. */
  readonly organization: string | null;
}

const UNVERSIONED = '000000000000';
const SOURCE = ['Metadata', 'Rolecall', 'Source'] as const;

/**
 * Renders a source into the template of one profile and one deployment. The source is valid as it stands and
 * keeps its comments; the same input gives the same bytes.
 */
export function renderTemplate(source: Source, profile: Profile, principal: TrustedPrincipal): Template {
  const { callback, yaml, code, organization } = source;
  const document = parseDocument(yaml);
  if (organization !== null) {
    const member = renderTemplate({ ...source, organization: null }, profile, principal);
    addOrganization(document, organization);
    set(document, ['Resources', 'Members', 'Properties', 'TemplateBody'], literal(member.body));
    set(document, SOURCE, `${document.getIn(SOURCE)}, templates/organization.yaml`);
  }
  const root = `arn:${principal.partition.id}:iam::${principal.account}:root`;
  const role = ['Resources', 'ClientRole', 'Properties'];
  const statement = (place: number) => [...role, 'AssumeRolePolicyDocument', 'Statement', place];
  for (const place of [0, 1]) {
    set(document, [...statement(place), 'Principal', 'AWS'], root);
    set(document, [...statement(place), 'Condition', 'StringEquals', 'aws:PrincipalArn'], principal.text);
  }
  const policies = profile.managedPolicies.map((name) =>
    sub(`arn:\${AWS::Partition}:iam::aws:policy/${name}`),
  );
  set(document, [...role, 'ManagedPolicyArns'], document.createNode(policies));
  set(document, [...role, 'MaxSessionDuration'], profile.maxSessionSeconds);
  const own = statementsOf(document, profile);
  if (own !== null) document.setIn([...role, 'Policies'], own);
  set(document, ['Metadata', 'Rolecall', 'Profile'], profile.name);
  if (callback !== 'none') set(document, ['Resources', 'Connection', 'Properties', 'Profile'], profile.name);
  if (code !== null) set(document, ['Resources', 'Function', 'Properties', 'Code', 'ZipFile'], literal(code));
  const described = document
    .toString({ lineWidth: 0 })
    .replaceAll('account 111122223333', `account ${principal.account}`)
    .replaceAll('"Security audit"', JSON.stringify(profile.title));
  const version = createHash('sha256').update(described).digest('hex').slice(0, UNVERSIONED.length);
  return {
    profile: profile.name,
    callback,
    kind: organization === null ? 'account' : 'organization',
    version,
    body: described.replaceAll(UNVERSIONED, version),
  };
}

/** What the profile allows and denies besides, as a policy of the role, each statement with its words above it. */
function statementsOf(document: Document, { name, statements, denials }: Profile): Node | null {
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
  return document.createNode([{ PolicyName: name, PolicyDocument }]);
}

/** Replaces a node that the source has; a path that leads nowhere means that source and code have parted. */
function set(document: Document, path: readonly (string | number)[], value: unknown): void {
  if (!document.hasIn(path)) throw new Error(`the template's source has no ${path.join('.')}`);
  document.setIn(path, value);
}

/** Text as it is, line by line, for people to read. */
function literal(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = Scalar.BLOCK_LITERAL;
  return scalar;
}

function sub(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.tag = '!Sub';
  return scalar;
}
