import type { ExternalIdEntry } from '../core/client.js';
import type { ExternalId } from '../core/external-id.js';

export interface RegisterPorts {
  readonly externalId: (externalId: ExternalId) => Promise<ExternalIdEntry | null>;
}

/** The entry of an external ID, so that its client is listed by it or no longer; nothing where it is so already. */
export async function relisted(
  { externalId: read }: RegisterPorts,
  externalId: ExternalId,
  listed: boolean,
): Promise<readonly ExternalIdEntry[]> {
  const entry = await read(externalId);
  return entry === null || entry.listed === listed ? [] : [{ ...entry, listed }];
}
