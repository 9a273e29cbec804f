import { announce, decideVerdict } from '../core/decide-verdict.js';
import { openRequest, type Stack, type StackRequest } from '../core/stack.js';
import { judge, type Verdict } from '../core/verdict.js';
import { type AnswerPorts, answerStack, settled } from './answer-stack.js';
import { type Hold, type HoldPorts, holdStack } from './hold-stack.js';
import type { Surroundings } from './surroundings.js';
import { type VerifyPorts, verifyAccount } from './verify-account.js';

export interface SettlePorts extends VerifyPorts, AnswerPorts, HoldPorts {
  /** When an account connected now is to be verified again. */
  readonly nextVerification: () => number;
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
      const step = request.answer === null ? verify : answer;
      if (!(await step(ports, hold, request))) return;
    }
  } catch (error) {
    if (!(error instanceof Stopping)) throw error;
    await hold.write((held) => ({ ...held, free: true, due: ports.now() }));
  }
}

/** Thrown by `sleep` once the process is stopping: what is waited for is put down for another instance. */
export class Stopping extends Error {}

async function verify(ports: SettlePorts, hold: Hold, request: StackRequest): Promise<boolean> {
  const verdict = await verdictOn(ports, hold, request);
  if (verdict === null) return false;
  return hold.commit((found, stack) =>
    decideVerdict({
      ...found,
      stack,
      request,
      verdict,
      now: ports.now(),
      nextVerificationAt: ports.nextVerification(),
    }),
  );
}

/** The verdict on a request's role, or null where the hold was lost while waiting for IAM. */
async function verdictOn(ports: SettlePorts, hold: Hold, request: StackRequest): Promise<Verdict | null> {
  const { client } = await hold.found();
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
    { accountId, roleArn: request.roleArn, externalId: client.externalId },
    async (soFar, wait) => {
      // Past the first attempt the verification takes a while: the launch page and the platform see it.
      if (!hold.stack.announced)
        lost = !(await hold.commit((found, stack) =>
          announce({ ...found, stack, request, now: ports.now() }),
        ));
      const inTime = ports.now() + wait < until;
      if (!lost && inTime) lost = !(await hold.pause(wait, soFar.attempts));
      return !lost && inTime;
    },
  );
  return lost ? null : verdict;
}

async function answer(ports: SettlePorts, hold: Hold, request: StackRequest): Promise<boolean> {
  const outcome = await answerStack(ports, hold.stack, request, (wait) => hold.pause(wait));
  return outcome !== null && hold.write((stack) => settled(stack, request, outcome));
}
