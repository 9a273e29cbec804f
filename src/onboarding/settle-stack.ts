import { announce } from '../core/announce-verification.js';
import type { Found } from '../core/circumstances.js';
import { decideUnanswered, settled } from '../core/decide-unanswered.js';
import { decideVerdict, olderStackOfRole } from '../core/decide-verdict.js';
import { externalIdsFor, openRotation } from '../core/external-ids.js';
import { type Failure, failure } from '../core/failure.js';
import type { ClientId } from '../core/id.js';
import { type AnswerOutcome, openRequest, type Stack, type StackRequest } from '../core/stack.js';
import { parseStackId } from '../core/stack-id.js';
import { judge, type Verdict } from '../core/verdict.js';
import { type AnswerPorts, answerStack } from './answer-stack.js';
import { type Hold, HoldLost, type HoldPorts, holdStack } from './hold-stack.js';
import type { Surroundings } from './surroundings.js';
import { type Subject, type VerifyPorts, verifyAccount, verifyOnce } from './verify-account.js';

export interface SettlePorts extends VerifyPorts, AnswerPorts, HoldPorts {
  /** Replaces the client's external ID once the last of its accounts has gone over to the new one. */
  readonly completeRotation: (clientId: ClientId) => Promise<void>;
  /** When an account connected now is to be verified again. */
  readonly nextVerification: () => number;
  /** After how many takeovers a stack that fails for ever is given up. */
  readonly giveUpAfter: number;
}

/** How long a role is tried before it counts as not assumable, in milliseconds. */
const VERIFY_FOR = 90_000;

/**
 * Goes on with a stack that this instance holds until none of its requests is open: verifies what has to be
 * verified, then answers. Stops early, without harm, where another instance or a newer event took it over.
 */
export async function settleStack(
  ports: SettlePorts,
  stack: Stack,
  surroundings: Surroundings,
): Promise<void> {
  const hold = holdStack(ports, stack, surroundings);
  try {
    for (let request = openRequest(stack); request !== undefined; request = openRequest(hold.stack)) {
      if (!(await stepFor(ports, hold, request)(ports, hold, request))) return;
    }
  } catch (error) {
    if (error instanceof HoldLost) return;
    if (!(error instanceof Stopping)) throw error;
    await hold.write((held) => ({ ...held, free: true, due: ports.now() }));
  }
}

/** Thrown by `sleep` once the process is stopping: what is waited for is put down for another instance. */
export class Stopping extends Error {}

/** Carries a request on; false where the hold was lost. */
type Step = (ports: SettlePorts, hold: Hold, request: StackRequest) => Promise<boolean>;

function stepFor({ giveUpAfter }: SettlePorts, { stack }: Hold, request: StackRequest): Step {
  if (stack.takeovers > giveUpAfter) return giveUp;
  return request.answer === null ? verify : answer;
}

const verify: Step = async (ports, hold, request) => {
  const verdict = await verdictOn(ports, hold, request);
  if (verdict === null) return false;
  const older = olderStackOfRole({ ...(await hold.found()), stack: hold.stack, request });
  const status = older && verdict.failure === null ? await statusOf(ports, hold, request, older) : null;
  const held = await hold.commit((found, stack) =>
    decideVerdict({
      ...found,
      stack,
      request,
      verdict,
      olderStackGone: status === 'DELETE_COMPLETE',
      now: ports.now(),
      nextVerificationAt: ports.nextVerification(),
    }),
  );
  // Before the answer: a stack that completes has left the old external ID behind.
  if (held && request.echo === 'next') await ports.completeRotation(hold.stack.clientId);
  return held;
};

