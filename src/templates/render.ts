import { createHash } from 'node:crypto';
import { Scalar } from 'yaml';
import type { Callback, LaunchKind } from '../core/launch.js';
import type { RoleArn } from '../core/role-arn.js';
import { addHumanRole, describeHumanRole, passHumanRoleName } from './add-human-role.js';
import { addOrganization } from './add-organization.js';
import { parseSource } from './parse-source.js';
import type { Profile } from './profiles.js';
import { set, setPermissions } from './set-permissions.js';

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
  /** What the template of a profile has besides by whose second role people enter. */
  readonly humanRole: string;
}

const UNVERSIONED = '000000000000';
const SOURCE = ['Metadata', 'Rolecall', 'Source'] as const;

/**
 * Renders a source into the template of one profile and one deployment. The source is valid as it stands and
 * keeps its comments; the same input gives the same bytes.
 */
export function renderTemplate(source: Source, profile: Profile, principal: TrustedPrincipal): Template {
  const { callback, yaml, code, organization, humanRole } = source;
  const document = parseSource(yaml);
  const { humanAccess } = profile;
  if (humanAccess !== null) {
    addHumanRole(document, humanRole, { profile, humanAccess, principal, callback });
    set(document, SOURCE, `${document.getIn(SOURCE)}, templates/human-role.yaml`);
  }
  if (organization !== null) {
    const member = renderTemplate({ ...source, organization: null }, profile, principal);
    addOrganization(document, organization);
    set(document, ['Resources', 'Members', 'Properties', 'TemplateBody'], literal(member.body));
    set(document, SOURCE, `${document.getIn(SOURCE)}, templates/organization.yaml`);
    if (humanAccess !== null) passHumanRoleName(document);
  }
  if (humanAccess !== null) describeHumanRole(document, humanAccess);
  const root = `arn:${principal.partition.id}:iam::${principal.account}:root`;
  const role = ['Resources', 'ClientRole', 'Properties'];
  const statement = (place: number) => [...role, 'AssumeRolePolicyDocument', 'Statement', place];
  for (const place of [0, 1]) {
    set(document, [...statement(place), 'Principal', 'AWS'], root);
    set(document, [...statement(place), 'Condition', 'StringEquals', 'aws:PrincipalArn'], principal.text);
  }
  setPermissions(document, role, profile.name, profile);
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

/** Text as it is, line by line, for people to read. */
function literal(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = Scalar.BLOCK_LITERAL;
  return scalar;
}
