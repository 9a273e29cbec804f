import type { Branded } from './id.js';

/**
 * The external ID of one client: drawn by this service, never chosen, changed or reused. Only with a role that was
 * there before this service may one come from outside (`parseExternalId`).
 * AWS accepts 2 to 1224 characters of `[\w+=,.@:\/-]`; a UUID is well inside.
 */
export type ExternalId = Branded<'ExternalId'>;

/** An external ID from a fresh random UUIDv4 (122 random bits). Uniqueness is the register's business. */
export function externalId(uuid: string): ExternalId {
  return uuid as ExternalId;
}

/** An external ID as AWS takes it, from 2 to 1224 characters; null for anything else. Source: STS API, AssumeRole. */
export function parseExternalId(text: string): ExternalId | null {
  return /^[\w+=,.@:/-]{2,1224}$/.test(text) ? (text as ExternalId) : null;
}
