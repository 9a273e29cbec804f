import { followMember } from '../cloudformation/stack-set/follow-member.js';
import { isAccountId } from '../identity/account.js';
import { accountStatuses, type Organization } from '../organizations/organization.js';
import { addMember } from '../organizations/organizations.js';
import { AwsError, validationError } from '../wire/aws-error.js';
import { jsonReply, type Reply, type Request } from '../wire/exchange.js';
import { isObject, type Json, type JsonObject } from '../wire/json.js';
import type { World } from '../world.js';
import { readFeatures, readTrustedAccess, refuseOthers } from './fields.js';
import { foundOrganization } from './found-organization.js';

/** Answers `/_sandbox/organizations…`, where tests found organizations, and let accounts join, move, close and leave. */
export function answerOrganizations(world: World, { method, path }: Request, readBody: () => Json): Reply {
  const [, , , managementAccountId, accounts, accountId, ...rest] = path.split('/');
  const shape = [managementAccountId, accounts, accountId].filter((each) => each !== undefined).length;
  if (rest.length > 0 || (accounts ?? 'accounts') !== 'accounts') throw notFound(path);
  const organization = (): Organization => find(world, managementAccountId ?? '');
  switch (`${method} ${shape}`) {
    case 'GET 0':
      return jsonReply(world.organizations.list().map(describe));
    case 'POST 0':
      return jsonReply(describe(foundOrganization(world, readObject(readBody()))), 201);
    case 'GET 1':
      return jsonReply(describe(organization()));
    case 'PATCH 1':
      return jsonReply(change(organization(), readObject(readBody())));
    case 'POST 2':
      return jsonReply(put(world, organization(), readObject(readBody())), 201);
    case 'PATCH 3':
      return jsonReply(setStatus(organization(), accountId ?? '', readObject(readBody())));
    case 'DELETE 3':
      leave(world, organization(), accountId ?? '');
      return { status: 204, headers: {}, body: '' };
    default:
      throw notFound(path);
  }
}

function change(organization: Organization, { features, trustedAccess, ...others }: JsonObject): unknown {
  refuseOthers(others);
  organization.features = readFeatures(features, organization.features);
  organization.trustedAccess = readTrustedAccess(trustedAccess, organization.trustedAccess);
  return describe(organization);
}

/** A new member or one that moves; stack sets follow it. */
function put(world: World, organization: Organization, source: JsonObject): unknown {
  const { accountId, unit, ...others } = source;
  refuseOthers(others);
  if (typeof accountId !== 'string' || !isAccountId(accountId)) {
    throw validationError('accountId is a number of 12 digits');
  }
  const isUnit = typeof unit === 'string' && (unit === organization.rootId || organization.units.has(unit));
  if (!isUnit) throw validationError('unit is the ID of one of the units of the organization, or its rootId');
  if ((world.organizations.of(accountId) ?? organization) !== organization) {
    throw new AwsError('DuplicateAccount', `${accountId} is a member of another organization`, 409);
  }
  addMember(organization, accountId, unit);
  followMember(world, organization, accountId);
  return describe(organization);
}

/** A closed account keeps its place; stack sets pass it over until something else has them look at it again. */
function setStatus(organization: Organization, accountId: string, source: JsonObject): unknown {
  const { status, ...others } = source;
  refuseOthers(others);
  const known = accountStatuses.find((each) => each === status);
  if (known === undefined) throw validationError(`status is one of ${accountStatuses.join(', ')}`);
  const member = organization.members.get(accountId);
  if (member === undefined) throw notFound(accountId);
  member.status = known;
  return describe(organization);
}

function leave(world: World, organization: Organization, accountId: string): void {
  if (accountId === organization.managementAccount.id) {
    throw validationError('The management account cannot leave its organization');
  }
  if (!organization.members.delete(accountId)) throw notFound(accountId);
  followMember(world, organization, accountId);
}

function find(world: World, managementAccountId: string): Organization {
  const organization = world.organizations.of(managementAccountId);
  if (organization?.managementAccount.id === managementAccountId) return organization;
  throw new AwsError('NotFound', `No organization has the management account ${managementAccountId}`, 404);
}

function describe(organization: Organization): unknown {
  const { id, managementAccount, rootId, features, trustedAccess, units, members } = organization;
  return {
    id,
    managementAccountId: managementAccount.id,
    rootId,
    features,
    trustedAccess,
    units: [...units.values()],
    accounts: [...members.values()].map(({ accountId, parentId, status }) => {
      return { accountId, unit: parentId, status };
    }),
  };
}

function readObject(body: Json): JsonObject {
  if (!isObject(body)) throw validationError('the body is an object');
  return body;
}

function notFound(what: string): AwsError {
  return new AwsError('NotFound', `The organization's controls have no ${what}`, 404);
}
