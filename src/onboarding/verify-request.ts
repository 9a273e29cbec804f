import { announce } from '../core/announce-verification.js';
import type { Found } from '../core/circumstances.js';
import type { Client } from '../core/client.js';
import { externalIdsFor, openRotation } from '../core/external-ids.js';
import { type Failure, failure } from '../core/failure.js';
import { isMember, type Launch, launchByToken } from '../core/launch.js';
import type { OrganizationProof } from '../core/organization.js';
import type { Stack, StackRequest } from '../core/stack.js';
import { parseStackId } from '../core/stack-id.js';
import { judge, type Verdict } from '../core/verdict.js';
import type { Hold, HoldPorts } from './hold-stack.js';
import { type Subject, type VerifyPorts, verifyAccount, verifyOnce } from './verify-account.js';
import { type OrganizationPorts, verifyOrganization } from './verify-organization.js';

export interface VerifyRequestPorts extends VerifyPorts, HoldPorts, OrganizationPorts {
  readonly now: () => number;
}

/** The verdict on a request's role and, of an account that comes by an organization's link, what was proven of it. */
export interface RequestVerdict {
  readonly verdict: Verdict;
  readonly proof: OrganizationProof | null;
}

/** How long a role is tried before it counts as not assumable, in milliseconds. */
const VERIFY_FOR = 90_000;

/**
 * Verifies the role of a stack's request and, where it came by an organization's link, that the organization says so.
 * Returns null where the hold was lost while waiting for AWS.
 */
export async function verifyRequest(
  ports: VerifyRequestPorts,
  hold: Hold,
  request: StackRequest,
): Promise<RequestVerdict | null> {
  const found = await hold.found();
  const { client } = found;
  if (client === null) return { verdict: nothingSeen(hold.stack), proof: null };
  const until = Math.min(ports.now() + VERIFY_FOR, request.deadline);
  let lost = false;
  const pause = async (wait: number, attempts?: number): Promise<boolean> => {
    const inTime = ports.now() + wait < until;
    if (!lost && inTime) lost = !(await hold.pause(wait, attempts));
    return !lost && inTime;
  };
  const launch = request.type === 'Create' ? launchOf(hold.stack, found) : undefined;
  const member = launch !== undefined && isMember(launch, hold.stack.accountId);
  const role = {
    accountId: hold.stack.accountId,
    roleArn: request.roleArn,
    humanRoleArn: request.humanRoleArn,
    externalIds: idsToTry(request, { ...found, client }, ports.now()),
  };
  const seen = await verifyAccount(
    ports,
    {
      ...role,
      profile: client.profile,
      region: parseStackId(hold.stack.stackId)?.region ?? null,
      patient: request.type === 'Update',
    },
    async (soFar, wait) => {
      // Its role trusts another external ID than the client's: no waiting will change that.
      if (wasEdited(request, soFar)) return false;
      // Past the first attempt the verification takes a while: the launch page and the platform see it. Not where a
      // stranger may have come as a member, who is to leave nothing behind.
      if (!hold.stack.announced && !member)
        lost = !(await hold.commit((found, stack) =>
          announce({ ...found, stack, request, now: ports.now() }),
        ));
      return pause(wait, soFar.attempts);
    },
    (...attempt) => hold.during(() => verifyOnce(...attempt)),
  );
  if (lost) return null;
  const why = explained(ports, request, seen) ?? refuseUnexpected(ports, hold.stack, request, client);
  const verdict = { ...seen, failure: why };
  // Of a member it is asked in any case, since whoever is none is not to be recorded as refused.
  if (!launch?.organization || (verdict.failure !== null && !member)) return { verdict, proof: null };
  const newcomer = { ...role, client, launch, since: request.receivedAt };
  const judged = await verifyOrganization(ports, newcomer, pause, hold.during);
  if (lost) return null;
  if ('proof' in judged) return { verdict, proof: judged.proof };
  return { verdict: { ...verdict, failure: judged.failure }, proof: null };
}

/** The link by which a stack came; undefined where its client has no such link any more. */
export function launchOf(
  { callbackTokenHash }: Pick<Stack, 'callbackTokenHash'>,
  { client }: Pick<Found, 'client'>,
): Launch | undefined {
  return client === null ? undefined : launchByToken(client.launches, callbackTokenHash, 'callbackTokenHash');
}

function nothingSeen({ accountId: expectedAccountId }: Stack): Verdict {
  const own = { outcome: 'inconclusive', error: 'no client' } as const;
  return judge({ expectedAccountId, attempts: 0, own });
}

/** What a stack's event adds to a verdict's failure: AWS never says why it denies, but some of it can be told. */
function explained(
  { providerAccountId }: Pick<VerifyPorts, 'providerAccountId'>,
  request: StackRequest,
  verdict: Verdict,
): Failure | null {
  if (wasEdited(request, verdict)) return failure('external-id-edited');
  // CloudFormation sends a Create once the role is made, and what it was given is the right external ID.
  if (request.type !== 'Create' || verdict.failure?.code !== 'role-not-assumable') return verdict.failure;
  const exemption = `"StringNotEqualsIfExists": {"aws:PrincipalAccount": "${providerAccountId}"}`;
  return failure('resource-control-policy-suspected', `Its Condition exempts the service by ${exemption}.`);
}

/**
 * A role for people is not let in by a stack whose profile has none. One that was accepted before is, so that its stack
 * can still be updated once the profile has gone without.
 */
function refuseUnexpected(
  { peopleOf }: Pick<VerifyPorts, 'peopleOf'>,
  { accepted }: Stack,
  { humanRoleArn }: StackRequest,
  { profile }: Client,
): Failure | null {
  const known = humanRoleArn === null || humanRoleArn === accepted?.humanRoleArn;
  return known || peopleOf(profile) !== null ? null : failure('human-role-unexpected');
}

/** Whether a failure comes from a stack that was given another external ID, and will not pass. */
function wasEdited({ echo }: StackRequest, { assumable, failure: why }: Verdict): boolean {
  return echo === 'other' && (assumable === false || why?.code === 'trust-policy-unsafe');
}

/**
 * The external IDs by which a request's role is tried. A stack that is being updated to the next ID has to be entered
 * by that one: the old one may work for a while yet, and says nothing about the update.
 */
function idsToTry(
  { echo }: StackRequest,
  { client, account }: Pick<Found, 'account'> & { readonly client: Client },
  now: number,
): Subject['externalIds'] {
  const rotation = openRotation(client, now);
  return echo === 'next' && rotation !== null ? [rotation.externalId] : externalIdsFor(client, account, now);
}
