import type { Branded } from './id.js';

/**
 * The external ID of one client: drawn by this service, never chosen, changed or reused.
 * AWS accepts 2 to 1224 characters of `[\w+=,.@:\/-]`; a UUID is well inside.
 */
export type ExternalId = Branded<'ExternalId'>;

/** An external ID from a fresh random UUIDv4 (122 random bits). Uniqueness is the register's business. */
export function externalId(uuid: string): ExternalId {
  return uuid as ExternalId;
}
