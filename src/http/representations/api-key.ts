import { Type } from 'typebox';
import type { ApiKey } from '../../core/api-key.js';
import { scopes } from '../../core/scope.js';
import { Nullable, Time, time } from './fields.js';

export const Scopes = Type.Array(Type.Enum([...scopes]), {
  minItems: 1,
  maxItems: scopes.length,
  uniqueItems: true,
  description:
    'What the key may do. `webhooks:manage`, `groups:manage`, `keys:manage` and `clients:import` concern all clients: ' +
    'a key that is limited to some cannot use them.',
});

const shown = {
  id: Type.String(),
  name: Type.String(),
  scopes: Scopes,
  clients: Nullable(
    Type.Array(Type.String(), { description: 'The clients that it sees and touches; null for all.' }),
  ),
  maxDurationSeconds: Nullable(Type.Integer({ description: 'How long credentials may last.' })),
  createdAt: Time,
  expiresAt: Nullable(Time),
  lastUsedAt: Nullable(Type.String({ format: 'date-time', description: 'Noted at most once a minute.' })),
};

export const ApiKeyBody = Type.Object(shown, { $id: 'ApiKey', title: 'ApiKey' });

/** A key as the answer has it that makes it: the only one with the secret. */
export const NewApiKeyBody = Type.Object(
  { ...shown, secret: Type.String({ description: 'To be sent as `Authorization: Bearer`. Shown once.' }) },
  { title: 'NewApiKey' },
);

export function apiKeyBody({ id, name, scopes, clients, maxDurationSeconds, ...times }: ApiKey) {
  return {
    ...{ id, name, scopes: [...scopes], clients: clients && [...clients], maxDurationSeconds },
    createdAt: time(times.createdAt),
    expiresAt: time(times.expiresAt),
    lastUsedAt: time(times.lastUsedAt),
  };
}
