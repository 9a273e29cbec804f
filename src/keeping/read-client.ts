import type { Account } from '../core/account.js';
import type { Client } from '../core/client.js';
import { type ClientId, clientNotFound, parseClientId } from '../core/id.js';
import { Problem } from '../core/problem.js';

/** As they stand in the table, in one reading. */
export interface ClientWithAccount {
  readonly client: Client | null;
  readonly account: Account | null;
}

export interface ReadClientPorts {
  readonly client: (id: ClientId) => Promise<Client | null>;
  readonly clientWithAccount: (id: ClientId, accountId: string) => Promise<ClientWithAccount>;
}

/** Reads a client, and one of its accounts. Both verbs throw `not-found` where there is none, or no longer. */
export function makeReadClient(ports: ReadClientPorts) {
  return {
    async readClient(idText: string): Promise<{ readonly client: Client }> {
      const id = parseClientId(idText);
      return { client: present(id && (await ports.client(id)), idText) };
    },

    async readAccount(
      idText: string,
      accountId: string,
    ): Promise<{ readonly client: Client; readonly account: Account }> {
      const id = parseClientId(idText);
      const found = id && (await ports.clientWithAccount(id, accountId));
      const client = present(found?.client ?? null, idText);
      if (!found?.account) throw new Problem('not-found', `The client has no account ${accountId}.`);
      return { client, account: found.account };
    },
  };
}

function present(client: Client | null, idText: string): Client {
  if (client === null || client.removedAt !== null) throw clientNotFound(idText);
  return client;
}
