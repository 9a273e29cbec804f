import { isAccountId } from '../identity/account.js';
import type { PolicyDocument, Statement } from '../policy/document.js';
import { malformedPolicy } from '../policy/malformed.js';
import { isList, isObject, type Json } from '../wire/json.js';
import type { World } from '../world.js';

/** A trust policy whose roles and users are bound to unique IDs, as IAM stores it. */
export interface Trust {
  readonly document: PolicyDocument;
  /** The unique ID that each ARN stood for when the policy was stored. */
  readonly bound: ReadonlyMap<string, string>;
}

/**
 * Binds the principals of a trust policy. A role that is deleted and made again has another ID, so a policy that
 * named the old one no longer lets the new one in. Throws `MalformedPolicyDocument` on a principal that does not exist.
 */
export function bindTrust(world: World, partition: string, document: PolicyDocument): Trust {
  const bound = new Map<string, string>();
  const bind = (name: string): string => {
    const id = uniqueIdOf(world, partition, name);
    if (id !== name) bound.set(name, id);
    return id;
  };
  const statements = document.statements.map((statement): Statement => {
    const { principals } = statement;
    if (principals === undefined) return statement;
    return { ...statement, principals: { not: principals.not, values: principals.values.map(bind) } };
  });
  return { document: { ...document, statements }, bound };
}

/** The policy as IAM shows it: ARNs, but the bare unique ID of a role that is gone. */
export function shownTrust(world: World, trust: Trust): Json {
  const show = (value: Json): Json => {
    if (typeof value === 'string') {
      const id = trust.bound.get(value);
      return id === undefined || findPrincipal(world, value) === id ? value : id;
    }
    if (isObject(value)) return mapObject(value, show);
    return isList(value) ? value.map(show) : value;
  };
  return show(trust.document.source);
}

function uniqueIdOf(world: World, partition: string, name: string): string {
  if (name === '*' || isAccountId(name) || /^(Service|Federated|CanonicalUser):/.test(name)) return name;
  const [, inPartition, service, , account = '', resource = ''] = name.split(':');
  const invalid = malformedPolicy(`Invalid principal in policy: "AWS":"${name}"`);
  if (inPartition !== partition || !isAccountId(account) || /[*?]/.test(name)) throw invalid;
  if (service === 'iam' && resource === 'root') return name;
  if (service === 'sts' && /^assumed-role\/[^/]+\/[^/]+$/.test(resource)) return name;
  if (service !== 'iam' || !/^(role|user)\/./.test(resource)) throw invalid;
  // Nobody here has signed in to that account, so the sandbox cannot know its roles and believes the ARN.
  if (world.accounts.find(account) === undefined) return name;
  const id = findPrincipal(world, name);
  if (id === undefined) throw invalid;
  return id;
}

function findPrincipal(world: World, arn: string): string | undefined {
  const account = world.accounts.find(arn.split(':')[4] ?? '');
  if (arn.endsWith(':user/administrator')) return account?.administratorId;
  const user = [...(account?.users.values() ?? [])].find((each) => each.arn === arn);
  if (user !== undefined) return user.id;
  return [...(account?.roles.values() ?? [])].find((role) => role.arn === arn)?.id;
}

function mapObject(value: Readonly<Record<string, Json>>, change: (value: Json) => Json): Json {
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, change(each)]));
}
