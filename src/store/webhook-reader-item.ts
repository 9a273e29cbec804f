import type { Revision } from '../core/change.js';
import type { Unfinished, WebhookReader } from '../core/webhook-reader.js';
import { fromDocument, type Item, toDocument } from './document.js';
import { keyAttributes, keyOf } from './keys.js';

/** An unfinished event as its number, place, and what there is to say of attempts: there may be a thousand. */
type UnfinishedDocument =
  | readonly [number: number, place: number]
  | readonly [number: number, place: number, times: number, first: number, last: number, next: number];

type ReaderDocument = Omit<WebhookReader, 'kind' | 'rev' | 'unfinished'> & {
  readonly unfinished: readonly UnfinishedDocument[];
};

export const webhookReaderItem = {
  toItem(reader: WebhookReader, rev: Revision): Item {
    const { kind: _, rev: __, unfinished, ...rest } = reader;
    const document: ReaderDocument = { ...rest, unfinished: unfinished.map(toShort) };
    return { ...keyAttributes(keyOf(reader)), ...toDocument(rev, document) };
  },
  fromItem(item: Item): WebhookReader {
    const { rev, document } = fromDocument<ReaderDocument>(item);
    return { kind: 'webhook-reader', rev, ...document, unfinished: document.unfinished.map(fromShort) };
  },
};

function toShort({ eventId, tried }: Unfinished): UnfinishedDocument {
  const [, number, place] = eventId.split('_').map(Number);
  const name = [number ?? 0, place ?? 0] as const;
  return tried === null ? name : [...name, tried.times, tried.firstAt, tried.lastAt, tried.nextAt];
}

function fromShort([number, place, ...rest]: UnfinishedDocument): Unfinished {
  const eventId = `evt_${String(number).padStart(15, '0')}_${String(place).padStart(2, '0')}`;
  const [times, firstAt, lastAt, nextAt] = rest;
  if (times === undefined || firstAt === undefined || lastAt === undefined || nextAt === undefined)
    return { eventId, tried: null };
  return { eventId, tried: { times, firstAt, lastAt, nextAt } };
}
