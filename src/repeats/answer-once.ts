import { Problem } from '../core/problem.js';
import {
  type Answer,
  nameOfCall,
  REMEMBERED_FOR,
  type Remember,
  type RememberedAnswer,
} from '../core/remembered-answer.js';
import { type Secrets, seal, unseal } from '../core/sealed-answer.js';

export interface AnswerOncePorts {
  readonly remembered: (callerId: string, name: string) => Promise<RememberedAnswer | null>;
  readonly now: () => number;
  readonly draw: { readonly bytes: (count: number) => Uint8Array };
}

/** A call that may be repeated. */
export interface RepeatableCall extends Secrets {
  readonly callerId: string;
  /** A digest of all that makes it this request and no other. */
  readonly request: string;
}

export interface Answered {
  readonly answer: Answer;
  /** Whether it was given before. */
  readonly repeated: boolean;
}

/**
 * Carries a call out once, however often and wherever it is sent under its Idempotency-Key, and answers each the same.
 *
 *     instance A   reads: nothing .... decides .... commits, with its answer
 *     instance B      reads: nothing ...... decides ........ commits: the answer is there, so all of it is lost
 *     instance B                                                    reads again: A's answer, which it gives
 *
 * The answer stands where what it answers for stands, so there is no moment at which a crash leaves one without the
 * other, and no lease to wait for. Calls at the same instance do not race: the later ones are told to wait.
 *
 * `run` hands what it stores to `remember`. What it throws has changed nothing and is not remembered. Throws
 * `idempotency-key-reused` where another request had the key, and `request-in-progress` where this one is under way.
 */
export function makeAnswerOnce(ports: AnswerOncePorts) {
  const running = new Set<string>();

  return async (call: RepeatableCall, run: (remember: Remember<Answer>) => Promise<unknown>) => {
    const place = placeOf(call);
    if (running.has(place))
      throw new Problem('request-in-progress', 'A request with this Idempotency-Key is under way.');
    running.add(place);
    try {
      return await carryOut(ports, call, run);
    } finally {
      running.delete(place);
    }
  };
}

/**
 * Returns what a call was answered with before, or null. Throws `idempotency-key-reused` as above; carries out
 * nothing.
 */
export function makeRecall({ remembered, now }: Omit<AnswerOncePorts, 'draw'>) {
  return async (call: RepeatableCall): Promise<Answered | null> => {
    const before = await remembered(call.callerId, nameOfCall(call.idempotencyKey));
    return before !== null && before.until > now() ? repeat(call, before) : null;
  };
}

async function carryOut(
  { remembered, now, draw }: AnswerOncePorts,
  call: RepeatableCall,
  run: (remember: Remember<Answer>) => Promise<unknown>,
): Promise<Answered> {
  const { callerId, request } = call;
  const name = nameOfCall(call.idempotencyKey);
  const before = await remembered(callerId, name);
  if (before !== null && before.until > now()) return repeat(call, before);
  let latest: Answer | null = null;
  try {
    await run((answer) => {
      latest = answer;
      const sealed = seal(call, placeOf(call), { request, answer }, draw.bytes(12));
      const until = now() + REMEMBERED_FOR;
      return [{ kind: 'answer', rev: before?.rev ?? null, callerId, name, sealed, until }];
    });
  } catch (error) {
    // Somebody was faster with it, or the commit went through and what came after did not.
    const meanwhile = await remembered(callerId, name).catch(() => null);
    if (meanwhile !== null && meanwhile.until > now()) return repeat(call, meanwhile);
    throw error;
  }
  if (latest === null) throw new Error('a call that can be repeated hands over what it answers');
  return { answer: latest, repeated: false };
}

function repeat(call: RepeatableCall, { sealed }: RememberedAnswer): Answered {
  const opened = unseal(call, placeOf(call), sealed);
  if (opened?.request !== call.request)
    throw new Problem(
      'idempotency-key-reused',
      'Another request was sent with this Idempotency-Key within the last 24 hours.',
      [{ field: 'Idempotency-Key', message: 'has been used for another request' }],
    );
  return { answer: opened.answer, repeated: true };
}

function placeOf({ callerId, idempotencyKey }: RepeatableCall): string {
  return `${callerId} ${nameOfCall(idempotencyKey)}`;
}
