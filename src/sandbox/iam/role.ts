import { type Account, iamArn } from '../identity/account.js';
import { uniqueId } from '../identity/unique-id.js';
import type { PolicyDocument } from '../policy/document.js';
import { AwsError } from '../wire/aws-error.js';
import type { World } from '../world.js';
import { breaks, checkName, checkPath } from './names.js';
import { bindTrust, type Trust } from './trust.js';

/** An IAM role. */
export interface Role {
  /** The unique ID, `AROA…`. Trust policies that name the role are bound to it, not to the ARN. */
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly createdAt: Date;
  description: string | undefined;
  maxSessionDuration: number;
  permissionsBoundary: string | undefined;
  /** The stack that made it. */
  readonly stackId: string | undefined;
  /** The trust policies so far, each with the time from which STS knows it. The last is what IAM shows. */
  readonly trusts: { readonly from: number; readonly trust: Trust }[];
  readonly inlinePolicies: Map<string, PolicyDocument>;
  readonly attachedPolicies: Set<string>;
}

export interface RoleDescription {
  readonly name: string;
  readonly trustPolicy: PolicyDocument;
  readonly path?: string | undefined;
  readonly description?: string | undefined;
  readonly maxSessionDuration?: number | undefined;
  readonly permissionsBoundary?: string | undefined;
  readonly stackId?: string | undefined;
}

/** Makes a role, which STS gets to know after the propagation delay. Throws IAM's errors. */
export function createRole(world: World, account: Account, description: RoleDescription): Role {
  const { name, path = '/', maxSessionDuration = 3600 } = description;
  checkName('roleName', name, 64);
  checkPath(path);
  checkSessionDuration(maxSessionDuration);
  if (account.roles.has(name.toLowerCase())) {
    throw new AwsError('EntityAlreadyExists', `Role with name ${name} already exists.`, 409);
  }
  const role: Role = {
    id: uniqueId('AROA'),
    name,
    path,
    arn: iamArn(account, `role${path}${name}`),
    createdAt: new Date(),
    description: description.description,
    maxSessionDuration,
    permissionsBoundary: description.permissionsBoundary,
    stackId: description.stackId,
    trusts: [],
    inlinePolicies: new Map(),
    attachedPolicies: new Set(),
  };
  setTrustPolicy(world, account, role, description.trustPolicy);
  account.roles.set(name.toLowerCase(), role);
  return role;
}

/** Changes who may enter a role. Until the change has propagated, STS answers by the old policy. */
export function setTrustPolicy(world: World, account: Account, role: Role, document: PolicyDocument): void {
  if (JSON.stringify(document.source).length > 2048) {
    throw new AwsError('LimitExceeded', 'Cannot exceed quota for ACLSizePerRole: 2048', 409);
  }
  const trust = bindTrust(world, account.partition, document);
  role.trusts.push({ from: Date.now() + world.settings.propagationMs, trust });
}

/** The trust policy that STS goes by now; `undefined` while it has not heard of the role. */
export function trustInForce(role: Role): PolicyDocument | undefined {
  const now = Date.now();
  return role.trusts.findLast((each) => each.from <= now)?.trust.document;
}

/** The role with this name. Throws `NoSuchEntity`. */
export function getRole(account: Account, name: string): Role {
  const role = account.roles.get(name.toLowerCase());
  if (role === undefined)
    throw new AwsError('NoSuchEntity', `The role with name ${name} cannot be found.`, 404);
  return role;
}

/** Deletes a role. Throws `DeleteConflict` while policies hang on it. */
export function deleteRole(account: Account, role: Role): void {
  if (role.attachedPolicies.size > 0) {
    throw new AwsError('DeleteConflict', 'Cannot delete entity, must detach all policies first.', 409);
  }
  if (role.inlinePolicies.size > 0) {
    throw new AwsError('DeleteConflict', 'Cannot delete entity, must delete policies first.', 409);
  }
  account.roles.delete(role.name.toLowerCase());
}

/** Throws `ValidationError` unless a role's sessions last from one hour to twelve. */
export function checkSessionDuration(seconds: number): void {
  if (seconds < 3600) throw breaks(seconds, 'maxSessionDuration', 'value greater than or equal to 3600');
  if (seconds > 43200) throw breaks(seconds, 'maxSessionDuration', 'value less than or equal to 43200');
}
