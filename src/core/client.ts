import type { AccountStatus } from './account.js';
import type { Stored } from './change.js';
import type { ExternalId } from './external-id.js';
import type { ClientId } from './id.js';
import { type Callback, type Launch, launchStatus } from './launch.js';
import { sameHash, type TokenHash } from './token.js';

export const clientStatuses = ['invited', 'connected', 'attention', 'disconnected'] as const;
export type ClientStatus = (typeof clientStatuses)[number];

/** A client of the third party: somebody whose AWS accounts are to be entered. */
export interface Client extends Stored {
  readonly kind: 'client';
  readonly id: ClientId;
  readonly name: string;
  /** The platform's own name for it, unique among clients. */
  readonly reference: string | null;
  readonly externalId: ExternalId;
  /** Whether this service drew it, or it came with a role that was there before. */
  readonly externalIdSource: 'generated' | 'imported';
  readonly status: ClientStatus;
  readonly profile: string;
  readonly callback: Callback;
  readonly region: string;
  /** There where the platform chose none. */
  readonly regionOpen?: true;
  readonly allowSharedAccounts: boolean;
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly removedAt: number | null;
  /** The external ID that is replacing the client's, while its accounts go over to it. */
  readonly rotation: Rotation | null;
  /** The external ID that was replaced last: no role may be entered by it any more. */
  readonly retiredExternalId: RetiredExternalId | null;
  /** At most 10 open ones, and the latest of the others. */
  readonly launches: readonly Launch[];
  /** Links that made room for later ones: known for ever, so that their stacks are answered and can go. */
  readonly retired: readonly RetiredLaunch[];
}

/** The replacement of an external ID, which each of the client's accounts goes over to at its own pace. */
export interface Rotation {
  readonly externalId: ExternalId;
  /** Opens the page that tells the client's administrator what to do. */
  readonly pageTokenHash: TokenHash;
  readonly startedAt: number;
  /** Past this the old one stays, for the accounts that have not gone over. */
  readonly expiresAt: number;
}

/** An external ID that was replaced. */
export interface RetiredExternalId {
  readonly externalId: ExternalId;
  readonly at: number;
  /** Of the page that told how it is replaced, which tells that it is done. */
  readonly pageTokenHash?: TokenHash;
}

export type RetiredLaunch = Pick<Launch, 'callbackTokenHash' | 'callback'>;

/** An external ID in the register: kept for ever, so that none is ever drawn for a second client. */
export interface ExternalIdEntry extends Stored {
  readonly kind: 'external-id';
  readonly externalId: ExternalId;
  readonly clientId: ClientId;
  readonly profile: string;
  /** Whether its client is listed by it: one entry of each client that is there, the one of its external ID. */
  readonly listed: boolean;
}

/** Makes a reference unique. */
export interface ReferenceLock extends Stored {
  readonly kind: 'reference';
  readonly reference: string;
  readonly clientId: ClientId;
}

/** A client's status as it follows from its accounts'. */
export function statusFromAccounts(accounts: readonly AccountStatus[]): ClientStatus {
  const any = (status: AccountStatus) => accounts.includes(status);
  if (any('degraded') || (any('rejected') && !any('connected'))) return 'attention';
  if (any('connected')) return 'connected';
  return any('disconnected') ? 'disconnected' : 'invited';
}

/**
 * The client at the status that follows from its accounts. Whatever moves an account's status writes the client
 * too, changed or not: two decisions at once then meet in its revision, and the second is made on what the first
 * left behind.
 */
export function withStatus(client: Client, accounts: readonly AccountStatus[], now: number): Client {
  const status = statusFromAccounts(accounts);
  return status === client.status ? client : { ...client, status, updatedAt: now };
}

/** Launches that are kept in full. */
const MOST_LAUNCHES = 12;

/** The client with another launch; the oldest that is no longer open makes room, and stays known. */
export function withNewLaunch(client: Client, launch: Launch, now: number): Client {
  const launches = [...client.launches, launch];
  const closed = launches.find((one) => launchStatus(one, now) !== 'open');
  const changed = { ...client, updatedAt: now };
  if (launches.length <= MOST_LAUNCHES || closed === undefined) return { ...changed, launches };
  const { callbackTokenHash, callback } = closed;
  return {
    ...changed,
    launches: launches.filter((one) => one !== closed),
    retired: [...client.retired, { callbackTokenHash, callback }],
  };
}

/** By which way a callback token is served, or null where it names no launch of this client, open or long closed. */
export function callbackOf({ launches, retired }: Client, hash: TokenHash): Callback | null {
  const named = [...launches, ...retired].find(({ callbackTokenHash }) => sameHash(callbackTokenHash, hash));
  return named?.callback ?? null;
}

/** Puts a changed launch back into its client. */
export function withLaunch(client: Client, launch: Launch): Client {
  return {
    ...client,
    launches: client.launches.map((other) => (other.id === launch.id ? launch : other)),
  };
}
