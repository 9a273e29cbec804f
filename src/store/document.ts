import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Revision } from '../core/change.js';

export type Item = Record<string, AttributeValue>;

/** The layout of documents that this version writes; it reads this one and the one before. */
const LAYOUT = 1;

/**
 * An item is its key, its index keys, its revision, and the rest as one JSON document: whole items are all
 * that is ever written, so nothing would be gained by attributes that DynamoDB can see into.
 */
export function toDocument(rev: Revision, document: unknown): Item {
  return {
    v: { N: String(LAYOUT) },
    r: { S: rev },
    d: { S: JSON.stringify(document) },
  };
}

/** Reads back what `toDocument` made, as the type its codec wrote. Throws where the layout is unknown. */
export function fromDocument<Document>(item: Item): {
  rev: Revision;
  document: Document;
} {
  const layout = Number(item['v']?.N);
  if (layout !== LAYOUT) throw new Error(`an item has layout ${layout}; this version reads ${LAYOUT}`);
  return {
    rev: (item['r']?.S ?? '') as Revision,
    document: JSON.parse(item['d']?.S ?? 'null') as Document,
  };
}

/** The revision of an item, whatever its layout; null where there is no item. */
export function revisionOf(item: Item | undefined): Revision | null {
  const rev = item?.['r']?.S;
  return rev === undefined ? null : (rev as Revision);
}