/** The verdict on a request's role, or null where the hold was lost while waiting for IAM. */
async function verdictOn(ports: SettlePorts, hold: Hold, request: StackRequest): Promise<Verdict | null> {
  const found = await hold.found();
  const { client } = found;
  const { accountId } = hold.stack;
  if (client === null)
    return judge({
      expectedAccountId: accountId,
      attempts: 0,
      own: { outcome: 'inconclusive', error: 'no client' },
    });
  const until = Math.min(ports.now() + VERIFY_FOR, request.deadline);
  let lost = false;
  const verdict = await verifyAccount(
    ports,
    {
      accountId,
      roleArn: request.roleArn,
      externalIds: idsToTry(request, found, ports.now()),
      profile: client.profile,
      region: parseStackId(hold.stack.stackId)?.region ?? null,
      patient: request.type === 'Update',
    },
    async (soFar, wait) => {
      // Its role trusts another external ID than the client's: no waiting will change that.
      if (wasEdited(request, soFar)) return false;
      // Past the first attempt the verification takes a while: the launch page and the platform see it.
      if (!hold.stack.announced)
        lost = !(await hold.commit((found, stack) =>
          announce({ ...found, stack, request, now: ports.now() }),
        ));
      const inTime = ports.now() + wait < until;
      if (!lost && inTime) lost = !(await hold.pause(wait, soFar.attempts));
      return !lost && inTime;
    },
    (...attempt) => hold.during(() => verifyOnce(...attempt)),
  );
  return lost ? null : { ...verdict, failure: explained(ports, request, verdict) };
}

/** What a stack's event adds to a verdict's failure: AWS never says why it denies, but some of it can be told. */
function explained(
  { providerAccountId }: Pick<SettlePorts, 'providerAccountId'>,
  request: StackRequest,
  verdict: Verdict,
): Failure | null {
  if (wasEdited(request, verdict)) return failure('external-id-edited');
  // CloudFormation sends a Create once the role is made, and what it was given is the right external ID.
  if (request.type !== 'Create' || verdict.failure?.code !== 'role-not-assumable') return verdict.failure;
  const exemption = `"StringNotEqualsIfExists": {"aws:PrincipalAccount": "${providerAccountId}"}`;
  return failure('resource-control-policy-suspected', `Its Condition exempts the service by ${exemption}.`);
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
  { client, account }: Pick<Found, 'client' | 'account'>,
  now: number,
): Subject['externalIds'] {
  if (client === null) throw new Error('a client is looked for before its role is');
  const rotation = openRotation(client, now);
  return echo === 'next' && rotation !== null ? [rotation.externalId] : externalIdsFor(client, account, now);
}

const answer: Step = async (ports, hold, request) => {
  const outcome = await answerStack(ports, hold.stack, request, (wait) => hold.pause(wait));
  if (outcome === null) return false;
  return settle(ports, hold, request, outcome);
};

const giveUp: Step = (ports, hold, request) => settle(ports, hold, request, 'given-up');

/** Ends a request, with whatever it means that its answer was not taken. */
async function settle(
  ports: SettlePorts,
  hold: Hold,
  request: StackRequest,
  outcome: AnswerOutcome,
): Promise<boolean> {
  const { stack } = hold;
  if (outcome === 'accepted') return hold.write((held) => settled(held, request, outcome));
  const complete = /^(CREATE|UPDATE)_COMPLETE/.test(
    (await statusOf(ports, hold, request, stack.stackId)) ?? '',
  );
  return hold.commit((found, held) =>
    decideUnanswered(found, held, request, outcome, { complete, now: ports.now() }),
  );
}

/** A stack's status, asked by a session of the request's role. */
async function statusOf(
  { enterRole, now }: SettlePorts,
  hold: Hold,
  { roleArn }: StackRequest,
  stackId: string,
): Promise<string | null> {
  const { client, account } = await hold.found();
  if (client === null || roleArn === '') return null;
  return hold.during(async () => {
    for (const externalId of externalIdsFor(client, account, now())) {
      const session = await enterRole({ roleArn, externalId });
      if (session.outcome === 'entered') return session.stackStatus(stackId);
    }
    return null;
  });
}
