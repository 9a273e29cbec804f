import { Counter, Histogram, type Registry } from 'prom-client';
import type { AnswerOutcome, StackRequest } from '../core/stack.js';

/** Counts answers to CloudFormation, and how long stacks wait for them. */
export function countAnswers(
  registry: Registry,
  now: () => number,
): (request: StackRequest, outcome: AnswerOutcome) => void {
  const registers = [registry];
  const answers = new Counter({
    name: 'rolecall_answers_total',
    help: 'Answers to CloudFormation, by what they said and what came of them.',
    labelNames: ['request', 'status', 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'rolecall_answer_seconds',
    help: 'From the acknowledged event of a stack until its answer was taken.',
    labelNames: ['request'],
    buckets: [0.25, 0.5, 1, 2.5, 5, 10, 30, 90, 300],
    registers,
  });
  for (const request of ['Create', 'Update', 'Delete'] as const)
    for (const status of ['SUCCESS', 'FAILED'] as const)
      for (const outcome of OUTCOMES) answers.inc({ request, status, outcome }, 0);

  return ({ type, answer, receivedAt }, outcome) => {
    answers.inc({ request: type, status: answer?.status ?? 'FAILED', outcome });
    // Another instance may have received it, by a clock that is ahead.
    if (outcome === 'accepted') seconds.observe({ request: type }, Math.max(0, now() - receivedAt) / 1_000);
  };
}

const OUTCOMES: readonly AnswerOutcome[] = ['accepted', 'refused', 'too-late', 'given-up'];
