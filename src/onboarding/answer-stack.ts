import { type AnswerOutcome, physicalResourceId, type Stack, type StackRequest } from '../core/stack.js';

/** What CloudFormation is told. Source: CloudFormation User Guide, "Custom resource response objects". */
export interface AnswerBody {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly Data?: Readonly<Record<string, string>>;
}

/** Sends an answer once: taken, refused for good, or worth sending again. */
export type PutAnswer = (url: URL, answer: AnswerBody) => Promise<'accepted' | 'refused' | 'again'>;

export interface AnswerPorts {
  readonly putAnswer: PutAnswer;
  readonly now: () => number;
  /** From 0 to 1, for jitter. */
  readonly random: () => number;
  /** Checks again at the last moment where the answer goes; null where it may not go there. */
  readonly responseUrl: (text: string, stackId: string) => URL | null;
}

/**
 * Answers CloudFormation, again and again until it is taken, refused for good, or the deadline is over.
 * An answer may be sent twice; CloudFormation heeds the first.
 *
 * `pause` waits and says whether this instance still holds the stack. Returns the stack with the request
 * settled, or null where the hold was lost.
 */
export async function answerStack(
  ports: AnswerPorts,
  stack: Stack,
  request: StackRequest,
  pause: (milliseconds: number) => Promise<boolean>,
): Promise<AnswerOutcome | null> {
  const url = ports.responseUrl(request.responseUrl ?? '', stack.stackId);
  if (url === null) return 'refused';
  for (let attempt = 0; ; attempt += 1) {
    // The address may take an answer for longer than CloudFormation waits for one: a late SUCCESS would be none.
    if (isLate(request, ports.now())) return 'too-late';
    const outcome = await ports.putAnswer(url, answerBody(stack, request));
    if (outcome !== 'again') return outcome;
    if (ports.now() >= request.deadline) return 'too-late';
    if (!(await pause(backoff(attempt, ports.random())))) return null;
  }
}

/** Exponential, capped, with jitter; never less than half, so that a failing address is not hammered. */
function backoff(attempt: number, random: number): number {
  return Math.min(8_000, 250 * 2 ** attempt) * (0.5 + random / 2);
}

function isLate({ answer, type, deadline }: StackRequest, now: number): boolean {
  return answer?.status === 'SUCCESS' && type !== 'Delete' && now >= deadline;
}

function answerBody(stack: Stack, request: StackRequest): AnswerBody {
  const status = request.answer?.status ?? 'FAILED';
  return {
    Status: status,
    ...(status === 'FAILED' && {
      Reason: request.answer?.reason ?? 'No reason was recorded.',
    }),
    PhysicalResourceId: physicalResourceId(stack, request),
    StackId: stack.stackId,
    RequestId: request.id,
    LogicalResourceId: request.logicalResourceId,
    ...(status === 'SUCCESS' &&
      request.type !== 'Delete' && {
        Data: { ClientId: stack.clientId, AccountStatus: 'connected' },
      }),
  };
}
