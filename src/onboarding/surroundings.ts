import type { Found } from '../core/circumstances.js';
import type { Client } from '../core/client.js';
import type { ClientId } from '../core/id.js';

/** Readings that a decision may start from; null asks for fresh ones. A stale one loses its commit. */
export type Surroundings = Found | null;

export interface StackAddress {
  readonly clientId: ClientId;
  readonly accountId: string;
  /** Left out where no stack is asked about. */
  readonly stackKey?: string;
}

/** Reads, strongly consistent, what a stack's events are decided on. */
export interface ReadAround {
  client(clientId: ClientId): Promise<Client | null>;
  /**
   * The client's other accounts are read as well, since its status follows from all of them; a client that is
   * only invited has none that count, and the usual onboarding is spared the query.
   */
  everything(where: StackAddress): Promise<Found>;
}
