import type { Revision } from '../core/change.js';
import type { RememberedAnswer } from '../core/remembered-answer.js';
import { fromDocument, type Item, toDocument } from './document.js';
import type { Database } from './dynamodb.js';
import { keyAttributes, keyOf, keys } from './keys.js';
import { makeReading } from './reading.js';

type AnswerDocument = Pick<RememberedAnswer, 'callerId' | 'name' | 'sealed' | 'until'>;

/** An answer remembered for repeats of its request. Its time to live sweeps it away once nobody may count on it. */
export const answerItem = {
  toItem(answer: RememberedAnswer, rev: Revision): Item {
    const { callerId, name, sealed, until } = answer;
    const document: AnswerDocument = { callerId, name, sealed, until };
    return {
      ...keyAttributes(keyOf(answer)),
      ...toDocument(rev, document),
      ttl: { N: String(Math.ceil(until / 1_000)) },
    };
  },
  fromItem(item: Item): RememberedAnswer {
    const { rev, document } = fromDocument<AnswerDocument>(item);
    return { kind: 'answer', rev, ...document };
  },
};

/** Reads a caller's remembered answer by the call's name, expired or not, strongly consistent. */
export function makeReadAnswer(database: Database) {
  const { get } = makeReading(database);
  return async (callerId: string, name: string): Promise<RememberedAnswer | null> => {
    const item = await get(keys.answer(callerId, name));
    return item && answerItem.fromItem(item);
  };
}
