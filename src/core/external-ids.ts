import type { Account } from './account.js';
import type { Client } from './client.js';
import type { ExternalId } from './external-id.js';

/** The external IDs by which an account's role may be entered, in the order in which they are to be tried. */
export function externalIdsFor(client: Client, _account: Account): readonly ExternalId[] {
  return [client.externalId];
}
