import { type Account, isLive } from '../core/account.js';
import type { Client } from '../core/client.js';
import type { Group } from '../core/group.js';
import type { ClientId } from '../core/id.js';
import type { RoleArn } from '../core/role-arn.js';
import { type GroupClientsPorts, groupClients } from './group-clients.js';
import { rolesForPeople } from './group-policies.js';
import { slug } from './printable.js';
import { switchRoleUrl } from './switch-role-url.js';

export interface ReachPorts extends GroupClientsPorts {
  /** All accounts of these clients, whatever their state. */
  readonly accountsOfAll: (ids: readonly ClientId[]) => Promise<readonly Account[]>;
}

/** An account that a group's members may enter, and how. */
export interface EnterableAccount {
  readonly client: Client;
  readonly account: Account;
  readonly role: RoleArn;
  readonly switchRoleUrl: string;
  readonly profileName: string;
}

/** What a group takes in and nobody can enter: a client without a connected account, or an account without a role. */
export interface LeftOut {
  readonly client: Client;
  readonly account: Account | null;
  readonly reason: 'not-connected' | 'no-role-for-people';
}

export interface Reach {
  readonly accounts: readonly EnterableAccount[];
  readonly leftOut: readonly LeftOut[];
}

/** What a group reaches now, the clients in the order of their ids, and what it does not. */
export async function readReach(
  ports: ReachPorts,
  group: Group,
  simulatorOrigin: string | null,
): Promise<Reach> {
  const clients = await groupClients(ports, group);
  const all = new Map<ClientId, Account[]>(clients.map(({ id }) => [id, []]));
  for (const account of await ports.accountsOfAll(clients.map(({ id }) => id)))
    if (isLive(account)) all.get(account.clientId)?.push(account);
  const accounts: EnterableAccount[] = [];
  const leftOut: LeftOut[] = [];
  for (const client of clients) {
    const live = (all.get(client.id) ?? []).sort((a, b) => (a.accountId < b.accountId ? -1 : 1));
    if (live.length === 0) leftOut.push({ client, account: null, reason: 'not-connected' });
    for (const account of live) {
      const [role] = rolesForPeople([account]);
      if (role === undefined) leftOut.push({ client, account, reason: 'no-role-for-people' });
      else {
        const url = switchRoleUrl(role, client.name, group, simulatorOrigin);
        const name = profileName(client, account);
        accounts.push({ client, account, role, switchRoleUrl: url, profileName: name });
      }
    }
  }
  return { accounts, leftOut };
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
