import type { Revision } from '../core/change.js';
import type { Client, ExternalIdEntry, ReferenceLock } from '../core/client.js';
import { fromDocument, type Item, toDocument } from './document.js';
import { keyAttributes, keyOf } from './keys.js';

/** What most clients have not is left out. */
type Rare = 'retired' | 'rotation' | 'retiredExternalId';
type ClientDocument = Omit<Client, 'kind' | 'rev' | Rare> & Partial<Pick<Client, Rare>>;

/** A client with its launches. A removed one leaves the lists and keeps its item: its links are known for ever. */
export const clientItem = {
  toItem(client: Client, rev: Revision): Item {
    const { kind: _, rev: __, retired, rotation, retiredExternalId, ...rest } = client;
    const document: ClientDocument = {
      ...rest,
      ...(retired.length > 0 && { retired }),
      ...(rotation && { rotation }),
      ...(retiredExternalId && { retiredExternalId }),
    };
    const listed = document.removedAt === null;
    return {
      ...keyAttributes(keyOf(client)),
      ...toDocument(rev, document),
      ...(listed && {
        i1p: { S: `STATUS#${document.status}` },
        i1s: { S: document.id },
        i2p: { S: 'NAME' },
        i2s: { S: `${foldName(document.name)}#${document.id}` },
      }),
    };
  },
  fromItem(item: Item): Client {
    const { rev, document } = fromDocument<ClientDocument>(item);
    const usual = { retired: [], rotation: null, retiredExternalId: null };
    return { kind: 'client', rev, ...usual, ...document };
  },
};

export const externalIdItem = {
  toItem(entry: ExternalIdEntry, rev: Revision): Item {
    return {
      ...keyAttributes(keyOf(entry)),
      ...toDocument(rev, { clientId: entry.clientId }),
      i1p: { S: `PROFILE#${entry.profile}` },
      i1s: { S: entry.clientId },
      i2p: { S: 'CLIENTS' },
      i2s: { S: entry.clientId },
    };
  },
};

export const referenceItem = {
  toItem(lock: ReferenceLock, rev: Revision): Item {
    return {
      ...keyAttributes(keyOf(lock)),
      ...toDocument(rev, { clientId: lock.clientId }),
    };
  },
  fromItem(item: Item): ReferenceLock {
    const { rev, document } = fromDocument<Pick<ReferenceLock, 'clientId'>>(item);
    return { kind: 'reference', rev, reference: (item['pk']?.S ?? '').slice('REF#'.length), ...document };
  },
};

/** An index key takes 1,024 bytes, and some characters grow eighteenfold when they are folded. */
const LONGEST_FOLDED = 200;

/** The form in which names are sorted and searched by their beginning. */
function foldName(name: string): string {
  const folded = name.normalize('NFKC').toLowerCase();
  return [...folded].slice(0, LONGEST_FOLDED).join('');
}
