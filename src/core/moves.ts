import type { Account, AccountStatus } from './account.js';
import type { Change } from './change.js';
import type { Client, ClientStatus } from './client.js';
import { accountStatusAt, clientStatusAt } from './revision.js';
import type { Stack } from './stack.js';

/** A status before and after; null where a thing was not there yet, or is there no longer. */
export type Move<Status> = readonly [from: Status | null, to: Status | null];

/** The way of a client into its first connection. Each is taken once; a client that was imported takes none. */
export const steps = ['invited', 'opened', 'started', 'connected'] as const;
export type Step = (typeof steps)[number];

/**
 * What a commit moves, as far as somebody keeps count of it: its events alone do not tell what an account or a client
 * was before. Stands beside them in the feed, where no reader but the overview's looks at it.
 */
export interface Moves {
  readonly accounts?: readonly Move<AccountStatus>[];
  readonly clients?: readonly Move<ClientStatus>[];
  readonly steps?: readonly Step[];
  /** From the invitation to the client's first connection, in milliseconds. */
  readonly sinceInvited?: number;
  /** From a stack's Create to its account's connection, in milliseconds. */
  readonly sinceStarted?: number;
}

/** What a change moves. Null where a thing is written on a revision that does not say what it was. */
export function movesOf(change: Change): Moves | null {
  const { put, remove = [] } = change;
  const accounts = put.filter((one) => one.kind === 'account').map(accountMove);
  const gone = remove.filter((one) => one.kind === 'account').map(accountMove);
  const clients = put.filter((one) => one.kind === 'client').map(clientMove);
  const known = [...accounts, ...gone, ...clients].every(({ from }) => from !== undefined);
  if (!known) return null;
  const [account] = accounts;
  const [client] = clients;
  const stack = put.find((one) => one.kind === 'stack');
  const taken = client === undefined ? [] : stepsOf(change, client, account);
  const movedAccounts = [...accounts.map(pair), ...gone.map(({ from = null }) => [from, null] as const)];
  const [changedAccounts, changedClients] = [movedAccounts.filter(isMove), clients.map(pair).filter(isMove)];
  return {
    ...(changedAccounts.length > 0 && { accounts: changedAccounts }),
    ...(changedClients.length > 0 && { clients: changedClients }),
    ...(taken.length > 0 && { steps: taken }),
    ...waitsOf(taken, client?.thing, account, stack),
  };
}

interface Moved<Thing, Status> {
  readonly thing: Thing;
  readonly from: Status | null | undefined;
  readonly to: Status | null;
}

function accountMove(thing: Account): Moved<Account, AccountStatus> {
  return { thing, from: accountStatusAt(thing.rev), to: thing.status };
}

function clientMove(thing: Client): Moved<Client, ClientStatus> {
  return { thing, from: clientStatusAt(thing.rev), to: thing.removedAt === null ? thing.status : null };
}

function pair<Status>({ from = null, to }: Moved<unknown, Status>): Move<Status> {
  return [from, to];
}

function isMove([from, to]: Move<string>): boolean {
  return from !== to;
}

function stepsOf(
  { events = [] }: Change,
  { thing: client, from }: Moved<Client, ClientStatus>,
  account: Moved<Account, AccountStatus> | undefined,
): readonly Step[] {
  if (client.externalIdSource === 'imported') return [];
  const told = (type: string) => events.some((event) => event.type === type);
  const taken: Step[] = [];
  if (from === null) taken.push('invited');
  const opened = client.launches.filter(({ openedAt }) => openedAt !== null);
  if (told('launch.opened') && opened.length === 1) taken.push('opened');
  if (told('account.verifying') && from === 'invited' && account?.from === null) taken.push('started');
  if (told('account.connected') && isFirst(client, from, account)) taken.push('connected');
  return taken;
}

/** Whether nothing of the client was connected before: no link has let anything in but this account, and that once. */
function isFirst(
  { launches }: Client,
  from: ClientStatus | null | undefined,
  account: Moved<Account, AccountStatus> | undefined,
): boolean {
  const fresh = from === 'invited' || from === 'attention';
  const [letIn, ...others] = launches.flatMap(({ accounts }) => accounts);
  const alone = others.length === 0 && (letIn === undefined || letIn === account?.thing.accountId);
  return fresh && alone && account?.from !== 'disconnected';
}

function waitsOf(
  taken: readonly Step[],
  client: Client | undefined,
  account: Moved<Account, AccountStatus> | undefined,
  stack: Stack | undefined,
): Pick<Moves, 'sinceInvited' | 'sinceStarted'> {
  const at = account?.thing.connectedAt ?? null;
  const isNew = account?.to === 'connected' && account.from !== 'connected' && account.from !== 'degraded';
  if (at === null || !isNew) return {};
  const created = stack?.requests.findLast(({ type, answer }) => type === 'Create' && answer !== null);
  return {
    ...(client !== undefined && taken.includes('connected') && { sinceInvited: at - client.createdAt }),
    ...(created !== undefined && { sinceStarted: Math.max(0, at - created.receivedAt) }),
  };
}
