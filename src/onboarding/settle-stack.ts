import { decideUnanswered, settled } from '../core/decide-unanswered.js';
import { decideVerdict } from '../core/decide-verdict.js';
import { externalIdsFor } from '../core/external-ids.js';
import type { ClientId } from '../core/id.js';
import { type AnswerOutcome, openRequest, type Stack, type StackRequest } from '../core/stack.js';
import { olderStackInTheWay } from '../core/takeover.js';
import { type AnswerPorts, answerStack } from './answer-stack.js';
import { type Hold, HoldLost, holdStack } from './hold-stack.js';
import type { Surroundings } from './surroundings.js';
import { launchOf, type VerifyRequestPorts, verifyRequest } from './verify-request.js';

export interface SettlePorts extends VerifyRequestPorts, AnswerPorts {
  /** Replaces the client's external ID once the last of its accounts has gone over to the new one. */
  readonly completeRotation: (clientId: ClientId) => Promise<void>;
  /** Hears of what became of a request's answer. */
  readonly noteAnswer: (request: StackRequest, outcome: AnswerOutcome) => void;
  /** When an account connected now is to be verified again. */
  readonly nextVerification: () => number;
  /** After how many takeovers a stack that fails for ever is given up. */
  readonly giveUpAfter: number;
  /** Hears of an answer that CloudFormation did not take. */
  readonly unanswered: (stack: Stack, outcome: AnswerOutcome) => void;
}

/**
 * Goes on with a stack that this instance holds until none of its requests is open: verifies what has to be
 * verified, then answers. Stops early, without harm, where another instance or a newer event took it over.
 */
export async function settleStack(
  ports: SettlePorts,
  stack: Stack,
  surroundings: Surroundings,
): Promise<Settled> {
  const hold = holdStack(ports, stack, surroundings);
  try {
    for (let request = openRequest(stack); request !== undefined; request = openRequest(hold.stack)) {
      if (!(await stepFor(ports, hold, request)(ports, hold, request)))
        return { outcome: 'taken-over', stack: hold.stack };
    }
    return { outcome: 'settled', stack: hold.stack };
  } catch (error) {
    if (error instanceof HoldLost) return { outcome: 'taken-over', stack: hold.stack };
    if (!(error instanceof Stopping)) throw error;
    await hold.write((held) => ({ ...held, free: true, due: ports.now() }));
    return { outcome: 'put-down', stack: hold.stack };
  }
}

/** How work on a stack ended: none of its requests is open, another instance has it, or the process stops. */
export interface Settled {
  readonly outcome: 'settled' | 'taken-over' | 'put-down';
  /** As this instance knows it. */
  readonly stack: Stack;
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
  const seen = await verifyRequest(ports, hold, request);
  if (seen === null) return false;
  const { verdict, proof } = seen;
  const found = await hold.found();
  const older = olderStackInTheWay({ ...found, stack: hold.stack, request }, launchOf(hold.stack, found));
  const status = older && verdict.failure === null ? await statusOf(ports, hold, request, older) : null;
  const held = await hold.commit((found, stack) =>
    decideVerdict({
      ...found,
      stack,
      request,
      verdict,
      proof,
      olderStackGone: status === 'DELETE_COMPLETE',
      now: ports.now(),
      nextVerificationAt: ports.nextVerification(),
    }),
  );
  // Before the answer: a stack that completes has left the old external ID behind.
  if (held && request.echo === 'next') await ports.completeRotation(hold.stack.clientId);
  return held;
};

const answer: Step = async (ports, hold, request) => {
  if (request.type === 'Delete') await completeWithoutIt(ports, hold);
  const outcome = await answerStack(ports, hold.stack, request, (wait) => hold.pause(wait));
  if (outcome === null) return false;
  return settle(ports, hold, request, outcome);
};

/** The account that left may have been the last that had not gone over to the new external ID. */
async function completeWithoutIt({ completeRotation }: SettlePorts, hold: Hold): Promise<void> {
  const { client } = await hold.found();
  if (client !== null && client.rotation !== null) await completeRotation(client.id);
}

const giveUp: Step = (ports, hold, request) => settle(ports, hold, request, 'given-up');

/** Ends a request, with whatever it means that its answer was not taken. */
async function settle(
  ports: SettlePorts,
  hold: Hold,
  request: StackRequest,
  outcome: AnswerOutcome,
): Promise<boolean> {
  const { stack } = hold;
  ports.noteAnswer(request, outcome);
  if (outcome === 'accepted') return hold.write((held) => settled(held, request, outcome));
  ports.unanswered(stack, outcome);
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
