import { isAccountId } from '../identity/account.js';
import type { Organization } from '../organizations/organization.js';
import { addMember, addUnit } from '../organizations/organizations.js';
import { AwsError, validationError } from '../wire/aws-error.js';
import { isList, isObject, type Json, type JsonObject } from '../wire/json.js';
import type { World } from '../world.js';
import { readFeatures, readTrustedAccess, refuseOthers } from './fields.js';

/**
 * Founds an organization as asked for: `{managementAccountId, features?, trustedAccess?, accounts?, units?}`, where
 * a unit is `{name, accounts?, units?}`. It has all features and trusts stack sets unless told otherwise.
 */
export function foundOrganization(world: World, source: JsonObject): Organization {
  const { managementAccountId, features, trustedAccess, accounts, units, ...others } = source;
  refuseOthers(others);
  const kind = {
    features: readFeatures(features, 'ALL'),
    trustedAccess: readTrustedAccess(trustedAccess, true),
  };
  const below = { accounts: readAccounts(accounts), units: readUnits(units) };
  const [manager = ''] = readAccounts([managementAccountId ?? null], 'managementAccountId');
  checkFree(world, [manager, ...everybody(below)]);
  const organization = world.organizations.found(world.accounts.open(manager), kind);
  fill(organization, organization.rootId, below);
  return organization;
}

/** What is in the root or in a unit. */
interface Below {
  readonly accounts: readonly string[];
  readonly units: readonly (Below & { readonly name: string })[];
}

function fill(organization: Organization, parentId: string, { accounts, units }: Below): void {
  for (const account of accounts) addMember(organization, account, parentId);
  for (const unit of units) fill(organization, addUnit(organization, unit.name, parentId), unit);
}

function everybody({ accounts, units }: Below): string[] {
  return [...accounts, ...units.flatMap(everybody)];
}

function checkFree(world: World, accounts: readonly string[]): void {
  const taken = accounts.find(
    (each, at) => world.organizations.of(each) !== undefined || accounts.indexOf(each) !== at,
  );
  if (taken === undefined) return;
  throw new AwsError('DuplicateAccount', `${taken} is in an organization already; an account is in one`, 409);
}

function readUnits(source: Json | undefined): Below['units'] {
  return list(source, 'units').map((unit) => {
    const { name, accounts, units, ...others } = isObject(unit) ? unit : {};
    refuseOthers(others);
    if (typeof name !== 'string' || name === '') throw validationError('a unit has a name');
    return { name, accounts: readAccounts(accounts), units: readUnits(units) };
  });
}

function readAccounts(source: Json | undefined, field = 'accounts'): string[] {
  return list(source, field).map((account) => {
    if (typeof account === 'string' && isAccountId(account)) return account;
    throw validationError(`${field}: an account is a text of 12 digits`);
  });
}

function list(source: Json | undefined, field: string): readonly Json[] {
  if (source === undefined) return [];
  if (!isList(source)) throw validationError(`${field} is a list`);
  return source;
}
