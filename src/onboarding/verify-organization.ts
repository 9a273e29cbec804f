import type { Client } from '../core/client.js';
import type { ExternalId } from '../core/external-id.js';
import { type Failure, failure } from '../core/failure.js';
import { type Launch, managementAccountOf } from '../core/launch.js';
import type { OrganizationProof, Standing } from '../core/organization.js';
import { type EnterRole, waitAfter } from './verify-account.js';

/**
 * Has an organization's management account say whether an account is a member of it. `since`: a list that is older
 * than this, in milliseconds since the epoch, proves nobody a stranger.
 */
export type AskStanding = (question: {
  readonly client: Client;
  readonly managementAccountId: string;
  readonly accountId: string;
  readonly since: number;
}) => Promise<Standing>;

export interface OrganizationPorts {
  readonly enterRole: EnterRole;
  readonly standing: AskStanding;
}

/** An account that comes by an organization's link, with the role that its stack has made. */
export interface Newcomer {
  readonly client: Client;
  readonly launch: Launch;
  readonly accountId: string;
  readonly roleArn: string;
  readonly externalIds: readonly ExternalId[];
  /** When it came. */
  readonly since: number;
}

/** What was proven, or why it was not; `again` where asking once more may end otherwise. */
export type OrganizationVerdict =
  | { readonly proof: OrganizationProof }
  | { readonly failure: Failure; readonly again: boolean };

/**
 * Finds out whether an account that comes by an organization's link may: the first has to be its management account,
 * as its own role says, and each later one has to be on that account's list.
 *
 * A policy is not in force at once, so that a denial is asked about again. `pause` waits and says whether there is
 * time for that; `during` does what may take long. Nothing that could not be read is ever taken for a yes.
 */
export async function verifyOrganization(
  ports: OrganizationPorts,
  newcomer: Newcomer,
  pause: (milliseconds: number) => Promise<boolean>,
  during: <Result>(work: () => Promise<Result>) => Promise<Result>,
): Promise<OrganizationVerdict> {
  const managementAccountId = managementAccountOf(newcomer.launch) ?? newcomer.accountId;
  const ask = managementAccountId === newcomer.accountId ? judgeManagement : judgeMember;
  for (let attempts = 1; ; attempts += 1) {
    const verdict = await during(() => ask(ports, newcomer, managementAccountId));
    if ('proof' in verdict || !verdict.again || !(await pause(waitAfter(attempts)))) return verdict;
  }
}

/** Whether the role's own account is the management account of an organization with all features. */
async function judgeManagement(
  { enterRole }: OrganizationPorts,
  { accountId, roleArn, externalIds }: Newcomer,
): Promise<OrganizationVerdict> {
  let session: Awaited<ReturnType<EnterRole>> = { outcome: 'denied' };
  for (const externalId of externalIds) {
    session = await enterRole({ roleArn, externalId });
    if (session.outcome !== 'denied') break;
  }
  const read = session.outcome === 'entered' ? await session.organization() : session;
  if (read.outcome !== 'read')
    return unreadable(
      read.outcome === 'denied' ? 'organizations:DescribeOrganization is denied.' : read.error,
    );
  if (read.value === null) return refused(failure('organization-not-readable', 'It is in no organization.'));
  const { managementAccountId, hasAllFeatures } = read.value;
  if (managementAccountId !== accountId)
    return refused(failure('not-the-management-account', `That is ${managementAccountId}.`));
  if (!hasAllFeatures) return refused(failure('organization-without-all-features'));
  return { proof: { managementAccountId } };
}

async function judgeMember(
  { standing }: OrganizationPorts,
  { client, accountId, since }: Newcomer,
  managementAccountId: string,
): Promise<OrganizationVerdict> {
  const answer = await standing({ client, managementAccountId, accountId, since });
  if (answer === 'member') return { proof: { managementAccountId } };
  if (answer === 'unreadable') return unreadable('organizations:ListAccounts was not answered.');
  return refused(failure(answer === 'stranger' ? 'not-in-organization' : 'organization-not-connected'));
}

function refused(why: Failure): OrganizationVerdict {
  return { failure: why, again: false };
}

function unreadable(detail: string): OrganizationVerdict {
  return { failure: failure('organization-not-readable', detail), again: true };
}
