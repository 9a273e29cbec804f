import type { Account } from '../core/account.js';
import type { Client } from '../core/client.js';
import { type Callback, type LaunchKind, launchKind } from '../core/launch.js';

/** What is known of the stack that made an account's role. */
export interface StackOfAccount {
  readonly callback: Callback;
  readonly kind: LaunchKind;
  /** Whether it is one of those that the management account's stack rolls out, and so updates and deletes. */
  readonly rolledOut: boolean;
}

/** What an account's stack is: as the link says that it came by. The first by an organization's is its management account. */
export function stackOfAccount(
  { launches, callback }: Pick<Client, 'launches' | 'callback'>,
  { accountId, launchId }: Pick<Account, 'accountId' | 'launchId'>,
): StackOfAccount {
  const launch = launches.find(({ id }) => id === launchId);
  if (launch === undefined) return { callback, kind: 'account', rolledOut: false };
  const isOrganization = launchKind(launch) === 'organization';
  const manages = isOrganization && launch.accounts[0] === accountId;
  const kind = manages ? 'organization' : 'account';
  return { callback: launch.callback, kind, rolledOut: isOrganization && !manages };
}
