import type { Account } from '../core/account.js';
import type { Client } from '../core/client.js';
import type { Group } from '../core/group.js';
import type { ClientId } from '../core/id.js';
import type { RoleArn } from '../core/role-arn.js';
import { type GroupClientsPorts, groupClients } from './group-clients.js';
import { rolesForPeople } from './group-policies.js';
import { slug } from './printable.js';
import { switchRoleUrl } from './switch-role-url.js';

export interface EnterableAccountsPorts extends GroupClientsPorts {
  readonly peopleAccounts: (ids: readonly ClientId[]) => Promise<readonly Account[]>;
}

/** An account that a group's members may enter, and how. */
export interface EnterableAccount {
  readonly client: Client;
  readonly account: Account;
  readonly role: RoleArn;
  readonly switchRoleUrl: string;
  readonly profileName: string;
}

/** The accounts that a group's members may enter now, the clients in the order of their ids. */
export async function enterableAccounts(
  ports: EnterableAccountsPorts,
  group: Group,
  simulatorOrigin: string | null,
): Promise<readonly EnterableAccount[]> {
  const clients = new Map((await groupClients(ports, group)).map((client) => [client.id, client]));
  const accounts = await ports.peopleAccounts([...clients.keys()]);
  return accounts
    .flatMap((account): EnterableAccount[] => {
      const client = clients.get(account.clientId);
      const [role] = rolesForPeople([account]);
      if (client === undefined || role === undefined) return [];
      const url = switchRoleUrl(role, client.name, group, simulatorOrigin);
      return [{ client, account, role, switchRoleUrl: url, profileName: profileName(client, account) }];
    })
    .sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

/**
 * What the CLI calls an account: from what client and account are alone, so that it stays as it is whoever else comes
 * and goes. The number makes it unique, but where the client allows that others have the account, too.
 */
export function profileName(
  { id, name, allowSharedAccounts }: Pick<Client, 'id' | 'name' | 'allowSharedAccounts'>,
  { accountId }: Pick<Account, 'accountId'>,
): string {
  const called = `${slug(name) || 'client'}-${accountId}`;
  // Whole, as two ids may end alike. No name has a dot otherwise.
  return allowSharedAccounts ? `${called}.${id.slice('cli_'.length)}` : called;
}

function placeOf({ client, account }: EnterableAccount): string {
  return `${client.id}#${account.accountId}`;
}
