import { type Account, held, isLive, mayHold } from './account.js';
import { announcement, event, isLetGo, type Underway, underWay } from './announce-verification.js';
import type { Change } from './change.js';
import { type Client, withLaunch, withStatus } from './client.js';
import { externalIdsFor, RETIRED_CHECKED_AFTER, rotatedTo } from './external-ids.js';
import { type Failure, failure } from './failure.js';
import { admit, type Launch, launchByToken, refuseAdmission } from './launch.js';
import { leavesNoTrace, membershipBy, type OrganizationProof, refuseUnproven } from './organization.js';
import { refused, SUCCESS } from './record-event.js';
import { type Answer, type Stack, type StackRequest, stackKey, withRequest } from './stack.js';
import { newAccount, origin } from './stack-account.js';
import { refuseTakeover } from './takeover.js';
import { isInconclusive, type Verdict } from './verdict.js';

/** A stack's request whose role has been verified, with what is stored around it. */
export interface Verified extends Underway {
  readonly verdict: Verdict;
  /** Of an account that comes by an organization's link: what AWS was asked about it, and said. */
  readonly proof: OrganizationProof | null;
  /** Whether the stack that connected this very role before is known to be deleted. */
  readonly olderStackGone: boolean;
  /** When a connected account is to be verified again. */
  readonly nextVerificationAt: number;
}

/**
 * Decides what a verdict on a stack's role means: the account connected and the stack answered SUCCESS, or the
 * stack answered FAILED and an older connection of the same account left as it was.
 *
 * The client is looked at again, since it may have been removed, its link withdrawn or used up meanwhile.
 */
export function decideVerdict(verified: Verified): Change {
  const { verdict, proof, client, request } = verified;
  if (client === null || client.removedAt !== null)
    return { put: [failed(verified, failure('client-removed'))] };
  const late = request.type === 'Create' ? lateRefusal(verified, client) : lateDisconnection(verified);
  if (late !== null) return refuse(verified, client, { ...verdict, failure: late }, isPending(verified));
  if (verdict.failure === null) return connect(verified, client);
  const { accountId } = verified.stack;
  const stranger = request.type === 'Create' && leavesNoTrace(launchOf(verified, client), accountId, proof);
  return refuse(verified, client, verdict, !stranger);
}

function launchOf({ stack }: Pick<Verified, 'stack'>, { launches }: Client): Launch | undefined {
  return launchByToken(launches, stack.callbackTokenHash, 'callbackTokenHash');
}

function lateRefusal(verified: Verified, client: Client): Failure | null {
  const { stack, lock, now } = verified;
  // An earlier Create's answer was not taken meanwhile: CloudFormation is rolling the whole stack back.
  if (stack.gone || isLetGo(verified)) return failure('stack-not-connected');
  const launch = launchOf(verified, client);
  if (launch === undefined) return failure('launch-unknown');
  // The link was open when the event came; that it ran out while AWS was propagating the role is nobody's fault.
  const before = Math.min(now, launch.expiresAt - 1);
  const refusal = refuseAdmission(launch, stack.accountId, before, verified.managementAccounts);
  if (refusal !== null) return refusal;
  if (!mayHold(lock, client.id, client.allowSharedAccounts)) return failure('account-connected-elsewhere');
  if (verified.verdict.failure !== null) return null;
  // A rotation was completed meanwhile, and this stack's role trusts the external ID that was replaced by it.
  const { enteredBy } = verified.verdict;
  if (enteredBy !== null && !externalIdsFor(client, verified.account, now).includes(enteredBy))
    return failure('external-id-edited');
  return (
    refuseUnproven(launch, stack.accountId, verified.proof) ??
    refuseTakeover(verified, launch, verified.olderStackGone)
  );
}

/** Another stack may have taken the account over while this one's Update was being verified. */
function lateDisconnection({ account, stack }: Verified): Failure | null {
  const holds = account !== null && isLive(account) && account.connectedBy === stackKey(stack);
  return holds && !stack.gone ? null : failure('stack-not-connected');
}

function isPending({ account, stack }: Pick<Verified, 'account' | 'stack'>): boolean {
  return account?.pending === stackKey(stack);
}

/** The stack whose Create is being verified once this one's is not: another may be, beside an Update of this. */
function pendingAfter(verified: Verified): string | null {
  return isPending(verified) ? null : (verified.account?.pending ?? null);
}

