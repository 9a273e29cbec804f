import { openRotation } from '../core/external-ids.js';
import type { ClientId } from '../core/id.js';
import { hashToken, type PageToken, parseToken, sameHash, type TokenHash } from '../core/token.js';
import { type RotatePorts, type RotationView, readRotation } from './rotate-external-id.js';
import { stackOfAccount } from './stack-of-account.js';
import { updateCommand } from './update-command.js';

export interface ShowPorts extends RotatePorts {
  readonly publicUrl: string;
  readonly simulatorOrigin: string | null;
}

/** A rotation with what is to be done for each account. */
export interface ShownRotation {
  readonly clientName: string;
  readonly externalId: string;
  readonly startedAt: number;
  readonly expiresAt: number;
  /** Only where the rotation has just begun: it holds the token. */
  readonly pageUrl: string | null;
  readonly accounts: readonly {
    readonly accountId: string;
    readonly stackId: string | null;
    readonly region: string | null;
    readonly rotated: boolean;
    readonly command: string | null;
  }[];
}

/** A rotation with the commands that carry it out. `token` is that of its page, where it has just begun. */
export function shownRotation(
  { publicUrl, simulatorOrigin }: Pick<ShowPorts, 'publicUrl' | 'simulatorOrigin'>,
  { client, rotation, accounts }: RotationView,
  token: PageToken | null,
): ShownRotation {
  const { externalId, startedAt, expiresAt } = rotation;
  return {
    clientName: client.name,
    ...{ externalId, startedAt, expiresAt },
    pageUrl: token && `${publicUrl}/launch/${token}`,
    accounts: accounts.map(({ account, rotated }) => {
      const { accountId, stackId, region } = account;
      const stack = stackOfAccount(client, account);
      const command = updateCommand(account, stack, { externalId }, simulatorOrigin);
      return { accountId, stackId, region, rotated, command };
    }),
  };
}

/** A client's rotation. Throws `not-found` where none is under way. */
export async function showRotation(ports: ShowPorts, id: ClientId): Promise<ShownRotation> {
  return shownRotation(ports, await readRotation(ports, id), null);
}

/** What a rotation's page shows: the rotation while it is open, and null once every account has gone over. */
export interface OpenRotation {
  readonly clientName: string;
  readonly rotation: ShownRotation | null;
}

/** The rotation behind a page's token; null where nobody has such a link, and where its time is over. */
export async function openRotationPage(ports: ShowPorts, text: string): Promise<OpenRotation | null> {
  const parsed = parseToken<PageToken>(text);
  const client = parsed && (await ports.client(parsed.clientId));
  if (parsed === null || client === null || client.removedAt !== null) return null;
  const { name: clientName, retiredExternalId } = client;
  const opens = (hash: TokenHash | undefined) =>
    hash !== undefined && sameHash(hash, hashToken(parsed.token));
  if (opens(openRotation(client, ports.now())?.pageTokenHash))
    return { clientName, rotation: await showRotation(ports, parsed.clientId) };
  return opens(retiredExternalId?.pageTokenHash) ? { clientName, rotation: null } : null;
}
