import type { Caller } from '../identity/caller.js';
import type { ReadInput } from '../reads/input.js';
import type { ReadOperation } from '../reads/operation.js';
import { AwsError } from '../wire/aws-error.js';
import type { Json } from '../wire/json.js';
import type { World } from '../world.js';
import type { Member, Organization } from './organization.js';

/** What AWS Organizations is asked about an organization. Source: Organizations API Reference. */
export const organizationReads: ReadonlyMap<string, ReadOperation> = new Map([
  [
    'DescribeOrganization',
    { action: 'organizations:DescribeOrganization', empty: [], answer: describeOrganization },
  ],
  ['ListAccounts', { action: 'organizations:ListAccounts', empty: [], answer: listAccounts }],
]);

/** Organizations has one endpoint in a partition, and requests are signed for its region. */
const homeRegions: Readonly<Record<string, string>> = {
  aws: 'us-east-1',
  'aws-cn': 'cn-northwest-1',
  'aws-us-gov': 'us-gov-west-1',
};

/** Every member may ask for it. */
function describeOrganization(world: World, caller: Caller): Json {
  const organization = organizationOf(world, caller);
  const { id, managementAccount, features } = organization;
  return {
    Organization: {
      Id: id,
      Arn: arnOf(organization, `organization/${id}`),
      FeatureSet: features,
      MasterAccountArn: arnOf(organization, `account/${id}/${managementAccount.id}`),
      MasterAccountId: managementAccount.id,
      MasterAccountEmail: emailOf(managementAccount.id),
      AvailablePolicyTypes: [],
    },
  };
}

/** Only the management account is answered; the sandbox has no delegated administrators. */
function listAccounts(world: World, caller: Caller, { text }: ReadInput): Json {
  const organization = organizationOf(world, caller);
  const most = Number(text('MaxResults') ?? 20);
  const from = Number(text('NextToken')?.replace(/^page-/, '') ?? 0);
  if (!Number.isInteger(most) || most < 1 || most > 20 || !Number.isInteger(from)) {
    throw new AwsError('InvalidInputException', 'You specified an invalid value.');
  }
  if (organization.managementAccount.id !== caller.account.id) {
    throw new AwsError('AccessDeniedException', "You don't have permissions to access this resource.");
  }
  const accounts = [...organization.members.values()];
  const to = from + most;
  return {
    Accounts: accounts.slice(from, to).map((member) => describeAccount(organization, member)),
    ...(to < accounts.length ? { NextToken: `page-${to}` } : {}),
  };
}

function describeAccount(organization: Organization, { accountId, status, joinedAt }: Member): Json {
  return {
    Id: accountId,
    Arn: arnOf(organization, `account/${organization.id}/${accountId}`),
    Email: emailOf(accountId),
    Name: `Account ${accountId}`,
    Status: status,
    State: status,
    JoinedMethod: accountId === organization.managementAccount.id ? 'INVITED' : 'CREATED',
    JoinedTimestamp: joinedAt.getTime() / 1000,
  };
}

function organizationOf(world: World, { account, region }: Caller): Organization {
  if (region !== (homeRegions[account.partition] ?? region)) {
    throw new AwsError('SignatureDoesNotMatch', 'Credential should be scoped to a valid region.', 403);
  }
  const organization = world.organizations.of(account.id);
  if (organization !== undefined) return organization;
  throw new AwsError('AWSOrganizationsNotInUseException', 'Your account is not a member of an organization.');
}

function arnOf({ managementAccount }: Organization, resource: string): string {
  return `arn:${managementAccount.partition}:organizations::${managementAccount.id}:${resource}`;
}

function emailOf(accountId: string): string {
  return `aws-${accountId}@example.com`;
}
