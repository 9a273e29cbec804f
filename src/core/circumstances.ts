import type { Account, AwsAccountLock } from './account.js';
import type { Client } from './client.js';
import type { ClientId } from './id.js';
import type { Callback } from './launch.js';
import type { Stack } from './stack.js';
import type { TokenHash } from './token.js';

/** What is stored about the things that an event touches; null where nothing is. */
export interface Found {
  readonly client: Client | null;
  readonly account: Account | null;
  readonly stack: Stack | null;
  readonly lock: AwsAccountLock | null;
  /** Statuses of the client's other accounts, where the decision may need them. */
  readonly otherAccounts: readonly Account['status'][];
  /** Those of the other accounts that an organization's link of the client connected first. */
  readonly managementAccounts: readonly Account[];
}

/** What is true at the moment of a decision about an event. */
export interface Circumstances {
  readonly clientId: ClientId;
  readonly callbackTokenHash: TokenHash;
  /** The way by which the event came: a launch serves its own alone. */
  readonly callback: Callback;
  readonly now: number;
  readonly providerAccountId: string;
  readonly partitionId: string;
  /** Whether the event's ResponseURL is CloudFormation's; where it is not, nothing is ever sent there. */
  readonly answerable: boolean;
}
