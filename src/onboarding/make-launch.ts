import { type Client, withLaunch, withNewLaunch } from '../core/client.js';
import type { Actor } from '../core/event.js';
import { type Expectation, expectsNothing } from '../core/expectation.js';
import { type ClientId, launchId } from '../core/id.js';
import { type Callback, type Launch, type LaunchKind, launchStatus, stackNameFor } from '../core/launch.js';
import type { Partition } from '../core/partition.js';
import { type FieldError, Problem } from '../core/problem.js';
import { type Remember, remembersNothing } from '../core/remembered-answer.js';
import { callbackToken, hashToken, type PageToken, pageToken } from '../core/token.js';
import { type ChangeClientPorts, changeClient } from './change-client.js';

/** What a link is to be like. */
export interface LaunchWish {
  readonly kind: LaunchKind;
  readonly callback: Callback;
  readonly region: string;
  /** Whether the client may choose another on its page. */
  readonly regionOpen: boolean;
  readonly expectedAccountIds: readonly string[];
  readonly maxAccounts: number;
  /** For how long it lets accounts in, in milliseconds. */
  readonly lasts: number;
}

/** What the platform asks for; what it leaves open is as at the client's invitation. `expiresIn` is in seconds. */
export type AskedLaunch = Partial<Omit<LaunchWish, 'lasts' | 'regionOpen'>> & { readonly expiresIn?: number };

/** The randomness of the service, in one place. */
export interface Draw {
  readonly uuid4: () => string;
  readonly uuid7: () => string;
  readonly bytes: (count: number) => Uint8Array;
}

export interface LaunchPorts extends ChangeClientPorts {
  readonly draw: Draw;
}

/** A week: long enough for an administrator to be found and to find the time. */
export const LAUNCH_LASTS = 7 * 24 * 60 * 60_000;

/** More open links than that are not kept apart by anybody. */
const MOST_OPEN = 10;

/** A launch and its page token, from fresh randomness. */
export function newLaunch(
  draw: Draw,
  client: Pick<Client, 'id' | 'name'>,
  wish: LaunchWish,
  now: number,
): { launch: Launch; token: PageToken } {
  const id = launchId(draw.uuid7());
  const token = pageToken(client.id, draw.bytes(32));
  const { callback, region, expectedAccountIds, maxAccounts } = wish;
  const launch: Launch = {
    id,
    pageTokenHash: hashToken(token),
    callbackTokenHash: hashToken(callbackToken(token)),
    ...{ callback, region, expectedAccountIds, maxAccounts },
    ...(wish.regionOpen && { regionOpen: true }),
    ...(wish.kind === 'organization' && { organization: true }),
    stackName: stackNameFor(client.name, id),
    createdAt: now,
    expiresAt: now + wish.lasts,
    openedAt: null,
    revokedAt: null,
    accounts: [],
  };
  return { launch, token };
}

/** A launch that has just been made; its token is shown to the caller once, the store has its hash. */
export interface MadeLaunch {
  readonly client: Client;
  readonly launch: Launch;
  readonly token: PageToken;
}

/**
 * When the platform wants another link for a client.
 * Throws `not-found` where there is no such client and `too-many-launches` where ten are open.
 */
export async function makeLaunch(
  ports: LaunchPorts,
  id: ClientId,
  asked: AskedLaunch,
  actor: Actor,
  remember: Remember<MadeLaunch> = remembersNothing,
): Promise<MadeLaunch> {
  let made: MadeLaunch | null = null;
  await changeClient(ports, id, (before) => {
    const now = ports.now();
    const open = before.launches.filter((one) => launchStatus(one, now) === 'open');
    if (open.length >= MOST_OPEN)
      throw new Problem('too-many-launches', `The client has ${open.length} open links.`);
    const { launch, token } = newLaunch(ports.draw, before, wishOf(asked, before), now);
    const client = withNewLaunch(before, launch, now);
    made = { client, launch, token };
    return {
      client,
      events: [{ type: 'client.updated', at: now, clientId: id, actor, data: { launchId: launch.id } }],
      besides: remember(made),
    };
  });
  if (made === null) throw new Error('a launch is made or refused');
  return made;
}

function wishOf(asked: AskedLaunch, { callback, region, regionOpen }: Client): LaunchWish {
  const wish: LaunchWish = {
    kind: asked.kind ?? 'account',
    callback: asked.callback ?? callback,
    region: asked.region ?? region,
    regionOpen: asked.region === undefined && regionOpen === true,
    expectedAccountIds: asked.expectedAccountIds ?? [],
    maxAccounts: asked.maxAccounts ?? 1,
    lasts: asked.expiresIn === undefined ? LAUNCH_LASTS : asked.expiresIn * 1_000,
  };
  checkWish(wish);
  return wish;
}

export const NEEDS_CALLBACK: FieldError = {
  field: 'callback',
  message: 'has to be sns or lambda for an organization: each member reports by its own stack',
};

/**
 * Refuses an organization where AWS cannot roll a stack out to one. Throws `request-invalid`.
 * Source: CloudFormation User Guide, "Prerequisites for using CloudFormation StackSets".
 */
export function checkKind(kind: LaunchKind, { id, stackSetsOfOrganizations }: Partition): void {
  if (kind === 'account' || stackSetsOfOrganizations) return;
  throw new Problem('request-invalid', `An organization of ${id} cannot be connected as a whole.`, [
    {
      field: 'kind',
      message:
        `has to be account in ${id}: AWS does not let CloudFormation make stacks in the accounts of an ` +
        'organization there. Give each account a link, or one link with maxAccounts',
    },
  ]);
}

/**
 * Refuses what a link for an organization cannot be. Throws `request-invalid`.
 *
 * The first to come by it is the management account, and nobody but that account's own list says who comes after.
 */
export function checkWish({ kind, callback, expectedAccountIds, maxAccounts }: LaunchWish): void {
  if (kind === 'account') return;
  const errors = [
    callback === 'none' && NEEDS_CALLBACK,
    expectedAccountIds.length > 1 && {
      field: 'expectedAccountIds',
      message: 'may name the management account alone: the organization says which its members are',
    },
    maxAccounts > 1 && {
      field: 'maxAccounts',
      message: 'is not for an organization: each account that it lists may connect',
    },
  ].filter((error) => error !== false);
  if (errors.length > 0)
    throw new Problem('request-invalid', 'A link for an organization is not like that.', errors);
}

/**
 * When the platform withdraws a link: it lets nobody in any more. A stack that it connected stays connected.
 * Throws `not-found` where there is no such client or link.
 */
export async function revokeLaunch(
  ports: ChangeClientPorts,
  id: ClientId,
  launch: string,
  actor: Actor,
  expects: Expectation<[Client, Launch]> = expectsNothing,
): Promise<void> {
  await changeClient(ports, id, (client) => {
    const found = client.launches.find((one) => one.id === launch);
    if (found === undefined)
      throw new Problem('not-found', `The client has no link ${JSON.stringify(launch)}.`);
    expects(client, found);
    if (found.revokedAt !== null) return null;
    const at = ports.now();
    return {
      client: withLaunch(client, { ...found, revokedAt: at }),
      events: [{ type: 'launch.revoked', at, clientId: id, actor, data: { launchId: found.id } }],
    };
  });
}
