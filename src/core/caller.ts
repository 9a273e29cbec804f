import type { ApiKey } from './api-key.js';
import type { Actor } from './event.js';
import { type ClientId, clientNotFound } from './id.js';
import { Problem } from './problem.js';
import type { Scope } from './scope.js';

/** Who calls the API, and what that allows. */
export interface Caller {
  /** The same for all calls by one key, or by one subject of the token issuer; of no other. */
  readonly id: string;
  readonly actor: Extract<Actor, { readonly type: 'api-key' | 'oidc' }>;
  readonly scopes: readonly Scope[];
  /** The clients within reach; null where all are. */
  readonly clients: readonly ClientId[] | null;
  /** The longest that credentials may last, in seconds; null where nothing but AWS limits them. */
  readonly maxDurationSeconds: number | null;
  /** When the key or token ends; null where it does not. */
  readonly expiresAt: number | null;
}

/** What a route asks of its caller. */
export interface Demand {
  readonly scope: Scope;
  /** Set where it is about more than one client, so that a key that is limited to some has no business there. */
  readonly allClients?: true;
}

/** What only makes sense for all clients together, whatever the route. */
const FOR_ALL_CLIENTS: ReadonlySet<Scope> = new Set([
  'webhooks:manage',
  'groups:manage',
  'keys:manage',
  'clients:import',
]);

/** The caller behind a key. */
export function callerOf({ id, name, scopes, clients, maxDurationSeconds, expiresAt }: ApiKey): Caller {
  const actor = { type: 'api-key', name, keyId: id } as const;
  return { id, actor, scopes, clients, maxDurationSeconds, expiresAt };
}

/**
 * Whether a caller sees and touches this client. To one who may not, the client has to look like one that does not
 * exist, in every answer, list and feed.
 */
export function mayReach({ clients }: Pick<Caller, 'clients'>, id: ClientId): boolean {
  return clients === null || clients.includes(id);
}

/**
 * Lets a call through or throws why not: `scope-missing` and `key-limited`, and `not-found` where it is about a client
 * (`clientIdText`, as it stands in the address) that is out of reach.
 */
export function authorize(caller: Caller, { scope, allClients }: Demand, clientIdText: string | null): void {
  if (!caller.scopes.includes(scope))
    throw new Problem(
      'scope-missing',
      `This takes the scope ${scope}, which ${caller.actor.name} does not have.`,
    );
  if (caller.clients === null) return;
  if (allClients || FOR_ALL_CLIENTS.has(scope))
    throw new Problem(
      'key-limited',
      `This concerns all clients, and ${caller.actor.name} is limited to some.`,
    );
  if (clientIdText !== null && !caller.clients.some((id) => id === clientIdText))
    throw clientNotFound(clientIdText);
}

const USUAL_DURATION = 900;

/** How long credentials are to last, in seconds; 15 minutes where nothing is asked for. Throws `duration-too-long`. */
export function durationFor({ maxDurationSeconds: most }: Caller, asked: number | undefined): number {
  if (asked === undefined) return Math.min(USUAL_DURATION, most ?? USUAL_DURATION);
  if (most === null || asked <= most) return asked;
  const message = `has to be at most ${most} for this key`;
  throw new Problem('duration-too-long', `durationSeconds ${message}.`, [
    { field: 'durationSeconds', message },
  ]);
}
