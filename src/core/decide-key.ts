import type { ApiKey } from './api-key.js';
import type { Caller } from './caller.js';
import type { FieldError } from './problem.js';

/** What a new key is asked to be; what is left out is as its maker's. */
export interface KeyWish extends Pick<ApiKey, 'name' | 'scopes'> {
  readonly clients?: ApiKey['clients'];
  readonly maxDurationSeconds?: number;
  readonly expiresAt?: number;
}

export type KeyGrant = Pick<ApiKey, 'name' | 'scopes' | 'clients' | 'maxDurationSeconds' | 'expiresAt'>;

export type KeyDecision =
  | { readonly outcome: 'granted'; readonly grant: KeyGrant }
  /** It would be allowed more than its maker; the fields say in what. */
  | { readonly outcome: 'exceeds'; readonly errors: readonly FieldError[] }
  | { readonly outcome: 'invalid'; readonly errors: readonly FieldError[] };

/** Nobody makes a key that is allowed more than himself: not in scope, clients, duration or life. */
export function decideKey(maker: Caller, wish: KeyWish, now: number): KeyDecision {
  const {
    expiresAt = maker.expiresAt,
    maxDurationSeconds = maker.maxDurationSeconds,
    clients = maker.clients,
  } = wish;
  if (wish.expiresAt !== undefined && wish.expiresAt <= now)
    return { outcome: 'invalid', errors: [{ field: 'expiresAt', message: 'has to be in the future' }] };
  const errors: FieldError[] = [];
  const refuse = (field: string, message: string) => errors.push({ field, message });

  wish.scopes.forEach((scope, place) => {
    if (!maker.scopes.includes(scope))
      refuse(`scopes.${place}`, `is ${scope}, which the key in use does not have`);
  });
  const within = maker.clients;
  if (within !== null) {
    if (clients === null) refuse('clients', 'has to name clients that the key in use reaches');
    clients?.forEach((id, place) => {
      if (!within.includes(id)) refuse(`clients.${place}`, 'is not a client that the key in use reaches');
    });
  }
  const longest = maker.maxDurationSeconds;
  if (longest !== null && (maxDurationSeconds ?? Number.POSITIVE_INFINITY) > longest)
    refuse('maxDurationSeconds', `has to be at most ${longest}, as for the key in use`);
  const end = maker.expiresAt;
  if (end !== null && (expiresAt ?? Number.POSITIVE_INFINITY) > end)
    refuse('expiresAt', `has to be at most ${new Date(end).toISOString()}, when the key in use ends`);
  if (errors.length > 0) return { outcome: 'exceeds', errors };
  const { name, scopes } = wish;
  return { outcome: 'granted', grant: { name, scopes, clients, maxDurationSeconds, expiresAt } };
}
