import { type Account, isLive } from '../core/account.js';
import type { Commit } from '../core/change.js';
import { type Client, withLaunch } from '../core/client.js';
import type { ClientId } from '../core/id.js';
import { type Launch, type LaunchStatus, launchByToken, launchStatus } from '../core/launch.js';
import type { Stack } from '../core/stack.js';
import { hashToken, type PageToken, parseToken } from '../core/token.js';

export interface ReadLaunchPorts {
  readonly client: (id: ClientId) => Promise<Client | null>;
  readonly accountsOf: (id: ClientId) => Promise<readonly Account[]>;
  readonly stack: (id: ClientId, accountId: string, key: string) => Promise<Stack | null>;
  readonly now: () => number;
}

export interface OpenLaunchPorts extends ReadLaunchPorts {
  readonly commit: Commit;
}

/** What a launch page shows. */
export interface OpenLaunch {
  readonly client: Client;
  readonly launch: Launch;
  readonly token: PageToken;
  readonly status: LaunchStatus;
  /** The accounts that came in by this link: connected ones at the end, and of the rest the one that moved last. */
  readonly accounts: readonly Account[];
  /** How often the role has been tried so far, while a stack is being verified. */
  readonly attempts: number;
}

/**
 * When somebody opens a launch link: finds what its page shows. Opening consumes nothing, since mail scanners
 * open links too; the first time is told to the platform. Returns null where nobody has such a link.
 */
export async function openLaunch(ports: OpenLaunchPorts, tokenText: string): Promise<OpenLaunch | null> {
  const open = await readLaunch(ports, tokenText);
  if (open === null || open.launch.openedAt !== null) return open;
  const at = ports.now();
  const launch = { ...open.launch, openedAt: at };
  const { client } = open;
  // Lost where the client moved meanwhile: then the next opening tells it, and nothing else depends on it.
  await ports.commit({
    put: [withLaunch(client, launch)],
    events: [
      {
        type: 'launch.opened',
        at,
        clientId: client.id,
        actor: { type: 'visitor' },
        data: { launchId: launch.id },
      },
    ],
  });
  return open;
}

/** The same without telling anybody: for the page's own questions about progress. */
export async function readLaunch(
  { client: readClient, accountsOf, stack, now }: ReadLaunchPorts,
  tokenText: string,
): Promise<OpenLaunch | null> {
  const parsed = parseToken<PageToken>(tokenText);
  if (parsed === null) return null;
  const client = await readClient(parsed.clientId);
  if (client === null || client.removedAt !== null) return null;
  const launch = launchByToken(client.launches, hashToken(parsed.token), 'pageTokenHash');
  if (launch === undefined) return null;
  const accounts = (await accountsOf(client.id))
    .filter((account) => account.launchId === launch.id && !leftNoTrace(account))
    .sort((a, b) => Number(isLive(a)) - Number(isLive(b)) || movedAt(a) - movedAt(b));
  const [verifying] = accounts.flatMap(({ accountId, pending }) =>
    pending === null ? [] : [{ accountId, pending }],
  );
  const tried = verifying && (await stack(client.id, verifying.accountId, verifying.pending));
  const status = launchStatus(launch, now());
  const attempts = tried?.attempts ?? accounts.at(-1)?.trying?.attempts ?? 0;
  return { client, launch, token: parsed.token, status, accounts, attempts };
}

/** Whether its stack was taken away before anything was found out about its role. */
function leftNoTrace({ status, connectedAt, verdict }: Account): boolean {
  return status === 'disconnected' && connectedAt === null && verdict === null;
}

/** When it was last known what it is; one that is under way moves now. */
function movedAt({ lastVerifiedAt }: Account): number {
  return lastVerifiedAt ?? Number.MAX_VALUE;
}
