import type { Account } from '../core/account.js';
import type { Client } from '../core/client.js';
import type { Callback, LaunchKind } from '../core/launch.js';

/** What is known of the stack that made an account's role. */
export interface StackOfAccount {
  readonly callback: Callback;
  readonly kind: LaunchKind;
  /** Whether it is one of those that the management account's stack rolls out, and so updates and deletes. */
  readonly rolledOut: boolean;
}

/**
 * What an account's stack is. That the management account's rolls others out stands with the account and not with
 * its link, which may long have made room for later ones: with another template its stack set would be deleted.
 */
export function stackOfAccount(
  { launches, callback }: Pick<Client, 'launches' | 'callback'>,
  { accountId, launchId, organization }: Pick<Account, 'accountId' | 'launchId' | 'organization'>,
): StackOfAccount {
  const launch = launches.find(({ id }) => id === launchId);
  const manages = organization?.managementAccountId === accountId;
  return {
    callback: launch?.callback ?? callback,
    kind: manages ? 'organization' : 'account',
    rolledOut: organization !== null && !manages,
  };
}