function connect(verified: Verified, client: Client): Change {
  const { stack, request, account, now } = verified;
  const accepted = {
    roleArn: request.roleArn,
    humanRoleArn: request.humanRoleArn,
    templateVersion: request.templateVersion,
  };
  const { properties } = request;
  const previous = stack.accepted?.properties === properties ? stack.previous : stack.accepted;
  const connected: Account = {
    ...(account ?? newAccount(stack, request, client, now)),
    ...accepted,
    ...origin(stack, client),
    ...joined(verified),
    status: 'connected',
    verdict: verified.verdict,
    connectedBy: stackKey(stack),
    pending: pendingAfter(verified),
    trying: null,
    failing: null,
    trustRemains: false,
    rotatedTo: rotatedTo(verified.verdict, client),
    connectedAt: (account && isLive(account) ? account.connectedAt : null) ?? now,
    lastVerifiedAt: now,
    // Where the stack has gone over to a new external ID, the old one has to be denied soon.
    nextVerificationAt: request.echo === 'next' ? now + RETIRED_CHECKED_AFTER : verified.nextVerificationAt,
  };
  const type = account !== null && isLive(account) ? 'account.updated' : 'account.connected';
  const data = {
    roleArn: accepted.roleArn,
    ...(accepted.humanRoleArn !== null && { humanRoleArn: accepted.humanRoleArn }),
    attempts: verified.verdict.attempts,
  };
  const lock = held(verified.lock, client, connected);
  return {
    put: [
      withAnswer({ ...stack, accepted: { ...accepted, properties }, previous }, request, SUCCESS),
      connected,
      ...(lock === null ? [] : [lock]),
      admitted(client, verified, connected),
    ],
    events: [...announcement(verified), event(verified, type, data)],
  };
}

/**
 * Answers FAILED. An older connection is left as it was; an account that was not let in leaves no trace, unless
 * it has been shown as verifying (`recorded`), which has to end somehow. Where nothing was found out about the role,
 * the account is not refused either: it stays as it is until the Delete by which CloudFormation takes the stack back.
 */
function refuse(verified: Verified, client: Client, verdict: Verdict, recorded: boolean): Change {
  const { stack, request, account, now } = verified;
  const answered = failed(verified, verdict.failure ?? failure('verification-inconclusive'));
  const pending = pendingAfter(verified);
  if (!recorded) return { put: [answered] };
  if (account !== null && isLive(account))
    return { put: [answered, ...(pending === account.pending ? [] : [{ ...account, pending }])] };
  const undecided = isInconclusive(verdict);
  const left: Account = {
    ...(account ?? newAccount(stack, request, client, now)),
    ...origin(stack, client),
    ...joined(verified),
    roleArn: request.roleArn,
    humanRoleArn: request.humanRoleArn,
    templateVersion: request.templateVersion,
    status: undecided ? 'verifying' : 'rejected',
    verdict,
    pending,
    trying: null,
    trustRemains: false,
    lastVerifiedAt: now,
    nextVerificationAt: null,
  };
  const moved = withStatus(client, [...verified.otherAccounts, left.status], now);
  if (undecided) return { put: [answered, left, moved], events: underWay(verified) };
  const data = { code: verdict.failure?.code ?? '', message: verdict.failure?.message ?? '' };
  return {
    put: [answered, left, moved],
    events: [...announcement(verified), event(verified, 'account.rejected', data)],
  };
}

/** An Update proves nothing about the organization, and so changes nothing about it. */
function joined({ request, proof }: Verified): Partial<Pick<Account, 'organization'>> {
  return request.type === 'Create' ? { organization: membershipBy(proof) } : {};
}

function failed({ stack, request }: Verified, why: Failure): Stack {
  return withAnswer(stack, request, refused(why));
}

function admitted(client: Client, verified: Verified, account: Account): Client {
  const { stack, otherAccounts, now } = verified;
  const launch = launchOf(verified, client);
  const moved = withStatus(client, [...otherAccounts, account.status], now);
  return launch === undefined ? moved : withLaunch(moved, admit(launch, stack.accountId));
}

function withAnswer(stack: Stack, request: StackRequest, answer: Answer): Stack {
  return withRequest(stack, { ...request, answer });
}
