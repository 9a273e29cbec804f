import type { FeedEvent } from './event.js';
import { everyFailure } from './failure.js';
import type { StackFailure } from './stack-failed.js';

/** What an event says went wrong, and what to do about it; the remedy is today's, by the code. */
export interface ToldFailure {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

const ANSWERS: Readonly<Record<StackFailure, Omit<ToldFailure, 'code'>>> = {
  'response-url-refused': {
    message: 'The stack named an address for its answer that is none of CloudFormation’s.',
    remedy: 'Have the client delete the stack and launch it again from the link without changing any value.',
  },
  'answer-refused': {
    message: 'CloudFormation refused the answer, so that it rolls the stack back.',
    remedy: 'Have the client launch the stack again. If it happens again, see the log for the stack’s id.',
  },
  'answer-too-late': {
    message: 'The answer came after CloudFormation had stopped waiting, so that it rolls the stack back.',
    remedy:
      'Have the client launch the stack again, and look whether the service or STS was slow at that time.',
  },
  'given-up': {
    message: 'The stack’s request was taken up again and again and never came to an end.',
    remedy:
      'See the log for the stack’s id: what stopped it stands there. Then have the client launch it again.',
  },
};

/** Throws nothing: what it does not know of an event of an older version is left empty. */
export function toldFailure({ type, data }: Pick<FeedEvent, 'type' | 'data'>): ToldFailure {
  if (type === 'stack.failed') {
    const code = String(data['cause']);
    const known = Object.entries(ANSWERS).find(([cause]) => cause === code);
    return { code, message: '', remedy: '', ...known?.[1] };
  }
  const code = String(data['code'] ?? '');
  const remedy = everyFailure().find((one) => one.code === code)?.remedy ?? '';
  return { code, message: String(data['message'] ?? ''), remedy };
}
