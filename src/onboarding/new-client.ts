import type { Client, ExternalIdEntry, ReferenceLock } from '../core/client.js';
import type { Launch } from '../core/launch.js';
import { Problem } from '../core/problem.js';
import type { Invitation } from './invite-client.js';

type Wish = Pick<
  Invitation,
  'name' | 'reference' | 'profile' | 'callback' | 'region' | 'regionOpen' | 'allowSharedAccounts' | 'metadata'
>;

/** A client as it begins: invited, with these links. */
export function newClient(
  { name, reference, profile, callback, region, regionOpen, allowSharedAccounts, metadata }: Wish,
  own: Pick<Client, 'id' | 'externalId' | 'externalIdSource'>,
  now: number,
  launches: readonly Launch[],
): Client {
  return {
    ...{ kind: 'client', rev: null, ...own },
    ...{ name, reference, profile, callback, region, allowSharedAccounts, metadata },
    ...(regionOpen && { regionOpen: true }),
    status: 'invited',
    createdAt: now,
    updatedAt: now,
    removedAt: null,
    launches,
    retired: [],
    rotation: null,
    retiredExternalId: null,
  };
}

/** What is written with a new client: its external ID in the register of all, and the lock of its reference. */
export function entriesOf(client: Client): readonly (ExternalIdEntry | ReferenceLock)[] {
  const { id: clientId, externalId, profile, reference } = client;
  const entry: ExternalIdEntry = {
    ...{ kind: 'external-id', rev: null, externalId, clientId, profile, listed: true },
  };
  return reference === null ? [entry] : [entry, { kind: 'reference', rev: null, reference, clientId }];
}

/** Why a client cannot be where another has its reference. */
export function referenceTaken({ reference }: Pick<Client, 'reference'>): Problem {
  return new Problem('reference-taken', `Another client has the reference ${JSON.stringify(reference)}.`, [
    { field: 'reference', message: 'is taken by another client' },
  ]);
}
