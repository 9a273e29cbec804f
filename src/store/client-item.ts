import type { Revision } from '../core/change.js';
import type { Client, ExternalIdEntry, ReferenceLock } from '../core/client.js';
import type { ExternalId } from '../core/external-id.js';
import { fromDocument, type Item, toDocument } from './document.js';
import { keyAttributes, keyOf } from './keys.js';

/** What most clients have not is left out. */
type Rare = 'retired' | 'rotation' | 'retiredExternalId' | 'externalIdSource';
type ClientDocument = Omit<Client, 'kind' | 'rev' | Rare> & Partial<Pick<Client, Rare>>;

/** A client with its launches. A removed one leaves the lists and keeps its item: its links are known for ever. */
export const clientItem = {
  toItem(client: Client, rev: Revision): Item {
    const { kind: _, rev: __, retired, rotation, retiredExternalId, externalIdSource, ...rest } = client;
    const document: ClientDocument = {
      ...rest,
      ...(retired.length > 0 && { retired }),
      ...(rotation && { rotation }),
      ...(retiredExternalId && { retiredExternalId }),
      ...(externalIdSource === 'imported' && { externalIdSource }),
    };
    const listed = document.removedAt === null;
    return {
      ...keyAttributes(keyOf(client)),
      ...toDocument(rev, document),
      ...(listed && {
        i1p: { S: `STATUS#${document.status}` },
        i1s: { S: document.id },
        i2p: { S: 'NAME' },
        i2s: { S: namePlace(document) },
      }),
    };
  },
  fromItem(item: Item): Client {
    const { rev, document } = fromDocument<ClientDocument>(item);
    const usual = { retired: [], rotation: null, retiredExternalId: null };
    return { kind: 'client', rev, ...usual, externalIdSource: 'generated', ...document };
  },
};

export const externalIdItem = {
  toItem(entry: ExternalIdEntry, rev: Revision): Item {
    const { clientId, profile, listed } = entry;
    return {
      ...keyAttributes(keyOf(entry)),
      ...toDocument(rev, { clientId, ...(!listed && { profile }) }),
      ...(listed && {
        i1p: { S: `${BY_PROFILE}${profile}` },
        i1s: { S: clientId },
        i2p: { S: 'CLIENTS' },
        i2s: { S: clientId },
      }),
    };
  },
  fromItem(item: Item): ExternalIdEntry {
    const { rev, document } = fromDocument<EntryDocument>(item);
    const listed = item['i1p']?.S;
    return {
      ...{ kind: 'external-id', rev, clientId: document.clientId, listed: listed !== undefined },
      externalId: (item['pk']?.S ?? '').slice('EXTID#'.length) as ExternalId,
      profile: document.profile ?? listed?.slice(BY_PROFILE.length) ?? '',
    };
  },
};

/** The profile of an entry that is listed stands in its index key. */
type EntryDocument = Pick<ExternalIdEntry, 'clientId'> & { readonly profile?: string };

const BY_PROFILE = 'PROFILE#';

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

/** Ends a name in the index: no name has it, so that no beginning of a name reaches into the id. */
const AFTER_NAME = '\u0000';

/** Where a client stands among all by name. */
export function namePlace({ name, id }: Pick<Client, 'name' | 'id'>): string {
  return `${foldName(name)}${AFTER_NAME}${id}`;
}

/** The client that stands at a place of an index, which its id ends. */
export function clientNamed(place: string): string {
  return place.slice(place.lastIndexOf(AFTER_NAME) + 1);
}

/**
 * The form in which names are sorted and searched by their beginning. Character by character: how a letter is folded
 * must not hang on those that follow it.
 */
export function foldName(name: string): string {
  const folded = [...name.normalize('NFKC')].map((character) => character.toLowerCase()).join('');
  return [...folded].slice(0, LONGEST_FOLDED).join('');
}
